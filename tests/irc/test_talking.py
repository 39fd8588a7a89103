"""Channels and messages among IRC clients, and between them and native ones."""
import pytest
from irc_client import commands, connect_irc

pytestmark = [pytest.mark.sanitized]


def people(server, *nicks, channel=None):
    clients = [connect_irc(server, nick) for nick in nicks]
    for client in clients:
        if channel:
            assert commands(client.ask(f"JOIN {channel}")) == ["JOIN", "353", "366"]
    for client in clients:
        client.drain()
    return clients


@pytest.mark.requirement("N14")
def test_joining_shows_the_channel_as_it_was_first_spelled(server):
    alice, bob = people(server, "alice", "bob")
    lines = alice.ask("JOIN #Films")
    assert [line.params for line in lines] == [["#Films"], ["alice", "=", "#Films", "@alice"], ["alice", "#Films", "End of /NAMES list"]]
    lines = bob.ask("JOIN #fILMS")
    assert lines[0].nick == "bob" and lines[0].params == ["#Films"] and lines[1].params[2:] == ["#Films", "@alice bob"]
    alice.expect(r":bob!~user@\w+\.hidden JOIN #Films")
    assert alice.ask("JOIN #films") == []


@pytest.mark.requirement("N14")
def test_several_channels_in_one_line(server):
    [alice] = people(server, "alice")
    lines = alice.ask("JOIN #a,nonsense,#b,#a")
    assert [(line.command, line.params[0]) for line in lines if line.command in ("JOIN", "403")] == [("JOIN", "#a"), ("403", "alice"), ("JOIN", "#b")]
    assert commands(alice.ask("PART #a,#b,#c :enough")) == ["PART", "PART", "403"]
    alice.ask("JOIN #x,#y")
    assert [line.raw.split(" ", 1)[1] for line in alice.ask("JOIN 0")] == ["PART #x :Left all channels", "PART #y :Left all channels"]


@pytest.mark.requirement("N14")
def test_a_message_to_several_targets(server):
    alice, bob, carol = people(server, "alice", "bob", "carol", channel="#films")
    assert [line.params[1] for line in alice.ask("PRIVMSG #films,bob,nobody,carol :hello")] == ["nobody"]
    assert [(line.params[0], line.params[1]) for line in bob.drain()] == [("#films", "hello"), ("bob", "hello")]
    assert [(line.params[0], line.params[1]) for line in carol.drain()] == [("#films", "hello"), ("carol", "hello")]
    assert commands(alice.ask("PRIVMSG a,b,c,d,e :x")) == ["407"]


@pytest.mark.requirement("N14")
def test_what_a_message_may_not_be(server):
    alice, bob = people(server, "alice", "bob")
    bob.ask("JOIN #films")
    assert commands(alice.ask("PRIVMSG", "PRIVMSG bob", "PRIVMSG bob :", "PRIVMSG #films :x", "PRIVMSG #none :x", "PRIVMSG $* :x")) == ["411", "412", "412", "404", "403", "481"]
    assert alice.ask("NOTICE", "NOTICE bob", "NOTICE #films :x", "NOTICE nobody :x", "NOTICE #none :x") == []
    assert commands(alice.ask("PRIVMSG bob :" + 500 * "x")) == ["417"]
    assert bob.drain() == []
    alice.raw(b"PRIVMSG bob :caf\xe9\r\n")
    assert alice.drain()[0].raw.split(" ", 1)[1].startswith("FAIL PRIVMSG INVALID_UTF8 :")


@pytest.mark.requirement("N14")
def test_a_message_may_fill_the_line_of_its_receiver_and_no_more(server):
    alice, bob = people(server, "alice", "bob")
    room = 510 - len(f":alice!~user@{host_of(alice, 'alice')} PRIVMSG bob :")
    assert alice.ask("PRIVMSG bob :" + room * "x") == []
    assert [line.params[1] for line in bob.drain()] == [room * "x"]
    assert commands(alice.ask("PRIVMSG bob :" + (room + 1) * "x")) == ["417"]
    assert bob.drain() == []


@pytest.mark.requirement("N14")
def test_a_message_to_oneself_arrives_once(server):
    [alice] = people(server, "alice")
    assert [line.params for line in alice.ask("PRIVMSG alice :note")] == [["alice", "note"]]


