"""Urgent data is part of the stream like any other byte; otherwise the kernel's count of what was read would be
wrong."""
import os
import signal
import socket

import pytest
from deadline import wait_until

pytestmark = pytest.mark.settings(limits__queue_mib=1)


def restart(server, while_away=lambda: None):
    pid = server.acceptor_pid()
    os.kill(pid, signal.SIGKILL)
    while_away()
    wait_until(lambda: server.acceptor_pid() != pid, "the acceptor is started again")


@pytest.mark.requirement("N01")
def test_urgent_byte_in_a_line(server):
    a, b = server.people("Batman", "Robin")
    a.raw(b"/send Robin ur")
    a.socket.send(b"g", socket.MSG_OOB)
    a.raw(b"ent\n")
    b.expect("message", "urgent")
    for number in range(3):
        restart(server)
        a.send(f"/send Robin after {number}")
        b.expect("message", f"after {number}")
    a.expect_nothing()


@pytest.mark.requirement("N01")
def test_urgent_byte_before_a_death_and_the_rest_after(server):
    a, b = server.people("Batman", "Robin")
    for number in range(3):
        a.raw(b"/send Robin half a li")
        a.socket.send(b"n", socket.MSG_OOB)
        a.socket.send(b"e", socket.MSG_OOB)
        wait_until(lambda: not a.unacknowledged(), "it has arrived")
        restart(server)
        a.raw(b" and the rest\n")
        b.expect("message", "half a line and the rest")
    a.expect_nothing()


@pytest.mark.requirement("N01")
def test_urgent_byte_while_nobody_reads(server):
    a, b = server.people("Batman", "Robin")

    def send():
        a.raw(b"/send Robin one\n/send Robin t")
        a.socket.send(b"w", socket.MSG_OOB)
        a.raw(b"o\n/send Robin three\n")

    for _ in range(3):
        restart(server, send)
        for text in ("one", "two", "three"):
            b.expect("message", text)
    a.expect_nothing()
