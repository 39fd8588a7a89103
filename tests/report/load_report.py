"""A log to fill by hand, and the program to run on it, as a person or a timer would."""

import csv
import os
import sqlite3
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CHAT_REPORT", str(ROOT / "analysis" / "chat-report"))
SCHEMA = (ROOT / "services" / "shared" / "schema.sql").read_text(encoding="utf-8")
FILES = ("index.html", "load.png", "traffic.csv", "traffic.png")
START = 1_795_176_000_000_000  # 2026-11-20 12:00:00 UTC, in microseconds
SECOND = 1_000_000


class Log:
    """A log as the daemons leave it, filled by hand. Message k is accepted k seconds after START."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.connection = sqlite3.connect(path, isolation_level=None)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.executescript(SCHEMA)
        self.messages = 0

    def session(self, session: int, client_id: int, name: str, connected_at: int | None = None) -> None:
        at = START + session * SECOND if connected_at is None else connected_at
        self.connection.execute("INSERT INTO session VALUES (?, ?, ?, '127.0.0.1:5', ?, NULL, NULL)", (session, client_id, name, at))

    def message(self, kind: str, sender: int, characters: int, receiver: int | None = None, discarded: int = 0, receipts: dict[int, str] | None = None) -> None:
        self.messages += 1
        channel = {"room": "lobby", "group": "1234"}.get(kind)
        row = (self.messages, START + self.messages * SECOND, kind, sender, receiver, channel, 1, discarded, characters)
        self.connection.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", row)
        for session, outcome in (receipts or {}).items():
            self.connection.execute("INSERT INTO receipt VALUES (?, ?, ?)", (self.messages, session, outcome))

    def close(self) -> Path:
        self.connection.close()
        return self.path


def run(*arguments: object, prefix: tuple[str, ...] = (), **options) -> subprocess.CompletedProcess:
    command = [*prefix, PROGRAM, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL, **options)


def made(database: Path, output: Path, **options) -> Path:
    """Runs the program, which must succeed without a word, and returns the directory of the report."""
    done = run("--database", database, "--output", output, **options)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert sorted(os.listdir(output)) == sorted(FILES)
    return output


def matrix(output: Path) -> list[list[str]]:
    with open(output / "traffic.csv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def without_privilege() -> tuple[str, ...]:
    """A command prefix under which permissions of files bind root too."""
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--") if os.geteuid() == 0 else ()
