"""Clients that write and page through history."""
import sqlite3
from contextlib import closing, contextmanager

PASSWORD = "correct-horse-battery"


def member(server, name):
    """A client with an account."""
    client = server.connect(name)
    assert client.ask(f"/register {PASSWORD}").kind == "account"
    return client


def say(client, room, *texts):
    """Writes the texts; their ids."""
    return [int(client.ask(f"/say {room} {text}")["id"]) for text in texts]


def page(client, place, rest=""):
    """The rows of a page, and its last line."""
    rows, end = client.listing(f"/history {place} {rest}".rstrip())
    assert end["of"] == "history" and {row.kind for row in rows} <= {"history"}, end
    ids = [int(row["id"]) for row in rows]
    assert ids == sorted(set(ids)) and int(end["count"]) == len(ids)
    assert (end.get("first"), end.get("last")) == ((str(ids[0]), str(ids[-1])) if ids else (None, None))
    assert all(number <= int(end["upto"]) for number in ids)
    return rows, end


def ids_of(client, place, rest=""):
    return [int(row["id"]) for row in page(client, place, rest)[0]]


def code_of(client, place, rest=""):
    answer = client.ask(f"/history {place} {rest}".rstrip())
    assert answer.kind == "error", answer
    return answer["code"]


def member_again(server, name):
    client = server.connect()
    assert client.ask(f"/login {name} {PASSWORD}").kind == "account"
    return client


@contextmanager
def opened(server):
    """The database, for changes."""
    with closing(sqlite3.connect(server.database, timeout=10, isolation_level=None)) as database:
        yield database
