"""Decides what the report shows, in which order, and what is combined as others. It reads only the sums.

A client is a session: somebody who comes back counts as another client, with another number."""

import unicodedata
from dataclasses import dataclass, field
from datetime import date, datetime

from chat_report.peak import Peaks, peaks
from chat_report.read import HOUR
from chat_report.rollup import Rollup

SHOWN = 20  # rows in each picture; beyond that, the largest ones, and the others combined into one
HOURS_SHOWN = 48
DAYS_SHOWN = 60
KINDS = ("direct", "room", "group", "broadcast")
REASONS = ("quit", "killed", "lost", "timeout", "kicked", "slow", "shutdown", "no-memory", "unknown")
LENGTHS = (("under 1 minute", 60), ("1 to 5 minutes", 300), ("5 to 15 minutes", 900), ("15 minutes to 1 hour", 3600), ("1 to 4 hours", 14400), ("4 to 24 hours", 86400))
LONGEST = "more than a day"
BY_CONNECTING = "ORDER BY coalesce(connected_at, 9223372036854775807), client_id, session"


@dataclass(frozen=True)
class Row:
    """One line of a table and one bar of a picture."""

    label: str
    messages: int
    characters: int


@dataclass(frozen=True)
class Ranking:
    rows: list[Row]  # the most characters first; others last
    others: int = 0  # how many are combined in the last row; 0 if all are shown


@dataclass(frozen=True)
class Summary:
    """Times are microseconds since 1970, UTC."""

    read_at: int | None  # when the log was read
    first_at: int | None  # time of the first thing in the selection; None: it is empty
    last_at: int | None
    words: str  # what the report is narrowed to; empty: everything
    clients: int
    messages: int
    characters: int
    kinds: list[Row]
    load: Ranking
    channels: Ranking
    traffic_labels: list[str]
    traffic: list[list[int]]  # characters, senders by receivers
    delivered: int  # characters of direct and group messages that were delivered
    shift: int  # microseconds after the full hours of UTC at which the hours begin
    hours: list[tuple[int, int, int]]  # hour, messages, characters: the last ones without a gap
    days: list[tuple[date, int, int]]  # local day, messages, characters: the last ones without a gap
    discarded: list[Row]  # by how the receiver had left
    sessions: int
    connected: int  # sessions without an end
    lengths: list[tuple[str, int]]  # of sessions that have ended
    median_length: float | None  # median, in seconds
    reasons: list[tuple[str, int]]  # how sessions ended
    peaks: Peaks
    slow: list[tuple[str, int]]  # client, times it was disconnected because it did not read; the most first
    lags: list[tuple[int, float]]  # hour, longest in seconds: the last ones that were measured
    refused: int  # connections that were refused
    too_fast: int  # lines over the rate

    @property
    def missed(self) -> int:
        return sum(row.messages for row in self.discarded)

    @property
    def longest_lag(self) -> float | None:
        return max((seconds for _hour, seconds in self.lags), default=None)


@dataclass(frozen=True)
class _Reader:
    rollup: Rollup
    labels: dict[int, str] = field(default_factory=dict)

    def rows(self, query: str, *values: object) -> list[tuple]:
        return self.rollup.connection.execute(query, values).fetchall()


