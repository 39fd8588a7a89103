"""chatctl backup: an archive of the log, the accounts and the bans, made while the server serves, and a server that starts with it."""
import os
import sqlite3
import tarfile
import threading

import pytest
from deadline import wait_until

PASSWORD = "correct-horse-9"
pytestmark = pytest.mark.settings(accounts__register='"open"')


def extracted(archive, directory):
    directory.mkdir(mode=0o700)
    with tarfile.open(archive) as files:
        names = files.getnames()
        for member in files.getmembers():
            files.extract(member, directory, set_attrs=False)
    return names


def rows(database, sql):
    connection = sqlite3.connect(database)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.mark.requirement("N03", "N09", "N19")
def test_a_server_starts_with_a_backup_that_was_made_while_people_wrote(server, control, start_server, tmp_path):
    robin, writer = server.people("Robin", "Writer")
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    robin.ask("/broadcast before the backup")
    server.wait_for_rows(1, "SELECT 1 FROM message WHERE text = 'before the backup'")
    control.run("ban", "192.0.2.7")
    writing = threading.Event()

    def write():
        while not writing.is_set():
            writer.ask("/broadcast meanwhile")
    thread = threading.Thread(target=write)
    thread.start()
    try:
        server.wait_for_rows(20, "SELECT 1 FROM message WHERE text = 'meanwhile'")
        done = control.json("backup", tmp_path / "backup.tar")
        seen = len(server.query("SELECT 1 FROM message WHERE text = 'meanwhile'"))
        server.wait_for_rows(seen + 20, "SELECT 1 FROM message WHERE text = 'meanwhile'")
    finally:
        writing.set()
        thread.join()
    state = tmp_path / "restored"
    assert extracted(tmp_path / "backup.tar", state) == ["chat.db", "auth.db", "bans.json"]
    assert done == {"file": str(tmp_path / "backup.tar"), "files": [{"name": name, "bytes": (state / name).stat().st_size} for name in ("chat.db", "auth.db", "bans.json")]}
    for name in ("chat.db", "auth.db"):
        assert rows(state / name, "PRAGMA integrity_check") == [("ok",)]
    assert rows(state / "chat.db", "SELECT count(*) FROM message WHERE text = 'before the backup'") == [(1,)]
    meanwhile, = rows(state / "chat.db", "SELECT count(*) FROM message WHERE text = 'meanwhile'")[0]
    assert 20 <= meanwhile <= seen + 1

    other = start_server({"accounts.register": '"open"'}, state=state)
    client = other.connect("Somebody")
    assert client.ask("/login Robin")["code"] == "password-required"
    assert client.ask(f"/login Robin {PASSWORD}").kind == "account"
    client.ask("/broadcast after the backup")
    other.wait_for_rows(1, "SELECT 1 FROM message WHERE text = 'after the backup'")
    assert other.operate("Bans")["bans"][0]["address"] == "192.0.2.7"


@pytest.mark.requirement("N19")
def test_only_its_owner_may_read_it_and_nothing_else_is_left(server, control, tmp_path):
    os.umask(0o022)
    directory = tmp_path / "backups"
    directory.mkdir()
    (directory / "backup.tar").write_text("an earlier one")
    (directory / "backup.tar.unfinished").write_text("of a command that was killed")
    server.people("Robin")
    wait_until(server.database.exists, "the log")
    said = control.run("backup", directory / "backup.tar").stdout
    assert said.startswith(f"{directory}/backup.tar: chat.db (")
    assert [path.name for path in directory.iterdir()] == ["backup.tar"]
    assert (directory / "backup.tar").stat().st_mode & 0o777 == 0o600
    with tarfile.open(directory / "backup.tar") as files:
        member = files.getmember("chat.db")
    original = server.database.stat()
    assert (member.uid, member.gid, member.mode) == (original.st_uid, original.st_gid, original.st_mode & 0o777) and member.uname


@pytest.mark.requirement("N19")
def test_a_server_without_accounts_has_none_in_its_backup(server, control, tmp_path):
    server.people("Robin")
    wait_until(server.database.exists, "the log")
    control.run("backup", tmp_path / "whole.tar")
    extracted(tmp_path / "whole.tar", tmp_path / "state")
    (tmp_path / "state" / "auth.db").unlink()
    control.run("backup", tmp_path / "backup.tar", "--database", tmp_path / "state" / "chat.db")
    with tarfile.open(tmp_path / "backup.tar") as files:
        assert files.getnames() == ["chat.db"]


@pytest.mark.requirement("N19")
def test_a_backup_that_fails_keeps_the_earlier_one(server, control, tmp_path):
    server.people("Robin")
    wait_until(server.database.exists, "the log")
    archive = tmp_path / "backup.tar"
    archive.write_text("an earlier one")
    for words, says in ((["--database", tmp_path / "nothing.db"], "nothing.db: No such file"), (["--accounts", tmp_path / "nobody.db"], "nobody.db: No such file"), (["--accounts", archive], "")):
        refused = control.run("backup", archive, *words, check=False)
        assert refused.returncode == 1 and says in refused.stderr, refused.stderr
        assert archive.read_text() == "an earlier one" and list(tmp_path.glob("backup.tar*")) == [archive]
    assert control.run("backup", tmp_path / "missing" / "backup.tar", check=False).returncode == 1


@pytest.mark.requirement("N19")
def test_a_full_disk_keeps_the_earlier_one(server, control, small_disk):
    disk = small_disk("64k")
    server.people("Robin")
    wait_until(server.database.exists, "the log")
    (disk / "backup.tar").write_text("an earlier one")
    refused = control.run("backup", disk / "backup.tar", check=False)
    assert refused.returncode == 1 and refused.stderr
    assert [path.name for path in disk.iterdir()] == ["backup.tar"] and (disk / "backup.tar").read_text() == "an earlier one"
