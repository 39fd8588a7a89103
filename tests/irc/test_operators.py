"""Operators of channels over IRC, and between IRC and native clients: TOPIC, KICK and MODE +o."""
import pytest
from irc_client import after_source, commands, connect_irc, members

pytestmark = [pytest.mark.sanitized]


@pytest.mark.requirement("N14")
def test_the_one_who_opens_a_channel_is_its_operator(server):
    alice, bob = members(server, "alice", "bob")
    assert [line.params[-1] for line in bob.ask("NAMES #films") if line.command == "353"] == ["@alice bob"]
    assert [line.params[6] for line in bob.ask("WHO #films") if line.command == "352"] == ["H@", "H"]
    assert [line.params[-1] for line in bob.ask("WHOIS alice") if line.command == "319"] == ["@#films"]


@pytest.mark.requirement("N14", "N17")
def test_a_topic(server):
    alice, bob = members(server, "alice", "bob")
    [robin] = server.people("Robin")
    robin.ask("/join films")
    alice.drain()
    assert after_source(bob.ask("TOPIC #films"))[-1] == "331 bob #films :No topic is set"
    [line] = alice.ask("TOPIC #films :Alien")
    assert line.nick == "alice" and line.raw.endswith(" TOPIC #films :Alien")
    bob.expect(r":alice!~user@\S+ TOPIC #films :Alien")
    robin.expect("topic", "Alien", room="films", name="alice")
    assert after_source(bob.ask("TOPIC #films :Aliens")) == ["482 bob #films :You're not channel operator"]
    carol = connect_irc(server, "carol")
    lines = carol.ask("JOIN #FILMS")
    assert commands(lines) == ["JOIN", "332", "333", "353", "366"]
    assert lines[1].params == ["carol", "#films", "Alien"] and lines[2].params[:3] == ["carol", "#films", "alice"] and int(lines[2].params[3]) > 1_700_000_000
    assert commands(carol.ask("TOPIC #films")) == ["332", "333"]
    assert [line.params[1:] for line in carol.ask("LIST #films") if line.command == "322"] == [["#films", "4", "Alien"]]
    assert after_source(alice.ask("TOPIC #films :"))[-1:] == ["TOPIC #films :"]
    assert commands(carol.ask("PART #films", "JOIN #films"))[-2:] == ["353", "366"]
    assert commands(carol.ask("TOPIC #none", "TOPIC #none :x")) == ["403", "403"]
    carol.ask("PART #films")
    assert commands(carol.ask("TOPIC #films :x")) == ["442"]


@pytest.mark.requirement("N14")
def test_anybody_sets_the_topic_of_a_channel_without_t(server):
    alice, bob = members(server, "alice", "bob")
    assert after_source(alice.ask("MODE #films -t")) == ["MODE #films -t"]
    bob.expect(r":alice!\S+ MODE #films -t")
    assert commands(bob.ask("TOPIC #films :mine")) == ["TOPIC"]
    alice.drain()
    assert [line.params[2] for line in alice.ask("MODE #films") if line.command == "324"] == ["+n"]
    assert after_source(alice.ask("MODE #films +t", "MODE #films +t")) == ["MODE #films +t"]
    assert commands(bob.ask("TOPIC #films :again"))[-1] == "482"


@pytest.mark.requirement("N14", "N17")
def test_native_and_irc_operators_of_one_room(server):
    [batman] = server.people("Batman")
    batman.ask("/join films")
    [alice] = members(server, "alice")
    batman.drain()
    assert [line.params[-1] for line in alice.ask("NAMES #films") if line.command == "353"] == ["@Batman alice"]
    batman.ask("/op films alice")
    assert alice.expect(r":Batman!\d+@native MODE #films \+o alice")
    assert after_source(alice.ask("MODE #films -o Batman")) == ["MODE #films -o Batman"]
    batman.expect("op", room="films", name="Batman", value="no")
    batman.ask("/leave films")
    alice.drain()
    batman.ask("/join films")
    [line] = alice.drain()
    assert line.command == "JOIN"
    assert after_source(alice.ask("KICK #films Batman :too dark")) == ["KICK #films Batman :too dark"]
    batman.expect("kicked", "too dark", room="films", name="Batman", by="alice")


