"""How many clients were connected concurrently, from the start and end of sessions."""

import sqlite3
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy

DAYS_SHOWN = 60


@dataclass(frozen=True)
class Peaks:
    most: int  # clients connected concurrently
    at: int | None  # when that was first reached, microseconds since 1970, UTC
    days: list[tuple[date, int]]  # the most on each local day, the last ones without a gap


def peaks(connection: sqlite3.Connection, first_at: int | None, last_at: int | None, end_at: int) -> Peaks:
    """Of the sessions in the table life, as far as they are in the period. The days shown end at end_at."""
    if first_at is None or last_at is None:
        return Peaks(0, None, [])
    moments, changes = [], []
    cursor = connection.execute("SELECT connected_at, ended_at FROM life")
    while rows := cursor.fetchmany(20_000):
        for column, change in ((0, 1), (1, -1)):
            times = numpy.array([row[column] for row in rows if row[column] is not None], dtype=numpy.int64)
            moments.append(numpy.clip(times, first_at, None))
            changes.append(numpy.full(len(times), change, dtype=numpy.int8))
    if not moments:
        return Peaks(0, None, [])
    times, steps = numpy.concatenate(moments), numpy.concatenate(changes)
    # A client that leaves at the moment when another one connects was never connected together with it.
    order = numpy.lexsort((steps, times))
    times, connected = times[order], numpy.cumsum(steps[order], dtype=numpy.int64)
    inside = times <= last_at
    times, connected = times[inside], connected[inside]
    if not len(times):
        return Peaks(0, None, [])
    highest = int(connected.argmax())
    return Peaks(int(connected[highest]), int(times[highest]), _by_day(times, connected, min(last_at, end_at), end_at))


def _by_day(times: numpy.ndarray, connected: numpy.ndarray, last_at: int, end_at: int) -> list[tuple[date, int]]:
    inside = times <= last_at
    times, connected = times[inside], connected[inside]
    if not len(times):
        return []
    try:
        last = datetime.fromtimestamp((end_at - 1) // 1_000_000).date()
        first = max(datetime.fromtimestamp(int(times[0]) // 1_000_000).date(), last - timedelta(days=DAYS_SHOWN - 1))
    except (OverflowError, ValueError, OSError):
        return []
    days = [date.fromordinal(day) for day in range(first.toordinal(), last.toordinal() + 1)]
    ends = numpy.searchsorted(times, [_midnight(day + timedelta(days=1)) for day in days])
    begin, shown = int(numpy.searchsorted(times, _midnight(first))), []
    for day, end in zip(days, ends):
        # Clients that connected before the day began are there when it begins.
        most = int(connected[begin - 1]) if begin else 0
        shown.append((day, max(most, int(connected[begin:end].max())) if end > begin else most))
        begin = int(end)
    return shown if any(most for _day, most in shown) else []


def _midnight(day: date) -> int:
    return int(datetime(day.year, day.month, day.day).timestamp()) * 1_000_000
