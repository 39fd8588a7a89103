"""Texts of several lines (draft/multiline): they are one message, for IRC clients as a batch or line by line, for native clients as one line."""
import pytest
from irc_client import commands, connect_irc, connect_with, meet

EVERYTHING = "draft/multiline batch message-tags server-time echo-message labeled-response standard-replies"
FALLBACK = "batch message-tags server-time echo-message labeled-response"
CONCAT = "draft/multiline-concat"
pytestmark = [pytest.mark.sanitized]


@pytest.fixture
def room(server):
    """Alice and Bob know draft/multiline, Carol does not, Dan uses a native client."""
    alice, bob = connect_with(server, "alice", EVERYTHING), connect_with(server, "bob", EVERYTHING)
    carol = connect_with(server, "carol", FALLBACK)
    dan = server.connect("Dan")
    meet(alice, bob, carol)
    dan.ask("/join cave")
    for client in (alice, bob, carol):
        client.drain()
    return alice, bob, carol, dan


def batch(reference, *lines, target="#cave", command="PRIVMSG", tags=""):
    """The lines of a batch; one that begins with + is joined with the one before it."""
    inside = [f"@batch={reference}{';' + CONCAT if line[:1] == '+' else ''} {command} {target} :{line.removeprefix('+')}" for line in lines]
    return [f"{tags}BATCH +{reference} draft/multiline {target}", *inside, f"BATCH -{reference}"]


def joined(lines, target="#cave"):
    """The opening of a batch that is all there is, and its text: lines end with \\n, and those that are joined have | between them."""
    opening, *inner, end = lines
    reference = opening.params[0]
    assert opening.command == "BATCH" and reference[0] == "+" and opening.params[1:] == ["draft/multiline", target], lines
    assert end.command == "BATCH" and end.params == ["-" + reference[1:]], lines
    text = inner[0].params[-1]
    for line in inner:
        assert line.tags["batch"] == reference[1:] and set(line.tags) <= {"batch", CONCAT} and line.source == opening.source
        assert line.params[0] == target
    for line in inner[1:]:
        text += ("|" if CONCAT in line.tags else "\n") + line.params[-1]
    return opening, text


def refusals(lines):
    return [line.params for line in lines if line.command == "FAIL"]


@pytest.mark.requirement("N14")
def test_several_lines_are_one_message(server, room):
    alice, bob, carol, dan = room
    echo, text = joined(alice.ask(*batch("123", "hello", "#how is ", "+everyone?", tags="@label=xyz ")))
    assert text == "hello\n#how is |everyone?"
    assert set(echo.tags) == {"label", "msgid", "time"} and echo.tags["label"] == "xyz"
    opening, text = joined(bob.drain())
    assert text == "hello\n#how is |everyone?" and opening.tags == {"msgid": echo.tags["msgid"], "time": echo.tags["time"]}
    plain = carol.drain()
    assert [(line.command, line.params) for line in plain] == [("PRIVMSG", ["#cave", one]) for one in ("hello", "#how is ", "everyone?")]
    assert [line.tags.get("msgid") for line in plain] == [echo.tags["msgid"], None, None]
    assert {line.tags["time"] for line in plain} == {echo.tags["time"]}
    message = dan.wait_for("message")
    assert message.text == "hello \u21b5 #how is everyone?" and message["id"] == echo.tags["msgid"].partition("-")[2]
    [[logged]] = server.wait_for_rows(1, "SELECT text FROM message")
    assert logged == "hello\n#how is everyone?"


@pytest.mark.requirement("N14")
def test_nothing_happens_before_the_last_line_has_come(room):
    alice, bob, carol, dan = room
    lines = batch("1", "one", "two")
    alice.send(*lines[:-1])
    bob.ask("PRIVMSG #cave :between")
    alice.raw(lines[-1].encode())
    dan.ask("/say cave and more")
    alice.ask("")
    assert [line.params[-1] for line in carol.drain()] == ["between", "and more", "one", "two"]


