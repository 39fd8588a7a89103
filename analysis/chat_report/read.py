"""Reads what is new in the log, a limited piece at a time, each in its own read transaction: memory does not grow
with the log, and the daemons' log can be checkpointed between any two pieces.

Messages and receipts are added up by SQLite. A receiver is a session; 0 means unknown."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from chat_report import ReportError

MESSAGES_AT_ONCE = 50_000
ROWS_AT_ONCE = 20_000
HOUR = 3_600_000_000  # microseconds; hours are counted since 1970

# The columns that are read, and so must exist.
COLUMNS = {
    "session": ("session", "client_id", "name", "connected_at", "ended_at", "reason"),
    "message": ("id", "at", "kind", "sender", "receiver", "channel", "discarded", "characters"),
    "receipt": ("message", "receiver", "outcome"),
    "event": ("event", "at", "kind"),
}
# Tables that logs of earlier versions do not have.
LATER = {"late_discard": ("number", "message", "receiver"), "log_lag": ("hour", "longest", "messages")}

SENT = """
SELECT {hour} AS hour, sender, kind, coalesce(channel, '') AS channel,
       count(*), sum(characters), min(at), max(at)
FROM message WHERE id > ? AND id <= ? GROUP BY 1, 2, 3, 4"""

DIRECT = """
SELECT {hour} AS hour, sender, coalesce(receiver, 0) AS receiver, '' AS channel,
       sum(discarded = 0), sum(iif(discarded = 0, characters, 0)), sum(discarded <> 0), sum(iif(discarded <> 0, characters, 0))
FROM message WHERE id > ? AND id <= ? AND kind = 'direct' GROUP BY 1, 2, 3"""

GROUP = """
SELECT {hour} AS hour, m.sender AS sender, r.receiver AS receiver, coalesce(m.channel, '') AS channel,
       sum(r.outcome = 'delivered'), sum(iif(r.outcome = 'delivered', m.characters, 0)),
       sum(r.outcome <> 'delivered'), sum(iif(r.outcome <> 'delivered', m.characters, 0))
FROM message m JOIN receipt r ON r.message = m.id
WHERE m.id > ? AND m.id <= ? AND m.kind = 'group' GROUP BY 1, 2, 3, 4"""

# Deliveries given up after their message was counted as delivered: moved from delivered to discarded.
LATE = """
SELECT {hour} AS hour, m.sender, l.receiver, iif(m.kind = 'group', coalesce(m.channel, ''), '') AS channel,
       -count(*), -sum(m.characters), count(*), sum(m.characters)
