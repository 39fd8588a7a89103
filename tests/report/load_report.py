"""A log that the test fills, and chat-report run on it as by a person or a timer."""

import csv
import io
import os
import signal
import sqlite3
import subprocess
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CHAT_REPORT", str(ROOT / "analysis" / "chat-report"))
SCHEMA = (ROOT / "services" / "shared" / "log" / "schema.sql").read_text(encoding="utf-8")
PICTURES = ("load", "load-by-session", "traffic", "traffic-by-session", "hours", "days", "channels", "discarded", "sessions", "peaks", "lag")
FILES = sorted(["index.html", "report.json", "traffic.csv", "people.csv", "load.csv", "hours.csv", "channels.csv", "pairs.csv",
                *(f"{name}.{kind}" for name in PICTURES for kind in ("png", "svg"))])
START = 1_795_176_000_000_000  # 2026-11-20 12:00:00 UTC, in microseconds
SECOND = 1_000_000
HOUR = 3600 * SECOND


class Log:
    """A log as the daemons leave it, filled by the test. Message k is accepted k seconds after START."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.executescript(SCHEMA)
        self.messages = 0

    def session(self, session: int, client_id: int, name: str, connected_at: int | None = None, ended_at: int | None = None, reason: str | None = None) -> None:
        at = START + session * SECOND if connected_at is None else connected_at
        self.connection.execute("INSERT INTO session VALUES (?, ?, ?, '127.0.0.1:5', ?, ?, ?)", (session, client_id, name, at, ended_at, reason))

    def end(self, session: int, ended_at: int, reason: str) -> None:
        self.connection.execute("UPDATE session SET ended_at = ?, reason = ? WHERE session = ?", (ended_at, reason, session))

    def message(self, kind: str, sender: int, characters: int, receiver: int | None = None, discarded: int = 0, receipts: dict[int, str] | None = None,
                channel: str | None = None, at: int | None = None) -> int:
        self.messages += 1
        channel = channel or {"room": "lobby", "group": "1234"}.get(kind)
        at = START + self.messages * SECOND if at is None else at
        row = (self.messages, at, kind, sender, receiver, channel, 1, discarded, characters)
        self.connection.execute("INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters)"
                                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        for session, outcome in (receipts or {}).items():
            self.connection.execute("INSERT INTO receipt VALUES (?, ?, ?)", (self.messages, session, outcome))
        return self.messages

    def close(self) -> Path:
        self.connection.close()
        return self.path


def of_two(log: Log) -> None:
    log.session(1, 48213, "Batman")
    log.session(2, 51990, "Voldemort")
    log.message("direct", 1, 7, receiver=2)


def of_a_week(log: Log) -> None:
    """Eight clients and something of everything that the report shows."""
    connect = [START - day * 24 * HOUR for day in (7, 6, 5, 4, 3, 2, 1, 0)]
    ends = ["quit", "lost", "slow", "killed", "timeout", "quit", None, None]
    log.connection.execute("BEGIN")
    for session, (at, reason) in enumerate(zip(connect, ends), start=1):
        log.session(session, 10000 + session, f"user{session}", at, at + session * HOUR if reason else None, reason)
    for number in range(200):
        sender = 1 + number % 8
        at = connect[0] + number * 7 * 24 * HOUR // 200
        kind = ("direct", "room", "group", "broadcast")[number % 4]
        log.message(kind, sender, 5 + number % 60, receiver=1 + (number + 3) % 8 if kind == "direct" else None, discarded=int(kind == "direct" and number % 5 == 0),
                    receipts={1 + (sender + 1) % 8: "delivered", 1 + (sender + 2) % 8: "discarded"} if kind == "group" else None,
                    channel={"room": ("lobby", "help")[number % 3 == 0], "group": "4711"}.get(kind), at=at)
    for number in range(5):
        log.connection.execute("INSERT INTO event VALUES (?, ?, NULL, ?, '')", (10_000 + number, START + number, ("refused", "too-fast")[number % 2]))
    log.connection.execute("CREATE TABLE IF NOT EXISTS log_lag (hour INTEGER PRIMARY KEY, longest INTEGER NOT NULL, messages INTEGER NOT NULL) STRICT")
    log.connection.executemany("INSERT INTO log_lag VALUES (?, ?, 9)", [(START // HOUR - back, 50_000 + back) for back in range(10)])
    log.connection.execute("COMMIT")


def run(*arguments: object, prefix: tuple[str, ...] = (), **options) -> subprocess.CompletedProcess:
    command = [*prefix, PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL, **options)


def called(*arguments: object) -> tuple[int, str, str]:
    """The same in this process, which saves starting one: returns status, stdout, stderr."""
    from chat_report import main

    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), io.StringIO()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)}
    try:
        with redirect_stdout(out), redirect_stderr(err):
            status = main.main([*map(str, arguments)])
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    out.flush()
    return status, out.buffer.getvalue().decode("utf-8"), err.getvalue()


def made(database: Path, output: Path, *arguments: object, **options) -> Path:
    """Runs the program, which must succeed silently, and returns the directory of the report."""
    arguments = ("--database", database, "--output", output, *arguments)
    if options:
        done = run(*arguments, **options)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    else:
        assert called(*arguments) == (0, "", "")
    assert sorted(os.listdir(output)) == FILES
    return output


@contextmanager
def sums(database: Path, *selection, path: str = "", **options):
    """The sums of a log, narrowed to a selection, without a report."""
    from chat_report.rollup import Rollup
    from chat_report.selection import Selection, select
    from chat_report.update import update

    with Rollup(path) as rollup:
        update(rollup, database, **options)
        select(rollup, Selection(*selection))
        yield rollup


def summary(database: Path, *selection, path: str = ""):
    from chat_report.summarise import summarise

    with sums(database, *selection, path=path) as rollup:
        return summarise(rollup, "", selection[1] if len(selection) > 1 else None)


def dump(path: Path) -> list[str]:
    """All of the sums except when they were made."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE marks SET read_at = 0")
        found = list(connection.iterdump())
        connection.rollback()
    connection.close()
    return found


def matrix(database: Path, *selection, path: str = "") -> list[list[str]]:
    """traffic.csv, without the rest of the report."""
    from chat_report.matrix import write_matrix

    file = io.BytesIO()
    with sums(database, *selection, path=path) as rollup:
        write_matrix(rollup, file)
    return list(csv.reader(io.StringIO(file.getvalue().decode("utf-8"), newline="")))


def rows_of(file: Path) -> list[list[str]]:
    with open(file, encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def without_privilege() -> tuple[str, ...]:
    """A command prefix under which permissions of files bind root too."""
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--") if os.geteuid() == 0 else ()