@pytest.mark.requirement("N14")
def test_blank_lines_are_only_for_those_who_know_them(room):
    alice, bob, carol, dan = room
    alice.ask(*batch("1", "", "one", "", "two", tags="@+mood=calm "))
    opening, text = joined(bob.drain())
    assert text == "\none\n\ntwo" and opening.tags["+mood"] == "calm"
    plain = carol.drain()
    assert [line.params[-1] for line in plain] == ["one", "two"] and [line.tags["+mood"] for line in plain] == ["calm", "calm"]
    assert ["msgid" in line.tags for line in plain] == [True, False]
    assert dan.wait_for("message").text == " \u21b5 one \u21b5  \u21b5 two"


@pytest.mark.requirement("N14")
@pytest.mark.parametrize("size, is_repeated", [(510, True), (511, False), (600, False)])
def test_long_tags_of_a_client_are_not_repeated_for_each_line(room, size, is_repeated):
    alice, _, carol, _ = room
    tag = "+mood="
    alice.ask(*batch("1", "one", "two", tags=f"@{tag}{(size - len(tag)) * 'x'} "))
    assert ["+mood" in line.tags for line in carol.drain()] == [True, is_repeated]


@pytest.mark.requirement("N14")
def test_notices_and_messages_to_one_person(room):
    alice, bob, _, dan = room
    alice.ask(*batch("1", "one", "two", target="bob", command="NOTICE"))
    lines = bob.drain()
    assert joined(lines, "bob")[1] == "one\ntwo" and commands(lines) == ["BATCH", "NOTICE", "NOTICE", "BATCH"]
    alice.ask(*batch("2", "three", "four", target="Dan"))
    message = dan.wait_for("message")
    assert message["to"] and message.text == "three \u21b5 four"
    lines = alice.ask(*batch("3", "a", "b", target="alice", tags="@label=self "))
    assert joined(lines[:4], "alice")[0].tags.keys() == {"msgid", "time"}
    assert joined(lines[4:], "alice")[0].tags["label"] == "self"
    assert commands(alice.ask(*batch("4", "a", "b", target="nobody", tags="@label=none "))) == ["401"]
    assert commands(alice.ask(*batch("5", "a", "b", target="nobody", command="NOTICE", tags="@label=none "))) == ["ACK"]
    assert commands(alice.ask(*batch("6", "a", "b", target="#closed"))) == ["403"]


@pytest.mark.requirement("N14")
def test_operators_of_a_channel_receive_several_lines(room):
    alice, bob, carol, _ = room
    bob.ask(*batch("1", "one", "two", target="@#cave"))
    assert joined(alice.drain(), "@#cave")[1] == "one\ntwo" and carol.drain() == []


@pytest.mark.requirement("N14")
@pytest.mark.parametrize("lines, wanted", [
    (batch("1", "", ""), ["BATCH", "MULTILINE_INVALID"]),
    (batch("1"), ["BATCH", "MULTILINE_INVALID"]),
    (batch("1", "one", "+"), ["BATCH", "MULTILINE_INVALID"]),
    (batch("1", "\x01VERSION\x01", "two"), ["BATCH", "MULTILINE_INVALID"]),
    (batch("1", 500 * "x", "two"), ["BATCH", "MULTILINE_INVALID"]),
    (batch("1", "one", "two", target="#cave,#den"), ["BATCH", "MULTILINE_INVALID"]),
    (batch("1", "IDENTIFY", "secret", target="NickServ"), ["BATCH", "MULTILINE_INVALID"]),
    (batch("1", "one", "two", command="TOPIC"), ["BATCH", "MULTILINE_INVALID"]),
    (["BATCH +1 draft/multiline #cave", "@batch=1 PRIVMSG #cave :a", "@batch=1 NOTICE #cave :b", "BATCH -1"], ["BATCH", "MULTILINE_INVALID"]),
    (["BATCH +1 draft/multiline #cave", "@batch=1 PRIVMSG #den :a", "BATCH -1"], ["BATCH", "MULTILINE_INVALID_TARGET", "#cave", "#den"]),
    (["BATCH +1 draft/multiline #cave", "@batch=2 PRIVMSG #cave :a", "BATCH -1"], ["BATCH", "MULTILINE_INVALID"]),
    (batch("1", *(25 * ["x"])), ["BATCH", "MULTILINE_MAX_LINES", "24"]),
    (batch("1", *(10 * [400 * "x"]), 88 * "x"), ["BATCH", "MULTILINE_MAX_BYTES", "4096"]),
    (["BATCH +1 netsplit a b", "@batch=1 PRIVMSG #cave :a", "BATCH -1"], ["BATCH", "UNKNOWN_TYPE", "1", "netsplit"]),
    (["BATCH +a_b draft/multiline #cave", "@batch=a_b PRIVMSG #cave :a", "BATCH -a_b"], ["BATCH", "INVALID_REFTAG", "a_b"]),
    (["@batch=1 PRIVMSG #cave :a"], ["BATCH", "MULTILINE_INVALID"]),
    (["BATCH -1"], ["BATCH", "MULTILINE_INVALID"]),
])
def test_a_batch_that_is_wrong_is_refused_once(room, lines, wanted):
    alice, bob, carol, _ = room
    [refusal] = refusals(answers := alice.ask(*lines))
    assert refusal[:-1] == wanted and len(answers) == 1
    assert bob.drain() == [] and carol.drain() == []
    assert joined(alice.ask(*batch("2", "and", "again")))[1] == "and\nagain"


