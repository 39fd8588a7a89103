"""Trouble around the server has a documented outcome: no descriptors, no memory, no disk space, a clock that jumps,
clients that vanish in any state."""
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest
from chat_server import Server
from deadline import wait_until
from mounting import fill, with_own_memory

MIB = 1 << 20


# ── descriptors ──

@pytest.mark.requirement("R25", "R86")
@pytest.mark.settings(limits__max_clients=60)
def test_no_descriptors_left(server):
    """New clients wait in the kernel, connected ones notice nothing, and it clears when there are descriptors again."""
    a, b = server.people("Batman", "Robin")
    server.wait_for_rows(2, "SELECT * FROM session WHERE name IN ('Batman', 'Robin')")      # the database is open
    pid, begin = server.acceptor_pid(), time.monotonic()
    before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    used = {int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir()}
    lowest_free = next(number for number in range(1000) if number not in used)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (lowest_free, before[1]))     # not one more
    late = [server.connect_raw() for _ in range(5)]
    server.wait_for_log("(?i)too many open files")
    for number in range(20):
        a.ask(f"/send Robin {number}")
        b.wait_for("message")
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    for client in late:
        client.wait_for("welcome")
    complaints = [line for line in server.log if "too many open files" in line.lower()]
    assert 1 <= len(complaints) <= 5 + (time.monotonic() - begin) / 10, "an alarm every ten seconds, not a flood"
    assert server.acceptor_pid() == pid


# ── memory ──

@pytest.fixture
def small_memory(tmp_path):
    """A server with its own /dev/shm, which has that many bytes left when everything else is there."""
    server = with_own_memory(Server(tmp_path / "state", {"limits.queue_mib": 1, "limits.max_clients": 40, "limits.fd_store_max": 64, "limits.lines_per_second": 0}), "12m")
    server.start()
    yield server
    server.close()


@pytest.mark.requirement("R01")
def test_no_memory_for_new_clients(small_memory):
    """New clients are told that the server is busy; connected ones continue; later ones are accepted when there is
    room."""
    server = small_memory
    a, b = server.people("Batman", "Robin")
    a.ask("/send Robin before")
    b.expect("message", "before")
    filler = fill(Path(f"/proc/{server.acceptor_pid()}/root/dev/shm"))
    late = server.connect_raw()
    late.expect("refused", code="busy")
    late.expect_end()
    for number in range(50):
        a.ask(f"/send Robin {number}")
        b.expect("message", str(number))
    filler.unlink()
    c = server.connect("Alfred")
    a.expect("online", id=c.id)


# ── the disk ──

@pytest.mark.requirement("R18", "N03")
def test_senders_wait_when_disk_and_queue_are_full(small_disk, start_server):
    """Nothing is lost: what does not fit into the queue waits in TCP, and everything is delivered and logged when there
    is room."""
    disk = small_disk("48m")
    server = start_server({"limits.lines_per_second": 0, "limits.queue_mib": 1}, state=disk / "state")
    a, b = server.people("Batman", "Robin")
    a.ask("/send Robin first")
    b.expect("message", "first")
    server.wait_for_rows(1, "SELECT * FROM message")
    filler = fill(disk)
    text, count, got = b"x" * 1000, 3000, 0
    a.socket.setblocking(False)
    pending = b"".join(b"/send Robin %04d " % number + text + b"\n" for number in range(count))
    sent, end, stuck = 0, time.monotonic() + 60, time.monotonic()
    while time.monotonic() < end and time.monotonic() - stuck < 2:      # until neither side makes progress
        try:
            moved = a.socket.send(pending[sent:sent + 65536]) if sent < len(pending) else 0
            sent += moved
            stuck = time.monotonic() if moved else stuck
        except BlockingIOError:
            pass
        while b.readable(0):
            b.expect("message")
            got += 1
            stuck = time.monotonic()
    assert 0 < got < count, "the queue holds only so many"
    server.wait_for_log("(?i)full|no space")
    a.socket.setblocking(True)
    filler.unlink()
    rest = pending[sent:]
    while rest or got < count:
        if rest:
            a.socket.settimeout(0.05)
            try:
                rest = rest[a.socket.send(rest[:65536]):]
            except (socket.timeout, BlockingIOError):
                pass
        while b.readable(0.01) and got < count:
            line = b.expect("message")
            assert line.text.startswith("%04d " % got), "in order, none twice"
            got += 1
    rows = server.wait_for_rows(count + 1, "SELECT id FROM message")
    assert len(rows) == count + 1


