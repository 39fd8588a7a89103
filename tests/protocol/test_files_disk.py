"""A disk that is really full: the server's directory of files is a small file system of its own."""
import os
from pathlib import Path

import pytest
from chat_server import Server
from data_connection import DataConnection, download, offer, send_file, stored, upload
from deadline import wait_until
from mounting import needs_mount_namespace

pytestmark = pytest.mark.sanitized

MIB = 1 << 20
CONTENT = os.urandom(3 * MIB)
MOUNTED = 'mount -t tmpfs -o size=2m,mode=0700 tmpfs "$0" && exec "$@"'


class SmallDisk(Server):
    """A server in a mount namespace in which its directory of files has 2 MiB."""

    def command(self):
        files = self.state / "files"
        files.mkdir(parents=True, exist_ok=True)
        return ["unshare", "--mount", "sh", "-c", MOUNTED, str(files), *super().command()]

    def files(self):
        """The directory of files as the server sees it."""
        return Path(f"/proc/{self.pid('delivery')}/root{self.state}/files")


@pytest.fixture
def server(tmp_path):
    needs_mount_namespace()
    server = SmallDisk(tmp_path / "state")
    try:
        yield server.start()
    finally:
        server.close()


@pytest.mark.requirement("R76")
def test_a_full_disk_is_reported_and_chat_continues(server):
    a, b = server.people("Ann", "Ben")
    answer = offer(a, "Ben", CONTENT)
    assert answer.kind == "upload", "files.spool_mb allows it"
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
        assert connection.error() == "no-space", "no byte was asked for"
    a.send("/send Ben the disk is full")
    b.expect("message", "the disk is full")
    wait_until(lambda: not list(server.files().iterdir()), "nothing is left of it")
    assert [row["outcome"] for row in server.wait_for_rows(1, "SELECT outcome FROM file WHERE outcome IS NOT NULL")] == ["no-space"]
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
        assert connection.error() == "bad-ticket"

    small = send_file(a, "Ben", CONTENT[:MIB], "small")
    line = b.expect("file", "small", id=small["file"])
    filler = offer(a, "Ben", CONTENT[:MIB + 1])
    with DataConnection(filler["port"], f"/upload {filler['ticket']} 0") as connection:
        assert connection.error() == "no-space"
    assert download(line) == CONTENT[:MIB], "what was there before is whole"
    wait_until(lambda: not list(server.files().iterdir()), "its room is free again")
    again = offer(a, "Ben", CONTENT[:MIB + 1])
    assert upload(again, CONTENT[:MIB + 1]) == stored(again, CONTENT[:MIB + 1])
    b.expect("file")


@pytest.mark.requirement("R76")
def test_space_that_was_promised_is_there(server):
    """Space is reserved with the first byte, so filling the disk afterwards does not take it away."""
    a, b = server.people("Ann", "Ben")
    content = CONTENT[:MIB]
    answer = offer(a, "Ben", content)
    with DataConnection(answer["port"], f"/upload {answer['ticket']} 0") as connection:
        connection.upload_offset()
        with (server.files() / "999999999").open("wb") as filler, pytest.raises(OSError):
            while True:
                filler.write(bytes(65536))
                filler.flush()
        connection.send(content)
        assert connection.line() == stored(answer, content)
    assert download(b.expect("file")) == content
