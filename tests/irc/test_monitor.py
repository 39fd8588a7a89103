"""MONITOR: a client watches nicks, and is notified when their owners come, go and get another nick."""
import pytest
from irc_client import after_source, commands, connect_irc, connect_with, meet

pytestmark = [pytest.mark.sanitized]


def notices(client, count=None):
    """What it was notified of, without the source."""
    lines = client.drain() if count is None else [client.read() for _ in range(count)]
    return [(line.command, line.params[-1].partition("!")[0]) for line in lines]


@pytest.fixture
def alice(server):
    return connect_irc(server, "alice")


def test_a_watcher_is_told_who_is_there_and_who_comes_and_goes(server, alice):
    bob = connect_irc(server, "Bob")
    here, gone = alice.ask("MONITOR + bob,carol,BOB")
    assert here.raw.endswith(f" 730 alice :Bob!~user@{alice.ask('WHOIS bob')[0].params[3]}") and after_source([gone]) == ["731 alice :carol"]
    connect_irc(server, "Carol")
    assert notices(alice, 1) == [("730", "Carol")]
    bob.send("QUIT")
    assert notices(alice, 1) == [("731", "Bob")]
    connect_irc(server, "BOB")
    assert notices(alice, 1) == [("730", "BOB")]


def test_a_change_of_nick_is_a_departure_and_an_arrival(server, alice):
    bob = connect_irc(server, "bob")
    alice.ask("MONITOR + bob,Robert")
    bob.ask("NICK robert")
    assert notices(alice) == [("731", "bob"), ("730", "robert")]
    bob.ask("NICK ROBERT")
    assert notices(alice) == []
    bob.ask("NICK somebody")
    assert notices(alice) == [("731", "ROBERT")]


def test_native_clients_are_watched_too(server, alice):
    alice.ask("MONITOR + Batman,Bruce")
    batman = server.connect("Batman")
    here = alice.read()
    assert here.params[-1] == f"Batman!{batman.id}@native" and here.params[0] in ("*", "alice")
    batman.ask("/login Bruce")
    assert notices(alice, 2) == [("731", "Batman"), ("730", "Bruce")]
    batman.send("/quit")
    assert notices(alice, 1) == [("731", "Bruce")]


def test_the_list_can_be_shown_shortened_and_cleared(server, alice):
    connect_irc(server, "bob")
    alice.ask("MONITOR + carol,bob", "MONITOR + Ann")
    assert after_source(alice.ask("MONITOR L")) == ["732 alice :carol,bob,Ann", "733 alice :End of MONITOR list"]
    assert sorted(notices_of(alice.ask("MONITOR s"))) == [("730", "bob"), ("731", "carol,Ann")]
    assert alice.ask("MONITOR - BOB,nobody", "MONITOR - carol") == []
    assert after_source(alice.ask("MONITOR L"))[0] == "732 alice :Ann"
    connect_irc(server, "carol").ask("NICK nobody")
    assert alice.drain() == []
    assert alice.ask("MONITOR C") == []
    assert commands(alice.ask("MONITOR L", "MONITOR S")) == ["733"]
    connect_irc(server, "Ann").drain()
    assert alice.drain() == []


def notices_of(lines):
    return [(line.command, line.params[-1].partition("!")[0]) for line in lines]


def test_what_cannot_be_watched(server, alice):
    names = [f"nick{number}" for number in range(103)]
    lines = [line for first in range(0, 90, 30) for line in alice.ask("MONITOR + " + ",".join(names[first:first + 30]))]
    assert ",".join(line.params[-1] for line in lines) == ",".join(names[:90]) and set(commands(lines)) == {"731"}
    told, full = alice.ask("MONITOR + " + ",".join(names[90:]))
    assert told.params[-1] == ",".join(names[90:100]) and full.command == "734"
    assert full.params[1:3] == ["100", ",".join(names[100:])]
    assert commands(alice.ask("MONITOR + nick1", "MONITOR - nick1", "MONITOR + new", "MONITOR + newer")) == ["731", "731", "734"]
    bob = connect_irc(server, "bob")
    assert commands(bob.ask("MONITOR + *!x@y,b*", "MONITOR", "MONITOR +", "MONITOR X", "MONITOR L")) == ["432", "432", "461", "461", "400", "733"]
    assert "MONITOR=100" in " ".join(line.raw for line in alice.ask("VERSION"))


def test_a_long_status_has_all_of_its_names(start_server):
    server = start_server({"limits.max_clients": 200, "limits.lines_per_second": 0})
    nicks = [f"a-very-long-nick-with-number-{number:03}" for number in range(100)]
    for nick in nicks:
        connect_irc(server, nick)
    alice = connect_irc(server, "alice")
    for first in range(0, 100, 10):
        alice.ask("MONITOR + " + ",".join(nicks[first:first + 10]))
    lines = alice.ask("MONITOR S")
    assert [source.partition("!")[0] for line in lines for source in line.params[-1].split(",")] == nicks
    assert ",".join(line.params[-1] for line in alice.ask("MONITOR L")[:-1]).split(",") == nicks


@pytest.mark.settings(accounts__register='"open"')
def test_an_owner_who_takes_their_nick_back_is_noticed(server, alice):
    bob = connect_irc(server, "bob")
    bob.ask("NS REGISTER correct-horse")
    carol = connect_irc(server, "carol")
    alice.ask("MONITOR + bob,carol")
    carol.ask("NS IDENTIFY bob correct-horse")
    assert notices(alice) == [("731", "bob"), ("731", "carol"), ("730", "bob")]


def test_a_quiet_native_client_is_not_there(server, alice):
    alice.ask("MONITOR + Batman")
    quiet = server.connect()
    quiet.ask("/quiet")
    assert alice.drain() == []
    quiet.ask("/login Batman")
    assert notices(alice) == [("730", "Batman")]


def test_more_is_told_with_extended_monitor(server):
    watcher = connect_with(server, "watcher", "extended-monitor away-notify setname")
    plain, away_only = connect_with(server, "plain", "away-notify"), connect_with(server, "other", "extended-monitor setname")
    bob = connect_with(server, "bob", "setname")
    for client in (watcher, plain, away_only):
        client.ask("MONITOR + bob")
    bob.ask("AWAY :at lunch", "SETNAME :Robert")
    assert [line.split(" ", 1)[0] for line in after_source(watcher.drain())] == ["AWAY", "SETNAME"]
    assert plain.drain() == [] and commands(away_only.drain()) == ["SETNAME"]
    meet(watcher, bob)
    bob.ask("AWAY")
    assert commands(watcher.drain()) == ["AWAY"]      # once


@pytest.mark.settings(accounts__register='"open"')
def test_an_account_is_told_with_extended_monitor(server):
    watcher, bob = connect_with(server, "watcher", "extended-monitor account-notify"), connect_irc(server, "bob")
    watcher.ask("MONITOR + bob")
    bob.ask("NS REGISTER correct-horse")
    [line] = watcher.drain()
    assert line.nick == "bob" and (line.command, line.params) == ("ACCOUNT", ["bob"])


def test_a_list_outlives_both_daemons(server, alice):
    bob = connect_irc(server, "bob")
    alice.ask("MONITOR + bob,carol")
    server.kill("acceptor", "delivery")
    assert after_source(alice.ask("MONITOR L"))[0] == "732 alice :bob,carol"
    bob.send("QUIT")
    assert notices(alice, 1) == [("731", "bob")]
    connect_irc(server, "carol")
    assert notices(alice, 1) == [("730", "carol")]
