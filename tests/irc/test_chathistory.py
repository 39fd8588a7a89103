"""CHATHISTORY: pages of what was said, as batches; they are those of /history."""
import re
import time

import pytest
from deadline import wait_until
from irc_client import commands, connect_irc

CAPABILITIES = "batch draft/chathistory message-tags server-time"
SECRET = "correct-horse"
pytestmark = [pytest.mark.sanitized]


def reader(server, nick, *more):
    client = connect_irc(server)
    client.nick = nick
    client.ask("CAP LS 302", f"CAP REQ :{CAPABILITIES}{''.join(' ' + one for one in more)}", f"NICK {nick}", "USER user 0 * :r")
    assert client.ask("CAP END")[0].command == "001"
    return client


def page(client, line, target="#films"):
    """The messages of the batch that answers this line."""
    lines = client.ask(line)
    assert lines, line
    assert lines[0].command == "BATCH" and lines[0].params[1:] == ["chathistory", target], lines
    name = lines[0].params[0]
    assert name[0] == "+" and lines[-1].command == "BATCH" and lines[-1].params == ["-" + name[1:]]
    assert {one.tags["batch"] for one in lines[1:-1]} <= {name[1:]}
    return lines[1:-1]


def texts(lines):
    return [line.params[-1] for line in lines]


@pytest.fixture
def films(server):
    """A channel with ten messages, which two people have heard."""
    alice, bob = reader(server, "alice", "echo-message"), reader(server, "bob")
    for client in (alice, bob):
        client.ask("JOIN #films")
    alice.drain()
    said = [alice.ask(f"PRIVMSG #films :line {number}")[0] for number in range(10)]
    bob.drain()
    alice.said, bob.said = said, said
    return alice, bob


def test_the_latest_messages(films):
    alice, bob = films
    for client in films:
        found = page(client, "CHATHISTORY LATEST #films * 50")
        assert texts(found) == [f"line {number}" for number in range(10)]
        assert [(one.tags["msgid"], one.tags["time"]) for one in found] == [(one.tags["msgid"], one.tags["time"]) for one in client.said]
        assert all(re.fullmatch(r"alice!\d+@native", one.source) and one.command == "PRIVMSG" for one in found)
    assert texts(page(bob, "CHATHISTORY LATEST #films * 3")) == ["line 7", "line 8", "line 9"]
    assert texts(page(bob, "CHATHISTORY LATEST #FILMS * 1", "#films")) == ["line 9"]


@pytest.mark.parametrize("line, wanted", [
    ("LATEST #films {4} 50", range(5, 10)), ("LATEST #films {4} 2", range(8, 10)), ("BEFORE #films {6} 50", range(6)), ("BEFORE #films {6} 2", range(4, 6)),
    ("AFTER #films {3} 50", range(4, 10)), ("AFTER #films {3} 2", range(4, 6)), ("AROUND #films {7} 1", range(7, 8)), ("AROUND #films {7} 3", range(6, 9)),
    ("BETWEEN #films {1} {8} 50", range(2, 8)), ("BETWEEN #films {8} {1} 50", range(2, 8)), ("BETWEEN #films {1} {8} 2", range(2, 4)),
    ("BETWEEN #films {8} {1} 2", range(6, 8)), ("BETWEEN #films {1} {2} 9", range(0))])
def test_pages_around_a_message(films, line, wanted):
    _, bob = films
    by_id = ["msgid=" + one.tags["msgid"] for one in bob.said]
    assert texts(page(bob, "CHATHISTORY " + line.format(*by_id))) == [f"line {number}" for number in wanted]


def test_a_time_and_a_message_as_the_bounds(films):
    _, bob = films
    last = bob.said[-1].tags["msgid"]
    found = page(bob, f"CHATHISTORY BETWEEN #films timestamp=2001-01-01T00:00:00.000Z msgid={last} 50")
    assert texts(found) == [f"line {number}" for number in range(9)]


