"""The sums of everything ever read from the log, in a separate database without any message text: old messages can be
purged from the log, the sums stay. A piece of the log and the marks that say how far it was read are one transaction,
so each message is added exactly once, whatever crashes.

All counts are of messages or of characters (Unicode code points); times are microseconds since 1970, UTC; hours are
counted since 1970, and are full hours of the local time zone in which the sums were begun: if that zone is half an hour
off UTC's hours, so are they, so that local days consist of whole hours. (The hours of lag are those of the log, in
UTC.)

The hourly rows for each client and each pair grow with the traffic: they are deleted when they are DETAIL_DAYS old. The
rest grows with the clients (session, pair) and by a few rows an hour."""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from chat_report import ReportError
from chat_report.read import HOUR, Marks, Piece

APPLICATION = 0x63527074  # identifies such a file among databases
LAYOUT = 1
BUSY_SECONDS = 10
DETAIL_DAYS = 400  # a year can be compared with the one before
ROWS_AT_ONCE = 20_000  # rows deleted at once

ACCOUNT = """CREATE TABLE account (                 -- the account of a session that has one, as far as its messages say
  session INTEGER PRIMARY KEY, account INTEGER NOT NULL) STRICT"""
SCHEMA = f"""
CREATE TABLE marks (                   -- one row: how far the log was read, and when that was
  one INTEGER PRIMARY KEY CHECK (one = 1), message INTEGER NOT NULL, session INTEGER NOT NULL, event INTEGER NOT NULL,
  late INTEGER NOT NULL, hour INTEGER NOT NULL, witness TEXT, read_at INTEGER, first_at INTEGER, last_at INTEGER) STRICT;
CREATE TABLE session (                 -- a client, from its coming to its leaving; client_id is NULL until its row is in the log
  session INTEGER PRIMARY KEY, client_id INTEGER, name TEXT, connected_at INTEGER, ended_at INTEGER, reason TEXT,
  messages INTEGER NOT NULL DEFAULT 0, characters INTEGER NOT NULL DEFAULT 0,           -- sent, of every kind
  given INTEGER NOT NULL DEFAULT 0, taken INTEGER NOT NULL DEFAULT 0,                   -- characters delivered, direct and group
  missed INTEGER NOT NULL DEFAULT 0, missed_characters INTEGER NOT NULL DEFAULT 0,      -- to it and discarded
  last_at INTEGER NOT NULL DEFAULT 0                                                    -- of its last message
) STRICT;
CREATE INDEX open_session ON session (session) WHERE ended_at IS NULL AND connected_at IS NOT NULL;
CREATE TABLE pair (                    -- direct and group messages from one to another
  sender INTEGER, receiver INTEGER, messages INTEGER NOT NULL, characters INTEGER NOT NULL,
  discarded INTEGER NOT NULL, lost INTEGER NOT NULL, PRIMARY KEY (sender, receiver)) STRICT, WITHOUT ROWID;
CREATE TABLE hour (hour INTEGER, kind TEXT, messages INTEGER NOT NULL, characters INTEGER NOT NULL, PRIMARY KEY (hour, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE channel (kind TEXT, channel TEXT, messages INTEGER NOT NULL, characters INTEGER NOT NULL, PRIMARY KEY (kind, channel)) STRICT, WITHOUT ROWID;
CREATE TABLE event (hour INTEGER, kind TEXT, number INTEGER NOT NULL, PRIMARY KEY (hour, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE lag (hour INTEGER PRIMARY KEY, longest INTEGER NOT NULL, messages INTEGER NOT NULL) STRICT;
CREATE TABLE zone (                    -- one row: when the hours begin, in microseconds after those of UTC
  one INTEGER PRIMARY KEY CHECK (one = 1), shift INTEGER NOT NULL) STRICT;
{ACCOUNT};
-- The same by the hour, from which the sums of any period, client or room can be made.
CREATE TABLE sent_by_hour (hour INTEGER, session INTEGER, kind TEXT, channel TEXT, messages INTEGER NOT NULL, characters INTEGER NOT NULL,
  PRIMARY KEY (hour, session, kind, channel)) STRICT, WITHOUT ROWID;
CREATE TABLE pair_by_hour (hour INTEGER, sender INTEGER, receiver INTEGER, channel TEXT, messages INTEGER NOT NULL, characters INTEGER NOT NULL,
  discarded INTEGER NOT NULL, lost INTEGER NOT NULL, PRIMARY KEY (hour, sender, receiver, channel)) STRICT, WITHOUT ROWID;
-- Sessions whose lengths, ends and numbers count. A selection has one of its own.
CREATE VIEW life AS SELECT session, client_id, name, connected_at, ended_at, reason FROM session WHERE connected_at IS NOT NULL;
"""