@pytest.mark.requirement("N14")
def test_the_longest_text_and_the_most_lines(room):
    alice, bob, carol, _ = room
    for lines in (24 * ["x"], 10 * [400 * "x"] + [86 * "z"]):
        joined(alice.ask(*batch("1", *lines)))
        assert joined(bob.drain())[1] == "\n".join(lines)
        assert [line.params[-1] for line in carol.drain()] == lines


@pytest.mark.requirement("N14")
@pytest.mark.parametrize("line", ["PONG x", "PRIVMSG #cave :alone", "BATCH +2 draft/multiline #cave"])
def test_another_line_ends_a_batch(room, line):
    alice, _, carol, _ = room
    alice.send(*batch("1", "one", "two")[:2], line)
    assert refusals([alice.read()])[0][:2] == ["BATCH", "MULTILINE_INVALID"]
    alice.send("@batch=2 PRIVMSG #cave :late", "BATCH -2", "@batch=1 PRIVMSG #cave :ignored")
    alice.drain()
    heard = [line.params[-1] for line in carol.drain()]
    assert heard == {"PRIVMSG": ["alone"], "BATCH": ["late"]}.get(line.split()[0], [])


@pytest.mark.requirement("N14")
def test_a_batch_without_an_end_is_given_up(room):
    alice, _, carol, _ = room
    alice.send("BATCH +1 draft/multiline #cave", "@batch=1 PRIVMSG #cave :one")
    for _ in range(13 * 64):
        alice.send(14 * "\r\n")
    assert refusals([alice.read()])[0][:2] == ["BATCH", "MULTILINE_INVALID"]
    assert alice.ask("@batch=1 PRIVMSG #cave :two", "BATCH -1") == [] and carol.drain() == []
    alice.send("BATCH +1 draft/multiline #cave", "@batch=1 PRIVMSG #cave :one")
    alice.socket.shutdown(1)
    assert refusals([alice.read()])[0][:2] == ["BATCH", "MULTILINE_INVALID"]


@pytest.mark.requirement("N14")
def test_a_batch_counts_as_its_lines(server):
    alice = connect_with(server, "alice", EVERYTHING)
    alice.ask("JOIN #cave")
    lines = [line for number in range(20) for line in batch(str(number), *(24 * ["x"]), tags=f"@label={number} ")]
    alice.send(*lines)
    assert alice.wait_for("263").params[1] == "BATCH"


@pytest.mark.requirement("N14")
def test_without_the_capability_nothing_changes(room):
    _, bob, carol, _ = room
    assert refusals(carol.ask(*batch("1", "one")))[0][:2] == ["BATCH", "UNKNOWN_TYPE"]
    [line] = bob.drain()
    assert line.params == ["#cave", "one"]