def summarise(rollup: Rollup, words: str = "") -> Summary:
    """words: what select() narrowed the sums to."""
    reader = _Reader(rollup)
    read_at, first_at, last_at = reader.rows("SELECT read_at, first_at, last_at FROM marks")[0]
    kinds = _kinds(reader)
    labels, traffic = _traffic(reader)
    lengths, middle = _lengths(reader)
    hours = reader.rows("SELECT hour, sum(messages), sum(characters) FROM hour GROUP BY hour ORDER BY hour")
    events = dict(reader.rows("SELECT kind, sum(number) FROM event GROUP BY kind"))
    return Summary(
        read_at=read_at, first_at=first_at, last_at=last_at, words=words,
        clients=reader.rows("SELECT count(*) FROM session")[0][0],
        messages=sum(row.messages for row in kinds), characters=sum(row.characters for row in kinds),
        kinds=kinds,
        load=_load(reader),
        channels=_channels(reader),
        traffic_labels=labels, traffic=traffic,
        delivered=reader.rows("SELECT coalesce(sum(given), 0) FROM session")[0][0],
        shift=rollup.shift, hours=_without_gaps(hours, last_at, rollup.shift), days=_days(hours, last_at, rollup.shift),
        discarded=_discarded(reader),
        sessions=reader.rows("SELECT count(*) FROM life")[0][0],
        connected=reader.rows("SELECT count(*) FROM life WHERE ended_at IS NULL")[0][0],
        lengths=lengths, median_length=middle,
        reasons=_in_order(reader.rows("SELECT coalesce(reason, 'unknown'), count(*) FROM life WHERE ended_at IS NOT NULL GROUP BY 1")),
        peaks=peaks(rollup.connection, first_at, last_at),
        slow=_slow(reader),
        lags=[(hour, longest / 1e6) for hour, longest in reversed(reader.rows("SELECT hour, longest FROM lag ORDER BY hour DESC LIMIT ?", HOURS_SHOWN))],
        refused=events.get("refused", 0), too_fast=events.get("too-fast", 0),
    )


def cell(session: int, client_id: int | None, name: str | None) -> str:
    """A client as the CSV files have it: ID:NAME. Some may not be in the log yet, which has two writers."""
    return f"{client_id or 0}:{printable(name) if name is not None else f'unknown-{session}'}"


def label(session: int, client_id: int | None, name: str | None) -> str:
    """A client as people read it: NAME (ID)."""
    longest = 32  # of the names that the server allows
    shown = printable(name) if name is not None else f"unknown-{session}"
    return f"{shown if len(shown) <= longest else shown[: longest - 1] + '…'} ({client_id or 0})"