def test_pages_by_time(films):
    _, bob = films
    all_of_it = ["timestamp=2001-01-01T00:00:00.000Z", "timestamp=2101-01-01T00:00:00.000Z"]
    everything = [f"line {number}" for number in range(10)]
    assert texts(page(bob, f"CHATHISTORY AFTER #films {all_of_it[0]} 50")) == everything
    assert texts(page(bob, f"CHATHISTORY BEFORE #films {all_of_it[1]} 50")) == everything
    assert texts(page(bob, f"CHATHISTORY BETWEEN #films {all_of_it[0]} {all_of_it[1]} 50")) == everything
    assert texts(page(bob, f"CHATHISTORY BETWEEN #films {all_of_it[1]} {all_of_it[0]} 2")) == everything[-2:]
    assert texts(page(bob, f"CHATHISTORY AFTER #films {all_of_it[1]} 50")) == []
    assert texts(page(bob, f"CHATHISTORY LATEST #films {all_of_it[0]} 2")) == everything[-2:]
    assert texts(page(bob, f"CHATHISTORY AROUND #films {all_of_it[1]} 2")) == everything[-2:]
    time = bob.said[5].tags["time"]
    same = {one.params[-1] for one in bob.said if one.tags["time"] == time}
    earlier = texts(page(bob, f"CHATHISTORY BEFORE #films timestamp={time} 50"))
    later = texts(page(bob, f"CHATHISTORY AFTER #films timestamp={time} 50"))
    assert not same & {*earlier, *later} and len(same) + len(earlier) + len(later) == 10


def test_a_page_is_not_short_because_its_messages_are_long(server, films):
    alice, bob = films
    robin = server.connect("Robin")
    robin.ask("/join films")
    long = ["".join(f"{number:02} {word:04} " for word in range(400)).strip() for number in range(40)]
    for text in long:
        robin.ask(f"/say films {text}")
    bob.drain()
    found = page(bob, "CHATHISTORY LATEST #films * 50")
    joined = {}
    for line in found:
        if "msgid" in line.tags:
            last = line.tags["msgid"]
            joined[last] = line.params[-1]
        else:
            joined[last] += " " + line.params[-1]
    assert list(joined.values()) == [one.params[-1] for one in bob.said] + long


@pytest.mark.settings(accounts__register='"open"')
def test_a_conversation_of_two_accounts(server):
    people = [reader(server, nick) for nick in ("alice", "bob")]
    for client in people:
        assert client.ask(f"PRIVMSG NickServ :REGISTER {SECRET}")
    alice, bob = people
    for client, other, text in ((alice, "bob", "one"), (bob, "alice", "two"), (alice, "bob", "\x01ACTION three\x01")):
        client.ask(f"PRIVMSG {other} :{text}")
    for client, other, targets in ((alice, "bob", ["bob", "alice", "bob"]), (bob, "alice", ["bob", "alice", "bob"])):
        client.drain()
        found = page(client, f"CHATHISTORY LATEST {other} * 10", other)
        assert texts(found) == ["one", "two", "\x01ACTION three\x01"]
        assert [one.params[0] for one in found] == targets and [one.nick for one in found] == ["alice", "bob", "alice"]


@pytest.mark.parametrize("line, answer", [
    ("LATEST #none * 10", "INVALID_TARGET LATEST #none"), ("LATEST #other * 10", "INVALID_TARGET LATEST #other"), ("LATEST alice * 10", "INVALID_TARGET LATEST alice"),
    ("LATEST nobody * 10", "INVALID_TARGET LATEST nobody"), ("LATEST &1 * 10", "INVALID_TARGET LATEST &1"), ("LATEST #films *", "INVALID_PARAMS LATEST"),
    ("LATEST #films * 0", "INVALID_PARAMS LATEST"), ("LATEST #films * x", "INVALID_PARAMS LATEST"), ("LATEST #films x 5", "INVALID_PARAMS LATEST"),
    ("BEFORE #films * 5", "INVALID_PARAMS BEFORE"), ("BEFORE #films msgid=1 5", "INVALID_PARAMS BEFORE"), ("BEFORE #films timestamp=now 5", "INVALID_PARAMS BEFORE"),
    ("BETWEEN #films msgid=1-1 5", "INVALID_PARAMS BETWEEN"), ("SOON #films * 5", "INVALID_PARAMS SOON"), ("latest", "INVALID_PARAMS LATEST")])
