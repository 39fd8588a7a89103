"""MARKREAD: how far a person has read, as a time (draft/read-marker); CHATHISTORY TARGETS: where something was said."""
import pytest
from irc_client import commands, connect_irc

SECRET = "correct-horse"
pytestmark = [pytest.mark.sanitized]
OPEN = pytest.mark.settings(accounts__register='"open"')
EARLY, LATE = "2020-01-04T14:33:26.123Z", "2021-01-04T14:33:26.123Z"


def reader(server, nick, capabilities="draft/read-marker draft/chathistory batch server-time message-tags", secret=None):
    client = connect_irc(server)
    client.nick = nick
    login = [f"PASS {nick}:{secret}"] if secret else []
    client.ask("CAP LS 302", f"CAP REQ :{capabilities}", *login, f"NICK {nick}", "USER user 0 * :r")
    assert "001" in commands(client.ask("CAP END"))
    return client


def marker(client, *lines):
    [line] = [one for one in client.ask(*lines) if one.command == "MARKREAD"]
    return line.params


def test_a_marker_never_moves_back(server):
    alice = reader(server, "alice")
    alice.ask("JOIN #films")
    assert marker(alice, "MARKREAD #films") == ["#films", "*"]
    assert marker(alice, f"MARKREAD #films timestamp={LATE}") == ["#films", f"timestamp={LATE}"]
    assert marker(alice, f"MARKREAD #films timestamp={EARLY}") == ["#films", f"timestamp={LATE}"]
    assert marker(alice, "MARKREAD #FILMS")[1:] == [f"timestamp={LATE}"]


def test_it_comes_before_the_end_of_the_names(server):
    alice, bob = reader(server, "alice"), connect_irc(server, "bob")
    assert commands(alice.ask("JOIN #films")) == ["JOIN", "353", "MARKREAD", "366"]
    alice.ask(f"MARKREAD #films timestamp={EARLY}", "PART #films")
    lines = alice.ask("JOIN #films,#news")
    assert commands(lines) == ["JOIN", "353", "MARKREAD", "366"] * 2
    assert [line.params for line in lines if line.command == "MARKREAD"] == [["#films", f"timestamp={EARLY}"], ["#news", "*"]]
    assert commands(bob.ask("JOIN #films")) == ["JOIN", "353", "366"]


def test_guests_have_markers_for_people_until_they_leave(server):
    alice = reader(server, "alice")
    connect_irc(server, "bob")
    assert marker(alice, f"MARKREAD bob timestamp={EARLY}") == ["bob", f"timestamp={EARLY}"]
    for daemon in ("acceptor", "delivery"):
        server.kill(daemon)
    assert marker(alice, "MARKREAD Bob") == ["Bob", f"timestamp={EARLY}"]
    server.wait_for_rows(1, "SELECT at FROM read_until")
    alice.send("QUIT")
    alice.wait_for("ERROR")
    server.wait_for_rows(1, "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM read_until)")


@pytest.mark.parametrize("line, answer", [
    ("MARKREAD", "NEED_MORE_PARAMS"), ("MARKREAD #films timestamp=soon", "INVALID_PARAMS #films"), ("MARKREAD #films *", "INVALID_PARAMS #films"),
    (f"MARKREAD #other timestamp={EARLY}", "INVALID_PARAMS #other"), (f"MARKREAD nobody timestamp={EARLY}", "INVALID_PARAMS nobody"),
    (f"MARKREAD &1 timestamp={EARLY}", "INVALID_PARAMS &1"), ("MARKREAD " + 200 * "x", "INVALID_PARAMS " + 64 * "x")])
def test_what_is_refused(server, line, answer):
    alice, bob = reader(server, "alice"), connect_irc(server, "bob")
    alice.ask("JOIN #films")
    bob.ask("JOIN #other")
    [failure] = alice.ask(line)
    assert f" FAIL MARKREAD {answer} :" in failure.raw


@OPEN
def test_an_account_keeps_it_and_unread_counts_from_there(server):
    alice, robin = reader(server, "alice"), server.connect("Robin")
    alice.ask(f"PRIVMSG NickServ :REGISTER {SECRET}", "JOIN #films")
    robin.ask("/join films")
    lines = []
    while len(lines) < 3 or lines[-1].tags["time"] == lines[1].tags["time"]:
        robin.ask(f"/say films line {len(lines)}")
        lines += [line for line in alice.drain() if line.command == "PRIVMSG"]
    assert marker(alice, f"MARKREAD #films timestamp={lines[1].tags['time']}")[0] == "#films"
    alice.send("QUIT")
    alice.wait_for("ERROR")
    again = reader(server, "alice", secret=SECRET)
    assert marker(again, "JOIN #films") == ["#films", f"timestamp={lines[1].tags['time']}"]
    again.send("QUIT")
    again.wait_for("ERROR")
    native = server.connect()
    native.ask(f"/login alice {SECRET}")
    native.ask("/join films")
    native.send("/unread")
    unread = native.wait_for("unread", place="room:films")
    later = [line for line in lines if line.tags["time"] > lines[1].tags["time"]]
    assert int(unread["count"]) == len(later)


@OPEN
def test_where_something_was_said(server):
    people = [reader(server, nick) for nick in ("alice", "bob")]
    for client in people:
        client.ask(f"PRIVMSG NickServ :REGISTER {SECRET}", "JOIN #films")
    alice, bob = people
    alice.ask("JOIN #empty")
    bob.ask("PRIVMSG #films :one")
    bob.ask("PRIVMSG alice :two")
    heard = {line.params[0]: line.tags["time"] for line in alice.drain() if line.command == "PRIVMSG"}
    window = "timestamp=2001-01-01T00:00:00.000Z timestamp=2101-01-01T00:00:00.000Z"
    lines = alice.ask(f"CHATHISTORY TARGETS {window} 10")
    assert lines[0].command == "BATCH" and lines[0].params[1] == "draft/chathistory-targets" and lines[-1].command == "BATCH"
    assert [line.params for line in lines[1:-1]] == [["TARGETS", "#films", heard["#films"]], ["TARGETS", "bob", heard["alice"]]]
    assert [line.params[1] for line in alice.ask(f"CHATHISTORY TARGETS {window} 1")[1:-1]] == ["#films"]
    assert alice.ask("CHATHISTORY TARGETS timestamp=2001-01-01T00:00:00.000Z timestamp=2002-01-01T00:00:00.000Z 9")[1:-1] == []
    for wrong in ("", " * * 5", f" {window}", f" {window} 0"):
        [failure] = alice.ask("CHATHISTORY TARGETS" + wrong)
        assert " FAIL CHATHISTORY INVALID_PARAMS TARGETS :" in failure.raw
