"""Memory in /dev/shm: what clients leave behind comes back, and when there is none left, the cause is named."""
from pathlib import Path

import pytest
from chat_server import Server
from deadline import wait_until
from mounting import fill, with_own_memory

pytestmark = pytest.mark.sanitized

MIB = 1 << 20


def memory(server):
    """Bytes of shared memory that the server uses."""
    return 512 * server.segment.stat().st_blocks


def leave_unsent(server, sender, name):
    """A client that does not read is sent more than half a megabyte and vanishes; its sender is notified."""
    victim = server.connect(name, receive_buffer=4096)
    sender.wait_for("online", id=victim.id)

    def say():
        for tag in [sender.tagged(f"/send {victim.id} " + "x" * 3900) for _ in range(50)]:
            sender.answer(tag)
    server.fill_outbox(victim, say, MIB // 2)
    victim.reset()
    sender.wait_for("offline", id=victim.id)
    sender.drain()


@pytest.mark.settings(limits__lines_per_second=0)
@pytest.mark.parametrize("killed", [(), ("delivery",), ("acceptor",), ("acceptor", "delivery")], ids=["undisturbed", "delivery killed", "acceptor killed", "both killed"])
def test_memory_of_clients_that_left_something_unread_comes_back(server, killed):
    sender = server.connect("Batman")
    before = memory(server)
    for number in range(4):
        leave_unsent(server, sender, f"Victim{number}")
    if killed:
        server.kill(*killed)
    wait_until(lambda: memory(server) < before + MIB // 4, "what was kept for clients that have left is released")
    assert sender.ask("/echo x").kind == "echo"


@pytest.fixture
def small_memory(tmp_path):
    """A server with its own small /dev/shm."""
    server = with_own_memory(Server(tmp_path / "state", {"limits.queue_mib": 1, "limits.lines_per_second": 0}), "12m")
    server.start()
    yield server
    server.close()


def test_client_for_whose_lines_there_is_no_memory_is_not_called_slow(small_memory):
    """Its reason is no-memory, the journal names the cause, and everybody else continues."""
    server = small_memory
    a, b = server.people("Batman", "Robin")
    lazy = server.connect("Lazy", receive_buffer=4096)
    for client in (a, b):
        client.expect("online", id=lazy.id)

    def say():
        assert a.ask(f"/send {lazy.id} " + "x" * 3900).kind == "ok"
    server.fill_outbox(lazy, say, 1)        # the kernel takes no more
    filler = fill(Path(f"/proc/{server.acceptor_pid()}/root/dev/shm"))
    for _ in range(100):
        if a.ask(f"/send {lazy.id} " + "x" * 3900).kind == "undelivered":
            break
    offline = b.wait_for("offline", id=lazy.id)
    assert offline["reason"] == "no-memory"
    server.wait_for_log("memory-trouble|shared memory is full")
    row = server.wait_for_rows(1, "SELECT reason FROM session WHERE client_id = ? AND ended_at IS NOT NULL", int(lazy.id))[0]
    assert row["reason"] == "no-memory"
    assert b.ask("/echo x").kind == "echo"
    filler.unlink()
    c = server.connect("Alfred")
    b.wait_for("online", id=c.id)
