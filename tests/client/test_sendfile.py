"""Files in scripts: `sendfile` and `tail --files`, their events and their exit statuses."""
import json
import os
import signal

import pytest
from data_connection import download, send_file
from data_port import sendfile
from deadline import wait_until

CONTENT = os.urandom(300_000)


@pytest.fixture
def start(start_piped):
    """A function that starts a subcommand: start(port, "sendfile", "--json")."""
    def begin(port, subcommand, *options):
        return start_piped(None, subcommand, "--server", f"127.0.0.1:{port}", *map(str, options))
    return begin


@pytest.fixture
def photo(tmp_path):
    path = tmp_path / "holiday photo.jpg"
    path.write_bytes(CONTENT)
    return path


def events(client):
    return [json.loads(line) for line in client.lines()]


def without(event, *keys):
    return {key: value for key, value in event.items() if key not in keys}


def finish(peer, *lines):
    """Answers /quit, with these lines before it."""
    peer.expect("/quit")
    peer.say_goodbye(*lines)


def take(data_port, content, number=77):
    """Serves an upload."""
    peer = data_port.accept()
    peer.expect("/upload abc 0")
    peer.send("go offset=0")
    assert peer.read(len(content)) == content
    peer.send(f"stored file={number} size={len(content)} sha256=x")
    return peer


@pytest.mark.requirement("R76", "R77")
@pytest.mark.parametrize("options", [[], ["--json"]], ids=["silent", "json"])
def test_sendfile_delivers(start, server, photo, tmp_path, options):
    (tmp_path / "empty").touch()
    ben = server.connect("Ben")
    client = start(server.port, "sendfile", "--name", "Cron", *options, "Ben", photo, tmp_path / "empty")
    offers = [ben.wait_for("file", name="Cron") for _ in range(2)]
    assert [(offer.text, download(offer)) for offer in offers] == [(photo.name, CONTENT), ("empty", b"")]
    assert (client.wait_for_end(), client.error_lines()) == (0, [])
    if not options:
        assert client.lines() == []
        return
    heard = events(client)
    assert [event["kind"] for event in heard if event["kind"] != "progress"] == ["offered", "finished", "offered", "finished"]
    number = int(offers[0]["id"])
    assert heard[0] == {"kind": "offered", "id": number, "file": photo.name, "path": str(photo), "size": len(CONTENT), "sha256": offers[0]["sha256"], "to": "Ben"}
    assert heard[1]["kind"] == "progress" and without(heard[1], "bytes", "rate") == {"kind": "progress", "id": number, "file": photo.name, "size": len(CONTENT)}
    end = next(event for event in heard if event["kind"] == "finished")
    assert without(end, "milliseconds") == {"kind": "finished", "id": number, "file": photo.name, "path": str(photo), "outcome": "delivered", "size": len(CONTENT)}
    assert end["milliseconds"] >= 0


@pytest.mark.requirement("R13")
def test_sendfile_says_undelivered(start, scripted_server, data_port, photo):
    """The receiver may leave during the transfer, before or after the sender knows that the upload is complete."""
    gone = "undelivered id=77 to=51990 reason=disconnected :51990 (Robin) is now disconnected; the file was discarded."
    for early in (True, False):
        client = start(scripted_server.port, "sendfile", "--json", "Robin", photo)
        peer = scripted_server.accept()
        peer.welcome()
        peer.answer(sendfile("Robin", photo), data_port.ticket())
        if early:
            peer.send(gone)
        take(data_port, CONTENT)
        finish(peer, *([] if early else [gone]))
        assert client.wait_for_end() == 3
        assert client.error_lines() == [f"chat-client: {photo}: 51990 (Robin) is now disconnected; the file was discarded."]
        assert (events(client)[-1]["kind"], events(client)[-1]["outcome"]) == ("finished", "undelivered")


@pytest.mark.requirement("R13")
def test_one_is_undelivered_and_the_next_is_not(start, scripted_server, data_port, photo):
    client = start(scripted_server.port, "sendfile", "--json", "Robin", photo, photo)
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer(sendfile("Robin", photo), data_port.ticket(77))
    take(data_port, CONTENT)
    peer.answer(sendfile("Robin", photo), "undelivered id=77 to=51990 reason=disconnected :gone", data_port.ticket(78))
    take(data_port, CONTENT, 78)
    finish(peer)
    assert client.wait_for_end() == 3
    assert [event["outcome"] for event in events(client) if event["kind"] == "finished"] == ["undelivered", "delivered"]