@pytest.mark.requirement("N14")
def test_native_and_irc_clients_meet_in_rooms(server):
    batman = server.connect("Batman")
    [alice] = people(server, "alice")
    batman.expect("online", name="alice", count=2)
    lines = alice.ask("JOIN #lobby")
    assert lines[1].params[3].split() == ["Batman", "alice"]
    joined = batman.expect("joined", room="lobby", name="alice")
    alice.send("PRIVMSG #lobby :hello", "PRIVMSG batman :psst", "NOTICE Batman :beep", "PRIVMSG Batman :\x01ACTION waves\x01",
               "PRIVMSG #lobby :\x02bold\x02 \x0304,01red\x03 \x1dplain\x0f", "PRIVMSG Batman :\x01VERSION\x01")
    alice.drain()
    batman.expect("message", "hello", from_=joined["id"], name="alice", to="room:lobby", as_=None)
    batman.expect("message", "psst", to=batman.id)
    batman.expect("message", "beep", **{"as": "notice"})
    batman.expect("message", "waves", **{"as": "action"})
    batman.expect("message", "bold red plain")
    batman.expect_nothing()

    batman.send("to all here")
    batman.send("/send alice and to you")
    batman.send("/broadcast to everyone")
    batman.send("/join films")
    batman.expect("joined", room="films")
    mask = f":Batman!{batman.id}@native"
    for wanted in ("PRIVMSG #lobby :to all here", "PRIVMSG alice :and to you", r"NOTICE \$\* :to everyone"):
        alice.expect(f"{mask} {wanted}")
    batman.send("/login Bruce")
    alice.expect(f"{mask} NICK :Bruce")     # ii needs the colon
    batman.send("/quit bye")
    alice.expect(f":Bruce!{batman.id}@native QUIT :Quit: bye")
    assert alice.drain() == []


@pytest.mark.requirement("N14")
def test_a_native_client_enters_the_lobby_when_it_is_announced(server):
    [alice] = people(server, "alice", channel="#lobby")
    [bob] = people(server, "bob")
    batman = server.connect("Batman")
    alice.expect(f":Batman!{batman.id}@native JOIN #lobby")
    assert alice.drain() == [] and bob.drain() == []


@pytest.mark.requirement("N14")
def test_names_and_quits_reach_those_who_share_a_channel_once(server):
    alice, bob, carol = people(server, "alice", "bob", "carol")
    for channel in ("#a", "#b"):
        alice.ask(f"JOIN {channel}")
        bob.ask(f"JOIN {channel}")
    for client in (alice, bob):
        client.drain()
    assert [line.raw.split(" ", 1)[1] for line in alice.ask("NICK Alicia", "NICK Alicia", "NICK bob")] == ["NICK :Alicia", "433 Alicia bob :Nickname is already in use"]
    assert [(line.nick, line.params) for line in bob.drain()] == [("alice", ["Alicia"])]
    alice.send("QUIT :done")
    alice.expect(r"ERROR :Closing Link: Alicia \(Quit: done\)")
    alice.expect_end()
    bob.expect(r":Alicia!~user@\w+\.hidden QUIT :Quit: done")
    assert [line.params for line in bob.drain()] == [["#a", "+o", "bob"], ["#b", "+o", "bob"]]     # the next operator
    assert carol.drain() == []


@pytest.mark.requirement("N14")
def test_a_long_native_line_is_split_and_never_cut(server):
    [alice] = people(server, "alice", channel="#lobby")
    batman = server.connect("Batman")
    alice.drain()
    text = " ".join(f"wörd{number}" for number in range(400))
    batman.send(text)
    lines = [line for line in (batman.expect_nothing(), alice.drain())[1]]
    assert len(lines) > 5 and " ".join(line.params[1] for line in lines) == text


@pytest.mark.requirement("N14", "N17")
def test_away(server):
    alice, bob = people(server, "alice", "bob")
    assert commands(alice.ask("AWAY :at lunch")) == ["306"]
    assert [line.params for line in bob.ask("PRIVMSG alice :hi", "NOTICE alice :hi")] == [["bob", "alice", "at lunch"]]
    assert [line.params[-1] for line in bob.ask("USERHOST alice bob nobody")] == [f"alice=-~user@{host_of(bob, 'alice')} bob=+~user@{host_of(bob, 'bob')}"]
    assert commands(alice.ask("AWAY")) == ["PRIVMSG", "NOTICE", "305"]
    assert bob.ask("PRIVMSG alice :hi") == []


def host_of(client, nick):
    return next(line.params[3] for line in client.ask(f"WHOIS {nick}") if line.command == "311")


@pytest.mark.requirement("N14")
def test_addresses_are_hidden(server):
    alice, bob = people(server, "alice", "bob")
    everything = alice.ask("WHO *", "WHOIS bob", "USERHOST bob")
    assert "127.0.0.1" not in " ".join(line.raw for line in everything)
    assert host_of(alice, "bob") == host_of(alice, "alice")     # one host
    assert host_of(connect_irc(server, "carol", source="127.0.0.2"), "carol") != host_of(alice, "alice")


@pytest.mark.requirement("N14", "N15")
@pytest.mark.parametrize("killed", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_nobody_notices_the_death_of_the_daemons(server, killed):
    batman = server.connect("Batman")
    alice, bob = people(server, "alice", "bob", channel="#lobby")
    batman.drain()
    for number in range(5):
        alice.send(f"PRIVMSG #lobby,bob :{number}", f"JOIN #a{number},#b{number}")
        server.kill(*killed)
    joined = alice.drain()      # after this, all that she sent has been decided
    lines = [line.params[1] for line in bob.drain()]
    assert lines == [text for number in range(5) for text in (str(number), str(number))]
    assert [line.params[0] for line in joined if line.command == "JOIN"] == [f"#{letter}{number}" for number in range(5) for letter in "ab"]
    assert [line.text for line in batman.drain() if line.kind == "message"] == [str(number) for number in range(5)]