# ── the time of day ──

SHIM = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
static volatile int64_t *offset;
int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock != CLOCK_REALTIME) return result;
    if (!offset) {
        int fd = open(getenv("TIME_OF_DAY"), O_RDONLY | O_CLOEXEC);
        void *at = mmap(0, 8, PROT_READ, MAP_SHARED, fd, 0);
        close(fd);
        offset = at;
    }
    now->tv_sec += *offset;
    return result;
}
"""


@pytest.fixture
def clock(tmp_path):
    """Sets the daemons' time of day to that many seconds off the real one; `environment` makes them follow it."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not compiler:
        pytest.skip("needs a C compiler")
    (tmp_path / "shim.c").write_text(SHIM, encoding="ascii")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(tmp_path / "shim.so"), str(tmp_path / "shim.c")], check=True)

    class Clock:
        file = tmp_path / "offset"
        environment = {"LD_PRELOAD": str(tmp_path / "shim.so"), "TIME_OF_DAY": str(file)}

        def set(self, seconds):
            with open(self.file, "r+b") as file:
                file.write(struct.pack("<q", seconds))
    Clock.file.write_bytes(bytes(8))
    return Clock()


HOUR, YEAR = 3600, 365 * 86400


@pytest.mark.parametrize("jump", [-40 * YEAR, -2 * HOUR, 2 * HOUR, 60 * YEAR], ids=["40 years back", "2 hours back", "2 hours on", "60 years on"])
def test_clock_that_jumps(start_server, clock, jump):
    """Messages flow, ids grow, rates and time-outs use another clock, and departed clients are known for an hour of the
    new time."""
    asan = os.environ.get("ASAN_OPTIONS", "quarantine_size_mb=4:detect_leaks=1") + ":verify_asan_link_order=0"
    server = start_server({"limits.lines_per_second": 20, "limits.burst": 20, "limits.max_clients": 20}, environment={**clock.environment, "ASAN_OPTIONS": asan})
    a, b = server.people("Batman", "Robin")
    gone = server.connect("Alfred")
    a.expect("online", id=gone.id)
    b.expect("online", id=gone.id)
    gone.send("/quit")
    a.expect("offline", id=gone.id)
    b.expect("offline", id=gone.id)
    first = a.ask("/send Robin before")
    b.expect("message", "before")
    day = a.ask("/date")["value"]
    clock.set(jump)
    moved = a.ask("/date")["value"]
    assert abs(jump) < 86400 or moved != day
    second = a.ask("/send Robin after")
    b.expect("message", "after")
    assert int(second["id"]) > int(first["id"])
    to_gone = a.ask(f"/send {gone.id} anyone there?")
    assert to_gone.kind == ("undelivered" if jump < 0 else "error"), "an hour has passed only where the clock went on"
    silent = server.connect()       # announced after a second, whatever the time of day is
    assert a.wait_for("online")["id"] == silent.id
    b.expect("online", id=silent.id)
    time.sleep(1.2)                 # the burst is whole again
    begin = time.monotonic()
    a.raw(b"/whoami\n" * 400)
    kinds = [a.read().kind for _ in range(400)]
    allowed = kinds.count("client")
    assert 20 <= allowed <= 20 + 20 * (time.monotonic() - begin) + 1 and kinds.count("error") == 400 - allowed
    time.sleep(1.2)
    for daemon in ("acceptor", "delivery"):
        server.kill(daemon)
        b.send(f"back after {daemon}")
        a.expect("message", f"back after {daemon}")
    ids = {server.connect().id for _ in range(5)} | {a.id, b.id, silent.id}
    assert len(ids) == 8
    assert server.wait_for_rows(2, "SELECT id FROM message WHERE discarded = 0 ORDER BY id")


