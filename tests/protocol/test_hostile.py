"""Clients that misbehave: each receives a clear error or is disconnected, nobody else notices, and the daemons' memory
stays flat."""
import random
import socket
from pathlib import Path

import pytest
from deadline import Deadline, wait_until

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]

MIB = 1 << 20
FLAT = 6 * MIB          # sanitizers and allocators keep some; a leak of 4 KiB per connection would be 8 MiB
TCP_REPAIR = 19


@pytest.fixture
def watched(server):
    """The server, with two clients that must not notice anything, and whose daemons must survive to the end."""
    pids = server.acceptor_pid(), server.delivery_pid()
    server.witnesses = a, b = server.people("Witness", "Other")
    yield server
    a.send("/send Other fine")
    while (line := b.wait_for("message")).text != "fine":
        pass
    assert line["from"] == a.id
    assert (server.acceptor_pid(), server.delivery_pid()) == pids, "a daemon has died"


def memory(server):
    return {daemon: server.resident(daemon) for daemon in ("acceptor", "delivery")}


def assert_flat(server, before):
    def grown():
        return {daemon: size - before[daemon] for daemon, size in memory(server).items() if size - before[daemon] > FLAT}
    wait_until(lambda: not grown(), f"memory is flat again: {grown()}")


@pytest.mark.requirement("R86")
@pytest.mark.settings(limits__lines_per_second=0)
def test_line_of_a_megabyte(watched):
    client = watched.connect("Shouter")
    client.raw(b"x" * MIB + b"\n")
    client.expect("error", code="line-too-long")
    before = memory(watched)
    for _ in range(30):
        client.raw(b"y" * MIB + b"\n")
        client.expect("error", code="line-too-long")
    assert client.ask("/echo still here").text == "still here"
    assert_flat(watched, before)


@pytest.mark.requirement("R86")
@pytest.mark.settings(limits__lines_per_second=0)
def test_endless_line_without_an_end(watched):
    client = watched.connect("Shouter")
    client.raw(b"x" * MIB)
    client.expect("error", code="line-too-long")
    before = memory(watched)
    for _ in range(50):
        client.raw(b"x" * MIB)
    client.raw(b"\n/echo done\n")
    client.expect("echo", "done")
    assert_flat(watched, before)


def connect_and_leave(port, number):
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    if number % 5 == 1:
        client.recv(1000)
    elif number % 5 == 2:
        client.sendall(b"/login Guest%d\n" % number)
    elif number % 5 == 3:
        client.sendall(b"half a line")
    elif number % 5 == 4:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()


@pytest.mark.requirement("R25", "R33")
@pytest.mark.parametrize("limit", [5, 1000], ids=["mostly refused", "all welcome"])
def test_a_thousand_connects_and_disconnects(start_server, limit):
    server = start_server({"limits.max_clients": limit, "limits.announce_up_to": 0})
    witness = server.connect("Witness")
    for number in range(600):       # first, so that buffers have reached their size
        connect_and_leave(server.port, number)
    wait_until(lambda: witness.listing("/active")[1]["count"] == "1", "all have left")
    before, descriptors = memory(server), {daemon: len(server.descriptors(daemon)) for daemon in ("acceptor", "delivery")}
    for number in range(1000):
        connect_and_leave(server.port, number)
    wait_until(lambda: witness.listing("/active")[1]["count"] == "1", "all have left")
    for daemon, count in descriptors.items():
        wait_until(lambda: len(server.descriptors(daemon)) <= count, f"{daemon} has closed all descriptors")
    for _ in range(4):
        server.connect()            # and all slots are free
    assert_flat(server, before)


@pytest.mark.requirement("R06")
def test_refused_clients_that_stay_hold_nobody_up(watched):
    for _ in range(3):
        watched.connect()
    stubborn = [watched.connect_raw() for _ in range(100)]
    for client in stubborn:
        client.send("hello?")
    a, b = watched.witnesses
    for number in range(20):
        a.send(f"/send Other {number}")
        b.wait_for("message")
    for client in stubborn:
        assert client.read_all() == b"refused code=limit :Connection Limit Exceeded !!\n"


def is_acknowledged(server, client):
    """Nothing sent to the client waits for an acknowledgement. Otherwise the kernel would retransmit it, and learn that
    nobody is there."""
    ends = f":{server.port:04X} ", f":{client.socket.getsockname()[1]:04X} "
    rows = [line.split() for line in Path("/proc/net/tcp").read_text(encoding="ascii").splitlines() if all(end in line for end in ends)]
    return [row[4][:8] for row in rows if row[1].endswith(ends[0].strip())] == ["00000000"]


