"""Files while the daemons are killed: each ticket stays valid and is used once, nothing is offered twice, and transfers
resume where they were."""
import os
import signal

import pytest
from data_connection import DataConnection, download, offer, refused, send_file, size_of, stored, upload
from deadline import wait_until

pytestmark = pytest.mark.sanitized

MIB = 1 << 20
CONTENT = os.urandom(2 * MIB + 5)


@pytest.fixture(params=[("acceptor",), ("delivery",), ("acceptor", "delivery")], ids=["acceptor", "delivery", "both"])
def daemons(request):
    return request.param


@pytest.mark.requirement("N01", "R77")
def test_tickets_outlive_the_daemons(server, daemons):
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    server.kill(*daemons)
    a.expect_nothing()
    assert until_taken(lambda: upload(answer, CONTENT)) == stored(answer, CONTENT)
    line = b.expect("file")
    server.kill(*daemons)
    b.expect_nothing()
    assert until_taken(lambda: download(line)) == CONTENT
    server.kill(*daemons)
    for ticket, way in ((answer["ticket"], "upload"), (line["ticket"], "download")):
        assert until_taken(lambda: refused(line["port"], f"/{way} {ticket} 0")) == "bad-ticket"
    a.expect_nothing()
    b.expect_nothing()


@pytest.mark.requirement("N01", "R77")
def test_transfers_resume(server, daemons):
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
        connection.upload_offset()
        connection.send(CONTENT[:MIB])
        wait_until(lambda: size_of(server, answer) == MIB, "the first part is there")
        server.kill(*daemons)
        if "delivery" not in daemons:
            connection.send(CONTENT[MIB:])
            assert connection.line() == stored(answer, CONTENT), "delivery has the connection, whoever else dies"
    if "delivery" in daemons:
        assert until_taken(lambda: resume(answer, CONTENT, MIB)) == stored(answer, CONTENT)
    line = b.expect("file")
    with DataConnection(line["port"], f"/download {line['ticket']} 0") as connection:
        connection.download_range()
        first = connection.bytes(MIB)
        server.kill(*daemons)
    assert first + until_taken(lambda: download(line, MIB)) == CONTENT
    b.expect_nothing()


@pytest.mark.requirement("N01", "R77")
def test_files_that_nobody_waits_for_are_removed(server):
    a, b = server.people("Ann", "Ben")
    send_file(a, "Ben", CONTENT)
    line = b.expect("file")
    stray = server.state / "files" / "999999"
    stray.write_bytes(b"left by an earlier life")
    server.kill("delivery")
    wait_until(lambda: not stray.exists(), "strays are removed")
    assert until_taken(lambda: download(line)) == CONTENT, "and nothing else"


@pytest.mark.requirement("R76")
def test_stopping_the_service_ends_file_transfers(server):
    a, b = server.people("Ann", "Ben")
    send_file(a, "Ben", CONTENT)
    b.expect("file")
    assert offer(a, "Ben", CONTENT).kind == "upload"
    outcomes = "SELECT outcome FROM file UNION ALL SELECT outcome FROM file_receipt"
    assert [row["outcome"] for row in server.wait_for_rows(3, outcomes)] == [None] * 3
    for daemons in (["delivery"], ["acceptor"], ["acceptor", "delivery"]):
        server.kill(*daemons, number=signal.SIGUSR2)
        a.expect_nothing()
    assert [row["outcome"] for row in server.query(outcomes)] == [None] * 3, "a restart is not the end"
    server.stop()
    assert [row["outcome"] for row in server.query(outcomes)] == ["shutdown"] * 3
    assert [row["n"] for row in server.query("SELECT count(*) AS n FROM file WHERE ended_at < coalesce(stored_at, at)")] == [0]


def until_taken(attempt):
    """Retries; returns the result of the first attempt that no dying daemon interrupted."""
    results = []

    def try_once():
        try:
            results.append(attempt())
        except (OSError, AssertionError):
            return False
        return True

    wait_until(try_once, "the attempt comes to its end")
    return results[0]


def resume(answer, content, offset):
    with DataConnection(answer["port"], f"/upload {answer['ticket']} {offset}") as connection:
        assert connection.upload_offset() == offset, "what came before the crash is kept"
        connection.send(content[offset:])
        return connection.line()