def _adding(table: str, keys: int, *sums: str) -> str:
    """The statement that adds a row's sums to the existing ones."""
    columns = ", ".join(f"{column} = {column} + excluded.{column}" for column in sums)
    places = ", ".join("?" * (keys + len(sums)))
    return f"INSERT INTO {table} VALUES ({places}) ON CONFLICT DO UPDATE SET {columns}"


PAIR_SUMS = ("messages", "characters", "discarded", "lost")
ADD_SESSION_SUMS = """
INSERT INTO session (session, messages, characters, given, taken, missed, missed_characters, last_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, characters = characters + excluded.characters,
  given = given + excluded.given, taken = taken + excluded.taken, missed = missed + excluded.missed,
  missed_characters = missed_characters + excluded.missed_characters, last_at = max(last_at, excluded.last_at)"""
PUT_SESSION = """
INSERT INTO session (session, client_id, name, connected_at, ended_at, reason) VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET client_id = excluded.client_id, name = excluded.name, connected_at = excluded.connected_at,
  ended_at = excluded.ended_at, reason = excluded.reason"""
END_VANISHED = "UPDATE session SET ended_at = max(connected_at, last_at), reason = 'unknown' WHERE session = ?"
MARK = "UPDATE marks SET message = ?, session = ?, event = ?, late = ?, hour = ?, witness = ?"
PERIOD = "UPDATE marks SET first_at = min(coalesce(first_at, ?1), ?1), last_at = max(coalesce(last_at, ?2), ?2)"


