"""The subcommands for scripts: send, tail, who; without a terminal, with a reliable exit status."""
import json
import re
import signal

import pytest
from chat_server import free_port
from deadline import wait_until
from scripted_server import TO_LOBBY

QUESTION = TO_LOBBY + "Anyone here?"


@pytest.fixture
def start(start_piped):
    """A function that starts a subcommand: start(port, "who", "--json")."""
    def begin(port, subcommand, *options):
        return start_piped(None, subcommand, "--server", f"127.0.0.1:{port}", *options)
    return begin


def finish(peer, *lines):
    """Answers /quit, with these lines before it."""
    peer.expect("/quit")
    peer.say_goodbye(*lines)


@pytest.mark.requirement("R71")
def test_send_says_delivered(start, scripted_server):
    client = start(scripted_server.port, "send", "Robin", "the", "disk  is", "full")
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer("/send Robin the disk  is full", "ok {tag} id=7")
    finish(peer)
    assert (client.wait_for_end(), client.lines(), client.error_lines()) == (0, [], [])


@pytest.mark.parametrize("target, command", [
    ("51990", "/send 51990 hi"), ("Robin", "/send Robin hi"), ("all", "/broadcast hi")])
def test_send_has_every_kind_of_target(start, scripted_server, target, command):
    client = start(scripted_server.port, "send", target, "hi")
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer(command, "ok {tag} id=7")
    finish(peer)
    assert client.wait_for_end() == 0


@pytest.mark.requirement("R72")
@pytest.mark.parametrize("target", ["group:1234", "1234"])
def test_send_to_a_group_says_why_not(start, target):
    client = start(free_port(), "send", target, "hi")
    assert (client.wait_for_end(), client.lines()) == (2, [])
    assert client.error_lines()[0] == "TARGET: only members can write to group 1234, and a new connection is not in any group"


def test_bad_lines_are_refused_with_their_number_and_the_others_are_sent(start, scripted_server):
    client = start(scripted_server.port, "send", "Robin", "-")
    client.write(b"one\n\ntwo\rtwo\n" + b"x" * 70000 + b"\nnul\0\nthree\r\n")
    client.end_input()
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer("/send Robin one", "ok {tag} id=7")
    peer.answer("/send Robin nul\0", "error code=bad-text {tag} :Lines must be UTF-8 without control characters")
    peer.answer("/send Robin three", "ok {tag} id=8")
    finish(peer)
    assert client.wait_for_end() == 4
    assert client.error_lines() == ["chat-client: line 3: a line with a carriage return was not sent", "chat-client: line 4: a line of more than 65536 bytes was not sent",
                                    "chat-client: line 5: Lines must be UTF-8 without control characters"]


def test_a_text_of_several_lines_is_sent_line_by_line(start, scripted_server):
    client = start(scripted_server.port, "send", "Robin", "one\ntwo\rtwo\nthree")
    peer = scripted_server.accept()
    peer.welcome()
    for line in ("one", "three"):
        peer.answer(f"/send Robin {line}", "ok {tag} id=7")
    finish(peer)
    assert (client.wait_for_end(), client.error_lines()) == (4, ["chat-client: a line with a carriage return was not sent"])


@pytest.mark.requirement("R26")
def test_send_goes_into_a_room_and_takes_lines_from_its_input(start, scripted_server):
    client = start(scripted_server.port, "send", "--name", "Cron", "room:ops", "-")
    client.write("one\n\ntwo\r\nthree")
    client.end_input()
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer("/login Cron", "renamed id=48213 old=q7mzxtrplw name=Cron {tag}")
    peer.answer("/join ops", "joined room=ops id=48213 name=Cron count=2 {tag}")
    for line in ("one", "two", "three"):
        peer.answer(f"/say ops {line}", "ok {tag} id=7")
    finish(peer)
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


@pytest.mark.requirement("R13")
def test_send_says_undelivered(start, scripted_server):
    gone = "undelivered id=7 to=51990 reason=disconnected {tag} :51990 (Robin) is now disconnected; the message was discarded."
    for at_once in (True, False):
        client = start(scripted_server.port, "send", "51990", "hi")
        peer = scripted_server.accept()
        peer.welcome()
        peer.answer("/send 51990 hi", gone if at_once else "ok {tag} id=7")
        finish(peer, *([] if at_once else [gone.replace("{tag} ", "")]))
        assert client.wait_for_end() == 3
        assert client.error_lines() == ["chat-client: 51990 (Robin) is now disconnected; the message was discarded."]


