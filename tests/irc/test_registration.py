"""From a connection to a client: NICK, USER, PASS and CAP, in any order and at any speed."""
import pytest
from chat_server import Server
from deadline import wait_until
from irc_client import OFFERED, OFFERED_OPEN, IRC, commands, connect_irc

pytestmark = [pytest.mark.sanitized]
GREETING = ["001", "002", "003", "004", "005", "005", "005", "251", "252", "253", "254", "255", "265", "266", "422", "221"]


@pytest.mark.requirement("N14")
def test_the_server_says_nothing_first_and_greets_a_client_that_has_registered(server):
    client = connect_irc(server)
    assert client.drain() == []
    greeting = client.register("alice")
    assert commands(greeting) == GREETING
    assert greeting[0].params[0] == "alice" and greeting[0].params[1].startswith("Welcome to the chat Network, alice!~user@")
    tokens = {token.partition("=")[0]: token.partition("=")[2] for line in greeting if line.command == "005" for token in line.params[1:-1]}
    assert tokens["CASEMAPPING"] == "ascii" and tokens["PREFIX"] == "(ov)@+" and tokens["CHANTYPES"] == "#&" and tokens["NETWORK"] == "chat"
    assert tokens["CHANMODES"] == "beI,k,l,Cimnst" and tokens["STATUSMSG"] == "@+" and tokens["MAXLIST"] == "beI:60"
    assert greeting[3].params[3:] == ["Biow", "CIbeiklmnostv", "Ibeklov"]       # nothing that cannot be set


@pytest.mark.requirement("N14")
@pytest.mark.parametrize("order", [("NICK alice", "USER u 0 * :r"), ("USER u 0 * :r", "NICK alice")])
def test_nick_and_user_come_in_any_order(server, order):
    client = connect_irc(server)
    assert client.ask(order[0]) == []
    assert commands(client.ask(order[1])) == GREETING


@pytest.mark.requirement("N14")
@pytest.mark.settings(accounts__register='"open"', irc__server_name=f'"{"a" * 58}.test"')
def test_a_list_of_capabilities_that_does_not_fit_comes_in_several_lines(server):
    client = connect_irc(server)
    client.ask("CAP LS 302", f"NICK {'n' * 32}")
    lines = client.ask("CAP LS 302")
    assert len(lines) > 1
    assert [line.params[1:-1] for line in lines] == [["LS", "*"]] * (len(lines) - 1) + [["LS"]]
    assert " ".join(line.params[-1] for line in lines) == OFFERED_OPEN


@pytest.mark.requirement("N14")
def test_all_lines_in_one_packet_with_a_join_behind_them(server):
    client = connect_irc(server)
    lines = client.ask("CAP LS 302", "NICK alice", "USER u 0 * :r", "CAP REQ :unheard-of", "CAP END", "JOIN #films")
    assert [line.raw.partition(" ")[2] for line in lines if line.command == "CAP"] == [f"CAP * LS :{OFFERED}", "CAP alice NAK :unheard-of"]
    assert commands(lines)[2:] == [*GREETING, "JOIN", "353", "366"]


@pytest.mark.requirement("N14")
def test_capability_negotiation_holds_the_registration_until_it_ends(server):
    client = connect_irc(server)
    assert commands(client.ask("CAP LS", "NICK alice", "USER u 0 * :r")) == ["CAP"]
    assert commands(client.ask("CAP END")) == GREETING
    assert [line.raw.partition(" ")[2] for line in client.ask("CAP LIST", "CAP REQ :sasl", "CAP LIST", "CAP REQ :-sasl", "CAP REQ :sasl unheard-of", "CAP NONSENSE")] == ["CAP alice LIST :", "CAP alice ACK :sasl", "CAP alice LIST :sasl", "CAP alice ACK :-sasl", "CAP alice NAK :sasl unheard-of", "410 alice NONSENSE :Invalid CAP command"]


@pytest.mark.requirement("N14")
def test_commands_before_the_registration_are_refused(server):
    client = connect_irc(server)
    assert commands(client.ask("JOIN #films", "PRIVMSG bob :hi", "NONSENSE", "MOTD")) == ["451"] * 4
    assert commands(client.ask("NICK", "NICK 9lives", "NICK #room", "NICK lobby", "NICK a.b", "USER u", "PASS")) == ["431", "432", "432", "432", "432", "461", "461"]


@pytest.mark.requirement("N14")
def test_a_nick_that_is_taken_can_be_replaced(server):
    connect_irc(server, "alice")
    client = connect_irc(server)
    assert [line.params[:2] for line in client.ask("USER u 0 * :r", "NICK ALICE")] == [["*", "ALICE"]]
    assert commands(client.ask("NICK bob")) == GREETING


@pytest.mark.requirement("N14")
def test_a_second_registration_is_refused(server):
    client = connect_irc(server, "alice")
    assert commands(client.ask("USER u 0 * :r", "PASS x")) == ["462", "462"]


@pytest.mark.requirement("N14")
def test_quit_works_before_the_registration_too(server):
    client = connect_irc(server)
    client.send("QUIT :chkport")
    client.expect(r"ERROR :Closing Link: \* \(Quit: chkport\)")
    client.expect_end()