def vanish(server, client):
    """Ends the client's socket without a FIN or RST. Skips the test if this is not permitted."""
    wait_until(lambda: is_acknowledged(server, client), "everything has arrived")
    try:
        client.socket.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except PermissionError:
        pytest.skip("needs CAP_NET_ADMIN")
    client.socket.close()


@pytest.mark.requirement("R13", "R16")
def test_peer_that_vanishes_without_fin(watched):
    a, b = watched.witnesses
    ghost = watched.connect("Ghost")
    a.expect("online", id=ghost.id)
    vanish(watched, ghost)
    assert a.listing("/active")[1]["count"] == "3", "nothing has told the server yet"
    a.send("/send Ghost anybody there?")        # the answer to this is a reset
    a.wait_for("offline", id=ghost.id, name="Ghost", count=2)
    answer = a.ask("/send Ghost and now?")
    assert (answer.kind, answer.get("to")) == ("undelivered", ghost.id)


@pytest.mark.requirement("R80")
@pytest.mark.settings(limits__lines_per_second=0, limits__outbox_kib=256, limits__max_clients=20)
def test_many_clients_that_never_read(watched):
    a, b = watched.witnesses
    lazy = [watched.connect(f"Lazy{number}", receive_buffer=4096) for number in range(10)]
    left, deadline = set(), Deadline(120)
    while len(left) < 10:
        assert not deadline.passed(), f"{10 - len(left)} who do not read are still there"
        a.send("/broadcast " + "x" * 4000)
        while (line := b.read()).kind != "message":
            if line.kind == "offline":
                assert line["reason"] == "slow"
                left.add(line["id"])
    assert left == {client.id for client in lazy}


@pytest.mark.requirement("R86")
@pytest.mark.settings(limits__max_clients=50, limits__lines_per_second=0)
def test_random_bytes(watched):
    generator = random.Random(20261120)
    for _ in range(40):
        client = watched.connect_raw()
        client.raw(generator.randbytes(generator.randrange(1, 60000)))
        if generator.random() < 0.5:
            client.reset()
        else:
            client.close()


class Everything(set):
    def __contains__(self, _):
        return True


@pytest.mark.requirement("R86")
@pytest.mark.settings(limits__max_clients=50, limits__lines_per_second=0)
def test_random_commands(watched):
    """Lines that are nearly right, truncated and mixed: all answers are well-formed, which the test's client checks."""
    generator = random.Random(42)
    pieces = ["/send", "/login", "/broadcast", "/help", "/echo", "/active", "/whoami", "/date", "/time", " ", "  ", "@x ", "@", "//", "/", "Other", "12345",
              "99999", "x" * 3000, "é", ":", "=", "#", "\t", "-1", "room:lobby", "group:1000", "0x10", "%s%n", "'; DROP TABLE message; --", "\\n", "lobby"]
    client = watched.connect("Fuzzer")
    client.tags = Everything()
    for _ in range(3000):
        line = "".join(generator.choice(pieces) for _ in range(generator.randrange(1, 6)))
        if line.lower() not in ("exit", "quit"):
            client.send(line)
        if generator.random() < 0.02:
            client.drain()
            watched.witnesses[1].drain()
            watched.witnesses[0].drain()
    client.drain()


def test_urgent_byte_is_an_ordinary_one(watched):
    a, b = watched.witnesses
    a.raw(b"/send Other hel")
    a.socket.send(b"l", socket.MSG_OOB)
    a.raw(b"o\n")
    b.expect("message", "hello")


@pytest.mark.requirement("R80")
@pytest.mark.settings(limits__max_clients=100, limits__announce_up_to=2)
def test_slow_typists(watched):
    """Fifty clients with half a line each."""
    typists = [watched.connect() for _ in range(50)]
    for client in typists:
        client.raw(b"/send Other I am typ")
    a, b = watched.witnesses
    a.send("/send Other quick")
    b.wait_for("message", from_=a.id)
    for client in typists:
        client.raw(b"ing\n")
    assert {b.wait_for("message")["from"] for _ in typists} == {client.id for client in typists}


@pytest.mark.requirement("R33")
def test_reset_right_after_connecting(watched):
    for _ in range(200):
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        client.connect(("127.0.0.1", watched.port))
        client.close()
    wait_until(lambda: watched.witnesses[0].listing("/active")[1]["count"] == "2", "nobody else is there")