def test_send_to_an_empty_room_is_undelivered(start, scripted_server):
    client = start(scripted_server.port, "send", "#ops", "hi")
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer("/join ops", "joined room=ops id=48213 name=q7mzxtrplw count=1 {tag}")
    peer.answer("/say ops hi", "ok {tag} id=7")
    finish(peer)
    assert (client.wait_for_end(), client.error_lines()) == (3, ["chat-client: nobody is in the room ops"])


def test_send_says_refused(start, scripted_server):
    client = start(scripted_server.port, "send", "Nobody", "-")
    client.write("one\ntwo\n")
    client.end_input()
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer("/send Nobody one", "error code=no-such-client {tag} :There is no client Nobody")
    peer.answer("/send Nobody two", "ok {tag} id=8")
    finish(peer)
    assert (client.wait_for_end(), client.error_lines()) == (4, ["chat-client: line 1: There is no client Nobody"])


@pytest.mark.requirement("R06")
def test_send_to_a_full_server(start, scripted_server):
    client = start(scripted_server.port, "send", "Robin", "hi")
    peer = scripted_server.accept()
    peer.send("refused code=limit :Connection Limit Exceeded !!")
    peer.close()
    assert (client.wait_for_end(), client.error_lines()) == (4, ["chat-client: Connection Limit Exceeded !!"])


def test_send_waits_where_it_is_too_fast(start, scripted_server):
    client = start(scripted_server.port, "send", "Robin", "hi")
    peer = scripted_server.accept()
    peer.welcome()
    for _ in range(3):
        peer.answer("/send Robin hi", "error code=too-fast {tag} :Slow down")
    peer.answer("/send Robin hi", "ok {tag} id=7")
    finish(peer)
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


def test_send_without_text_does_not_connect(start):
    client = start(free_port(), "send", "Robin", "-")
    client.write("\n\n")
    client.end_input()
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


@pytest.mark.requirement("R88")
def test_scripts_without_a_server(start):
    for options in (["send", "Robin", "hi"], ["who"], ["tail"], ["calc", "--name", "Euclid"], ["echo", "x"]):
        port = free_port()
        client = start(port, *options)
        assert (client.wait_for_end(), client.lines()) == (1, [])
        assert client.error_lines() == [f"chat-client: no server at 127.0.0.1:{port}: Connection refused"]


def test_a_server_that_goes_away_is_an_error(start, scripted_server):
    client = start(scripted_server.port, "send", "Robin", "hi")
    peer = scripted_server.accept()
    peer.welcome()
    peer.read_raw()
    peer.close()
    assert (client.wait_for_end(), client.error_lines()) == (1, ["chat-client: the server closed the connection"])


@pytest.mark.requirement("R07", "R08")
def test_who(start, scripted_server):
    for options in ([], ["--json"]):
        client = start(scripted_server.port, "who", *options)
        peer = scripted_server.accept()
        peer.welcome()
        peer.expect("/quiet")
        peer.answer("/active", "client id=48213 name=q7mzxtrplw connected=2020-02-03T12:31:05.123Z you=yes {tag}",
            "client id=51990 name=Robin connected=2020-02-03T12:31:05.123Z {tag}",
            "client id=51991 name=\x1b[31mEve connected=lately {tag}", "end of=active count=3 {tag}")
        finish(peer)
        assert client.wait_for_end() == 0
        if options:
            assert json.loads(client.output) == [
                {"kind": "client", "id": 51990, "name": "Robin", "connected": "2020-02-03T12:31:05.123Z"},
                {"kind": "client", "id": 51991, "name": "\ufffd[31mEve", "connected": "lately"}]
        else:
            assert [re.split(r"\s\s+", line) for line in client.lines()][0][:2] == ["51990", "Robin"]
            assert len(client.lines()) == 2


