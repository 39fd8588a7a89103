"""The space for files: nobody takes it who sends nothing, nobody takes all of it, and a sender that comes back does not
make the server read everything again."""
import os

import pytest
from data_connection import DataConnection, offer, sha256, size_of, spool, stored, upload
from deadline import wait_until

pytestmark = [pytest.mark.sanitized, pytest.mark.settings(files__spool_mb=8, files__max_file_mb=4)]

MIB = 1 << 20
CONTENT = os.urandom(4 * MIB)
BEGUN = 1000        # bytes of an upload that has begun


def begin(server, answer, count=BEGUN, offset=0):
    """A data connection over which the first bytes have come."""
    connection = DataConnection(answer["port"], f"/upload {answer['ticket']} {offset}")
    assert connection.upload_offset() == offset
    connection.send(CONTENT[offset:count])
    wait_until(lambda: size_of(server, answer) == count, "the first bytes are there")
    return connection


@pytest.mark.requirement("N06")
def test_tickets_and_connections_without_a_byte_take_no_space(server):
    """Two clients reserve all of it, also with connections, and send nothing: a third one sends its file."""
    a, b, c = server.people("Ann", "Ben", "Cid")
    silent = [offer(client, "Cid", CONTENT) for client in (a, b)]
    connections = [DataConnection(answer["port"], f"/upload {answer['ticket']} 0") for answer in silent]
    for connection in connections:
        assert connection.upload_offset() == 0
    mine = offer(c, "Ann", CONTENT)
    assert mine.kind == "upload" and upload(mine, CONTENT) == stored(mine, CONTENT)
    for connection in connections:
        connection.socket.close()


@pytest.mark.requirement("N06")
def test_what_has_begun_is_reserved_in_full(server):
    """Three tickets for two places: the third connection that sends a byte is told, and so is a fourth client."""
    people = server.people("Ann", "Ben", "Cid", "Dan")
    tickets = [offer(client, "Dan" if client is not people[3] else "Ann", CONTENT) for client in people[:3]]
    late = DataConnection(tickets[2]["port"], f"/upload {tickets[2]['ticket']} 0")
    assert late.upload_offset() == 0
    first = [begin(server, answer) for answer in tickets[:2]]
    late.send(CONTENT[:BEGUN])
    assert late.error() == "no-space"
    assert offer(people[3], "Ann", CONTENT)["code"] == "no-space"
    for connection, answer in zip(first, tickets):
        connection.send(CONTENT[BEGUN:])
        assert connection.line() == stored(answer, CONTENT)


@pytest.mark.settings(files__spool_mb=16, files__max_file_mb=4)
@pytest.mark.requirement("N06")
def test_a_sender_has_a_quarter_of_the_space(server):
    a, b = server.people("Ann", "Ben")
    assert offer(a, "Ben", b"", size=3 * MIB).kind == "upload"
    refusal = offer(a, "Ben", b"", size=2 * MIB)
    assert (refusal["code"], refusal.text) == ("no-space", "Your files in transit can have at most 4 MiB in total; wait until one has arrived")
    assert offer(a, "Ben", b"", size=MIB).kind == "upload"
    assert offer(b, "Ann", b"", size=4 * MIB).kind == "upload"


@pytest.mark.settings(files__spool_mb=16, files__max_file_mb=4, files__max_mb_per_client=10)
@pytest.mark.requirement("N06")
def test_the_share_of_a_sender_can_be_set(server):
    a, b = server.people("Ann", "Ben")
    for _ in range(2):
        assert offer(a, "Ben", b"", size=4 * MIB).kind == "upload"
    assert offer(a, "Ben", b"", size=4 * MIB)["code"] == "no-space"
    assert offer(b, "Ann", b"", size=4 * MIB).kind == "upload"


@pytest.mark.settings(files__spool_mb=2, files__max_file_mb=None)
@pytest.mark.requirement("N06")
def test_a_file_that_can_never_fit_is_too_large(server):
    """The default of 100 MB does not fit this spool: trying again later would not help."""
    a, _ = server.people("Ann", "Ben")
    refusal = offer(a, "Ben", b"", size=2 * MIB + 1)
    assert (refusal["code"], refusal.text) == ("file-too-large", "A file can have at most 2 MiB")
    assert offer(a, "Ben", b"", size=2 * MIB).kind == "upload"


@pytest.mark.parametrize("offset", [2 * MIB, 1000], ids=["where it broke", "from an earlier byte"])
@pytest.mark.requirement("N06")
def test_a_broken_upload_is_not_read_again(server, offset):
    """What the server has hashed is not read from its disk again: the bytes there can even be wrong."""
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    begin(server, answer, 2 * MIB).socket.close()
    with (server.state / "files" / answer["file"]).open("r+b") as file:
        file.write(b"x" * 100)
    with DataConnection(answer["port"], f"/upload {answer['ticket']} {offset}") as connection:
        assert connection.upload_offset() == offset
        connection.send(CONTENT[offset:])
        assert connection.line() == stored(answer, CONTENT)
    assert b.expect("file")["sha256"] == sha256(CONTENT)


@pytest.mark.requirement("N06")
def test_a_new_process_reads_it_once(server):
    """It has no memory of what was hashed, and so finds out that the bytes on the disk are wrong."""
    a, _ = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    begin(server, answer, 2 * MIB).socket.close()
    server.kill("delivery")
    with (server.state / "files" / answer["file"]).open("r+b") as file:
        file.write(b"x" * 100)

    def resume():
        with DataConnection(answer["port"], f"/upload {answer['ticket']} {2 * MIB}") as connection:
            line = connection.line()
            if line != b"go offset=%d\n" % (2 * MIB):
                return None
            connection.send(CONTENT[2 * MIB:])
            return connection.line()
    assert wait_until(resume, "delivery is there again").startswith(b"error code=hash-mismatch ")


@pytest.mark.requirement("N06")
def test_an_upload_can_begin_again_from_its_first_byte(server):
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    begin(server, answer, 2 * MIB).socket.close()
    with (server.state / "files" / answer["file"]).open("r+b") as file:
        file.write(b"x" * 100)
    assert upload(answer, CONTENT) == stored(answer, CONTENT)
    b.expect("file")


@pytest.mark.requirement("N06")
def test_the_space_of_a_broken_upload_stays_reserved_until_it_ends(server):
    a, b, c = server.people("Ann", "Ben", "Cid")
    for client in (a, b):
        begin(server, offer(client, "Cid", CONTENT)).socket.close()
    assert offer(c, "Ann", CONTENT)["code"] == "no-space"
    a.send("/quit")
    c.wait_for("offline")
    wait_until(lambda: offer(c, "Ben", CONTENT).kind == "upload", "the space of one who has left is free again")
    wait_until(lambda: len(spool(server)) <= 1, "and what had come is deleted")


@pytest.mark.requirement("N06")
@pytest.mark.settings(files__spool_mb=16, files__max_file_mb=4, files__max_mb_per_client=8)
def test_a_sender_that_reconnects_has_no_share_anew(server):
    receiver = server.connect("Cid")
    for number in range(2):
        sender = server.connect("Ann", source="127.0.0.2")
        answer = offer(sender, "Cid", CONTENT)
        assert upload(answer, CONTENT) == stored(answer, CONTENT)
        receiver.wait_for("file")
        sender.send("/quit")
        sender.read_all()
    again = server.connect("Ann", source="127.0.0.2")
    assert offer(again, "Cid", CONTENT)["code"] == "no-space"
    assert offer(server.connect("Ben", source="127.0.0.3"), "Cid", CONTENT).kind == "upload"