@pytest.mark.requirement("R76")
def test_sendfile_says_refused(start, scripted_server, data_port, photo):
    client = start(scripted_server.port, "sendfile", "--json", "Robin", photo, photo)
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer(sendfile("Robin", photo), "error code=file-too-large {tag} :A file can have at most 0 MiB")
    peer.answer(sendfile("Robin", photo), data_port.ticket())
    data = data_port.accept()
    data.expect("/upload abc 0")
    data.send("go offset=0\nerror code=no-space :The file was rejected and will not be offered to anybody")
    data.close()
    finish(peer)
    assert client.wait_for_end() == 4
    assert client.error_lines() == [f"chat-client: {photo}: A file can have at most 0 MiB", f"chat-client: {photo}: The file was rejected and will not be offered to anybody"]
    assert [(event["kind"], event.get("outcome"), event.get("id")) for event in events(client) if event["kind"] != "progress"] == [
        ("finished", "refused", None), ("offered", None, 77), ("finished", "refused", 77)]


@pytest.mark.requirement("R76")
def test_sendfile_waits_where_the_server_is_busy(start, scripted_server, data_port, photo):
    client = start(scripted_server.port, "sendfile", "Robin", photo)
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer(sendfile("Robin", photo), "error code=busy {tag} :You are sending too many files at once")
    peer.answer(sendfile("Robin", photo), "error code=too-fast {tag} :Slow down")
    peer.answer(sendfile("Robin", photo), data_port.ticket())
    take(data_port, CONTENT)
    finish(peer)
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


@pytest.mark.requirement("R76")
def test_paths_that_cannot_be_sent(start, photo, tmp_path):
    """If one of them is wrong, nothing is sent and the server is not contacted."""
    (tmp_path / ".hidden").touch()
    (tmp_path / "two\nlines").touch()
    for path, why in ((tmp_path / "none", "No such file"), (tmp_path, "is not a regular file"), (tmp_path / ".hidden", "cannot be sent"), (tmp_path / "two\nlines", "cannot be sent")):
        client = start(1, "sendfile", "Robin", photo, path)
        assert client.wait_for_end() == 2
        assert len(client.error_lines()) == 1 and why in client.error_lines()[0]
    for target in ("all", "no name"):
        assert start(1, "sendfile", target, photo).wait_for_end() == 2


@pytest.mark.requirement("R79")
def test_sendfile_goes_into_a_room(start, scripted_server, data_port, photo):
    for count, status in ((2, 0), (1, 3)):
        client = start(scripted_server.port, "sendfile", "#ops", photo)
        peer = scripted_server.accept()
        peer.welcome()
        peer.answer("/join ops", f"joined room=ops id=48213 name=q7mzxtrplw count={count} {{tag}}")
        if count > 1:
            peer.answer(sendfile("room:ops", photo), data_port.ticket())
            take(data_port, CONTENT)
        finish(peer)
        assert (client.wait_for_end(), client.error_lines()) == (status, [] if status == 0 else [f"chat-client: {photo}: nobody is in the room ops"])


def test_sendfile_without_a_server_any_more(start, scripted_server, data_port, photo):
    client = start(scripted_server.port, "sendfile", "--json", "Robin", photo)
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer(sendfile("Robin", photo), data_port.ticket())
    data_port.accept().expect("/upload abc 0")
    peer.close()
    assert (client.wait_for_end(), client.error_lines()) == (1, ["chat-client: the server closed the connection"])
    assert (events(client)[-1]["kind"], events(client)[-1]["outcome"]) == ("finished", "failed")


@pytest.mark.requirement("R15")
def test_sendfile_is_ended_by_a_signal(start, scripted_server, data_port, photo):
    client = start(scripted_server.port, "sendfile", "Robin", photo)
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer(sendfile("Robin", photo), data_port.ticket())
    data_port.accept().expect("/upload abc 0")
    client.process.send_signal(signal.SIGTERM)
    peer.expect("/quit killed")
    assert (client.wait_for_end(), client.error_lines()) == (128 + signal.SIGTERM, [])


