"""Decides what the report shows, in which order, and what is combined as others. It reads only the sums.

A client is a session: somebody who comes back counts as another client, with another number, but as the same person
(people.py). The hours and days shown end at the end of the selection, otherwise now, whatever times the log has."""

import time
from dataclasses import dataclass
from datetime import date, datetime

from chat_report.names import label, printable
from chat_report.peak import Peaks, peaks
from chat_report.people import gather_people, person_label
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
class PersonRow(Row):
    sessions: int


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
    end_at: int  # end of the hours and days shown: that of the selection, otherwise now
    later: int  # messages with a later time: a clock was wrong
    words: str  # what the report is narrowed to; empty: everything
    clients: int
    persons: int
    messages: int
    characters: int
    kinds: list[Row]
    people: Ranking  # by person; its rows are PersonRow
    load: Ranking  # by session
    channels: Ranking
    people_labels: list[str]
    people_traffic: list[list[int]]  # characters, senders by receivers, by person
    traffic_labels: list[str]
    traffic: list[list[int]]  # the same by session
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

    def rows(self, query: str, *values: object) -> list[tuple]:
        return self.rollup.connection.execute(query, values).fetchall()


def now() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def summarise(rollup: Rollup, words: str = "", until: datetime | None = None) -> Summary:
    """words and until: what select() narrowed the sums to."""
    gather_people(rollup)
    reader = _Reader(rollup)
    read_at, first_at, last_at = reader.rows("SELECT read_at, first_at, last_at FROM marks")[0]
    # Shown are the hour that has begun and, as a whole, the one that --until is in.
    end_at = now() + 1 if until is None else min(now() + 1, int(until.timestamp()) * 1_000_000)
    end = -(-(end_at - rollup.shift) // HOUR)
    kinds = _kinds(reader)
    labels, traffic = _traffic(reader)
    people_labels, people_traffic = _people_traffic(reader)
    lengths, middle = _lengths(reader)
    hours = reader.rows("SELECT hour, sum(messages), sum(characters) FROM hour GROUP BY hour ORDER BY hour")
    events = dict(reader.rows("SELECT kind, sum(number) FROM event GROUP BY kind"))
    return Summary(
        read_at=read_at, first_at=first_at, last_at=last_at, end_at=end_at, words=words,
        later=reader.rows("SELECT coalesce(sum(messages), 0) FROM hour WHERE hour >= ?", end)[0][0],
        clients=reader.rows("SELECT count(*) FROM session")[0][0],
        persons=reader.rows("SELECT count(*) FROM person")[0][0],
        messages=sum(row.messages for row in kinds), characters=sum(row.characters for row in kinds),
        kinds=kinds,
        people=_people(reader), load=_load(reader),
        channels=_channels(reader),
        people_labels=people_labels, people_traffic=people_traffic, traffic_labels=labels, traffic=traffic,
        delivered=reader.rows("SELECT coalesce(sum(given), 0) FROM session")[0][0],
        shift=rollup.shift, hours=_without_gaps(hours, end), days=_days(hours, end, rollup.shift),
        discarded=_discarded(reader),
        sessions=reader.rows("SELECT count(*) FROM life")[0][0],
        connected=reader.rows("SELECT count(*) FROM life WHERE ended_at IS NULL")[0][0],
        lengths=lengths, median_length=middle,
        reasons=_in_order(reader.rows("SELECT coalesce(reason, 'unknown'), count(*) FROM life WHERE ended_at IS NOT NULL GROUP BY 1")),
        peaks=peaks(rollup.connection, first_at, last_at, end_at),
        slow=_slow(reader),
        lags=[(hour, longest / 1e6) for hour, longest in reversed(reader.rows("SELECT hour, longest FROM lag WHERE hour < ? ORDER BY hour DESC LIMIT ?", -(-end_at // HOUR), HOURS_SHOWN))],
        refused=events.get("refused", 0), too_fast=events.get("too-fast", 0),
    )


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


def _people(reader: _Reader) -> Ranking:
    query = """SELECT name, account, newest, namesakes, messages, characters, sessions FROM person ORDER BY characters DESC, person LIMIT ?"""
    top = [PersonRow(person_label(*row[:4]), *row[4:]) for row in reader.rows(query, SHOWN)]
    count, messages, characters, sessions = reader.rows("SELECT count(*), coalesce(sum(messages), 0), coalesce(sum(characters), 0), coalesce(sum(sessions), 0) FROM person")[0]
    found = _ranking(top, count, messages, characters)
    if not found.others:
        return found
    rest = found.rows[-1]
    return Ranking([*top, PersonRow(rest.label, rest.messages, rest.characters, sessions - sum(row.sessions for row in top))], found.others)


def _load(reader: _Reader) -> Ranking:
    query = f"SELECT session, client_id, name, messages, characters FROM session ORDER BY characters DESC, {BY_CONNECTING.removeprefix('ORDER BY ')} LIMIT ?"
    top = [Row(label(*row[:3]), *row[3:]) for row in reader.rows(query, SHOWN)]
    return _ranking(top, *reader.rows("SELECT count(*), coalesce(sum(messages), 0), coalesce(sum(characters), 0) FROM session")[0])


def _channels(reader: _Reader) -> Ranking:
    top = [Row(f"{kind} {printable(channel)}", messages, characters)
           for kind, channel, messages, characters in reader.rows("SELECT kind, channel, messages, characters FROM channel ORDER BY characters DESC, kind, channel LIMIT ?", SHOWN)]
    return _ranking(top, *reader.rows("SELECT count(*), coalesce(sum(messages), 0), coalesce(sum(characters), 0) FROM channel")[0])


def _traffic(reader: _Reader) -> tuple[list[str], list[list[int]]]:
    """The sessions with the most traffic, sent and received, in the order of the CSV."""
    query = f"""SELECT session, client_id, name FROM (SELECT * FROM session WHERE given + taken > 0
                ORDER BY given + taken DESC, session LIMIT ?) {BY_CONNECTING}"""
    shown = reader.rows(query, SHOWN)
    return [label(*row) for row in shown], _matrix(reader, "pair", [row[0] for row in shown])


def _people_traffic(reader: _Reader) -> tuple[list[str], list[list[int]]]:
    """The same by person, in the order in which they first came."""
    query = """SELECT person, name, account, newest, namesakes FROM (SELECT * FROM person WHERE given + taken > 0
               ORDER BY given + taken DESC, person LIMIT ?) ORDER BY person"""
    shown = reader.rows(query, SHOWN)
    return [person_label(*row[1:]) for row in shown], _matrix(reader, "person_pair", [row[0] for row in shown])


def _matrix(reader: _Reader, table: str, shown: list[int]) -> list[list[int]]:
    place = {number: position for position, number in enumerate(shown)}
    matrix = [[0] * len(shown) for _ in shown]
    among = ",".join(map(str, shown))
    for sender, row in place.items():
        for receiver, characters in reader.rows(f"SELECT receiver, characters FROM {table} WHERE sender = ? AND receiver IN ({among})", sender):
            matrix[row][place[receiver]] = characters
    return matrix


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
    query = """SELECT p.name, p.account, p.newest, p.namesakes, count(*) FROM life l JOIN belongs USING (session) JOIN person p USING (person)
               WHERE l.reason = 'slow' GROUP BY p.person ORDER BY 5 DESC, 1 LIMIT ?"""
    return [(person_label(*row[:4]), row[4]) for row in reader.rows(query, SHOWN)]


def _in_order(counts: list[tuple[str, int]]) -> list[tuple[str, int]]:
    place = {reason: position for position, reason in enumerate(REASONS)}
    return sorted(counts, key=lambda row: (place.get(row[0], len(place)), row[0]))


def _without_gaps(hours: list[tuple[int, int, int]], end: int) -> list[tuple[int, int, int]]:
    """The last hours before `end`, including those in which nothing was written. Empty: nothing was written in them."""
    there = {row[0]: row for row in hours if end - HOURS_SHOWN <= row[0] < end}
    begin = max(hours[0][0], end - HOURS_SHOWN) if there else end
    return [there.get(hour, (hour, 0, 0)) for hour in range(begin, end)]


def _days(hours: list[tuple[int, int, int]], end: int, shift: int) -> list[tuple[date, int, int]]:
    """The last days up to the one in which the last hour before `end` is."""
    last = day_of(end - 1, shift)
    if not last or not hours:
        return []
    sums: dict[date, list[int]] = {}
    for hour, messages, characters in hours:
        day = day_of(hour, shift) if hour < end else None
        if day and (last - day).days < DAYS_SHOWN:
            there = sums.setdefault(day, [0, 0])
            there[0] += messages
            there[1] += characters
    if not sums:
        return []
    earlier = (day_of(hours[0][0], shift) or date.min).toordinal()
    begin = max(earlier, last.toordinal() - DAYS_SHOWN + 1)
    return [(day, *sums.get(day, (0, 0))) for day in map(date.fromordinal, range(begin, last.toordinal() + 1))]
