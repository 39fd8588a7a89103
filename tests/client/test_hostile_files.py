"""Files from a hostile server: names that lead elsewhere, wrong sizes and checksums. Nothing is written outside the
download directory, and nothing in it is overwritten."""
import pytest

pytestmark = pytest.mark.sanitized

CONTENT = b"#!/bin/sh\nrm -rf ~\n"


def serve(data_port, content, size=None):
    data = data_port.accept()
    data.expect("/download abc 0")
    data.send(f"go offset=0 size={len(content) if size is None else size}")
    data.send(content)
    return data


@pytest.mark.requirement("R77", "R78")
@pytest.mark.parametrize("name, kept", [
    ("../../outside", "outside"), ("/etc/passwd", "passwd"), ("..", "_."), (".", "_"), (".bashrc", "_bashrc"), ("-rf", "_rf"), ("a/b/", "file"), ("", "file"),
    (b"nul\0here", "nul\ufffdhere"), ("\u202egpj.exe", "\ufffd\ufffd\ufffdgpj.exe"), (b"esc\x1b[2J", "esc\ufffd[2J"), (b"\xff\xfe", "\ufffd\ufffd"), ("x" * 300, "x" * 255),
    ("ä" * 200, "ä" * 127), ("taken", "taken (1)"), ("link", "link (1)"), ("directory", "directory (1)"), (".chat-77-0.part", "_chat-77-0.part")])
def test_hostile_file_names(chatting_piped, data_port, downloads, tmp_path, name, kept):
    client, peer = chatting_piped
    outside = tmp_path / "outside"
    outside.write_text("precious")
    downloads.mkdir()
    (downloads / "taken").write_text("precious")
    (downloads / "link").symlink_to(outside)
    (downloads / "directory").mkdir()
    before = {path.name for path in downloads.iterdir()}
    line = data_port.offer(CONTENT, "")
    peer.send(line.encode() + (name if isinstance(name, bytes) else name.encode()))
    data = serve(data_port, CONTENT)
    data.expect("/done")
    data.close()
    client.wait_for_line("Received from Robin")
    assert {path.name for path in downloads.iterdir()} - before == {kept}
    arrived = downloads / kept
    assert arrived.read_bytes() == CONTENT and arrived.stat().st_mode & 0o111 == 0 and not arrived.is_symlink()
    assert outside.read_text() == (downloads / "taken").read_text() == "precious"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name not in ("config", "downloads")) == ["outside"]


@pytest.mark.requirement("R77")
def test_more_bytes_than_announced(chatting_piped, data_port, downloads):
    client, peer = chatting_piped
    peer.send(data_port.offer(CONTENT, "long"))
    data = serve(data_port, CONTENT + b"and more" * 1000)
    data.expect("/done")
    data.close()
    client.wait_for_line("Received from Robin")
    assert (downloads / "long").read_bytes() == CONTENT


@pytest.mark.requirement("R77")
def test_other_bytes_than_announced(chatting_piped, data_port, downloads):
    client, peer = chatting_piped
    peer.send(data_port.offer(CONTENT, "script"))
    data = serve(data_port, CONTENT[::-1])
    data.expect("/failed")
    client.wait_for_line("Not received: script")
    assert list(downloads.iterdir()) == []


@pytest.mark.requirement("R77")
@pytest.mark.parametrize("line", ["go offset=7 size=19", "go offset=x", "go", "stop :it", "\x1b[2J", "error code=bad-ticket :\x1b[2Jno"])
def test_nonsense_on_the_data_connection(chatting_piped, data_port, downloads, line):
    client, peer = chatting_piped
    peer.send(data_port.offer(CONTENT, "script"))
    data = data_port.accept()
    data.expect("/download abc 0")
    data.send(line)
    client.wait_for_line("Not received: script")
    assert list(downloads.iterdir()) == [] and b"\x1b" not in client.output


@pytest.mark.requirement("R77")
def test_a_line_without_end_is_a_broken_connection(chatting_piped, data_port, downloads):
    client, peer = chatting_piped
    peer.send(data_port.offer(CONTENT, "script"))
    data = data_port.accept()
    data.expect("/download abc 0")
    data.send(b"x" * 5000)
    again = serve(data_port, CONTENT)
    again.expect("/done")
    again.close()
    client.wait_for_line("Received from Robin")
    assert (downloads / "script").read_bytes() == CONTENT


@pytest.mark.requirement("R78")
@pytest.mark.parametrize("fields", ["", "size=x", "size=-1", "size=99999999999999999999999", "size=1 port=", "size=1 port=99999", "size=1 port=x ticket=y", "id=x size=1 sha256=z"])
def test_malformed_offers(chatting_piped, downloads, fields):
    client, peer = chatting_piped
    peer.send(f"file {fields} :name", "message id=7 from=51990 name=Robin to=48213 at=2026-11-20T12:31:05.123Z :still here")
    client.wait_for_line("still here")
    client.write("hello\n")
    peer.expect("hello")
