"""What a client can ask: who is there, what channels there are, and what the server is."""
import pytest
from irc_client import commands, connect_irc

pytestmark = [pytest.mark.sanitized]


@pytest.fixture
def alice(server):
    return connect_irc(server, "alice")


@pytest.mark.requirement("N14")
def test_who(server, alice):
    batman = server.connect("Batman")
    connect_irc(server, "bob").ask("JOIN #films")
    alice.ask("JOIN #films")
    lines = alice.ask("WHO #Films")
    assert [line.params[5] for line in lines if line.command == "352"] == ["alice", "bob"]
    assert lines[-1].params[:2] == ["alice", "#Films"] and {line.params[1] for line in lines[:-1]} == {"#films"}
    assert [line.params[1:7] for line in alice.ask("WHO batman") if line.command == "352"] == [["*", batman.id, "native", lines[0].params[4], "Batman", "H"]]
    assert [line.params[5] for line in alice.ask("WHO BAT*N", "WHO ?ob") if line.command == "352"] == ["Batman", "bob"]
    assert commands(alice.ask("WHO nobody", "WHO #none", "WHO * o", "WHO")) == ["315", "315", "315", "461"]


@pytest.mark.requirement("N14")
def test_whois_and_whowas(server, alice):
    bob = connect_irc(server, "bob")
    bob.ask("JOIN #films")
    assert commands(alice.ask("WHOIS BOB")) == ["311", "319", "312", "318"]
    assert commands(alice.ask("WHOIS nobody", "WHOIS")) == ["401", "318", "431"]
    bob.send("QUIT")
    bob.wait_for("ERROR")
    bob.expect_end()
    assert commands(alice.ask("WHOWAS bob", "WHOWAS nobody", "WHOWAS")) == ["314", "312", "369", "406", "369", "431"]
    native = server.connect("Batman")
    native.send("/quit")
    native.wait_for("bye")
    assert [line.params[1:3] + line.params[4:] for line in alice.ask("WHOWAS bob", "WHOWAS Batman") if line.command == "314"] == [
        ["bob", "~user", "*", "Real Name"], ["Batman", native.id, "*", "Batman"]]


@pytest.mark.requirement("N14")
def test_list_and_names(server, alice):
    assert commands(alice.ask("LIST")) == ["321", "323"]
    server.connect("Batman").ask("/join films")
    assert [line.params[1:3] for line in alice.ask("LIST") if line.command == "322"] == [["#lobby", "1"], ["#films", "1"]]
    assert [line.params[1] for line in alice.ask("LIST #films,#none") if line.command == "322"] == ["#films"]
    assert [line.params[-1] for line in alice.ask("NAMES #films") if line.command == "353"] == ["@Batman"]
    assert [line.params[1] for line in alice.ask("NAMES #none", "NAMES")] == ["#none", "*"]


@pytest.mark.requirement("N14")
def test_names_of_several_channels_end_together(server, alice):
    connect_irc(server, "bob").ask("JOIN #films,#music", "MODE #music +s")
    alice.ask("JOIN #films")
    lines = alice.ask("NAMES #films,#none,#music,#FILMS")
    assert [line.params[2:] for line in lines if line.command == "353"] == [["#films", "alice @bob"]] * 2
    assert [line.params[1] for line in lines if line.command == "366"] == ["#films,#none,#music,#FILMS"]
    assert commands(alice.ask("NAMES #a,#b,#c,#d,#e")) == ["407"]


@pytest.mark.requirement("N14")
def test_list_with_conditions(server, alice):
    def listed(conditions):
        return [line.params[1] for line in alice.ask(f"LIST {conditions}") if line.command == "322"]

    alice.ask("JOIN #films,#music", "TOPIC #music :Mahler")
    connect_irc(server, "bob").ask("JOIN #music")
    assert listed("*s") == ["#films"] and listed("#f*,*SIC") == ["#films", "#music"] and listed("!#f*") == ["#music"]
    assert listed(">1") == ["#music"] and listed("<2") == ["#films"]
    assert listed("C<60") == ["#films", "#music"] and listed("C>60") == []
    assert listed("T<60") == ["#music"] and listed("T>60") == []
    assert listed("#f*,C<60,!*ic,<2") == ["#films"] and listed("#f*,>1") == []
    assert any("ELIST=CMNTU" in line.params for line in alice.ask("VERSION"))


