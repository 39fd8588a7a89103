"""All ways to leave, and what the others receive."""
import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from deadline import wait_until

pytestmark = pytest.mark.shares_server
CLOSE_WAIT = 8      # of tcp_states.h


@pytest.mark.requirement("R16", "R17", "R32", "R61", "R75", "R85")
@pytest.mark.parametrize("line", ["/quit", "/exit", "/QUIT", "/Exit", "exit", "quit", "EXIT", "QUIT", "Quit"])
def test_leaving_by_a_word(server, line):
    a, b = server.people("Batman", "Robin")
    b.send(line)
    b.expect("bye", "Session ended", tag=None)
    b.expect_end()
    a.expect("offline", "Robin has left.", id=b.id, name="Robin", reason="quit", count=1)
    a.expect_nothing()


@pytest.mark.requirement("R75")
def test_bye_byte_for_byte(server):
    client = server.connect("Batman")
    client.send("/quit")
    assert client.read().raw == b"bye :Session ended\n"


@pytest.mark.requirement("R75")
def test_tagged_quit(server):
    client = server.connect("Batman")
    assert client.ask("/quit").kind == "bye"
    client.expect_end()


@pytest.mark.requirement("R15", "R16")
def test_killed_client_says_so(server):
    a, b = server.people("Batman", "Robin")
    b.send("/quit killed")
    b.expect("bye", "Session ended")
    b.expect_end()
    a.expect("offline", "Robin has left.", id=b.id, reason="killed", count=1)


@pytest.mark.requirement("R48")
def test_word_after_quit_is_shown(server):
    a, b = server.people("Batman", "Robin")
    b.send("/quit q")
    b.expect("bye", "Session ended")
    a.expect("offline", "Robin has left (q).", id=b.id, reason="quit", count=1)


@pytest.mark.requirement("R16")
def test_end_of_stream_is_lost(server):
    a, b = server.people("Batman", "Robin")
    b.close()
    a.expect("offline", "Robin has left.", id=b.id, reason="lost", count=1)


@pytest.mark.requirement("R16")
def test_half_close_is_lost_and_ends_the_connection(server):
    a, b = server.people("Batman", "Robin")
    b.send("last words")
    b.socket.shutdown(socket.SHUT_WR)
    a.expect("message", "last words")
    a.expect("offline", id=b.id, reason="lost")
    b.expect_end()


@pytest.mark.requirement("R13", "R16")
def test_reset_is_lost(server):
    a, b = server.people("Batman", "Robin")
    b.reset()
    a.expect("offline", "Robin has left.", id=b.id, reason="lost", count=1)


@pytest.mark.requirement("R17")
def test_what_was_sent_before_quit_is_handled_and_what_comes_after_is_not(server):
    a, b = server.people("Batman", "Robin")
    b.raw(b"one\ntwo\n@q /quit\nthree\n/broadcast four\n")
    b.tags.add("q")
    b.expect("bye", "Session ended", tag="q")
    b.expect_end()
    a.expect("message", "one")
    a.expect("message", "two")
    a.expect("offline", id=b.id, reason="quit")
    a.expect_nothing()


@pytest.mark.requirement("R16")
def test_unterminated_last_line_is_not_acted_on(server):
    a, b = server.people("Batman", "Robin")
    b.raw(b"whole\nhalf a li")
    b.close()
    a.expect("message", "whole")
    a.expect("offline", id=b.id, reason="lost")
    a.expect_nothing()


@pytest.mark.requirement("R85")
def test_no_slot_and_no_descriptor_is_left_over(server):
    def sockets(daemon):
        return sum(1 for path in server.descriptors(daemon) if path.startswith("socket:"))

    witness = server.connect("Witness")
    before = {daemon: sockets(daemon) for daemon in ("acceptor", "delivery")}
    for number in range(40):
        client = server.connect(f"Guest{number}")
        if number % 4 == 0:
            client.send("/quit")
        elif number % 4 == 1:
            client.close()
        elif number % 4 == 2:
            client.reset()
        else:
            client.socket.shutdown(socket.SHUT_WR)
        witness.wait_for("offline", id=client.id)
    for daemon, count in before.items():
        wait_until(lambda: sockets(daemon) <= count, f"{daemon} has closed what it had of those who left")
    assert witness.listing("/active")[1]["count"] == "1"


@pytest.mark.requirement("R32", "R33")
@pytest.mark.own_server
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_tells_everyone_and_ends_the_streams(server, number):
    people = server.people("Batman", "Robin", "Alfred")
    server.stop(number)
    for client in people:
        client.wait_for("offline", id=client.id, name=client.name, reason="shutdown")
        rest = client.read_all()
        assert all(line.startswith(b"offline ") for line in rest.splitlines()), rest
    rows = server.query("SELECT reason, ended_at FROM session")
    assert [row["reason"] for row in rows] == ["shutdown"] * 3
    assert all(row["ended_at"] for row in rows)


@pytest.mark.requirement("R32", "R33")
@pytest.mark.own_server
def test_stop_resets_nobody_who_is_writing(server):
    """Lines that arrive after the acceptor has gone concern nobody any more; they must not turn the end into a reset, which
    makes some systems discard what their program has not read yet."""
    people = server.people("Batman", "Robin", "Alfred")
    acceptor, delivery = server.pid("acceptor"), server.pid("delivery")
    server.wait_for_rows(3, "SELECT 1 FROM session WHERE name GLOB '[A-Z]*'")       # delivery does not hold the database
    os.kill(delivery, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as threads:
        stopping = threads.submit(server.stop)
        wait_until(lambda: not Path(f"/proc/{acceptor}").exists(), "the acceptor has gone")
        for client in people:
            client.raw(b"/echo too late\n" * 20)
        os.kill(delivery, signal.SIGCONT)
        stopping.result()
    for client in people:
        state = client.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        assert state == CLOSE_WAIT, "the server's side has ended, and was not reset"
        client.wait_for("offline", id=client.id, reason="shutdown")
        rest = client.read_all()
        assert all(line.startswith(b"offline ") for line in rest.splitlines()), rest
