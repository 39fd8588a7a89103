"""Shared memory that cannot be what the daemons wrote: it is set aside, clients are told, and the service goes on."""
import os
import signal
import struct

import pytest

TAIL = 8192             # where the queue's words begin: after the header's page and the doorbell's
CHECKPOINT = TAIL + 64
HEAD = TAIL + 128


def overwrite(segment, offset, data):
    with open(segment, "r+b") as file:
        os.pwrite(file.fileno(), data, offset)


def word(segment, offset):
    with open(segment, "rb") as file:
        return struct.unpack("<Q", os.pread(file.fileno(), 8, offset))[0]


@pytest.mark.parametrize("victim", ["delivery", "acceptor"])
def test_D02_damaged_queue_is_set_aside(server, victim):
    a, b = server.people("Batman", "Robin")
    a.ask("/send Robin before")
    b.expect("message", "before")
    server.wait_for_rows(1, "SELECT * FROM message")        # what is in the log is safe
    if victim == "acceptor":
        overwrite(server.segment, CHECKPOINT, struct.pack("<Q", word(server.segment, CHECKPOINT) + 4096))
        os.kill(server.acceptor_pid(), signal.SIGKILL)
    else:
        overwrite(server.segment, TAIL, struct.pack("<Q", word(server.segment, TAIL) + 4096))
    for client in (a, b):
        client.wait_for("refused", code="busy")
        assert client.read_all() == b"", "the end of the stream, not a reset"
    server.wait_for_log("set aside")
    server.segment.with_name(server.segment.name + ".aside").unlink()
    c, d = server.people("Alfred", "Gordon")
    c.ask("/send Gordon after")
    d.expect("message", "after")
    texts = [row["text"] for row in server.wait_for_rows(2, "SELECT text FROM message ORDER BY id")]
    assert texts == ["before", "after"]


def test_D02_flipped_head_is_set_aside(server):
    a, b = server.people("Batman", "Robin")
    server.kill("delivery")
    a.ask("/send Robin before")
    b.expect("message", "before")
    overwrite(server.segment, HEAD, struct.pack("<Q", word(server.segment, HEAD) ^ (1 << 40)))
    a.send("/send Robin lost")
    a.wait_for("refused", code="busy")
    server.wait_for_log("set aside")
    server.segment.with_name(server.segment.name + ".aside").unlink()
    c, d = server.people("Alfred", "Gordon")
    c.ask("/send Gordon after")
    d.expect("message", "after")
