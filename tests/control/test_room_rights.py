"""The server's operator does what operators of rooms can do: op, deop, mode, and the topic."""
import os

import pytest
from deadline import wait_until
from room_members import code_of, raw, room_with


@pytest.mark.requirement("N17")
def test_operators_are_made_and_unmade(server, control):
    batman, robin = room_with(server, "Batman", "Robin")
    done = control.run("op", "#Cave", "Robin")
    assert done.stdout == "Robin now operates the room cave.\n"
    for client in (batman, robin):
        assert raw(client.read()) == f"op room=cave id={robin.id} name=Robin value=yes"
    assert control.run("deop", "cave", "Robin", batman.id).stdout == f"Robin, {batman.id} no longer operate the room cave.\n"
    assert [batman.read()["name"] for _ in range(2)] == ["Robin", "Batman"]
    assert code_of(batman, "/topic cave mine") == "forbidden"
    wait_until(lambda: server.events_of("mode") == [f"uid={os.getuid()} room=cave +o=Robin", f"uid={os.getuid()} room=cave -o=Robin -o=Batman"], "the acts are in the log")


@pytest.mark.settings(limits__max_clients=20)
def test_more_operators_than_one_call_can_have(server, control):
    names = [f"Member{number:02}" for number in range(12)]
    clients = room_with(server, *names)
    assert control.run("deop", "cave", names[0]).returncode == 0
    assert control.run("op", "cave", *names).stdout == f"{', '.join(names)} now operate the room cave.\n"
    assert {clients[0].wait_for("op", value="yes")["name"] for _ in names} == set(names)
    done = control.run("deop", "cave", *names[:10], "Nobody", check=False)
    assert done.returncode == 1 and done.stderr == f"chatctl: there is no client Nobody; it was done for {', '.join(names[:10])}\n"


@pytest.mark.requirement("N17")
def test_a_topic_is_set_by_the_server(server, control):
    batman, robin = room_with(server, "Batman", "Robin")
    assert control.json("room", "set", "CAVE", "topic=No lights, please") == {"topic": "No lights, please", "room": "cave"}
    for client in (batman, robin):
        assert raw(client.read()) == "topic room=cave name=server at=TIME :No lights, please"
    control.run("room", "set", "lobby", "topic=Be kind", "history=off")
    assert robin.wait_for("topic", room="lobby").text == "Be kind"
    control.run("room", "set", "cave", "topic=")
    assert batman.wait_for("topic", room="cave").text is None
    wait_until(lambda: server.events_of("topic") == [f"uid={os.getuid()} room={room}" for room in ("cave", "lobby", "cave")], "the acts are in the log")


@pytest.mark.requirement("N17")
def test_modes_are_changed(server, control):
    batman, robin = room_with(server, "Batman", "Robin")
    assert control.run("mode", "cave", "-t").stdout == "The modes of the room cave were changed.\n"
    assert robin.ask("/topic cave mine").text == "mine"
    control.run("mode", "cave", "-o+t", "Batman")
    assert batman.wait_for("op")["value"] == "no"
    assert code_of(batman, "/topic cave mine") == "forbidden"


@pytest.mark.requirement("N17")
@pytest.mark.parametrize(("words", "status", "reason"), [
    (["op", "attic", "Batman"], 1, "there is no room attic"), (["op", "cave", "Nobody"], 1, "there is no client Nobody"),
    (["op", "cave", "Alfred"], 1, "Alfred is not in the room cave"), (["op", "lobby", "Batman"], 1, "The lobby has no operators"),
    (["mode", "cave", "+o"], 3, "does not accept these modes"), (["mode", "cave", "+Z"], 3, "modes"), (["mode", "cave", "+t", "Batman"], 3, "modes"),
    (["room", "set", "attic", "topic=x"], 1, "there is no room attic"), (["room", "set", "cave", "topic=" + "x" * 391], 3, "topic")])
def test_what_cannot_be_done(server, control, words, status, reason):
    room_with(server, "Batman")
    server.people("Alfred")
    done = control.run(*words, check=False)
    assert done.returncode != 0 and reason in done.stderr, done


@pytest.mark.requirement("N17")
def test_voice_in_the_lobby_survives_a_restart(server, control):
    """A moderated lobby is for those whom the server's operator lets write."""
    batman, robin = server.people("Batman", "Robin")
    control.run("mode", "lobby", "+m+v", "Robin")
    for kill in (False, True):
        if kill:
            server.kill("acceptor")
        assert code_of(batman, "/say lobby hello") == "forbidden"
        assert robin.ask("/say lobby hello").kind == "ok"
        assert batman.wait_for("message", name="Robin").text == "hello"
