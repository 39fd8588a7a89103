"""Writes the complete CSV files, row by row: people.csv (every person), load.csv (every client), hours.csv (every hour), channels.csv
(every room and group), pairs.csv (every pair that exchanged direct or group messages)."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import BinaryIO

from chat_report.read import HOUR
from chat_report.names import cell, printable
from chat_report.rollup import Rollup
from chat_report.summarise import BY_CONNECTING

# discarded_messages and discarded_characters are those to the client, as discarded_to and discarded_to_characters are.
LOAD = ("id name session connected_at ended_at reason messages characters characters_to_clients characters_from_clients discarded_messages discarded_characters"
        " discarded_to discarded_to_characters discarded_from discarded_from_characters")
PEOPLE = ("name account sessions first_at last_at messages characters characters_to_clients characters_from_clients"
          " discarded_to discarded_to_characters discarded_from discarded_from_characters")
LISTS = {
    "load.csv": (LOAD.split(), f"""WITH sent AS (SELECT sender AS session, sum(discarded) AS unsent, sum(lost) AS unsent_characters FROM pair GROUP BY 1)
                                   SELECT session, client_id, name, connected_at, ended_at, reason, messages, characters, given, taken, missed, missed_characters,
                                     missed, missed_characters, coalesce(unsent, 0), coalesce(unsent_characters, 0)
                                   FROM session LEFT JOIN sent USING (session) {BY_CONNECTING}"""),
    "people.csv": (PEOPLE.split(), """SELECT name, account, newest, sessions, first_at, last_at, messages, characters, given, taken,
                                        missed, missed_characters, unsent, unsent_characters FROM person ORDER BY person"""),
    "hours.csv": ("hour kind messages characters".split(), "SELECT hour, kind, messages, characters FROM hour ORDER BY hour, kind"),
    "channels.csv": ("kind channel messages characters".split(), "SELECT kind, channel, messages, characters FROM channel ORDER BY kind, channel"),
    "pairs.csv": ("sender receiver sender_session receiver_session messages characters discarded_messages discarded_characters".split(),
                  """SELECT s.session, s.client_id, s.name, p.receiver, r.client_id, r.name, p.messages, p.characters, p.discarded, p.lost
                     FROM pair p LEFT JOIN session s ON s.session = p.sender LEFT JOIN session r ON r.session = p.receiver ORDER BY p.sender, p.receiver"""),
}


def write_list(rollup: Rollup, name: str, file: BinaryIO) -> None:
    """One of LISTS. UTF-8; a row ends in LF. Raises OSError."""
    heads, query = LISTS[name]
    rows = rollup.connection.execute(query)
    words = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    writer = csv.writer(words, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows(_hours(rows, rollup.shift) if name == "hours.csv" else _SHAPES[name](rows))
    words.flush()
    words.detach()


def time(microseconds: int | None) -> str:
    """RFC 3339, UTC; empty for none, the bare number for one outside the calendar."""
    if microseconds is None:
        return ""
    try:
        return f"{datetime.fromtimestamp(microseconds // 1_000_000, timezone.utc):%Y-%m-%dT%H:%M:%S}.{microseconds % 1_000_000 // 1000:03}Z"
    except (OverflowError, ValueError, OSError):
        return str(microseconds)


def _load(rows: Iterable[tuple]) -> Iterator[list]:
    for session, client_id, name, connected_at, ended_at, reason, *numbers in rows:
        yield [client_id or 0, printable(name) if name is not None else f"unknown-{session}", session, time(connected_at), time(ended_at), reason, *numbers]


def _people(rows: Iterable[tuple]) -> Iterator[list]:
    for name, account, newest, sessions, first_at, last_at, *numbers in rows:
        yield [printable(name) if name is not None else f"unknown-{newest}", account, sessions, time(first_at), time(last_at), *numbers]


def _hours(rows: Iterable[tuple], shift: int) -> Iterator[list]:
    for hour, *rest in rows:
        yield [time(hour * HOUR + shift), *rest]


def _channels(rows: Iterable[tuple]) -> Iterator[list]:
    for kind, channel, *rest in rows:
        yield [kind, printable(channel), *rest]


def _pairs(rows: Iterable[tuple]) -> Iterator[list]:
    for sender, sender_id, sender_name, receiver, receiver_id, receiver_name, *numbers in rows:
        yield [cell(sender, sender_id, sender_name), cell(receiver, receiver_id, receiver_name), sender, receiver, *numbers]


_SHAPES = {"people.csv": _people, "load.csv": _load, "channels.csv": _channels, "pairs.csv": _pairs}
