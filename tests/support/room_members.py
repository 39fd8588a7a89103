"""Rooms with members, and what they are told, for tests."""
import re

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def room_with(server, *names, room="cave"):
    """Members of a room that the first of them has opened."""
    clients = server.people(*names)
    for client in clients:
        assert client.ask(f"/join {room}").kind == "joined"
    for client in clients:
        client.drain()
    return clients


def code_of(client, command):
    answer = client.ask(command)
    assert answer.kind == "error" and answer.text, answer
    return answer["code"]


def raw(line):
    return re.sub(TIME, "TIME", line.raw.decode().rstrip("\n"))
