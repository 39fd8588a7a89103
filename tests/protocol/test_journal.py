"""The journal is in nobody's way: a journald that is stuck stops no client, and clients cannot flood it."""
import os
import time

import pytest
from chat_server import Server
from deadline import wait_until
from journal_socket import JournalSocket, pipe_that_nobody_reads

SETTINGS = {"limits.queue_mib": 1, "limits.max_clients": 200, "limits.lines_per_second": 0}


@pytest.fixture
def journal(tmp_path):
    one = JournalSocket(tmp_path / "journal")
    yield one
    one.close()


def start_with(server, wrap):
    command = wrap(server.command())
    server.command = lambda: command
    return server.start()


@pytest.fixture
def journaling(tmp_path, journal):
    """A server whose journal is the test's socket."""
    server = start_with(Server(tmp_path / "state", SETTINGS), journal.command)
    yield server
    server.close()


def talk_to_a_hundred(server):
    """Far more clients than entries fit into a socket that nobody reads (net.unix.max_dgram_qlen) or into a page."""
    clients = [server.connect() for _ in range(100)]
    for number, client in enumerate(clients):
        assert client.ask(f"/calc {number} + 1").kind == "result"
    clients[0].send("/broadcast still here")
    assert clients[-1].wait_for("message").text == "still here"


def test_stuck_journal_stops_nobody(journaling):
    talk_to_a_hundred(journaling)
    journaling.kill("acceptor", "delivery")     # their successors have something to log before they serve
    talker, listener = journaling.people("Batman", "Robin")
    talker.ask("/send Robin hello")
    assert listener.wait_for("message").text == "hello"
    journaling.close_clients()
    assert journaling.stop() == 0


def test_standard_error_that_nobody_reads_stops_nobody(tmp_path):
    path, held = pipe_that_nobody_reads(tmp_path)
    server = start_with(Server(tmp_path / "state", SETTINGS), lambda command: ["/bin/sh", "-c", 'exec "$@" 2>"$0"', str(path), *command])
    try:
        talk_to_a_hundred(server)
        server.kill("acceptor", "delivery")
        assert server.connect("Batman").ask("/echo hello").text == "hello"
        server.close_clients()
        assert server.stop() == 0
    finally:
        server.close()
        os.close(held)


def test_clients_cannot_flood_the_journal(journaling, journal):
    begin = time.monotonic()
    written_before, _ = journal.by_clients()
    client = journaling.connect("Batman")
    for _ in range(300):
        client.send("/calc 1 + 1")
        journal.read()
    for _ in range(300):
        client.wait_for("result")
        journal.read()
    for _ in range(50):
        visitor = journaling.connect_raw()
        visitor.send("/quit")
        visitor.read_all()
        visitor.close()
        journal.read()
    expected = 2 + 300 + 2 * 50     # Batman's arrival and name, the results, and the visitors' coming and going
    wait_until(lambda: sum(journal.by_clients()) == written_before + expected, "all entries are written or counted")
    written, left_out = journal.by_clients()
    assert left_out > 0
    assert written <= 50 + 10 * (time.monotonic() - begin) + 1
    reports = [entry for entry in journal.entries if entry["CHAT_EVENT"] == "journal-limited"]
    assert len(reports) <= 1 + (time.monotonic() - begin), "one entry for many"


def test_refusals_count_too(tmp_path, journal):
    server = start_with(Server(tmp_path / "state", {**SETTINGS, "limits.max_clients": 1}), journal.command)
    try:
        server.connect("Batman")
        for _ in range(100):
            visitor = server.connect_raw()
            visitor.expect("refused", code="limit")
            visitor.close()
            journal.read()
        wait_until(lambda: sum(journal.by_clients()) == 102, "all entries are written or counted")
        assert journal.by_clients()[1] > 0
    finally:
        server.close()


def test_last_entries_are_written_before_the_end(journaling, journal):
    journaling.connect("Batman")
    journaling.close_clients()
    journal.wait_for("client-left")
    journaling.stop()
    assert [entry["MESSAGE"] for entry in journal.read() if entry["CHAT_EVENT"] == "stopped"] == ["chat-acceptor stops", "chat-delivery stops"]