@pytest.mark.requirement("N14")
@pytest.mark.settings(irc__password='"sesame"')
def test_the_server_can_ask_for_a_password(server):
    client = connect_irc(server)
    assert commands(client.ask("PASS sesame", "NICK alice", "USER u 0 * :r")) == GREETING
    for first in ([], ["PASS wrong"]):
        client = connect_irc(server)
        client.send(*first, "NICK bob", "USER u 0 * :r")
        assert client.read().command == "464"
        client.expect(r"ERROR :Closing Link: .*Bad password.*")
        client.expect_end()


@pytest.mark.requirement("N14")
@pytest.mark.settings(irc__motd='"Be kind.\\nNo spam."', irc__network='"TestNet"', irc__server_name='"irc.example.org"')
def test_the_message_of_the_day_and_the_names_are_settings(server):
    client = connect_irc(server)
    greeting = client.register("alice")
    assert [line.raw for line in greeting if line.command in ("375", "372", "376")] == [
        ":irc.example.org 375 alice :- irc.example.org Message of the day -", ":irc.example.org 372 alice :- Be kind.",
        ":irc.example.org 372 alice :- No spam.", ":irc.example.org 376 alice :End of /MOTD command"]
    assert "TestNet" in greeting[0].raw


@pytest.mark.requirement("N14")
@pytest.mark.settings(irc__auto_join='["help", "news"]')
def test_clients_start_in_the_rooms_of_a_setting(server):
    client = connect_irc(server)
    lines = client.register("alice")
    assert [(line.command, line.params[-1] if line.command == "JOIN" else line.params[1]) for line in lines[len(GREETING):]] == [
        ("JOIN", "#help"), ("353", "="), ("366", "#help"), ("JOIN", "#news"), ("353", "="), ("366", "#news")]


@pytest.mark.requirement("N14")
@pytest.mark.settings(irc__enabled=False)
def test_a_server_without_irc_refuses_politely(server):
    client = connect_irc(server)
    client.expect(r"ERROR :Closing Link: \(This server does not serve IRC\)")
    client.expect_end()
    server.connect("Batman")


@pytest.mark.requirement("N14")
@pytest.mark.settings(limits__max_clients=2)
def test_a_full_server_refuses_in_the_words_of_irc(server):
    connect_irc(server, "alice")
    connect_irc(server)     # not registered: it counts too
    client = connect_irc(server)
    client.expect(r"ERROR :Closing Link: \(Connection Limit Exceeded !!\)")
    client.expect_end()


@pytest.mark.requirement("N14")
@pytest.mark.settings(irc__registration_seconds=1)
def test_a_registration_that_is_not_completed_in_time_ends(server):
    client = connect_irc(server)
    client.send("NICK alice")
    client.expect(r"ERROR :Closing Link: \* .*")
    client.expect_end()
    other = connect_irc(server, "alice")
    assert other.drain() == []


@pytest.mark.requirement("N14", "N15")
@pytest.mark.parametrize("killed", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_a_half_finished_registration_survives_the_death_of_the_daemons(server, killed):
    client = connect_irc(server)
    assert commands(client.ask("CAP LS 302", "NICK alice")) == ["CAP"]
    server.kill(*killed)
    assert client.ask("USER u 0 * :r") == []
    server.kill(*killed)
    assert commands(client.ask("CAP END")) == GREETING
    server.kill(*killed)
    assert [line.params[1] for line in client.ask("WHOIS alice") if line.command == "311"] == ["alice"]


@pytest.mark.requirement("N14")
def test_an_unregistered_connection_is_invisible(server):
    client = connect_irc(server)
    client.ask("NICK ghost")
    batman = server.connect("Batman")
    assert batman.listing("/active")[1]["count"] == "1"
    assert batman.ask("/send ghost boo")["code"] == "no-such-client"
    batman.send("/broadcast hello")
    assert client.drain() == []
    client.close()
    batman.expect_nothing()


@pytest.mark.requirement("N14")
def test_the_port_is_a_choice(start_server, tmp_path):
    """The default is the port + 1667, and 0 means none."""
    server = start_server()
    assert f"over IRC: 127.0.0.1:{server.port + IRC}" in "\n".join(server.output)


@pytest.mark.requirement("N14")
def test_a_taken_default_port_is_a_warning(start_server, tmp_path):
    import socket
    described = Server(tmp_path / "state", {"limits.queue_mib": 1})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", described.port + IRC))
        taken.listen()
        try:
            described.start()
            assert "IRC is not served" in described.text()
            described.connect("Batman")
        finally:
            described.close()
    wait_until(lambda: described.process is None, "the server has ended")


def test_clients_are_listed_by_their_connections_and_not_by_their_registrations(server):
    slow, fast = connect_irc(server), connect_irc(server)
    fast.register("fast")
    last = connect_irc(server, "last")
    slow.register("slow")
    viewer = server.connect("Batman")

    def names():
        return [line["name"] for line in viewer.listing("/active")[0]]
    assert names() == ["slow", "fast", "last", "Batman"]
    for client, rest in ((slow, ["fast", "last", "Batman"]), (last, ["fast", "Batman"])):
        client.send("QUIT")
        client.wait_for("ERROR")
        assert names() == rest
