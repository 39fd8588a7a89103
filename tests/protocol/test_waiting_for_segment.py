"""Shared memory that cannot be used yet: of an earlier version that is still in use, or of a later one. The server says
so, waits, and disconnects nobody."""
import fcntl
import os
import signal
import sqlite3
import struct
import subprocess
import time

import pytest
from chat_server import BUILD, Server
from deadline import wait_until
from held_server import HeldServer

F_OFD_SETLK = 37
MINOR, PROGRAM = 12, 16     # their places in the header


@pytest.fixture
def held(tmp_path):
    server = HeldServer(tmp_path / "state", tmp_path / "programs")
    try:
        yield server.start()
    finally:
        if server.unfinished.is_dir():
            server.unfinished.rmdir()
        server.close()
        assert not server.unfinished.exists()


class UserOf01:
    """Holds the role of delivery in the segment, like a chat-delivery of 0.1.0 that still runs."""

    def __init__(self, segment):
        self.file = open(segment, "r+b")
        fcntl.fcntl(self.file, F_OFD_SETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 1, 1, 0))

    def ends(self):
        self.file.close()


def chatctl(server, *arguments):
    return subprocess.run([BUILD / "control" / "chatctl", "--socket", server.state / "admin.sock", *arguments], capture_output=True, text=True, timeout=60)


def make_later(segment, minor=7, program=b"9.8.7"):
    """Makes the segment look as if a later version had used it. Returns what undoes that."""
    with open(segment, "r+b") as file:
        before = os.pread(file.fileno(), 36, MINOR)
        os.pwrite(file.fileno(), struct.pack("<I32s", minor | (~minor & 0xffff) << 16, program), MINOR)

    def undo():
        with open(segment, "r+b") as file:
            os.pwrite(file.fileno(), before, MINOR)
    return undo


def assert_go_on(a, b):
    answer = a.ask("/send Robin after")
    b.expect("message", "after", id=answer["id"], from_=a.id)
    for client in (a, b):
        client.expect_nothing()


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("restarts", [False, True], ids=["", "and is restarted meanwhile"])
def test_acceptor_waits_for_an_older_delivery(held, restarts):
    a, b = held.people("Batman", "Robin")
    a.raw(b"/send Robin from ")
    held.hold("acceptor", "delivery")
    held.make_segment_older()
    user = UserOf01(held.segment)
    inode = held.segment.stat().st_ino
    held.release("acceptor", "delivery")
    held.wait_for_log("waiting for chat-delivery to be restarted; shared memory: it has version 0.1.0")
    a.raw(b"before\n")
    outcome = chatctl(held, "status")
    assert outcome.returncode == 75 and "being upgraded" in outcome.stderr and "chat-delivery to be restarted" in outcome.stderr, outcome
    if restarts:
        held.kill("acceptor", number=signal.SIGUSR2)
        wait_until(lambda: held.text().count("waiting for chat-delivery to be restarted") == 2, "the next one waits too")
        held.kill("delivery", number=signal.SIGUSR2)
        os.kill(held.acceptor_pid(), signal.SIGHUP)
        time.sleep(0.1)
    assert held.segment.stat().st_ino == inode and not b.readable(0.1)
    newcomer = held.connect_raw()
    user.ends()
    b.expect("message", "from before", from_=a.id)
    newcomer.expect("welcome")
    newcomer.close()
    held.wait_for_log("was converted")
    assert "set aside" not in held.text()
    a.drain(), b.drain()
    assert_go_on(a, b)


@pytest.mark.requirement("N01")
def test_conversion_waits_until_it_can_be_done(held):
    """Whatever obstructs it; in practice, lack of space."""
    a, b = held.people("Batman", "Robin")
    held.hold("acceptor", "delivery")
    held.make_segment_older()
    held.unfinished.mkdir()
    held.release("acceptor", "delivery")
    held.wait_for_log("waiting until shared memory of version 0.1.0 can be converted: .*File exists")
    assert "File exists" in chatctl(held, "status").stderr
    assert not a.readable(1.5), "it is tried again, and nobody is cut"
    held.unfinished.rmdir()
    assert_go_on(a, b)


def test_stop_while_it_waits(held):
    held.people("Batman", "Robin")
    held.hold("acceptor", "delivery")
    held.make_segment_older()
    user = UserOf01(held.segment)
    held.release("acceptor", "delivery")
    held.wait_for_log("waiting for chat-delivery")
    held.process.send_signal(signal.SIGTERM)
    assert held.wait_for_exit() == 0
    assert held.segment.exists()
    user.ends()
    held.start()        # nothing is lost: the next start writes the ends of the sessions
    rows = held.wait_for_rows(2, "SELECT reason FROM session WHERE ended_at IS NOT NULL")
    assert len(rows) == 2


@pytest.mark.requirement("N01")
def test_segment_of_a_later_version_waits_for_it(held):
    a, b = held.people("Batman", "Robin")
    held.hold("acceptor", "delivery")
    undo = make_later(held.segment)
    held.release("acceptor", "delivery")
    held.wait_for_log("waiting for that version to be installed again; shared memory: it has the later version 9.8.7")
    assert "9.8.7" in chatctl(held, "status").stderr
    assert not a.readable(0.3) and held.segment.exists() and "set aside" not in held.text()
    undo()
    assert_go_on(a, b)


def test_segment_of_a_later_version_without_clients_is_kept_aside(tmp_path):
    server = Server(tmp_path / "state").start()
    server.connect("Batman")
    server.process.kill()
    server.wait_for_exit()
    make_later(server.segment)
    server.start()
    server.wait_for_log("set aside: it has the later version 9.8.7")
    assert server.set_aside.exists()
    assert server.connect("Robin").ask("/echo fine").text == "fine"
    server.close()


@pytest.mark.requirement("N03")
def test_database_that_is_locked_at_the_start(tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    other = sqlite3.connect(state / "chat.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    server = Server(state).spawn()
    time.sleep(2.5)         # longer than one attempt waits for the database
    assert server.process.poll() is None, server.text()
    other.execute("ROLLBACK")
    other.close()
    wait_until(lambda: "ready" in server.output, "it serves")
    assert server.connect("Batman").ask("/echo fine").text == "fine"
    server.close()


@pytest.mark.requirement("N03")
def test_before_a_restart_delivery_writes_the_log(held):
    a = held.connect("Batman")
    for number in range(4):
        ids = [a.ask(f"/broadcast {number} {part}")["id"] for part in range(3)]
        held.hold("delivery", number=signal.SIGUSR2)
        rows = held.query("SELECT max(id) FROM message")
        held.release("delivery")
        assert str(rows[0][0]) == ids[-1], "all that was acknowledged is in the log when the process has ended"
