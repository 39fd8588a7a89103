"""Damaged shared memory: the segment is kept aside, clients are notified, and the service continues."""
import os
import random
import re
import signal
import struct
import time

import pytest
from chat_client import Client
from chat_server import SANITIZER_REPORT, Server
from deadline import PATIENCE, wait_until
from shared_segment import Header

pytestmark = pytest.mark.sanitized

TAIL = 8192             # where the queue's words begin: after the pages of the header and the doorbell
CHECKPOINT = TAIL + 64
HEAD = TAIL + 128


def overwrite(segment, offset, data):
    with open(segment, "r+b") as file:
        os.pwrite(file.fileno(), data, offset)


def word(segment, offset):
    with open(segment, "rb") as file:
        return struct.unpack("<Q", os.pread(file.fileno(), 8, offset))[0]


@pytest.mark.requirement("D02")
@pytest.mark.parametrize("victim", ["delivery", "acceptor"])
def test_damaged_queue_is_kept_aside(server, victim):
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


SECRET = b"a-secret-that-occurs-nowhere-else"


@pytest.mark.parametrize("damage", ["its queue", "its header"])
def test_a_segment_that_is_kept_aside_has_no_secrets(server, damage):
    """A password that has arrived, but not its whole line."""
    a, b = server.people("Batman", "Robin")
    a.raw(b"@1 /LOGIN Robin " + SECRET)
    wait_until(lambda: SECRET in server.segment.read_bytes(), "it is in shared memory")
    b.ask("/broadcast before")
    if damage == "its header":
        overwrite(server.segment, 0, bytes(2048))
    else:
        overwrite(server.segment, CHECKPOINT, struct.pack("<Q", word(server.segment, CHECKPOINT) + 4096))
    os.kill(server.acceptor_pid(), signal.SIGKILL)
    server.wait_for_log("set aside")
    content = server.set_aside.read_bytes()
    assert b"before" in content and SECRET not in content
    server.set_aside.unlink()


def test_shared_memory_is_not_in_core_files(server):
    for daemon in ("acceptor", "delivery"):
        def flags_of_segment():
            with open(f"/proc/{server.pid(daemon)}/smaps", encoding="ascii") as smaps:
                return re.findall(re.escape(str(server.segment)) + r"\n(?:.*\n)*?VmFlags: (.*)", smaps.read())
        [flags] = wait_until(flags_of_segment, f"{daemon} has mapped the segment")
        assert "dd" in flags.split(), flags


@pytest.mark.requirement("D02")
def test_flipped_head_is_kept_aside(server):
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


def assert_disconnected(client):
    """The client is told that its session is lost, or its stream just ends; it never waits forever."""
    try:
        rest = client.read_all()
    except ConnectionResetError:
        return
    assert not rest or rest.splitlines()[-1].startswith((b"refused code=busy ", b"offline ", b"error ")) or rest.endswith(b"\n"), rest


def assert_serves(server):
    c, d = server.people("Alfred", "Gordon")
    c.ask("/send Gordon after")
    d.expect("message", "after")
    for client in (c, d):
        client.close()


SIZES = {"to nothing": lambda size: 0, "to its header": lambda size: 4096, "to its tables": lambda size: 65536, "by a page": lambda size: size - 4096}