# ── clients that vanish ──

def before_welcome(server):
    return server.connect_raw()


def unannounced(server):
    return server.connect()


def in_a_line(server):
    client = server.connect("Vanishing")
    client.raw(b"/send Witness hal")
    return client


def in_a_long_line(server):
    client = server.connect("Vanishing")
    client.raw(b"x" * 20000)
    client.expect("error", code="line-too-long")
    return client


def with_unsent_output(server):
    client = server.connect("Vanishing", receive_buffer=4096)
    while server.outbox(client) < 100_000:
        client.raw((b"/echo " + b"x" * 3000 + b"\n") * 20)
    return client


def after_quit(server):
    client = server.connect("Vanishing")
    client.send("/quit")
    return client


def half_closed(server):
    client = server.connect("Vanishing")
    client.socket.shutdown(socket.SHUT_WR)
    return client


def count_sockets(server, daemon):
    return sum(what.startswith("socket:") for what in server.descriptors(daemon))


STATES = [before_welcome, unannounced, in_a_line, in_a_long_line, with_unsent_output, after_quit, half_closed]


# An outbox holds more than the queue's 1 MiB, so a queue that is full on a busy machine never fills one.
@pytest.mark.requirement("R13", "R16", "R33")
@pytest.mark.settings(limits__lines_per_second=0, limits__max_clients=10, limits__queue_mib=1, limits__outbox_kib=4096)
def test_reset_in_every_state(server):
    """One server for all of them: afterwards everyone has been notified of each, and nothing is left of any."""
    witness = server.connect("Witness")
    pids = server.acceptor_pid(), server.delivery_pid()
    sockets = {daemon: count_sockets(server, daemon) for daemon in ("acceptor", "delivery")}
    for state in STATES:
        for killed in (None, "acceptor", "delivery"):
            client = state(server)
            if killed:
                os.kill(server.pid(killed), signal.SIGKILL)
            client.reset()
            wait_until(lambda: witness.listing("/active")[1]["count"] == "1", f"{state.__name__}: it is gone")
            heard = witness.drain()
            online = [line["id"] for line in heard if line.kind == "online"]
            offline = [line["id"] for line in heard if line.kind == "offline"]
            assert online == offline or (not online and not offline), f"{state.__name__}: {heard}"
    assert (server.acceptor_pid(), server.delivery_pid()) != pids
    for daemon, count in sockets.items():
        wait_until(lambda: count_sockets(server, daemon) <= count, f"{daemon} holds nothing of them")
    everyone = [server.connect(f"New{number}") for number in range(9)]
    assert witness.listing("/active")[1]["count"] == "10", "every place is free again"
    assert everyone


@pytest.mark.requirement("R75")
@pytest.mark.parametrize("killed", [None, "acceptor", "delivery"])
def test_client_that_only_reads_gets_its_answers(server, killed):
    """A client that has sent everything may end its side: what it sent is processed, the answers arrive, and then the
    stream ends."""
    a, b = server.people("Batman", "Robin")
    tags = [b.tagged(f"/echo {number}") for number in range(20)] + [b.tagged("/send Batman last words")]
    b.socket.shutdown(socket.SHUT_WR)
    if killed:
        os.kill(server.pid(killed), signal.SIGKILL)
    for number, tag in enumerate(tags[:-1]):
        b.expect("echo", str(number), tag=tag)
    b.expect("ok", tag=tags[-1])
    b.expect_end()
    a.expect("message", "last words")
    a.expect("offline", id=b.id, reason="lost")
