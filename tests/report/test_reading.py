"""The log is only read, regardless of who else has it open and what its directory permits."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import threading

import pytest
from load_report import START, called, matrix, run, without_privilege


@pytest.fixture
def closed_directory(tmp_path):
    """A directory that nobody may write once lock() was called; the files in it are read-only."""

    class Directory:
        path = tmp_path / "state"

        def lock(self):
            for file in self.path.iterdir():
                file.chmod(0o444)
            self.path.chmod(0o555)
            tried = subprocess.run([*without_privilege(), "touch", str(self.path / "x")], capture_output=True, check=False)
            if tried.returncode == 0:
                pytest.skip("permissions of files do not bind this user")

    Directory.path.mkdir()
    yield Directory()
    Directory.path.chmod(0o755)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.requirement("R18")
def test_the_log_stays_as_it_was(two, tmp_path):
    before = digest(two.close())
    called("show", "--database", two.path)
    assert digest(two.path) == before


@pytest.mark.requirement("R19")
def test_every_state_read_is_one_that_a_daemon_committed(two, tmp_path):
    """A writer commits pairs of messages, one each way; in no report may one direction be ahead of the other."""
    two.message("direct", 2, 7, receiver=1)
    enough, begun = threading.Event(), threading.Event()

    def write():
        with_many = sqlite3.connect(two.path, isolation_level=None)
        for number in range(100, 200_000, 2):
            if enough.is_set():
                break
            with_many.execute("BEGIN")
            for offset, (sender, receiver) in enumerate(((1, 2), (2, 1))):
                with_many.execute("INSERT INTO message (id, at, kind, sender, receiver, receivers, discarded, characters)"
                                  " VALUES (?, ?, 'direct', ?, ?, 1, 0, 1)", (number + offset, START, sender, receiver))
            with_many.execute("COMMIT")
            begun.set()
        with_many.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(20)
        for number in range(3):
            rows = matrix(two.path, path=str(tmp_path / str(number)))
            assert rows[1][2] == rows[2][1]
            assert int(rows[1][2]) > 7
    finally:
        enough.set()
        writer.join()


@pytest.mark.requirement("R19")
def test_one_reading_sees_one_state(two):
    """A message that arrives during a run appears entirely in the next run, and not at all in this one."""
    from chat_report import read

    connection = sqlite3.connect(two.path, isolation_level=None)
    begun = threading.Event()

    def watch(statement):
        if "kind = 'direct'" in statement and not begun.is_set():
            begun.set()
            two.message("direct", 2, 9, receiver=1)

    connection.set_trace_callback(watch)
    first = read.read_piece(connection, two.path, read.Marks(), [])
    second = read.read_piece(connection, two.path, first.marks, [])
    connection.close()
    assert [sum(row[4] for row in piece.sent) for piece in (first, second)] == [1, 1]
    assert [sum(row[5] for row in piece.pairs) for piece in (first, second)] == [7, 9]


def traffic(database, **options):
    """Returns what the program shows; with options, run as another user or in another environment."""
    if options:
        done = run("show", "--json", "--database", database, **options)
        status, out, err = done.returncode, done.stdout, done.stderr
    else:
        status, out, err = called("show", "--json", "--database", database)
    assert (status, err) == (0, "")
    return json.loads(out)["traffic"]["characters"]


@pytest.mark.requirement("R19")
def test_messages_that_are_still_in_the_wal_count(two, tmp_path):
    two.connection.execute("PRAGMA wal_autocheckpoint = 0")
    two.message("direct", 2, 9, receiver=1)
    assert matrix(two.path)[2][1] == "9"


@pytest.mark.requirement("D05")
def test_a_directory_that_cannot_be_written_while_a_daemon_runs(two, closed_directory, tmp_path):
    writer = sqlite3.connect(shutil.copy(two.close(), closed_directory.path), isolation_level=None)
    writer.execute("UPDATE message SET characters = 8")
    closed_directory.lock()
    assert traffic(closed_directory.path / "chat.db", prefix=without_privilege())[0][1] == 8
    writer.close()


@pytest.mark.requirement("D05")
def test_a_directory_that_cannot_be_written_and_no_daemon(two, closed_directory, tmp_path):
    shutil.copy(two.close(), closed_directory.path)
    assert os.listdir(closed_directory.path) == ["chat.db"]
    closed_directory.lock()
    assert traffic(closed_directory.path / "chat.db", prefix=without_privilege())[0][1] == 7
    assert os.listdir(closed_directory.path) == ["chat.db"]


@pytest.mark.requirement("D05")
def test_a_directory_that_cannot_be_written_with_a_wal_that_nobody_has_open(two, closed_directory, tmp_path):
    two.message("direct", 2, 9, receiver=1)
    for name in ("chat.db", "chat.db-wal"):
        shutil.copy(tmp_path / name, closed_directory.path)
    assert (closed_directory.path / "chat.db-wal").stat().st_size > 0
    closed_directory.lock()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    found = traffic(closed_directory.path / "chat.db", prefix=without_privilege(), env={**os.environ, "TMPDIR": str(temporary)})
    assert found == [[0, 7], [9, 0]]
    assert os.listdir(temporary) == []


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("name", ["a b.db", "100%25.db", "what?mode=rwc.db", "a#b.db", "ä.db", "-x.db", "a\nb.db", os.fsdecode(b"\xff.db")])
def test_any_name_of_a_file_will_do(two, tmp_path, monkeypatch, name):
    path = two.close().rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for given in (path, f"./{name}"):
        assert traffic(given)[0][1] == 7


@pytest.mark.requirement("R19")
def test_a_link_to_the_log_will_do(two, tmp_path):
    two.message("direct", 2, 9, receiver=1)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "log").symlink_to(two.path)
    assert traffic(tmp_path / "elsewhere" / "log") == [[0, 7], [9, 0]]
    assert os.listdir(tmp_path / "elsewhere") == ["log"]


@pytest.mark.requirement("R19")
def test_a_lock_is_waited_for(two, tmp_path):
    two.connection.execute("PRAGMA journal_mode = DELETE")
    two.close()
    hold = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(["/usr/bin/python3", "-c", hold, str(two.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"held\n"
        release = threading.Timer(2, holder.stdin.close)  # longer than the program takes to start
        release.start()
        assert traffic(two.path)[0][1] == 7
        release.join()


@pytest.mark.requirement("R19")
def test_a_lock_that_stays_is_an_error(two, tmp_path):
    two.connection.execute("PRAGMA journal_mode = DELETE")
    two.connection.execute("BEGIN EXCLUSIVE")
    done = run("--database", two.path, "--output", tmp_path / "report")
    assert (done.returncode, done.stderr) == (1, f"chat-report: {two.path}: database is locked\n")