@pytest.mark.requirement("D02")
@pytest.mark.parametrize("change", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("busy", [True, False], ids=["busy", "idle"])
def test_shortened_while_it_is_in_use(server, change, busy):
    """Touching a missing page would raise SIGBUS: the loss is detected and reported, and the service starts afresh."""
    a, b = server.people("Batman", "Robin")
    a.ask("/send Robin before")
    b.expect("message", "before")
    server.wait_for_rows(1, "SELECT * FROM message")
    pids = server.acceptor_pid(), server.delivery_pid()
    os.truncate(server.segment, change(server.segment.stat().st_size))
    if busy:
        a.send("/send Robin lost")
    server.wait_for_log("set aside: (it was shortened|chat-delivery reports)")
    for client in (a, b):
        assert_disconnected(client)
    wait_until(lambda: server.acceptor_pid() != pids[0], "another acceptor")
    assert_serves(server)
    assert len(re.findall("set aside", server.text())) == 1, server.text()
    wait_until(lambda: [row["text"] for row in server.query("SELECT text FROM message ORDER BY id") if row["text"] != "lost"] == ["before", "after"], "the log has them once")


@pytest.mark.requirement("D02")
def test_removed_while_it_is_in_use(server):
    """Daemons that have it mapped keep using it, until one of them has to restart."""
    a, b = server.people("Batman", "Robin")
    server.segment.unlink()
    a.ask("/send Robin still here")
    b.expect("message", "still here")
    server.wait_for_rows(1, "SELECT * FROM message")
    os.kill(server.delivery_pid(), signal.SIGKILL)
    server.wait_for_log("it was removed while it was in use")
    for client in (a, b):
        assert_disconnected(client)
    assert_serves(server)


@pytest.mark.parametrize("what", ["directory", "full directory", "link", "link to a file", "pipe", "of another mode"])
def test_something_else_in_its_place(tmp_path, what):
    server = Server(tmp_path / "state")
    other = tmp_path / "other"
    other.write_bytes(b"precious")
    if "directory" in what:
        server.segment.mkdir(mode=0o700)
        if what.startswith("full"):
            (server.segment / "file").write_bytes(b"x")
            server.set_aside.mkdir()
            (server.set_aside / "older").write_bytes(b"x")
    elif what == "link":
        server.segment.symlink_to("/nowhere/at/all")
    elif what == "link to a file":
        server.segment.symlink_to(other)
    elif what == "pipe":
        os.mkfifo(server.segment, 0o600)
    else:
        server.segment.write_bytes(bytes(4096))
        server.segment.chmod(0o666)
    try:
        server.start()
        assert_serves(server)
        wait_until(lambda: any(server.segment.name in line and "set aside" in line for line in server.log), "it has said so")
        assert other.read_bytes() == b"precious"
        server.stop()
    finally:
        for left in server.segment.parent.glob(server.segment.name + "*"):
            if left.is_dir() and not left.is_symlink():
                for file in left.iterdir():
                    file.unlink()
                left.rmdir()
            else:
                left.unlink()


ROUNDS = 12
FLIPS = 24          # bits a round


def used_regions(segment):
    """Where a flipped bit can matter: the header, the cursors, the first slots with their inboxes and outboxes, the
    departed clients, the ids, the queue's first page."""
    with open(segment, "rb") as file:
        header = Header.from_buffer_copy(file.read(4096))
    at = {part.name.decode(): part.offset for part in header.parts[:header.part_count]}
    size = {part.name.decode(): part.row_size for part in header.parts[:header.part_count]}
    used = {"inboxes": 0, "outboxes": header.ledger_size()}      # the offset in a row at which its data begins
    return [(0, 88), (344, 624), (at["doorbell"], 64), (at["words"], 256), (at["slots"], 3 * size["slots"]), (at["slots"], 3 * size["slots"]),
            (at["departed"], 3 * size["departed"]), (at["ids"], 4096), (at["rooms"], 256), (at["rooms"], at["queue"] - at["rooms"]), (at["queue"], 4096),
            (at["queue"], 65536)] + [(at[part] + number * size[part] + used[part], 2048) for part in used for number in range(2)] + \
           [(at["outboxes"] + number * size["outboxes"] + used["outboxes"] - 128, 128) for number in range(2)]


@pytest.mark.requirement("N02", "D02")
@pytest.mark.parametrize("seed", range(3))
def test_flipped_bits_at_random(start_server, seed):
    """Whatever bits flip while people chat and daemons restart: no daemon crashes or keeps restarting, and in the end
    the server works."""
    server = start_server({"limits.lines_per_second": 0})
    dice = random.Random(seed)
    regions = used_regions(server.segment)      # the same in every segment with these settings
    for number in range(ROUNDS):
        crowd = []
        for _ in range(3):
            try:
                crowd.append(Client(server.port))
            except OSError:
                pass
        try:
            for client in crowd:
                client.raw(b"/login N%d_%d\n/broadcast hello\n/join cave\n/active\n" % (number, id(client) % 997))
            with open(server.segment, "r+b") as file:
                for _ in range(FLIPS):
                    start, size = dice.choice(regions)
                    at = start + dice.randrange(size)
                    byte = os.pread(file.fileno(), 1, at)
                    if byte:
                        os.pwrite(file.fileno(), bytes([byte[0] ^ 1 << dice.randrange(8)]), at)
                    for client in crowd:
                        client.raw(b"more\n")
        except (OSError, AssertionError, FileNotFoundError):
            pass        # the segment was kept aside meanwhile, or a connection has ended
        victim = dice.choice(("acceptor", "delivery", None))
        if victim:
            try:
                os.kill(server.pid(victim), dice.choice((signal.SIGKILL, signal.SIGUSR2)))
            except (ProcessLookupError, FileNotFoundError):
                pass
        for client in crowd:
            client.close()
        assert server.process.poll() is None, server.text()
    assert not SANITIZER_REPORT.search(server.text()), server.text()

    def serves(seconds=3):
        """A message gets through with the flipped bits still there, or after one more start."""
        people = []
        try:
            for name in ("Alfred", "Gordon"):
                client = Client(server.port)
                people.append(client)
                client.socket.settimeout(seconds)
                client.raw(b"/login %s\n" % name.encode())
            people[0].raw(b"/broadcast through\n")
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                people[1].socket.settimeout(max(0.01, end - time.monotonic()))
                data = people[1].socket.recv(65536)
                people[1].buffer += data
                if b":through" in people[1].buffer:
                    return True
                if not data:
                    return False
        except OSError:
            return False
        finally:
            for client in people:
                client.close()
        return False

    for _ in range(6):
        if serves():
            break
    else:
        # The flipped bits may be well-formed but wrong, for example that nobody may connect; a restart of both daemons
        # fixes that.
        server.process.send_signal(signal.SIGTERM)
        server.wait_for_exit()
        server.segment.unlink(missing_ok=True)
        server.start()
        assert serves(PATIENCE), server.text()
    starts = len(re.findall("serves: ", server.text()))
    assert starts <= 4 * ROUNDS, f"{starts} starts of the acceptor: {server.text()}"
    assert not SANITIZER_REPORT.search(server.text()), server.text()
    server.segment.with_name(server.segment.name + ".aside").unlink(missing_ok=True)
