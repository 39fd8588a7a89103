"""chatctl room set: for how long a room's history is kept, and whether anybody sees it."""
import os
import sqlite3
import time
from contextlib import closing

from deadline import wait_until
import pytest

pytestmark = [pytest.mark.settings(accounts__register='"open"', history__pages_per_minute=1_000_000)]
PASSWORD = "correct-horse-battery"


def member(server, name):
    client = server.connect(name)
    assert client.ask(f"/register {PASSWORD}").kind == "account"
    return client


def texts(client, room):
    """The texts of a page, or the code of the error."""
    *rows, end = client.listing(f"/history {room}")
    return [row.text for row in rows[0]] if end.kind == "end" else end["code"]


def opens(client, room, *said):
    client.ask(f"/join {room}")
    for text in said:
        client.ask(f"/say {room} {text}")


def test_a_history_that_is_off_is_not_shown_and_what_was_written_meanwhile_stays_hidden(server, control):
    ann = member(server, "Ann")
    opens(ann, "cave", "before")
    assert control.json("room", "set", "#Cave", "history=off") == {"room": "Cave", "history": "off"}
    assert texts(ann, "cave") == "history-off" and texts(ann, "lobby") == []
    opens(ann, "cave", "hidden")
    control.run("room", "set", "cave", "history=on")
    assert texts(ann, "cave") == []
    opens(ann, "cave", "shown")
    assert texts(ann, "cave") == ["shown"]
    server.kill("acceptor")
    assert texts(ann, "cave") == ["shown"]
    acts = [f"uid={os.getuid()} room={words}" for words in ("Cave history=off", "cave history=on")]
    wait_until(lambda: server.events_of("room") == acts, "the acts are in the log")


def test_a_history_that_is_on_is_kept_when_the_room_is_empty(server, control):
    ann = member(server, "Ann")
    opens(ann, "cave", "an earlier room")
    ann.ask("/leave cave")
    opens(ann, "cave", "since it was opened")
    control.run("room", "set", "cave", "history=on")
    control.run("room", "set", "cave", "keep_days=30")
    opens(ann, "cave", "later")
    ann.ask("/leave cave")
    opens(ann, "CAVE", "again")
    assert texts(ann, "cave") == ["since it was opened", "later", "again"]
    control.run("room", "set", "cave", "history=on")        # nothing changes
    assert texts(ann, "cave") == ["since it was opened", "later", "again"]


def test_a_room_that_is_not_open_begins_with_the_setting(server, control):
    ann = member(server, "Ann")
    opens(ann, "cave", "before")
    ann.ask("/leave cave")
    control.run("room", "set", "cave", "history=on", "keep_days=0")
    opens(ann, "cave", "after")
    ann.ask("/leave cave")
    opens(ann, "cave")
    assert texts(ann, "cave") == ["after"]


def test_old_messages_of_a_room_are_hidden_at_once(server, control):
    ann = member(server, "Ann")
    opens(ann, "attic", "as old")
    opens(ann, "cave", "old", "new")
    server.wait_for_rows(3, "SELECT 1 FROM message")
    with closing(sqlite3.connect(server.database, timeout=10)) as database, database:
        database.execute("UPDATE message SET at = ? WHERE text LIKE '%old'", [int((time.time() - 3 * 86400) * 1e6)])
    control.run("room", "set", "cave", "keep_days=2")
    assert texts(ann, "cave") == ["new"] and texts(ann, "attic") == ["as old"]
    control.run("room", "set", "cave", "keep_days=0")
    assert texts(ann, "cave") == ["old", "new"]


@pytest.mark.parametrize("words", [["cave"], ["cave", "history=maybe"], ["cave", "keep_days=x"], ["cave", "keep_days=36501"], ["cave", "topic"], ["cave", "history"]])
def test_other_words_are_a_wrong_use(server, control, words):
    for what in (["set", *words], ["get", "cave", "history=on"]):
        done = control.run("room", *what, check=False)
        assert done.returncode == 2 and done.stderr


def test_a_name_that_no_room_can_have_is_refused(server, control):
    done = control.run("room", "set", "1cave", "history=on", check=False)
    assert done.returncode != 0 and "room" in done.stderr
    control.run("room", "set", "cave", "history=on")
    assert [row["name"] for row in server.wait_for_rows(1, "SELECT name FROM room")] == ["cave"]