@pytest.mark.requirement("R77")
def test_a_broken_upload_resumes_where_it_broke(start, scripted_server, data_port, photo):
    client = start(scripted_server.port, "sendfile", "Robin", photo)
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer(sendfile("Robin", photo), data_port.ticket())
    first = data_port.accept()
    first.expect("/upload abc 0")
    first.send("go offset=0")
    first.read(100_000)
    first.close()
    second = data_port.accept()
    line = second.read(len("/upload abc 100000\n"))
    assert line.startswith(b"/upload abc ") and int(line.split()[2]) >= 100_000
    second.send("go offset=100000")
    assert second.read(200_000) == CONTENT[100_000:]
    second.send("stored file=77 size=300000 sha256=x")
    finish(peer)
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


@pytest.mark.requirement("R76")
def test_a_progress_bar_in_a_terminal(open_window, scripted_server, data_port, photo):
    window = open_window(scripted_server.port, "Robin", str(photo), subcommand="sendfile", width=60)
    peer = scripted_server.accept()
    peer.welcome()
    peer.answer(sendfile("Robin", photo), data_port.ticket())
    data = data_port.accept()
    data.expect("/upload abc 0")
    data.send("go offset=0")
    wait_until(lambda: any(line.startswith("[") and "%" in line and "holiday" in line for line in window.lines()), "the bar is there")
    assert data.read(len(CONTENT)) == CONTENT
    data.send("stored file=77 size=300000 sha256=x")
    finish(peer)
    status, lines = window.wait_for_end()
    assert (status, lines) == (0, []), "nothing is left of the bar"


@pytest.mark.requirement("R78")
def test_tail_takes_files(start, server, downloads):
    ann = server.connect("Ann")
    listener = start(server.port, "tail", "--json", "--files", "--name", "Ear")
    ann.wait_for("online", name="Ear")
    answer = send_file(ann, "Ear", CONTENT, "photo.jpg")
    wait_until(lambda: any(event["kind"] == "finished" for event in events(listener)), "the file has come")
    assert (downloads / "photo.jpg").read_bytes() == CONTENT
    offer, *between, end = [event for event in events(listener) if event["kind"] in ("file", "progress", "finished")]
    number = int(answer["file"])
    assert (offer["kind"], offer["id"], offer["text"]) == ("file", number, "photo.jpg")
    assert between and all(event["kind"] == "progress" and event["id"] == number and event["bytes"] <= event["size"] for event in between)
    assert without(end, "milliseconds") == {"kind": "finished", "id": number, "file": "photo.jpg", "path": str(downloads / "photo.jpg"), "outcome": "received", "size": len(CONTENT)}


@pytest.mark.requirement("R78")
def test_tail_takes_only_so_much_from_one_sender(start, server, downloads, tmp_path):
    (tmp_path / "config" / "chat" / "client.toml").write_text("auto_accept_hourly_mb = 2\nauto_accept_mb = 1\n")
    ann = server.connect("Ann")
    listener = start(server.port, "tail", "--json", "--files", "--name", "Ear")
    ann.wait_for("online", name="Ear")
    for number in range(3):
        send_file(ann, "Ear", b"x" * 900_000, f"file{number}", receipts=True)
    outcomes = [ann.wait_for("receipt")["outcome"] for _ in range(3)]
    assert sorted(outcomes) == ["declined", "taken", "taken"]
    ends = [event for event in events(listener) if event["kind"] == "finished"]
    assert [event["outcome"] for event in ends if event["file"] == "file2"] == ["refused"]
    assert sorted(path.name for path in downloads.iterdir()) == ["file0", "file1"]


@pytest.mark.requirement("R78")
def test_tail_reports_failed_files_and_keeps_waiting(start, scripted_server, data_port, downloads):
    client = start(scripted_server.port, "tail", "--files", "--count", "2")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/quiet")
    peer.send(data_port.offer(b"content", "one", 48213), data_port.offer(b"content", "two", 78))
    for _ in range(2):
        data = data_port.accept()
        data.expect("/download abc 0")
        if data is data_port.peers[0]:
            data.send("error code=bad-ticket :This ticket is not good")
        else:
            data.send("go offset=0 size=7")
            data.send(b"content")
            data.expect("/done")
            data.close()
    finish(peer)
    assert client.wait_for_end() == 0
    assert sorted(line.split(":")[0] for line in client.lines()[2:]) == ["Not received", "Received from Robin"]
    assert len(list(downloads.iterdir())) == 1
