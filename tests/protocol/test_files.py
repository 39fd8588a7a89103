"""Files: tickets on the chat connection, bytes on the data port."""
import os
import signal

import pytest
from data_connection import DataConnection, decline, download, offer, refused, send_file, sha256, size_of, spool, stored, upload
from deadline import wait_until

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]

MIB = 1 << 20
CONTENT = os.urandom(3 * MIB + 17)


@pytest.mark.requirement("R76", "R77")
def test_a_file_from_one_to_another(server):
    a, b, c = server.people("Ann", "Ben", "Cid")
    answer = offer(a, b.id, CONTENT, "holiday photo.jpg")
    assert answer.kind == "upload" and len(answer["ticket"]) == 32 and int(answer["port"]) == server.port + 1
    assert upload(answer, CONTENT) == stored(answer, CONTENT)
    line = b.expect("file", "holiday photo.jpg", id=answer["file"], from_=a.id, name="Ann", size=len(CONTENT), sha256=sha256(CONTENT), to=b.id, port=server.port + 1)
    assert line["ticket"] != answer["ticket"]
    assert download(line) == CONTENT
    wait_until(lambda: not spool(server), "the file is deleted when its receiver has it")
    for client in (a, b, c):
        client.expect_nothing()


@pytest.mark.requirement("R76")
@pytest.mark.parametrize("content", [b"", b"x", b"line\n" * 10], ids=["empty", "one byte", "lines"])
def test_small_files_untagged_and_by_name(server, content):
    a, b = server.people("Ann", "Ben")
    a.send(f"/sendfile ben {len(content)} {sha256(content).upper()} -x y-")
    answer = a.expect("upload", tag=None)
    assert upload(answer, content) == stored(answer, content)
    assert download(b.expect("file", "-x y-", sha256=sha256(content))) == content


@pytest.mark.requirement("R77")
@pytest.mark.parametrize(("arguments", "code"), [
    ("", "bad-arguments"),
    ("Ben 1", "bad-arguments"),
    ("Ben 1 {sum}", "bad-arguments"),
    ("Ben 1 {sum} ", "bad-arguments"),
    ("Ben x {sum} n", "bad-size"),
    ("Ben -1 {sum} n", "bad-size"),
    ("Ben 99999999999999999999 {sum} n", "bad-size"),
    ("Ben 1 {sum}0 n", "bad-arguments"),
    ("Ben 1 zz{sum} n", "bad-arguments"),
    ("Ben 104857601 {sum} n", "file-too-large"),
    ("Nobody 1 {sum} n", "no-such-client"),
    ("12345 1 {sum} n", "no-such-client"),
    ("Ann 1 {sum} n", "self"),
    ("Ben 1 {sum} ../x", "bad-file-name"),
    ("Ben 1 {sum} /etc/passwd", "bad-file-name"),
    ("Ben 1 {sum} a/b", "bad-file-name"),
    ("Ben 1 {sum} .bashrc", "bad-file-name"),
    ("Ben 1 {sum} .", "bad-file-name"),
    ("Ben 1 {sum} ..", "bad-file-name"),
    ("Ben 1 {sum} tab\there", "bad-file-name"),
    ("Ben 1 {sum} " + "ä" * 128, "bad-file-name"),
    ("Ben 1 {sum} nul\0here", "bad-text"),
    ("Ben 1 {sum} \u202egpj.exe", "bad-text"),
    ("Ben 1 {sum} \u200fgpj.exe", "bad-text"),
    ("Ben 1 {sum} photo\U000e0041.jpg", "bad-text"),
    ("Ben 1 {sum} photo\ufffe.jpg", "bad-text"),
])
def test_what_cannot_be_sent(server, arguments, code):
    a, b = server.people("Ann", "Ben")
    assert a.ask(f"/sendfile {arguments.format(sum=sha256(b'x'))}")["code"] == code
    b.expect_nothing()


@pytest.mark.requirement("R77")
def test_the_longest_name(server):
    a, b = server.people("Ann", "Ben")
    name = "ä" * 127 + "x"
    send_file(a, "Ben", b"x", name)
    assert b.expect("file").text == name


@pytest.mark.requirement("R77")
@pytest.mark.own_server
def test_a_wrong_hash_or_size_is_offered_to_nobody(server):
    a, b = server.people("Ann", "Ben")
    wrong = offer(a, "Ben", CONTENT, digest=sha256(b"other"))
    assert upload(wrong, CONTENT).startswith(b"error code=hash-mismatch :")
    more = offer(a, "Ben", CONTENT[:10])
    with DataConnection(more["port"], f"/upload {more['ticket']} 0") as connection:
        connection.upload_offset()
        connection.send(CONTENT[:20])
        assert connection.error() in ("bad-size", "hash-mismatch")
    for answer in (wrong, more):
        with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
            assert connection.error() == "bad-ticket"
    wait_until(lambda: not spool(server), "what came is deleted")
    rows = server.wait_for_rows(2, "SELECT outcome FROM file WHERE outcome IS NOT NULL ORDER BY id")
    assert rows[0]["outcome"] == "hash-mismatch" and rows[1]["outcome"] == "bad-size"
    b.expect_nothing()


