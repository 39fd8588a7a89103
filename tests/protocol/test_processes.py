"""The two daemons as seen from outside: two processes, one segment, the same client sockets in both."""
import os
import re
import stat
import time
from pathlib import Path

import pytest
from deadline import wait_until


def sockets(server, daemon):
    return {path for path in server.descriptors(daemon) if path.startswith("socket:")}


@pytest.mark.requirement("R10", "R11", "R59", "R60", "D02")
def test_two_processes_share_one_segment(server):
    server.connect("Batman")
    assert server.acceptor_pid() != server.delivery_pid()
    for pid in (server.acceptor_pid(), server.delivery_pid()):
        maps = [line for line in Path(f"/proc/{pid}/maps").read_text().splitlines() if str(server.segment) in line]
        assert maps and all(" rw-s " in line for line in maps), maps
    status = server.segment.stat()
    assert stat.S_IMODE(status.st_mode) == 0o600


@pytest.mark.requirement("D03")
def test_each_client_socket_is_open_in_both(server):
    before = sockets(server, "acceptor") & sockets(server, "delivery")
    clients = [server.connect() for _ in range(3)]
    for client in clients:
        client.ask("/whoami")
    both = sockets(server, "acceptor") & sockets(server, "delivery")
    assert len(both - before) == 3
    for client in clients:
        client.send("/quit")
    wait_until(lambda: not (both - before) & (sockets(server, "acceptor") | sockets(server, "delivery")), "both have closed them")


def test_state_directory_is_private(server):
    server.connect("Batman").ask("/broadcast x")
    server.wait_for_rows(1, "SELECT * FROM message")
    for path in server.state.iterdir():
        # The socket for tickets would let in anybody who reached it; here nobody else can.
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077 or path.suffix == ".pid" or path.name == "login.sock", path
    assert not stat.S_IMODE(server.state.stat().st_mode) & 0o077


@pytest.mark.settings(limits__max_clients=1000)
def test_idle_server_sleeps(server):
    """Nothing polls: with 200 idle clients the threads of both daemons wake up only for their timers."""
    clients = [server.connect() for _ in range(200)]
    clients[-1].wait_for("online", id=clients[-1].id)
    server.wait_for_rows(200, "SELECT * FROM session")

    def look():
        """How often the threads have gone to sleep, and how many seconds of CPU time they used."""
        sleeps = times = 0
        for daemon in ("acceptor", "delivery"):
            for thread in Path(f"/proc/{server.pid(daemon)}/task").iterdir():
                sleeps += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)$", (thread / "status").read_text(), re.MULTILINE)[1])
                fields = (thread / "stat").read_text().rpartition(")")[2].split()
                times += int(fields[11]) + int(fields[12])
        return sleeps, times / os.sysconf("SC_CLK_TCK")

    def is_asleep():
        (sleeps, times), begin = look(), time.monotonic()
        time.sleep(2)
        (later, more), seconds = look(), time.monotonic() - begin
        return later - sleeps < 60 * seconds and more - times < seconds / 4
    wait_until(is_asleep, "fewer than 60 sleeps a second, and less than a quarter of one processor")