def test_what_is_refused(server, films, line, answer):
    _, bob = films
    connect_irc(server, "carol").ask("JOIN #other")
    [failure] = bob.ask("CHATHISTORY " + line)
    assert f" FAIL CHATHISTORY {answer} :" in failure.raw
    assert commands(bob.ask("CHATHISTORY")) == ["461"]


@pytest.mark.settings(history__guests='"none"')
def test_without_history(films):
    _, bob = films
    assert bob.ask("CHATHISTORY LATEST #films * 5")[0].params[:2] == ["CHATHISTORY", "INVALID_TARGET"]


def test_without_capabilities_only_the_messages_come(server, films):
    carol = connect_irc(server, "carol")
    carol.ask("JOIN #films")
    films[0].ask("PRIVMSG #films :hello")
    carol.drain()
    [line] = carol.ask("CHATHISTORY LATEST #films * 5")
    assert line.raw.endswith("@native PRIVMSG #films :hello") and not line.tags


def test_a_label_comes_on_the_batch(server, films):
    alice = reader(server, "dora", "labeled-response")
    alice.ask("JOIN #films")
    films[0].ask("PRIVMSG #films :hello")
    alice.drain()
    lines = alice.ask("@label=x CHATHISTORY LATEST #films * 5")
    assert commands(lines) == ["BATCH", "PRIVMSG", "BATCH"] and [one.tags.get("label") for one in lines] == ["x", None, None]


def test_a_page_outlives_the_daemons(server, films):
    _, bob = films
    for daemon in ("acceptor", "delivery"):
        server.kill(daemon)
        assert len(page(bob, "CHATHISTORY LATEST #films * 50")) == 10


def with_topics(server, nick):
    return reader(server, nick, "draft/event-playback", "echo-message")