@pytest.mark.requirement("N14")
def test_several_changes_in_one_line(server):
    alice, bob, carol = members(server, "alice", "bob", "carol")
    lines = alice.ask("MODE #films +ov-o+ZX bob carol nobody")
    assert after_source(lines) == ["401 alice nobody :No such nick/channel", "472 alice Z :is unknown mode char to me", "472 alice X :is unknown mode char to me", "MODE #films +ov bob carol"]
    assert [line.params[-1] for line in carol.ask("NAMES #films") if line.command == "353"] == ["@alice @bob +carol"]
    assert after_source(bob.ask("MODE #films -o+o alice carol"))[-1] == "MODE #films -o+o alice carol"
    assert commands(alice.ask("MODE #films +v bob"))[-1] == "482"
    dave = connect_irc(server, "dave")
    assert commands(bob.ask("MODE #films +o dave", "MODE #none +o bob"))[-2:] == ["441", "403"]
    assert commands(dave.ask("MODE #films +o bob", "MODE #films")) == ["442", "324", "329"]


@pytest.mark.requirement("N14", "N17")
def test_a_kick(server):
    alice, bob, carol = members(server, "alice", "bob", "carol")
    assert commands(bob.ask("KICK #films carol")) == ["482"]
    assert after_source(alice.ask("KICK #films bob")) == ["KICK #films bob :alice"]
    for client in (bob, carol):
        assert client.expect(r":alice!\S+ KICK #films bob :alice")
    assert commands(bob.ask("KICK #films carol", "KICK #none carol", "KICK #films")) == ["442", "403", "461"]
    assert [line.params[1:-1] for line in alice.ask("KICK #films nobody,bob,carol :all of you")] == [["nobody"], ["bob", "#films"], ["carol"]]
    carol.expect(r":alice!\S+ KICK #films carol :all of you")
    assert commands(alice.ask("KICK #films a,b,c,d,e")) == ["407"]


@pytest.mark.requirement("N14")
def test_the_new_operator_is_announced_by_the_server(server):
    alice, bob, carol = members(server, "alice", "bob", "carol")
    alice.send("QUIT :bye")
    for client in (bob, carol):
        client.wait_for("QUIT")
        assert client.expect(r":[\w.-]+ MODE #films \+o bob")


@pytest.mark.requirement("N14")
def test_the_lobby_has_no_operators(server):
    alice, bob = members(server, "alice", "bob", channel="#lobby")
    assert [line.params[-1] for line in alice.ask("NAMES #lobby") if line.command == "353"] == ["alice bob"]
    assert commands(alice.ask("TOPIC #lobby :mine", "KICK #lobby bob", "MODE #lobby +o alice", "MODE #lobby -t")) == ["482"] * 4
    server.operate("SetTopic", room="lobby", topic="Be kind")
    assert alice.expect(r":[\w.-]+ TOPIC #lobby :Be kind")
    assert [line.params[2] for line in bob.ask("TOPIC #lobby") if line.command == "333"] == ["server"]


@pytest.mark.requirement("N14", "N15", "N17")
@pytest.mark.parametrize("daemons", [("acceptor",), ("delivery",), ("acceptor", "delivery")])
def test_topic_and_operators_survive_the_daemons(server, daemons):
    alice, bob = members(server, "alice", "bob")
    alice.ask("TOPIC #films :Alien", "MODE #films -t+v bob")
    bob.drain()
    server.kill(*daemons)
    lines = bob.ask("TOPIC #films", "NAMES #films", "MODE #films")
    assert [line.params[-1] for line in lines if line.command in ("332", "353", "324")] == ["Alien", "@alice +bob", "+n"]