FROM late_discard l JOIN message m ON m.id = l.message
WHERE l.number > ? AND l.number <= ? AND l.message <= ? GROUP BY 1, 2, 3, 4"""

ACCOUNTS = "SELECT sender, max(sender_account) FROM message WHERE id > ? AND id <= ? AND sender_account IS NOT NULL GROUP BY 1"
EVENTS = "SELECT {hour}, kind, count(*) FROM event WHERE event > ? AND event <= ? GROUP BY 1, 2"
WITNESS = "SELECT at || ' ' || kind || ' ' || sender || ' ' || characters FROM message WHERE id = ?"
SESSION = "SELECT session, client_id, name, connected_at, ended_at, reason FROM session WHERE session "


@dataclass(frozen=True)
class Marks:
    """How far the log has been read: the highest number of each kind of row."""

    message: int = 0
    session: int = 0
    event: int = 0
    late: int = 0
    hour: int = 0  # of log_lag
    shift: int = 0  # microseconds after the full hour of UTC at which the hours of the sums begin: full hours of local time
    witness: str | None = None  # what the message of that number looks like: if it differs, this is another log


@dataclass(frozen=True)
class Piece:
    """What one reading found."""

    marks: Marks  # how far the log has been read, including this piece
    sent: list[tuple]  # hour, sender, kind, channel, messages, characters, first at, last at
    pairs: list[tuple]  # hour, sender, receiver, channel, messages, characters, discarded messages, their characters
    sessions: list[tuple]  # session, client_id, name, connected_at, ended_at, reason
    accounts: list[tuple]  # session, account
    vanished: list[int]  # requested sessions that are no longer in the log
    events: list[tuple]  # hour, kind, number
    lags: list[tuple]  # hour, longest in microseconds, messages
    complete: bool  # there was nothing more to read at that moment


def check_tables(connection: sqlite3.Connection, path: Path) -> None:
    for table, wanted in {**COLUMNS, **LATER}.items():
        present = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
        if not present and table not in LATER:
            raise ReportError(f"{path}: not a chat log: it has no table {table}")
        for column in wanted:
            if present and column not in present:
                raise ReportError(f"{path}: not a chat log: its table {table} has no column {column}")


def highest_message(connection: sqlite3.Connection) -> int:
    return _number(connection, "SELECT max(id) FROM message")


def lowest_message(connection: sqlite3.Connection) -> int:
    return _number(connection, "SELECT min(id) FROM message")


def read_piece(connection: sqlite3.Connection, path: Path, since: Marks, open_sessions: list[int], at_once: int = MESSAGES_AT_ONCE) -> Piece:
    """open_sessions: those whose rows may have changed since they were read. Raises ReportError if the rows that were
    read last are not those of this log."""
    connection.execute("BEGIN")
    try:
        _check_witness(connection, path, since)
        upto = _end_of_piece(connection, "message", "id", since.message, at_once)
        span = (since.message, upto)
        hour = {"hour": f"(at - {since.shift}) / {HOUR}"}
        pairs = [*connection.execute(DIRECT.format(**hour), span), *connection.execute(GROUP.format(**hour), span)]
        late = last_late = since.late
        if _has(connection, "late_discard"):
            late = _end_of_piece(connection, "late_discard", "number", since.late, ROWS_AT_ONCE)
            last_late = _number(connection, "SELECT max(number) FROM late_discard")
            pairs += connection.execute(LATE.format(**hour), (since.late, late, since.message))
        event = _end_of_piece(connection, "event", "event", since.event, ROWS_AT_ONCE)
        sessions, vanished = _changed_sessions(connection, open_sessions)
        new = connection.execute(SESSION + "> ? ORDER BY session LIMIT ?", (since.session, ROWS_AT_ONCE)).fetchall()
        lags = connection.execute("SELECT hour, longest, messages FROM log_lag WHERE hour >= ?", (since.hour,)).fetchall() if _has(connection, "log_lag") else []
        witness = connection.execute(WITNESS, (upto,)).fetchone()
        marks = Marks(
            message=upto, session=new[-1][0] if new else since.session, event=event, late=late,
            hour=max([row[0] for row in lags], default=since.hour), shift=since.shift, witness=witness[0] if witness else since.witness,
        )
        return Piece(
            marks=marks,
            sent=connection.execute(SENT.format(**hour), span).fetchall(),
            pairs=pairs,
            sessions=sessions + new,
            accounts=connection.execute(ACCOUNTS, span).fetchall() if _has_column(connection, "message", "sender_account") else [],
            vanished=vanished,
            events=connection.execute(EVENTS.format(**hour), (since.event, event)).fetchall(),
            lags=lags,
            # Up to what is there now: a busy server will have more by the next look.
            complete=upto >= highest_message(connection) and len(new) < ROWS_AT_ONCE and event >= _number(connection, "SELECT max(event) FROM event")
            and late >= last_late,
        )
    finally:
        connection.execute("COMMIT")


def _check_witness(connection: sqlite3.Connection, path: Path, since: Marks) -> None:
    if not since.message:
        return
    found = connection.execute(WITNESS, (since.message,)).fetchone()
    # The server never deletes the message with the highest number.
    if (found and found[0] != since.witness) or highest_message(connection) < since.message:
        raise ReportError(f"{path}: not the log that the totals were computed from; --rebuild discards them and starts over")


def _end_of_piece(connection: sqlite3.Connection, table: str, column: str, since: int, at_once: int) -> int:
    return _number(connection, f"SELECT max({column}) FROM (SELECT {column} FROM {table} WHERE {column} > ? ORDER BY {column} LIMIT ?)", since, at_once) or since


def _changed_sessions(connection: sqlite3.Connection, open_sessions: list[int]) -> tuple[list[tuple], list[int]]:
    rows, vanished = [], []
    for session in open_sessions:
        row = connection.execute(SESSION + "= ?", (session,)).fetchone()
        if row:
            rows.append(row)
        else:
            vanished.append(session)
    return rows, vanished


def _has(connection: sqlite3.Connection, table: str) -> bool:
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?", (table,)).fetchone() is not None


def _has_column(connection: sqlite3.Connection, table: str, column: str) -> bool:
    return connection.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column)).fetchone() is not None


def _number(connection: sqlite3.Connection, query: str, *values: int) -> int:
    return connection.execute(query, values).fetchone()[0] or 0