class Rollup:
    """The open database of sums. With an empty path it is temporary."""

    def __init__(self, path: str, write: bool = True, log: Path | None = None) -> None:
        """Creates the file if it is missing and write is set, with the mode of the log and, as root, for its owner. Raises
        ReportError if it is not such a database, sqlite3.Error or OSError if it cannot be used."""
        self.name = path or "the totals"
        if path and write and not os.path.exists(path):
            _make(path, log)
        elif path and write and log:
            _close_to_others(path, log)
        target = f"{Path(os.path.abspath(path)).as_uri()}?mode={'rw' if write else 'ro'}" if path else ""
        self.connection = sqlite3.connect(target, uri=bool(path), timeout=BUSY_SECONDS, isolation_level=None)
        try:
            self.connection.execute("PRAGMA trusted_schema = OFF")
            self.connection.execute("PRAGMA synchronous = NORMAL")
            self._check_or_lay_out(write)
        except sqlite3.DatabaseError as error:
            self.connection.close()
            raise ReportError(f"{self.name}: {error}") from error
        except BaseException:
            self.connection.close()
            raise

    def __enter__(self) -> "Rollup":
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def _check_or_lay_out(self, write: bool) -> None:
        if write:
            self.connection.execute("BEGIN IMMEDIATE")
        application, layout = (self.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
        empty = self.connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
        if write and empty:
            self._lay_out()
        elif (application, layout) == (APPLICATION, LAYOUT):
            if write and not self.has_table("account"):  # totals of an earlier version: its messages had no accounts
                self.connection.execute(ACCOUNT)
        else:
            raise ReportError(f"{self.name}: not the totals of a load report of this version; remove the file, and they are computed again from the log")
        if write:
            self.connection.execute("COMMIT")

    def _lay_out(self) -> None:
        self.connection.execute(f"PRAGMA application_id = {APPLICATION}")
        self.connection.execute(f"PRAGMA user_version = {LAYOUT}")
        for statement in filter(str.strip, SCHEMA.split(";\n")):
            self.connection.execute(statement)
        self._begin()

    def _begin(self) -> None:
        self.connection.execute("INSERT INTO marks VALUES (1, 0, 0, 0, 0, 0, NULL, NULL, NULL, NULL)")
        # Sums of an earlier version lack this table, and use hours of UTC.
        if self.has_table("zone"):
            self.connection.execute("INSERT OR REPLACE INTO zone VALUES (1, ?)", (_shift_of_here(),))

    def has_table(self, name: str) -> bool:
        """Totals of an earlier version lack some, and may be open for reading only."""
        return self.connection.execute("SELECT count(*) FROM main.sqlite_schema WHERE name = ?", (name,)).fetchone()[0] > 0

    @contextmanager
    def change(self) -> Iterator[None]:
        """One transaction. Raises ReportError if the sums cannot be written, and whatever is raised inside; then
        nothing has changed."""
        with self._named():
            self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with self._named():
                self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Marks errors of this database, as opposed to those of the log."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # not an error of the file, but of what was to be added
        except sqlite3.Error as error:
            raise ReportError(f"{self.name}: {error}") from error

    def forget(self) -> None:
        """Deletes all sums, to start over; inside change()."""
        for table in ("session", "pair", "hour", "channel", "event", "lag", "sent_by_hour", "pair_by_hour", "account", "marks"):
            self.connection.execute(f"DELETE FROM {table}")
        self._begin()

    def trim(self) -> None:
        """Removes hourly rows that are too old. Raises ReportError."""
        for table, keys in (("sent_by_hour", "hour, session, kind, channel"), ("pair_by_hour", "hour, sender, receiver, channel")):
            removed = ROWS_AT_ONCE
            while removed == ROWS_AT_ONCE:
                with self.change(), self._named():
                    query = f"DELETE FROM {table} WHERE ({keys}) IN (SELECT {keys} FROM {table} WHERE hour < ? LIMIT ?)"
                    removed = self.connection.execute(query, (_first_hour_of_detail(), ROWS_AT_ONCE)).rowcount

    @property
    def shift(self) -> int:
        """Microseconds after the full hour of UTC at which the hours begin."""
        return self.connection.execute("SELECT shift FROM zone").fetchone()[0] if self.has_table("zone") else 0

    def detail_begins(self) -> int | None:
        """The first hour of the hourly rows, if they do not cover everything; in microseconds since 1970."""
        hour = _first_hour_of_detail()
        older = self.connection.execute("SELECT EXISTS (SELECT 1 FROM main.hour WHERE hour < ?)", (hour,)).fetchone()[0]
        return hour * HOUR + self.shift if older else None

    def marks(self) -> Marks:
        *numbers, witness = self.connection.execute("SELECT message, session, event, late, hour, witness FROM marks").fetchone()
        return Marks(*numbers, shift=self.shift, witness=witness)

    def open_sessions(self) -> list[int]:
        query = "SELECT session FROM session WHERE ended_at IS NULL AND connected_at IS NOT NULL"
        return [row[0] for row in self.connection.execute(query)]

    def add(self, piece: Piece) -> None:
        """Inside change(). Raises sqlite3.IntegrityError or TypeError if there is text where numbers belong."""
        with self._named():
            self._add(piece)

    def _add(self, piece: Piece) -> None:
        many = self.connection.executemany
        many(_adding("sent_by_hour", 4, "messages", "characters"), (row[:6] for row in piece.sent))
        many(_adding("pair_by_hour", 4, *PAIR_SUMS), piece.pairs)
        many(_adding("pair", 2, *PAIR_SUMS), (row[1:3] + row[4:] for row in piece.pairs))
        many(_adding("hour", 2, "messages", "characters"), _summed(((row[0], row[2]), row[4:6]) for row in piece.sent))
        many(_adding("channel", 2, "messages", "characters"), _summed(((row[2], row[3]), row[4:6]) for row in piece.sent if row[3]))
        many(_adding("event", 2, "number"), piece.events)
        many("INSERT INTO lag VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET longest = excluded.longest, messages = excluded.messages", piece.lags)
        many(ADD_SESSION_SUMS, _sums_of_sessions(piece))
        many(PUT_SESSION, piece.sessions)
        many("INSERT OR REPLACE INTO account VALUES (?, ?)", piece.accounts)
        many(END_VANISHED, ((session,) for session in piece.vanished))
        times = [at for row in piece.sent for at in row[6:8]] + [at for row in piece.sessions for at in row[3:5] if at is not None]
        if times:
            self.connection.execute(PERIOD, (min(times), max(times)))
        marks = piece.marks
        self.connection.execute(MARK, (marks.message, marks.session, marks.event, marks.late, marks.hour, marks.witness))
        self.connection.execute("UPDATE marks SET read_at = ?", (time.time_ns() // 1000,))


def _first_hour_of_detail() -> int:
    return time.time_ns() // 1000 // HOUR - DETAIL_DAYS * 24


def _shift_of_here() -> int:
    offset = datetime.now().astimezone().utcoffset()
    return -round(offset.total_seconds()) % 3600 * 1_000_000 if offset else 0


def _summed(rows) -> list[tuple]:
    sums: dict[tuple, list[int]] = {}
    for key, numbers in rows:
        there = sums.setdefault(key, [0] * len(numbers))
        for place, number in enumerate(numbers):
            there[place] += number
    return [(*key, *numbers) for key, numbers in sums.items()]


def _sums_of_sessions(piece: Piece) -> list[tuple]:
    messages, characters, last, given, taken, missed, lost = (Counter() for _ in range(7))
    for _hour, sender, _kind, _channel, number, length, _first, last_at in piece.sent:
        messages[sender] += number
        characters[sender] += length
        last[sender] = max(last[sender], last_at)
    for _hour, sender, receiver, _channel, _messages, length, discarded, discarded_length in piece.pairs:
        if receiver:
            given[sender] += length
            taken[receiver] += length
        missed[receiver] += discarded
        lost[receiver] += discarded_length
    sessions = sorted((set(messages) | set(given) | set(taken) | set(missed)) - {0})
    return [(s, messages[s], characters[s], given[s], taken[s], missed[s], lost[s], last[s]) for s in sessions]


def _close_to_others(path: str, log: Path) -> None:
    """Earlier versions let everybody read the totals that were made by hand."""
    mode, allowed = os.stat(path).st_mode, os.stat(log).st_mode if log.exists() else 0o600
    if mode & ~allowed & 0o007 and os.stat(path).st_uid == os.geteuid():
        os.chmod(path, mode & 0o770)


def _make(path: str, log: Path | None) -> None:
    """Whoever may not read the log may not read who writes to whom either. A umask that denies everything to others but
    lets the group read, as that of the service, is a choice: then the group may. As root, it is made for the owner of
    the log or, behind a link, of the directory that the link leads to."""
    status = os.stat(log) if log else None
    mode = status.st_mode & 0o666 if status else 0o600
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        mask = os.umask(0o077)
        os.umask(mask)
        if mask & 0o047 == 0o007:
            mode |= 0o040
        if status and os.geteuid() == 0:
            if os.path.islink(path):
                status = os.stat(os.path.dirname(os.path.realpath(path)))
            os.fchown(descriptor, status.st_uid, status.st_gid)
        os.fchmod(descriptor, mode & ~mask | 0o600)
    finally:
        os.close(descriptor)