@pytest.mark.requirement("N14")
def test_a_list_of_names_that_is_longer_than_a_line(start_server):
    server = start_server({"limits.max_clients": 100, "limits.lines_per_second": 0})
    alice = connect_irc(server, "alice")
    alice.ask("JOIN #films")
    nicks = [f"a-rather-long-nick-number-{number:03}" for number in range(80)]
    for nick in nicks:
        connect_irc(server, nick).send("JOIN #films")
        alice.wait_for("JOIN")
    lines = alice.ask("NAMES #films,#films,#films")
    assert " ".join(line.params[-1] for line in lines if line.command == "353").split() == ["@alice", *nicks] * 3
    assert commands(lines).count("366") == 1
    assert commands(alice.ask("WHO *")).count("352") == 81


@pytest.mark.requirement("N14")
def test_modes_and_topics_as_far_as_clients_need_them_to_start(alice):
    alice.ask("JOIN #films")
    lines = alice.ask("MODE #films", "MODE #films b", "MODE #films +e", "TOPIC #films")
    assert lines.pop(1).command == "329"
    assert [line.params[1:] for line in lines] == [["#films", "+nt"], ["#films", "End of channel ban list"], ["#films", "End of channel exception list"], ["#films", "No topic is set"]]
    assert commands(alice.ask("MODE #none", "MODE #films +x", "TOPIC #none")) == ["403", "472", "403"]
    assert [line.raw.split(" ", 1)[1] for line in alice.ask("MODE alice", "MODE alice +i", "MODE alice", "MODE alice +Z", "MODE nobody")] == [
        "221 alice +", "MODE alice +i", "221 alice +i", "501 alice :Unknown MODE flag", "401 alice nobody :No such nick/channel"]


@pytest.mark.requirement("N14")
def test_what_the_server_says_of_itself(alice):
    answers = {"LUSERS": ["251", "252", "253", "254", "255", "265", "266"], "MOTD": ["422"], "VERSION": ["351", "005", "005", "005"], "TIME": ["391"],
               "INFO": ["371", "374"], "ADMIN": ["256", "257", "258", "259"], "LINKS": ["365"], "STATS u": ["242", "219"],
               "HELP NONSENSE": ["524"], "HELP PRIVMSG": ["704", "705", "706"], "ISON alice nobody": ["303"], "NONSENSE": ["421"], "VERSION no.such": ["402"]}
    for question, expected in answers.items():
        assert commands(alice.ask(question)) == expected, question


@pytest.mark.requirement("N14")
def test_ping_returns_the_token_unchanged(alice):
    alice.send("PING :a token with spaces: and  colons", "PING", "PING :")
    assert alice.read().params[-1] == "a token with spaces: and  colons"
    assert [alice.read().command for _ in range(2)] == ["461", "409"]


@pytest.mark.requirement("N14")
@pytest.mark.settings(limits__lines_per_second=1, limits__burst=5)
def test_lines_over_the_rate_are_refused_by_name(server):
    client = connect_irc(server)
    client.send("NICK alice", "USER u 0 * :r", *["VERSION"] * 20)
    line = client.wait_for("263")
    assert line.params[:2] == ["alice", "VERSION"]


def test_list_takes_as_many_conditions_as_it_says(server, alice):
    [limits] = [word for line in alice.ask("VERSION") for word in line.params if word.startswith("TARGMAX=")]
    assert "LIST:16" in limits.partition("=")[2].split(",")
    conditions = ["#none"] * 16
    assert commands(alice.ask("LIST " + ",".join(conditions))) == ["321", "323"]
    assert commands(alice.ask("LIST " + ",".join([*conditions, "#none"]))) == ["407"]