@pytest.mark.requirement("R77")
@pytest.mark.parametrize("line", [
    "/upload {other} 0", "/download {ticket} 0", "/upload 00 0", "/upload {ticket}0 0", "/upload  0", "/upload {ticket}", "/upload {ticket} -1", "/upload {ticket} x",
    "/upload {ticket} 99999999999999999999", "/steal {ticket} 0", "", "{ticket}", "x" * 200, "/upload {ticket} 0 0",
])
def test_bad_requests_on_the_data_port(server, line):
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", b"content")
    other = f"{int(answer['ticket'], 16) ^ 1:032x}"
    with DataConnection(answer["port"], line.format(ticket=answer["ticket"], other=other)) as connection:
        assert connection.error() in ("bad-ticket", "bad-arguments", "unknown-command", "line-too-long")
    assert upload(answer, b"content") == stored(answer, b"content"), "the ticket is as good as before"
    assert download(b.expect("file")) == b"content"


@pytest.mark.requirement("R77")
def test_a_ticket_is_for_one_transfer(server):
    a, b = server.people("Ann", "Ben")
    answer = send_file(a, "Ben", CONTENT)
    line = b.expect("file")
    with DataConnection(line["port"], f"/upload {answer['ticket']} 0") as connection:
        assert connection.error() == "bad-ticket"
    with DataConnection(line["port"], f"/download {line['ticket']} 0") as first:
        first.download_range()
        with DataConnection(line["port"], f"/download {line['ticket']} 0") as second:
            assert second.error() == "busy"
        assert first.bytes(len(CONTENT)) == CONTENT
        first.send(b"/failed\n")
        first.ends()
    assert download(line) == CONTENT, "who has failed may try again"
    with DataConnection(line["port"], f"/download {line['ticket']} 0") as connection:
        assert connection.error() == "bad-ticket"


@pytest.mark.requirement("R77")
def test_resuming_in_both_directions(server):
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
        assert connection.upload_offset() == 0
        connection.send(CONTENT[:MIB])
        wait_until(lambda: size_of(server, answer) == MIB, "the first part is there")
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 1000") as connection:
        assert connection.upload_offset() == 1000, "no more than the sender says it has sent"
        connection.send(CONTENT[1000:2 * MIB])
        wait_until(lambda: size_of(server, answer) == 2 * MIB, "the second part is there")
    assert upload(answer, CONTENT, len(CONTENT)) == stored(answer, CONTENT)
    line = b.expect("file")
    with DataConnection(line["port"], f"/download {line['ticket']} 0") as connection:
        connection.download_range()
        first = connection.bytes(MIB)
    assert first + download(line, MIB) == CONTENT


@pytest.mark.requirement("R78")
@pytest.mark.own_server
def test_the_receiver_has_left(server):
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    b.send("/quit")
    a.wait_for("offline")
    assert upload(answer, CONTENT) == stored(answer, CONTENT)
    a.expect("undelivered", id=answer["file"], to=b.id, reason="disconnected")
    wait_until(lambda: not spool(server), "the file is deleted")
    assert [tuple(row) for row in server.wait_for_rows(1, "SELECT outcome, receiver_name FROM file_log WHERE outcome IS NOT NULL AND receiver_name = 'Ben'")] == [("gone", "Ben")]


@pytest.mark.requirement("R13", "R78")
@pytest.mark.own_server
def test_a_sender_learns_before_its_goodbye_that_nobody_was_left(server):
    """A client that leaves as soon as all is stored is notified of the outcome first; so is one that asks to send its
    next file."""
    a, b = server.people("Ann", "Ben")
    first, second = offer(a, "Ben", CONTENT), offer(a, "Ben", CONTENT)
    b.send("/quit")
    a.wait_for("offline")
    for answer, line in ((first, f"/sendfile Nobody 1 {sha256(b'x')} n"), (second, "/quit")):
        with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
            connection.upload_offset()
            # The acceptor finds the sender's lines and delivery's report that all is stored at the same time.
            os.kill(server.pid("acceptor"), signal.SIGSTOP)
            a.send("/echo first")
            connection.send(CONTENT)
            assert connection.line() == stored(answer, CONTENT)
            a.send(line)
            os.kill(server.pid("acceptor"), signal.SIGCONT)
        before = [a.read(), a.read()]
        assert {text.kind for text in before} == {"echo", "undelivered"}, before
        assert [(text["id"], text["reason"]) for text in before if text.kind == "undelivered"] == [(answer["file"], "disconnected")]
        a.expect("error" if answer is first else "bye")


