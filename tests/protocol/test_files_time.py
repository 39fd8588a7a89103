"""How long tickets and files last: the test advances the daemons' clock."""
import os

import pytest
from builds import SANITIZED
from data_connection import DataConnection, download, offer, refused, send_file, size_of, spool, stored, upload
from deadline import wait_until
from shifted_clock import ShiftedClock

pytestmark = pytest.mark.sanitized      # only that build has a clock that can be advanced
CONTENT = os.urandom(300_000)
OUTCOMES = "SELECT outcome FROM file_receipt WHERE outcome IS NOT NULL"
WHOLE = "SELECT outcome FROM file WHERE outcome IS NOT NULL"


@pytest.fixture
def clock(tmp_path):
    return ShiftedClock(tmp_path / "shift", held=True)


@pytest.fixture
def server(start_server, clock):
    if "CHAT_CRASH_POINTS:BOOL=ON" not in (SANITIZED / "CMakeCache.txt").read_text(encoding="utf-8"):
        pytest.skip("this build has no clock that could be put forward")
    return start_server({"files.keep_hours": 1, "files.spool_mb": 1, "files.max_file_mb": 1, "files.min_kib_per_second": 2}, environment=clock.environment)


def sockets(server):
    return sum(name.startswith("socket:") for name in server.descriptors("delivery"))


class Break:
    """A data connection that ends here; afterwards the server has seen its end, so its minute has begun."""

    def __init__(self, server, idle, port, line):
        """`idle`: the result of sockets() while there is no data connection."""
        self.server, self.idle, self.connection = server, idle, DataConnection(port, line)

    def __enter__(self):
        return self.connection

    def __exit__(self, *_):
        self.connection.socket.close()
        wait_until(lambda: sockets(self.server) == self.idle, "the break is seen")


@pytest.mark.requirement("R77")
def test_a_ticket_to_send_expires_after_a_minute(server, clock):
    a, b = server.people("Ann", "Ben")
    late, good = offer(a, "Ben", CONTENT), offer(a, "Ben", CONTENT)
    clock.forward(58)
    assert upload(good, CONTENT) == stored(good, CONTENT)
    clock.forward(2.5)
    assert refused(late["port"], f"/upload {late['ticket']} 0") == "bad-ticket"
    b.expect("file", id=good["file"])
    b.expect_nothing()
    assert [row["outcome"] for row in server.wait_for_rows(1, f"SELECT outcome FROM file WHERE id = {late['file']} AND outcome IS NOT NULL")] == ["lapsed"]


@pytest.mark.requirement("R77")
def test_a_broken_upload_can_be_resumed_for_a_minute(server, clock):
    a, b = server.people("Ann", "Ben")
    idle = sockets(server)
    answer = offer(a, "Ben", CONTENT)
    for offset in (0, 100_000, 200_000):
        with Break(server, idle, answer["port"], f"/upload {answer['ticket']} {offset}") as connection:
            assert connection.upload_offset() == offset
            connection.send(CONTENT[offset:offset + 100_000] if offset < 200_000 else b"")
            wait_until(lambda: size_of(server, answer) == min(offset + 100_000, 200_000), "it has come")
        clock.forward(55)
    assert offer(b, "Ann", b"", size=900_000)["code"] == "no-space", "the space is kept for it"
    clock.forward(61)
    assert refused(answer["port"], f"/upload {answer['ticket']} 200000") == "bad-ticket"
    wait_until(lambda: not spool(server), "what had come is deleted")
    wait_until(lambda: offer(b, "Ann", b"", size=900_000).kind == "upload", "the space is free again")
    b.expect_nothing()


@pytest.mark.requirement("R77")
def test_a_ticket_to_receive_expires_after_a_minute(server, clock):
    a, b = server.people("Ann", "Ben")
    idle = sockets(server)
    send_file(a, "Ben", CONTENT)
    line = b.expect("file")
    clock.forward(58)
    with Break(server, idle, line["port"], f"/download {line['ticket']} 0") as connection:
        connection.download_range()
    clock.forward(58)
    with Break(server, idle, line["port"], f"/download {line['ticket']} 0") as connection:
        connection.download_range()
    clock.forward(62)
    assert refused(line["port"], f"/download {line['ticket']} 0") == "bad-ticket"
    wait_until(lambda: not spool(server), "nobody waits for it")
    assert [row["outcome"] for row in server.wait_for_rows(1, OUTCOMES)] == ["lapsed"]
    assert server.wait_for_rows(1, WHOLE)[0]["outcome"] == "lapsed"


@pytest.mark.requirement("R77")
def test_a_file_is_kept_for_its_hours_and_no_longer(server, clock):
    """A receiver that keeps connecting without fetching it keeps its ticket valid, but not the file."""
    a, b, c = server.people("Ann", "Ben", "Cid")
    idle = sockets(server)
    for client in (a, b, c):
        client.ask("/join photos")
    for client in (a, b, c):
        client.drain()
    send_file(a, "room:photos", CONTENT)
    line, other = b.expect("file"), c.expect("file")
    for number in range(64):
        clock.forward(55)
        if number == 2:
            assert server.wait_for_rows(1, OUTCOMES)[0]["outcome"] == "lapsed", "who does not come for it loses the ticket"
        with Break(server, idle, line["port"], f"/download {line['ticket']} 0") as connection:
            connection.download_range()
    assert download(line, 299_999, b"/failed\n") == CONTENT[-1:], "58 minutes and 40 seconds: it is there"
    assert refused(other["port"], f"/download {other['ticket']} 0") == "bad-ticket"
    clock.forward(50)
    assert download(line, 299_999, b"/failed\n") == CONTENT[-1:]
    clock.forward(31)
    assert refused(line["port"], f"/download {line['ticket']} 0") == "bad-ticket"
    wait_until(lambda: not spool(server), "the hour is over")
    rows = server.wait_for_rows(2, f"{OUTCOMES} ORDER BY outcome")
    assert [row["outcome"] for row in rows] == ["expired", "lapsed"]
    assert server.wait_for_rows(1, WHOLE)[0]["outcome"] == "expired", "nobody has it"


@pytest.mark.requirement("R77")
def test_an_upload_without_progress_is_ended(server, clock):
    a, _ = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
        connection.upload_offset()
        connection.send(CONTENT[:100_000])
        wait_until(lambda: size_of(server, answer) == 100_000, "it has come")
        clock.forward(61)
        connection.ends()
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 100000") as connection:
        assert connection.upload_offset() == 100_000, "the minute to come again begins there"


@pytest.mark.requirement("R77")
def test_an_upload_that_trickles_is_ended(server, clock):
    """However often a byte comes, and however often it is resumed, it has a minute and the time of its size at the least
    rate: 292 KiB at 2 KiB/s."""
    a, b = server.people("Ann", "Ben")
    idle = sockets(server)
    answer = offer(a, "Ben", CONTENT)
    clock.forward(50)       # what counts is the first byte
    for number in range(4):
        with Break(server, idle, answer["port"], f"/upload {answer['ticket']} {number}") as connection:
            assert connection.upload_offset() == number
            connection.send(CONTENT[number:number + 1])
            wait_until(lambda: size_of(server, answer) == number + 1, "another byte is there")
        clock.forward(50)
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 4") as connection:
        assert connection.upload_offset() == 4
        clock.forward(7)
        connection.ends()
    assert refused(answer["port"], f"/upload {answer['ticket']} 4") == "bad-ticket"
    assert [row["outcome"] for row in server.wait_for_rows(1, WHOLE)] == ["lapsed"]
    wait_until(lambda: not spool(server), "what had come is deleted")
    b.expect_nothing()