@pytest.mark.requirement("N14")
def test_a_long_native_message_arrives_in_one_piece(room):
    alice, bob, carol, dan = room
    text = " ".join(f"word{number}" for number in range(400))
    dan.ask(f"/say cave {text}")
    opening, pieces = joined(bob.drain())
    assert pieces.replace("|", "") == text and pieces.count("|") > 5 and all(piece.endswith(" ") for piece in pieces.split("|")[:-1])
    plain = carol.drain()
    assert " ".join(line.params[-1] for line in plain) == text
    assert [line.tags.get("msgid") for line in plain] == [opening.tags["msgid"]] + (len(plain) - 1) * [None]
    dan.ask("/say cave short")
    assert [line.command for line in bob.drain()] == ["PRIVMSG"]
    unspaced = "\u20ac" * 600
    dan.ask(f"/say cave {unspaced}")
    assert joined(bob.drain())[1].replace("|", "") == unspaced
    dan.ask(f"/action cave {text}")
    assert {line.command for line in bob.drain()} == {"PRIVMSG"}


@pytest.mark.requirement("N14")
@pytest.mark.settings(accounts__register='"open"')
def test_several_lines_are_kept_for_an_account_that_is_away(server):
    alice = connect_with(server, "alice", EVERYTHING)
    for nick, capabilities in (("bob", "draft/multiline batch"), ("carol", "batch")):
        someone = connect_irc(server, nick)
        someone.ask("NS REGISTER correct-horse")
        someone.send("QUIT")
        assert someone.read().command == "ERROR"
        alice.ask(*batch("1", "one", "", "two", target=nick))
        again = connect_with(server, "other" + nick, capabilities)
        again.send(f"NS IDENTIFY {nick} correct-horse")
        kept = [line for line in again.drain() if line.command in ("BATCH", "PRIVMSG")]
        if nick == "bob":
            assert joined(kept, "bob")[1] == "one\n\ntwo"
        else:
            assert [line.params for line in kept] == [["carol", "one"], ["carol", "two"]]


@pytest.mark.requirement("N14")
@pytest.mark.settings(accounts__register='"open"', limits__outbox_kib=64, limits__lines_per_second=0)
def test_many_short_lines_that_were_kept_are_no_reason_to_give_their_reader_up(server):
    """Over IRC, each of the lines is much longer than its text."""
    bob = connect_irc(server, "bob")
    bob.ask("NS REGISTER correct-horse")
    bob.send("QUIT")
    assert bob.read().command == "ERROR"
    alice = connect_with(server, "alice-has-a-name-of-31-letters", EVERYTHING)
    for number in range(60):
        alice.ask(*batch(str(number), *(24 * ["x"]), target="bob"))
    again = connect_with(server, "again", "batch")
    again.send("NS IDENTIFY bob correct-horse")
    heard = []
    while len(heard) < 60 * 24:
        heard += [line for line in [again.read()] if line.command == "PRIVMSG"]
    assert {tuple(line.params) for line in heard} == {("bob", "x")} and again.ask("PING :still") != []


@pytest.mark.requirement("N14")
def test_the_history_has_them_as_one_message(room):
    alice, bob, carol, dan = room
    echo, _ = joined(alice.ask(*batch("1", "one", "", "two ", "+and a half")))
    dan.ask("/say cave three")
    for client, wanted in ((bob, ["BATCH", "BATCH", "PRIVMSG", "PRIVMSG", "PRIVMSG", "BATCH", "PRIVMSG", "BATCH"]), (carol, ["BATCH", "PRIVMSG", "PRIVMSG", "PRIVMSG", "BATCH"])):
        client.drain()
        client.ask("CAP REQ :draft/chathistory")
        page = client.ask("CHATHISTORY LATEST #cave * 10")
        assert commands(page) == wanted and [line.tags["msgid"] for line in page if "msgid" in line.tags][0] == echo.tags["msgid"]
        assert [line.params[-1] for line in page if line.command == "PRIVMSG"] == [one for one in ("one", "", "two and a half", "three") if one or client is bob]
    rows, _ = dan.listing("/history cave 10")
    assert [row.text for row in rows] == ["one \u21b5  \u21b5 two and a half", "three"]


@pytest.mark.requirement("N14")
def test_a_crash_in_the_middle_of_a_batch_loses_nothing(server, room):
    alice, bob, _, _ = room
    lines = batch("1", "one", "two", "three")
    alice.send(*lines[:2])
    server.kill("acceptor")
    alice.send(lines[2])
    server.kill("delivery", "acceptor")
    alice.send(*lines[3:])
    assert joined(alice.drain())[1] == "one\ntwo\nthree" and joined(bob.drain())[1] == "one\ntwo\nthree"