def printable(name: str) -> str:
    """The name without characters that would break a line or change the text direction; the server rejects such
    names."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)


def day_of(hour: int, shift: int) -> date | None:
    """The local day of an hour; None outside the calendar."""
    try:
        return datetime.fromtimestamp((hour * HOUR + shift) // 1_000_000).date()
    except (OverflowError, ValueError, OSError):
        return None


def _ranking(top: list[Row], count: int, messages: int, characters: int) -> Ranking:
    others = count - len(top)
    if others <= 0:
        return Ranking(top)
    rest = Row("1 other" if others == 1 else f"{others:,} others", messages - sum(row.messages for row in top), characters - sum(row.characters for row in top))
    return Ranking([*top, rest], others)


def _load(reader: _Reader) -> Ranking:
    query = f"SELECT session, client_id, name, messages, characters FROM session ORDER BY characters DESC, {BY_CONNECTING.removeprefix('ORDER BY ')} LIMIT ?"
    top = [Row(label(*row[:3]), *row[3:]) for row in reader.rows(query, SHOWN)]
    return _ranking(top, *reader.rows("SELECT count(*), coalesce(sum(messages), 0), coalesce(sum(characters), 0) FROM session")[0])


def _channels(reader: _Reader) -> Ranking:
    top = [Row(f"{kind} {printable(channel)}", messages, characters)
           for kind, channel, messages, characters in reader.rows("SELECT kind, channel, messages, characters FROM channel ORDER BY characters DESC, kind, channel LIMIT ?", SHOWN)]
    return _ranking(top, *reader.rows("SELECT count(*), coalesce(sum(messages), 0), coalesce(sum(characters), 0) FROM channel")[0])


def _traffic(reader: _Reader) -> tuple[list[str], list[list[int]]]:
    """The clients with the most traffic, sent and received, in the order of the CSV."""
    query = f"""SELECT session, client_id, name FROM (SELECT * FROM session WHERE given + taken > 0
                ORDER BY given + taken DESC, session LIMIT ?) {BY_CONNECTING}"""
    shown = reader.rows(query, SHOWN)
    place = {row[0]: position for position, row in enumerate(shown)}
    matrix = [[0] * len(shown) for _ in shown]
    for sender, row in place.items():
        among = ",".join(map(str, place))
        for receiver, characters in reader.rows(f"SELECT receiver, characters FROM pair WHERE sender = ? AND receiver IN ({among})", sender):
            matrix[row][place[receiver]] = characters
    return [label(*row) for row in shown], matrix


def _kinds(reader: _Reader) -> list[Row]:
    sums = {kind: Row(kind, messages, characters) for kind, messages, characters in reader.rows("SELECT kind, sum(messages), sum(characters) FROM hour GROUP BY kind")}
    order = [*KINDS, *sorted(set(sums) - set(KINDS))]
    return [sums.get(kind, Row(kind, 0, 0)) for kind in order]


def _discarded(reader: _Reader) -> list[Row]:
    query = """SELECT iif(reason IS NOT NULL, reason, iif(connected_at IS NULL OR ended_at IS NOT NULL, 'unknown', 'still here')),
                 sum(missed), sum(missed_characters) FROM session WHERE missed > 0 GROUP BY 1"""
    found = {row[0]: Row(*row) for row in reader.rows(query)}
    # A message whose receiver was never named in the log.
    lost, lost_characters = reader.rows("SELECT coalesce(sum(discarded), 0), coalesce(sum(lost), 0) FROM pair WHERE receiver = 0")[0]
    if lost:
        there = found.get("unknown", Row("unknown", 0, 0))
        found["unknown"] = Row("unknown", there.messages + lost, there.characters + lost_characters)
    return sorted(found.values(), key=lambda row: (-row.messages, row.label))


def _lengths(reader: _Reader) -> tuple[list[tuple[str, int]], float | None]:
    steps = " ".join(f"WHEN length < {seconds} THEN {place}" for place, (_, seconds) in enumerate(LENGTHS))
    ended = "(SELECT max(0, ended_at - connected_at) / 1e6 AS length FROM life WHERE ended_at IS NOT NULL)"
    counts = dict(reader.rows(f"SELECT CASE {steps} ELSE {len(LENGTHS)} END, count(*) FROM {ended} GROUP BY 1"))
    total = sum(counts.values())
    middle = reader.rows(f"SELECT avg(length) FROM (SELECT length FROM {ended} ORDER BY length LIMIT ? OFFSET ?)", 2 - total % 2, (total - 1) // 2)[0][0] if total else None
    return [(words, counts.get(place, 0)) for place, words in enumerate([*(words for words, _ in LENGTHS), LONGEST])], middle


def _slow(reader: _Reader) -> list[tuple[str, int]]:
    query = """SELECT name, count(*) FROM life WHERE reason = 'slow' GROUP BY name ORDER BY 2 DESC, 1 LIMIT ?"""
    return [(printable(name), count) for name, count in reader.rows(query, SHOWN)]


def _in_order(counts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    place = {reason: position for position, reason in enumerate(REASONS)}
    return sorted(counts, key=lambda row: (place.get(row[0], len(place)), row[0]))


def _without_gaps(hours: list[tuple[int, int, int]], last_at: int | None, shift: int) -> list[tuple[int, int, int]]:
    """The last hours up to the last thing in the log, including those in which nothing was written."""
    if not hours or last_at is None:
        return []
    end = max(hours[-1][0], (last_at - shift) // HOUR)
    there = {hour: (hour, messages, characters) for hour, messages, characters in hours}
    begin = max(hours[0][0], end - HOURS_SHOWN + 1)
    return [there.get(hour, (hour, 0, 0)) for hour in range(begin, end + 1)]


def _days(hours: list[tuple[int, int, int]], last_at: int | None, shift: int) -> list[tuple[date, int, int]]:
    sums: dict[date, list[int]] = {}
    for hour, messages, characters in hours:
        if day := day_of(hour, shift):
            there = sums.setdefault(day, [0, 0])
            there[0] += messages
            there[1] += characters
    if not sums:
        return []
    last = max(sums)
    if last_at is not None and (day := day_of((last_at - shift) // HOUR, shift)):
        last = max(last, day)
    begin = max(min(sums).toordinal(), last.toordinal() - DAYS_SHOWN + 1)
    return [(day, *sums.get(day, (0, 0))) for day in map(date.fromordinal, range(begin, last.toordinal() + 1))]
