"""What happens when the log cannot be written, or becomes too large: log.full and log.max_mb."""
import os
import sqlite3
import time
from contextlib import contextmanager

import pytest
from deadline import Deadline, wait_until

FAST = {"limits.lines_per_second": 0, "limits.queue_mib": 1, "limits.max_clients": 20}


@contextmanager
def locked(server):
    """Another program holds the database's write lock."""
    other = sqlite3.connect(server.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def fill_queue(server, client):
    """Sends messages until newcomers are refused."""
    lines = (b"/broadcast " + b"x" * 1000 + b"\n") * 64
    sent, stuck, deadline = 0, time.monotonic(), Deadline(120)
    while True:
        assert not deadline.passed(), "the queue holds only so many"
        if time.monotonic() - stuck > 0.5:
            newcomer = server.connect_raw()
            kind = newcomer.read().kind
            newcomer.close()
            if kind == "refused":
                break
            stuck = time.monotonic()
        client.socket.setblocking(False)
        try:
            sent += client.socket.send(lines[sent % len(lines):])
            stuck = time.monotonic()
        except BlockingIOError:
            if client.readable(0.01):
                client.read()
    client.socket.setblocking(True)
    server.wait_for_log("(?i)locked")


def test_newcomers_are_refused_while_clients_wait_for_the_log(start_server):
    server = start_server(FAST)
    a = server.connect("Batman")
    server.wait_for_rows(1, "SELECT * FROM session WHERE name = 'Batman'")
    with locked(server):
        fill_queue(server, a)
        for _ in range(3):
            newcomer = server.connect_raw()
            newcomer.expect("refused", code="busy")
            newcomer.expect_end()
        server.wait_for_log("the queue is full, because the log of messages is not written; newcomers are refused")
    wait_until(lambda: server.connect_raw().read().kind == "welcome", "newcomers are welcome again")
    assert not server.query("SELECT * FROM event WHERE kind = 'skipped'")


@pytest.mark.settings(log__full='"continue"', **{key.replace(".", "__"): value for key, value in FAST.items()})
def test_chat_goes_on_without_the_log(server):
    a, b = server.people("Batman", "Robin")
    a.ask("/broadcast first")
    assert b.wait_for("message").text == "first"
    server.wait_for_rows(1, "SELECT * FROM message")
    server.wait_for_rows(2, "SELECT * FROM session WHERE name IN ('Batman', 'Robin')")
    text, count = "x" * 2000, 1500
    with locked(server):
        for number in range(count):
            assert a.ask(f"/broadcast {number} {text}").kind == "ok"
            assert b.wait_for("message").text == f"{number} {text}"
        c = server.connect("Alfred")
        assert c.ask("/echo fine").text == "fine"
        server.wait_for_log("Rows of messages are skipped")
    a.ask("/broadcast last")
    server.wait_for_rows(1, "SELECT * FROM message WHERE text = 'last'")
    row, = server.wait_for_rows(1, "SELECT * FROM event WHERE kind = 'skipped' AND detail LIKE '%log=messages'")
    skipped = int(row["detail"].split()[0].removeprefix("rows="))
    assert skipped > 0 and row["session"] is None
    assert len(server.query("SELECT * FROM message")) == 2 + count - skipped
    server.wait_for_log(f"{skipped} rows of messages and files were skipped")


@pytest.mark.settings(log__max_mb=2, **{key.replace(".", "__"): value for key, value in FAST.items()})
def test_log_stays_below_its_size(server):
    a = server.connect("Batman")
    count = 4000
    for number in range(count):
        tag = a.tagged(f"/broadcast {number} " + "x" * 1500)
        last = a.answer(tag)["id"]
    server.wait_for_rows(1, "SELECT * FROM message WHERE id = ?", last)
    # The write-ahead log hides for a moment how large the file will be.
    wait_until(lambda: len(server.query("SELECT id FROM message")) < 1500 and os.path.getsize(server.database) <= 2_000_000, "the file is small enough")
    texts = [row["text"].split()[0] for row in server.query("SELECT text FROM message ORDER BY id")]
    assert len(texts) > 100
    assert texts == [str(number) for number in range(count - len(texts), count)], "the newest ones, without a gap"
    assert server.query("SELECT count(*) AS sessions FROM session WHERE ended_at IS NULL")[0]["sessions"] == 1
    answer = a.ask("/broadcast more")
    assert server.wait_for_rows(1, "SELECT * FROM message WHERE id = ?", answer["id"])
