"""Clients that connect before the acceptor runs: the service manager holds the listening sockets, and the connections
wait in them. They get the same service as all others."""
import os
import signal
import socket

import pytest
from chat_client import Client
from deadline import wait_until
from held_server import HeldServer

pytestmark = pytest.mark.sanitized


@pytest.fixture
def early(tmp_path):
    """A server whose listening sockets are open and whose acceptor does not start before release()."""
    server = HeldServer(tmp_path / "state", tmp_path / "programs", {"limits.queue_mib": 1})
    server.hold_first("acceptor")
    try:
        yield server.spawn()
    finally:
        server.close()


def connect_early(server, port=None):
    """A connection that is established while nobody accepts it."""
    def attempt():
        try:
            return Client(port or server.port)
        except ConnectionRefusedError:
            return None
    client = wait_until(attempt, "the port is open")
    server.clients.append(client)
    return client


def begin(server):
    server.release("acceptor")
    wait_until(lambda: "ready" in server.output, "the server is ready", 60)


def timer_of(server, client):
    """Which timer runs for the server's side of this connection, as in /proc/net/tcp: 02 is that of keep-alive."""
    port = int(client.address.split(":")[1])
    with open("/proc/net/tcp", encoding="ascii") as table:
        for row in table:
            words = row.split()
            if words[1].endswith(f":{server.port:04X}") and words[2].endswith(f":{port:04X}"):
                return words[5].partition(":")[0]
    return None


@pytest.mark.requirement("N01", "R33")
def test_urgent_byte_from_before_the_start(early):
    client = connect_early(early)
    client.raw(b"/echo ur")
    client.socket.send(b"g", socket.MSG_OOB)
    client.raw(b"ent\n")
    begin(early)
    assert client.wait_for("echo").text == "urgent"
    for number in range(3):
        early.kill("acceptor")
        client.socket.send(b"/", socket.MSG_OOB)
        client.raw(b"echo %d\n" % number)
        assert client.wait_for("echo").text == str(number)


@pytest.mark.requirement("N01")
def test_urgent_byte_after_the_start_and_the_next_line_after_a_death(early):
    client = connect_early(early)
    begin(early)
    client.expect("welcome")
    client.socket.send(b"!", socket.MSG_OOB)
    client.raw(b" is said in the lobby\n")
    client.wait_for("online")
    os.kill(early.acceptor_pid(), signal.SIGKILL)
    client.send("/echo accepted")
    assert client.wait_for("echo").text == "accepted"


def test_peer_that_vanishes_is_found_out_as_soon_as_any_other(early):
    first = connect_early(early)
    begin(early)
    second = early.connect()
    first.wait_for("online", id=second.id)
    for client in (first, second):
        wait_until(lambda: timer_of(early, client) == "02", "keep-alive is on, and nothing else waits to be sent")


def test_bytes_lost_before_the_start_are_refused_and_harm_nobody(early):
    """The kernel keeps one urgent byte for a socket without options and discards the one before it."""
    broken, whole = connect_early(early), connect_early(early)
    for byte in (b"1", b"2", b"3"):
        broken.socket.send(byte, socket.MSG_OOB)
    wait_until(lambda: not broken.unacknowledged(), "all bytes have arrived")
    begin(early)
    assert broken.read_all() == b"refused code=busy :This connection cannot be served; connect again with plain TCP\n"
    whole.expect("welcome")
    assert whole.ask("/echo x").text == "x"


def test_data_connection_from_before_the_start(early):
    """The ticket's line is read whole, urgent byte included."""
    data = connect_early(early, early.port + 1)
    data.raw(b"/uploa")
    data.socket.send(b"d", socket.MSG_OOB)
    data.raw(b" " + b"0" * 32 + b" 0\n")
    begin(early)
    assert b"error code=bad-ticket" in data.read_all()
