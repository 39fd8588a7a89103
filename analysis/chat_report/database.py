"""Opens the log for reading only, even if other processes have it open, and even if its directory cannot be written.

The log is in SQLite's WAL mode. Reading such a database takes two files beside it, -wal and -shm, which exist while
a daemon runs; SQLite creates missing ones if it may write the directory. If it may not, the log is read
  - directly, if there is no -wal: nobody has it open, and everything is in the main file;
  - from a private copy, if there is one.
Both check afterwards that no daemon interfered, and start again if one did.
"""

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from chat_report import ReportError

BUSY_SECONDS = 5  # how long to wait for a lock that another process holds
ATTEMPTS = 5  # how often to repeat a reading that starting or stopping daemons disturb
MAGIC = b"SQLite format 3\0"
WAL_HEADER_BYTES = 32  # holds the salts, which change whenever the file is restarted


class _Disturbed(Exception):
    """The files changed during a reading that could not lock them."""


@dataclass(frozen=True)
class Log:
    """An open log. Call check() before keeping what was read: it aborts a reading that was disturbed."""

    connection: sqlite3.Connection  # in autocommit; read in transactions, and short ones
    check: Callable[[], None]


def look_into(path: Path, work: Callable[[Log], None]) -> None:
    """Calls work with the log at path. work may be called again; what it kept before, it keeps.

    Raises ReportError, sqlite3.Error or OSError.
    """
    _check_file(path)
    for _ in range(ATTEMPTS):
        try:
            return _read(path, "mode=ro", work, lambda: None)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
        try:
            if not _beside(path, "-wal").exists():
                return _read_as_it_stands(path, work)
            return _read_copy(path, work)
        except (_Disturbed, FileNotFoundError):
            continue
    raise ReportError(f"{path}: it kept changing while it was read")


def _check_file(path: Path) -> None:
    """Reports what SQLite would report less clearly, and rejects a pipe, which would block it forever."""
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise ReportError(f"{path}: not a regular file")
    with open(path, "rb") as file:
        head = file.read(len(MAGIC))
    if not head:
        raise ReportError(f"{path}: an empty file, not a chat log")
    if head != MAGIC:
        raise ReportError(f"{path}: not an SQLite database")


def _beside(path: Path, suffix: str) -> Path:
    # SQLite looks for these files beside the database itself, not beside a link to it.
    return Path(os.path.realpath(path) + suffix)


def _read(path: Path, access: str, work: Callable[[Log], None], check: Callable[[], None]) -> None:
    uri = f"{Path(os.path.realpath(path)).as_uri()}?{access}"
    with closing(sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)) as connection:
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        work(Log(connection, check))


def _read_as_it_stands(path: Path, work: Callable[[Log], None]) -> None:
    if _beside(path, "-journal").exists():
        raise ReportError(f"{path}: an unfinished change must be rolled back first, and its directory cannot be written")
    before = _fingerprint(path)

    def check() -> None:
        if _fingerprint(path) != before:
            raise _Disturbed

    _read(path, "immutable=1", work, check)


def _fingerprint(path: Path) -> tuple[int, int, int, bool]:
    status = os.stat(path)
    return status.st_ino, status.st_size, status.st_mtime_ns, _beside(path, "-wal").exists()


def _read_copy(path: Path, work: Callable[[Log], None]) -> None:
    """The main file first, then the -wal: if that was not restarted in between, it holds every page that a daemon may
    have been writing into the main file meanwhile, and the two together are one state of the log."""
    with tempfile.TemporaryDirectory(prefix="chat-report-", dir=_place_for_large_files()) as directory:
        copy = Path(directory, "log.db")
        wal = _beside(path, "-wal")
        before = _wal_header(wal)
        shutil.copyfile(path, copy)
        shutil.copyfile(wal, _beside(copy, "-wal"))
        if _wal_header(wal) != before:
            raise _Disturbed
        _read(copy, "mode=ro", work, lambda: None)


def _wal_header(wal: Path) -> bytes:
    with open(wal, "rb") as file:
        return file.read(WAL_HEADER_BYTES)


def _place_for_large_files() -> str | None:
    """/var/tmp rather than /tmp, which may be memory; None leaves the choice to tempfile."""
    if "TMPDIR" not in os.environ and os.access("/var/tmp", os.W_OK | os.X_OK):
        return "/var/tmp"
    return None
