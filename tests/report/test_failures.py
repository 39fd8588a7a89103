"""A failure gives one clear line and status 1, and leaves the old report as it was, without other files."""

import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from chat_report import write
from load_report import FILES, ROOT, SCHEMA, called, of_a_week, run, without_privilege


def state(directory: Path) -> dict[str, tuple[int, bytes]]:
    return {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in directory.iterdir()}


@pytest.fixture
def old(report_of_two, tmp_path):
    """An older report, which must not change."""
    output = tmp_path / "report"
    shutil.copytree(report_of_two, output)
    before = state(output)
    assert sorted(before) == FILES
    yield output
    assert state(output) == before


def fails(database, output, **options) -> str:
    """Returns the line with which the program fails."""
    arguments = ("--database", database, "--output", output)
    if options:
        done = run(*arguments, **options)
        status, out, err = done.returncode, done.stdout, done.stderr
    else:
        status, out, err = called(*arguments)
    assert (status, out) == (1, "")
    assert re.fullmatch(r"chat-report: [^\n]+\n", err), err
    return err


@pytest.mark.requirement("R19")
def test_a_missing_log(old, tmp_path):
    assert fails(tmp_path / "missing.db", old) == f"chat-report: {tmp_path}/missing.db: No such file or directory\n"
    assert not (tmp_path / "missing.db").exists()


@pytest.mark.requirement("R19")
def test_an_empty_file(old, tmp_path):
    (tmp_path / "empty.db").touch()
    assert "empty.db: an empty file, not a chat log" in fails(tmp_path / "empty.db", old)


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("content", [b"x", b"Dear diary,\n" * 1000, b"\0" * 8192])
def test_a_file_that_is_not_a_database(old, tmp_path, content):
    (tmp_path / "other.db").write_bytes(content)
    assert "other.db: not an SQLite database" in fails(tmp_path / "other.db", old)


@pytest.mark.requirement("R19")
def test_a_database_of_somebody_else(old, tmp_path):
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE diary (day, words)").connection.close()
    assert "other.db: not a chat log: it has no table session" in fails(tmp_path / "other.db", old)


@pytest.mark.requirement("R19")
def test_a_database_without_a_column(old, tmp_path):
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.executescript(SCHEMA + "; DROP VIEW message_log; ALTER TABLE message DROP COLUMN characters;")
    connection.close()
    assert "its table message has no column characters" in fails(tmp_path / "other.db", old)