@pytest.mark.parametrize("options", [[], ["--json"]], ids=str)
def test_who_lists_the_members_of_a_room_and_their_rank(start, scripted_server, options):
    client = start(scripted_server.port, "who", "--room", "#Ops", *options)
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/quiet")
    peer.answer("/members Ops", "client id=51990 name=Robin connected=2020-02-03T12:31:05.123Z op=yes voice=yes {tag}",
                "client id=51991 name=Eve connected=lately voice=yes {tag}", "client id=51992 name=Joker connected=lately {tag}", "end of=members count=3 {tag}")
    finish(peer)
    assert client.wait_for_end() == 0
    if options:
        assert [(row["name"], row.get("op"), row.get("voice")) for row in json.loads(client.output)] == [("Robin", True, True), ("Eve", None, True), ("Joker", None, None)]
    else:
        assert [re.split(r"\s\s+", line)[1::2] for line in client.lines()] == [["Robin", "operator"], ["Eve", "voiced"], ["Joker"]]


def test_who_of_an_unknown_or_invalid_room(server, start):
    client = start(server.port, "who", "--room", "nowhere")
    assert (client.wait_for_end(), client.lines(), len(client.error_lines())) == (4, [], 1)
    client = start(server.port, "who", "--room", "no room")
    assert (client.wait_for_end(), client.error_lines()[0]) == (2, "--room: 'no room' is not a room name")


@pytest.mark.requirement("R87")
def test_tail(start, scripted_server):
    for options in ([], ["--json"]):
        client = start(scripted_server.port, "tail", "--count", "3", "--room", "ops", *options)
        peer = scripted_server.accept()
        peer.welcome()
        peer.expect("/quiet")
        peer.answer("/join ops", "joined room=ops id=48213 name=q7mzxtrplw count=1 {tag}")
        peer.send("online id=48213 name=q7mzxtrplw count=2 :q7mzxtrplw has joined.", QUESTION, QUESTION.replace("room:lobby", "room:ops").replace("id=1", "id=2"))
        wait_until(lambda: len(client.lines()) == 2, "each line is printed as it comes")
        peer.send(b"online id=51991 name=Eve count=3 :Eve\xff has joined.")
        finish(peer)
        assert client.wait_for_end() == 0
        if options:
            assert [json.loads(line) for line in client.lines()] == [
                {"kind": "message", "id": 1, "from": 51990, "name": "Robin", "to": "room:lobby", "at": "2026-11-20T12:31:05.123Z", "text": "Anyone here?"},
                {"kind": "message", "id": 2, "from": 51990, "name": "Robin", "to": "room:ops", "at": "2026-11-20T12:31:05.123Z", "text": "Anyone here?"},
                {"kind": "online", "id": 51991, "name": "Eve", "count": 3, "text": "Eve\ufffd has joined."}]
        else:
            assert client.lines()[:2] == ["Robin: Anyone here?", "Robin (in ops): Anyone here?"]


@pytest.mark.requirement("R15")
def test_tail_is_ended_by_a_signal(start, scripted_server):
    client = start(scripted_server.port, "tail")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/quiet")
    peer.send(QUESTION)
    client.wait_for("Robin: Anyone here?")
    client.process.send_signal(signal.SIGTERM)
    peer.expect("/quit killed")
    assert (client.wait_for_end(), client.error_lines()) == (128 + signal.SIGTERM, [])


def test_scripts_with_the_real_server(start, server):
    watcher = server.connect("Robin")
    listener = start(server.port, "tail", "--json", "--name", "Ear")
    watcher.wait_for("online", name="Ear")
    sender = start(server.port, "send", "--name", "Cron", "Robin", "hello")
    assert (sender.wait_for_end(), sender.error_lines()) == (0, [])
    assert watcher.wait_for("message").text == "hello"
    assert start(server.port, "send", "Nobody", "hello").wait_for_end() == 4
    assert start(server.port, "send", "all", "hello all").wait_for_end() == 0
    wait_until(lambda: any(json.loads(line).get("text") == "hello all" for line in listener.lines()), "it is heard")
    who = start(server.port, "who", "--json")
    assert who.wait_for_end() == 0
    assert {row["name"] for row in json.loads(who.output)} >= {"Robin", "Ear"}