@pytest.mark.requirement("R78")
def test_leaving_ends_transfers(server):
    a, b = server.people("Ann", "Ben")
    send_file(a, "Ben", CONTENT)
    b.expect("file")
    unfinished = offer(a, "Ben", CONTENT)
    with DataConnection(unfinished["port"], f"/upload {unfinished['ticket']} 0") as connection:
        connection.upload_offset()
        connection.send(CONTENT[:MIB])
        a.send("/quit")
        b.wait_for("offline")
        b.send("/quit")
        wait_until(lambda: not spool(server), "nothing is kept for those who have left")


@pytest.mark.requirement("R76")
@pytest.mark.settings(files__spool_mb=4, files__max_file_mb=4, files__max_files_per_client=2)
def test_bounds(server):
    a, b, c = server.people("Ann", "Ben", "Cid")
    assert offer(a, "Ben", b"", size=4 * MIB + 1)["code"] == "file-too-large"
    first = offer(a, "Ben", CONTENT)
    with DataConnection(first["port"], f"/upload {first['ticket']} 0") as connection:
        connection.upload_offset()
        connection.send(CONTENT[:1])
        wait_until(lambda: size_of(server, first) == 1, "its first byte is there")
        assert offer(b, "Ann", CONTENT)["code"] == "no-space"
    assert offer(a, "Ben", b"1").kind == "upload"
    assert offer(a, "Ben", b"2")["code"] == "busy"
    assert offer(b, "Ann", b"3").kind == "upload"
    a.send("/quit")
    b.wait_for("offline")
    wait_until(lambda: offer(c, "Ben", CONTENT).kind == "upload", "the space of one who has left is free again")


@pytest.mark.requirement("R76")
@pytest.mark.own_server
def test_the_log(server):
    a, b = server.people("Ann", "Ben")
    answer = send_file(a, "Ben", CONTENT, "holiday.jpg")
    download(b.expect("file"))
    sql = "SELECT * FROM file_log WHERE outcome IS NOT NULL AND sender_name = 'Ann' AND receiver_name = 'Ben'"
    row = server.wait_for_rows(1, sql)[0]
    assert (row["id"], row["kind"], row["target"], row["name"], row["size"], row["sha256"], row["outcome"]) == (
        int(answer["file"]), "direct", b.id, "holiday.jpg", len(CONTENT), sha256(CONTENT), "delivered")
    assert row["upload_time"] > 0 and row["download_time"] > 0
    wait_until(lambda: [row["outcome"] for row in server.query("SELECT outcome FROM file")] == ["delivered"], "the file has its end in the log")


@pytest.mark.requirement("R76")
@pytest.mark.own_server
@pytest.mark.settings(log__messages=False, log__text=False)
def test_the_log_has_files_without_messages_and_without_names(server):
    a, b = server.people("Ann", "Ben")
    a.send("/send Ben before")
    send_file(a, "Ben", b"content", "holiday.jpg")
    b.expect("message")
    download(b.expect("file"))
    a.send("/send Ben after")
    b.expect("message")
    row = server.wait_for_rows(1, "SELECT * FROM file_log WHERE outcome = 'delivered' AND sender_name = 'Ann' AND receiver_name = 'Ben'")[0]
    assert (row["name"], row["size"]) == (None, 7)
    assert server.query("SELECT * FROM message") == []


@pytest.mark.requirement("R76")
def test_chat_continues_during_a_transfer(server):
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
        connection.upload_offset()
        connection.send(CONTENT[:MIB])
        a.send("/send Ben meanwhile")
        b.expect("message", "meanwhile")
        connection.send(CONTENT[MIB:])
        assert connection.line() == stored(answer, CONTENT)
    b.expect("file")


@pytest.mark.requirement("R79")
@pytest.mark.own_server
def test_to_everyone_in_a_room(server):
    a, b, c, d = server.people("Ann", "Ben", "Cid", "Dan")
    for client in (a, b, c):
        client.ask("/join photos")
    for client in (a, b, c):
        client.drain()
    answer = send_file(a, "room:photos", CONTENT, "all.jpg")
    lines = [client.expect("file", "all.jpg", id=answer["file"], from_=a.id, to="room:photos") for client in (b, c)]
    assert lines[0]["ticket"] != lines[1]["ticket"]
    assert download(lines[0]) == CONTENT
    assert spool(server), "one still wants it"
    assert download(lines[1]) == CONTENT
    wait_until(lambda: not spool(server), "the file is deleted when everyone has it")
    for client in (a, d):
        client.expect_nothing()
    rows = server.wait_for_rows(2, "SELECT receiver_name, target, outcome FROM file_log WHERE outcome = 'delivered' AND receiver_name GLOB '[A-Z]*' ORDER BY receiver_name")
    assert [tuple(row) for row in rows] == [("Ben", "room:photos", "delivered"), ("Cid", "room:photos", "delivered")]
    assert offer(d, "room:photos", CONTENT)["code"] == "not-a-member"
    assert offer(d, "room:nowhere", CONTENT)["code"] == "no-such-room"
    assert offer(d, "group:1", CONTENT)["code"] == offer(d, "group:x", CONTENT)["code"] == "no-such-group"