@pytest.mark.requirement("R19")
def test_words_where_numbers_belong(old, tmp_path):
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.executescript(SCHEMA.replace("STRICT, WITHOUT", "WITHOUT").replace("STRICT", "").replace("INTEGER NOT NULL", "NOT NULL"))
    connection.execute("INSERT INTO session VALUES (1, 'ten', 'Batman', 'x', 'noon', NULL, NULL)")
    connection.commit()
    connection.close()
    assert "a number was expected" in fails(tmp_path / "other.db", old)


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("damage", ["cut", "scribbled", "header only"])
def test_a_damaged_log(old, log, tmp_path, damage):
    log.connection.execute("BEGIN")
    for session in range(3, 400):
        log.session(session, 10000 + session, f"user{session}")
        log.message("room", session, 5)
    log.connection.execute("COMMIT")
    content = log.close().read_bytes()
    keep = {"cut": len(content) // 2, "scribbled": 4096, "header only": 16}[damage]
    (tmp_path / "bad.db").write_bytes(content[:keep] + (b"\xa5" * (len(content) - keep) if damage == "scribbled" else b""))
    assert "bad.db: " in fails(tmp_path / "bad.db", old)


@pytest.mark.requirement("R19")
def test_a_directory_in_place_of_the_log(old, tmp_path):
    assert "not a regular file" in fails(tmp_path, old)


@pytest.mark.requirement("R19")
def test_a_pipe_in_place_of_the_log(old, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in fails(tmp_path / "pipe", old)


@pytest.mark.requirement("R19")
def test_a_log_that_may_not_be_read(old, two, tmp_path):
    two.close().chmod(0)
    assert fails(two.path, old, prefix=without_privilege()) == f"chat-report: {two.path}: Permission denied\n"


@pytest.mark.requirement("R19")
def test_an_output_that_may_not_be_written(old, two):
    old.chmod(0o555)
    try:
        assert fails(two.path, old, prefix=without_privilege()) == f"chat-report: {old}/load.png: Permission denied\n"
    finally:
        old.chmod(0o755)


@pytest.mark.requirement("R19")
@pytest.mark.usefixtures("quick_pictures")
def test_an_output_that_cannot_be_made(old, two, tmp_path):
    assert fails(two.path, two.path) == f"chat-report: {two.path}: not a directory\n"
    assert "Not a directory" in fails(two.path, two.path / "report")


@pytest.mark.requirement("R19")
@pytest.mark.usefixtures("quick_pictures")
@pytest.mark.parametrize("name", ["load.png", "traffic.csv", "index.html"])
def test_something_else_in_the_place_of_a_file_keeps_all_as_it_is(report_of_two, two, tmp_path, name):
    output = tmp_path / "report"
    shutil.copytree(report_of_two, output)
    (output / name).unlink()
    (output / name).mkdir()
    before = {path: path.stat().st_mtime_ns for path in output.iterdir()}
    assert f"{name}: not a regular file" in fails(two.path, output)
    assert {path: path.stat().st_mtime_ns for path in output.iterdir()} == before


@pytest.mark.requirement("R19")
def test_a_disk_without_room(old, log):
    of_a_week(log)
    called("show", "--database", log.path)
    # Enough space for the sums, too little for the page.
    room = Path(f"{log.path}.rollup").stat().st_size + 20_000
    line = fails(log.path, old, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))
    assert re.fullmatch(f"chat-report: {old}/index.html: File too large\n", line)


@pytest.mark.requirement("R22")
@pytest.mark.usefixtures("quick_pictures")
def test_a_matrix_that_would_fill_the_disk_is_not_begun(old, two, monkeypatch):
    monkeypatch.setattr(write.Files, "free_bytes", lambda self: 10)
    assert "traffic.csv of 2 clients would take more than half of the space left" in fails(two.path, old)


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("number, status", [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_in_the_midst_of_writing(old, two, number, status):
    slow = (
        "import sys, time; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv.pop(1))\n"
        "import chat_report.page as page, chat_report.main as main\n"
        "page.page = lambda *_: (print('writing', flush=True), time.sleep(60))\n"
        "sys.exit(main.main())\n"
    )
    command = [sys.executable, "-c", slow, str(ROOT / "analysis"), "--database", str(two.path), "--output", str(old)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"writing\n"
        assert len(list(old.glob(".chat-report-*"))) == len(FILES)
        process.send_signal(number)
        assert process.wait(timeout=30) == status
        assert process.stderr.read() == b""


@pytest.mark.requirement("R19")
def test_a_machine_that_is_slow_to_find_its_fonts_says_nothing(two, tmp_path):
    """matplotlib warns if it has no list of fonts and making one takes five seconds; here the warning comes at once."""
    hasty = (
        "import sys, threading; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv.pop(1))\n"
        "timer = threading.Timer\n"
        "threading.Timer = lambda _, call: (print('begun'), timer(0, call))[1]\n"
        "import chat_report.main as main\n"
        "sys.exit(main.main())\n"
    )
    command = [sys.executable, "-c", hasty, ROOT / "analysis", "--database", two.path, "--output", tmp_path / "report"]
    (tmp_path / "fonts").mkdir()
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=120, check=False, env={**os.environ, "MPLCONFIGDIR": str(tmp_path / "fonts")})
    assert (done.returncode, done.stdout, done.stderr) == (0, "begun\n", "")


@pytest.mark.requirement("R19")
def test_each_file_is_replaced_as_a_whole_and_what_a_killed_run_left_is_removed(report_of_two, two, tmp_path):
    """A new file takes the old name, so that a reader of the old one can read it to its end."""
    output = tmp_path / "report"
    shutil.copytree(report_of_two, output)
    young, stale = output / ".chat-report-a-load.png", output / ".chat-report-b-load.png"
    for path in (young, stale):
        path.touch()
    os.utime(stale, (0, 0))
    changing = ("index.html", "load.png", "load.svg", "traffic.csv", "report.json")
    opened = [open(output / name, "rb") for name in changing]
    before = [file.read() for file in opened]
    two.message("direct", 2, 9, receiver=1)
    assert called("--database", two.path, "--output", output) == (0, "", "")
    for file, name, content in zip(opened, changing, before):
        assert os.fstat(file.fileno()).st_ino != (output / name).stat().st_ino
        file.seek(0)
        assert file.read() == content != (output / name).read_bytes()
        file.close()
    assert young.exists() and not stale.exists()


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("arguments", [(), ("--database", "x"), ("--database", "x", "--output", "y", "--frobnicate"), ("--data", "x", "--output", "y"), ("x",), ("--output", "y", "--json"),
                                       ("show", "--since", "today", "--until", "yesterday"), ("--output", "y", "--matrix-mb", "-1")])
def test_wrong_arguments(arguments, tmp_path):
    done = run(*arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "usage: chat-report" in done.stderr
    assert list(tmp_path.iterdir()) == []
