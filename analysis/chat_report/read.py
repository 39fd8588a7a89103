"""Reads the log: the sums that the report is made of, added up by SQLite, so that memory grows with the number of
sessions and of pairs who write to each other, not with the number of messages."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

import pandas

from chat_report import ReportError
from chat_report.database import look_into

# What is read, and so what must be there.
COLUMNS = {
    "session": ("session", "client_id", "name", "connected_at", "ended_at"),
    "message": ("id", "at", "kind", "sender", "receiver", "discarded", "characters"),
    "receipt": ("message", "receiver", "outcome"),
}

SESSIONS = """
SELECT session, client_id, name, connected_at, max(connected_at, coalesce(ended_at, 0)) AS last_at
FROM session ORDER BY connected_at, client_id, session"""

# Receiver 0 is nobody: only direct messages have one.
SENT = """
SELECT kind, sender, coalesce(receiver, 0) AS receiver, discarded,
       count(*) AS messages, sum(characters) AS characters, min(at) AS first_at, max(at) AS last_at
FROM message GROUP BY 1, 2, 3, 4"""

GROUP_DELIVERIES = """
SELECT message.sender AS sender, receipt.receiver AS receiver, sum(message.characters) AS characters
FROM receipt JOIN message ON message.id = receipt.message
WHERE message.kind = 'group' AND receipt.outcome = 'delivered'
GROUP BY 1, 2"""


ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Log:
    """One state of the log. Times are microseconds since 1970, UTC; sender and receiver are numbers of sessions."""

    sessions: pandas.DataFrame  # session, client_id, name, connected_at, last_at; by connecting time, then id
    sent: pandas.DataFrame  # kind, sender, receiver, discarded, messages, characters, first_at, last_at
    group_deliveries: pandas.DataFrame  # sender, receiver, characters


def read_log(path: Path) -> Log:
    """Raises ReportError if the file is no chat log, sqlite3.Error or OSError if it cannot be read."""
    return look_into(path, lambda connection: _read_tables(connection, path))


def _read_tables(connection: sqlite3.Connection, path: Path) -> Log:
    for table, wanted in COLUMNS.items():
        present = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if not present:
            raise ReportError(f"{path}: not a chat log: it has no table {table}")
        for column in wanted:
            if column not in present:
                raise ReportError(f"{path}: not a chat log: its table {table} has no column {column}")
    return Log(
        sessions=_frame(connection, path, SESSIONS, words=("name",)),
        sent=_frame(connection, path, SENT, words=("kind",)),
        group_deliveries=_frame(connection, path, GROUP_DELIVERIES),
    )


def _frame(connection: sqlite3.Connection, path: Path, query: str, words: tuple[str, ...] = ()) -> pandas.DataFrame:
    """All columns but words hold whole numbers, also when there is no row."""
    cursor = connection.execute(query)
    columns = [column[0] for column in cursor.description]
    types = {column: object if column in words else "int64" for column in columns}
    parts = [pandas.DataFrame(columns=columns).astype(types)]
    try:
        # In parts, because the rows of a part take ten times the memory of its frame.
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            parts.append(pandas.DataFrame.from_records(rows, columns=columns).astype(types))
    except (TypeError, ValueError, OverflowError) as error:
        raise ReportError(f"{path}: not a chat log: a number was expected where something else stands") from error
    return pandas.concat(parts, ignore_index=True)