@pytest.mark.requirement("R79")
def test_a_file_to_a_room_from_which_its_sender_was_removed_meanwhile(server):
    a, b = server.people("Ann", "Ben")
    for client in (b, a):
        client.ask("/join photos")
    answer = offer(a, "room:photos", CONTENT)
    assert b.ask(f"/kick photos {a.id}").kind == "ok"
    a.wait_for("kicked", id=a.id)
    b.drain()
    assert upload(answer, CONTENT) == stored(answer, CONTENT)
    wait_until(lambda: not spool(server), "the file is deleted")
    assert [line for line in b.drain() if line.kind == "file"] == []


@pytest.mark.requirement("R79")
@pytest.mark.parametrize("spelling", ["group:{}", "{}"])
def test_to_every_member_of_a_group(server, spelling):
    a, b, c, d = server.people("Ann", "Ben", "Cid", "Dan")
    group = a.ask(f"/makegroup {b.id} {c.id}")["id"]
    for client in (b, c):
        client.expect("group")
    answer = send_file(a, spelling.format(group), CONTENT, "all.jpg")
    for client in (b, c):
        assert download(client.expect("file", "all.jpg", id=answer["file"], to=f"group:{group}")) == CONTENT
    wait_until(lambda: not spool(server), "the file is deleted when everyone has it")
    assert offer(d, f"group:{group}", CONTENT)["code"] == "not-a-member"
    d.expect_nothing()


@pytest.mark.requirement("R79")
def test_a_sender_that_asks_learns_what_becomes_of_a_file(server):
    """For each receiver of a room: one takes it, one declines it, one leaves."""
    a, *others = server.people("Ann", "Ben", "Cid", "Dan")
    b, c, d = others
    for client in (a, *others):
        client.send("/join ops")
        client.wait_for("joined", id=client.id)
    answer = send_file(a, "room:ops", CONTENT, "all of it.jpg", receipts=True)
    assert answer["receipts"] == "yes"
    lines = {client: client.wait_for("file") for client in others}
    assert all(line["receipts"] == "yes" for line in lines.values())
    assert download(lines[b]) == CONTENT
    receipt = a.wait_for("receipt")
    assert (receipt["id"], receipt["from"], receipt["name"], receipt["outcome"], receipt.text) == (answer["file"], str(b.id), "Ben", "taken", "Ben has taken all of it.jpg")
    assert decline(lines[c]) == b"declined\n"
    receipt = a.wait_for("receipt")
    assert (receipt["from"], receipt["outcome"], receipt.text) == (str(c.id), "declined", "Cid has declined all of it.jpg")
    assert refused(lines[c]["port"], f"/download {lines[c]['ticket']} 0") == refused(lines[c]["port"], f"/decline {lines[c]['ticket']}") == "bad-ticket"
    assert refused(lines[b]["port"], f"/decline {lines[b]['ticket']}") == "bad-ticket"
    d.send("/quit")
    receipt = a.wait_for("receipt")
    assert (receipt["name"], receipt["outcome"], receipt.text) == ("Dan", "gone", "Dan has left without taking all of it.jpg")
    wait_until(lambda: not spool(server), "the file is deleted")
    rows = server.wait_for_rows(3, f"SELECT outcome FROM file_receipt WHERE file = {answer['file']} AND outcome IS NOT NULL ORDER BY outcome")
    assert [row["outcome"] for row in rows] == ["declined", "delivered", "gone"]


@pytest.mark.requirement("R79")
def test_a_sender_that_does_not_ask_receives_nothing(server):
    a, b = server.people("Ann", "Ben")
    send_file(a, b.id, CONTENT)
    line = b.wait_for("file")
    assert line.get("receipts") is None
    assert decline(line) == b"declined\n"
    wait_until(lambda: not spool(server), "the file is deleted")
    a.expect_nothing()


@pytest.mark.requirement("R79")
def test_a_file_is_not_declined_while_it_is_fetched(server):
    a, b = server.people("Ann", "Ben")
    send_file(a, b.id, CONTENT, receipts=True)
    line = b.wait_for("file")
    with DataConnection(line["port"], f"/download {line['ticket']} 0") as connection:
        assert connection.download_range() == (0, len(CONTENT))
        assert refused(line["port"], f"/decline {line['ticket']}") == "busy"
    assert download(line) == CONTENT
    assert a.wait_for("receipt")["outcome"] == "taken"