def test_topics_for_those_who_have_asked_for_them(server):
    alice, bob = with_topics(server, "alice"), reader(server, "bob")
    for client in (alice, bob):
        client.ask("JOIN #films")
    alice.drain()
    live = []
    for text in [line.format(number) for number in range(3) for line in ("TOPIC #films :topic {}", "PRIVMSG #films :line {}")] + ["TOPIC #films :"]:
        live += alice.ask(text)
        before = time.time_ns() // 1_000_000
        wait_until(lambda: time.time_ns() // 1_000_000 > before, "the next line has another time")
    bob.drain()
    found = page(alice, "CHATHISTORY LATEST #films * 50")
    assert [(one.command, one.params, one.tags["msgid"], one.tags["time"]) for one in found] == [
        (one.command, one.params, one.tags["msgid"], one.tags["time"]) for one in live]
    assert commands(found) == ["TOPIC", "PRIVMSG"] * 3 + ["TOPIC"] and found[-1].params == ["#films", ""]
    assert {one.nick for one in found} == {"alice"}
    assert texts(page(bob, "CHATHISTORY LATEST #films * 50")) == ["line 0", "line 1", "line 2"]
    assert texts(page(alice, "CHATHISTORY LATEST #films * 2")) == ["line 2", ""]
    by_id = ["msgid=" + one.tags["msgid"] for one in live]
    by_time = ["timestamp=" + one.tags["time"] for one in live]
    for bounds in (by_id, by_time):
        assert texts(page(alice, f"CHATHISTORY AFTER #films {bounds[0]} 2")) == ["line 0", "topic 1"]
        assert texts(page(alice, f"CHATHISTORY BEFORE #films {bounds[4]} 3")) == ["line 0", "topic 1", "line 1"]
        assert texts(page(alice, f"CHATHISTORY BETWEEN #films {bounds[1]} {bounds[5]} 9")) == ["topic 1", "line 1", "topic 2"]
        assert texts(page(alice, f"CHATHISTORY AROUND #films {bounds[2]} 3")) == ["line 0", "topic 1", "line 1"]


def test_topics_of_an_earlier_room_stay_hidden_after_a_restart(start_server, tmp_path):
    settings = {"limits.lines_per_second": 0}
    server = start_server(settings, state=tmp_path / "state")
    alice = reader(server, "alice", "draft/event-playback")
    alice.ask("JOIN #films", *[f"TOPIC #films :secret {number}" for number in range(60)])
    server.wait_for_rows(60, "SELECT * FROM topic")
    server.stop()
    server = start_server(settings, state=tmp_path / "state")
    bob = reader(server, "bob", "draft/event-playback")
    bob.ask("JOIN #films", "PRIVMSG #films :hello", "TOPIC #films :newer")
    assert texts(page(bob, "CHATHISTORY LATEST #films * 90")) == ["hello", "newer"]
    assert server.query("SELECT 1 FROM topic JOIN message USING (id)") == []


def test_topics_that_others_set(server):
    alice = with_topics(server, "alice")
    robin = server.connect("Robin")
    robin.ask("/join films")
    alice.ask("JOIN #films")
    assert robin.ask("/topic films Be kind").kind == "topic"
    assert robin.ask("/topic other nothing").kind == "error"
    alice.drain()
    [found] = page(alice, "CHATHISTORY LATEST #films * 9")
    assert (found.source, found.params) == (f"Robin!{robin.id}@native", ["#films", "Be kind"])
    rows, end = robin.listing("/history films")
    assert rows == [] and end["count"] == "0"


@pytest.mark.settings(log__text="false")
def test_topics_whose_text_is_not_kept(server):
    alice = with_topics(server, "alice")
    alice.ask("JOIN #films", "TOPIC #films :Be kind")
    assert page(alice, "CHATHISTORY LATEST #films * 9") == []
    assert [row["text"] for row in server.query("SELECT text FROM topic")] == [None]


@pytest.mark.settings(accounts__register='"open"')
def test_the_conversation_of_an_account_with_a_guest(server):
    alice, guest, other = reader(server, "alice", "echo-message"), reader(server, "guest", "echo-message"), reader(server, "other")
    alice.ask(f"PRIVMSG NickServ :REGISTER {SECRET}")
    said = alice.ask("PRIVMSG guest :hello") + guest.ask("PRIVMSG alice :hi")[-1:]
    other.ask("PRIVMSG alice :from somebody else", "PRIVMSG guest :not hers")
    for client in (alice, guest):
        client.drain()
    wanted = [(one.nick, one.params, one.tags["msgid"]) for one in said if one.command == "PRIVMSG"]

    def conversation():
        return [(one.nick, one.params, one.tags["msgid"]) for one in page(alice, "CHATHISTORY LATEST Guest * 9", "Guest")]

    assert conversation() == wanted
    server.wait_for_rows(1, "SELECT 1 FROM place WHERE kind = 'guest' AND name = '1:guest'")
    assert [msgid for _, _, msgid in conversation()] == [msgid for _, _, msgid in wanted]
    assert page(alice, "CHATHISTORY LATEST nobody * 9", "nobody") == []
    [refusal] = guest.ask("CHATHISTORY LATEST alice * 9")
    assert refusal.params[:2] == ["CHATHISTORY", "INVALID_TARGET"]
    alice.ask("JOIN #guest", "PRIVMSG #guest :in a channel")
    assert texts(page(alice, "CHATHISTORY LATEST #guest * 9", "#guest")) == ["in a channel"]
    assert alice.ask("CHATHISTORY LATEST #none * 9")[0].params[1] == "INVALID_TARGET"
    # Whoever registers the name later gets nothing of it.
    guest.ask(f"PRIVMSG NickServ :REGISTER {SECRET}")
    assert page(guest, "CHATHISTORY LATEST alice * 9", "alice") == []
    assert page(alice, "CHATHISTORY LATEST guest * 9", "guest") == []
