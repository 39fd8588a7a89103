"""The numbers without pictures: as tables for the page and the terminal, and as report.json for programs."""

import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timezone

from chat_report import lists
from chat_report.read import HOUR
from chat_report.summarise import Ranking, Row, Summary

PAIRS_SHOWN = 100  # on the page; in a terminal 20


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    heads: tuple[str, ...]
    rows: list[tuple]  # strings and numbers, each column of one type


def tables(summary: Summary) -> list[Table]:
    def rows(found: list[Row]) -> list[tuple]:
        return [(row.label, row.messages, row.characters) for row in found]

    pairs = sorted(((sender, receiver, characters) for sender, line in zip(summary.traffic_labels, summary.traffic)
                    for receiver, characters in zip(summary.traffic_labels, line) if characters), key=lambda pair: -pair[2])
    among = f", among the {len(summary.traffic_labels)} clients with the most" if len(summary.traffic_labels) < summary.clients and pairs else ""
    counted = ("Messages", "Characters")
    return [
        Table("kinds", "Messages by kind", ("Kind", *counted), rows(summary.kinds) if summary.messages else []),
        Table("load", "Characters sent by each client", ("Client", *counted), rows(summary.load.rows)),
        Table("traffic", f"Characters from sender to receiver{among}", ("Sender", "Receiver", "Characters"), pairs[:PAIRS_SHOWN]),
        Table("hours", "By hour, local time", ("Hour", *counted), [(_local(hour, summary.shift), messages, characters) for hour, messages, characters in summary.hours if messages]),
        Table("days", "By day, local time", ("Day", *counted), [(str(day), messages, characters) for day, messages, characters in summary.days if messages]),
        Table("channels", "Rooms and groups", ("Room or group", *counted), rows(summary.channels.rows)),
        Table("discarded", "Discarded messages, by how the receiver had left", ("Receiver left by", *counted), rows(summary.discarded)),
        Table("lengths", "Lengths of sessions that have ended", ("Length", "Sessions"), summary.lengths if sum(count for _, count in summary.lengths) else []),
        Table("reasons", "How sessions ended", ("Reason", "Sessions"), summary.reasons),
        Table("slow", "Slow receivers: disconnected because they did not read", ("Client", "Times"), summary.slow),
        Table("peaks", "Most clients at the same time, by day, local time", ("Day", "Clients"), [(str(day), most) for day, most in summary.peaks.days]),
        Table("lag", "Longest time until a message was in the log, by hour, local time", ("Hour", "Milliseconds"), [(_local(hour), round(seconds * 1000)) for hour, seconds in summary.lags]),
    ]


def duration(seconds: float | None) -> str:
    """For people: 90 ms, 4.2 s, 12 min, 3 h 20 min, 2 d 4 h."""
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes = int(seconds // 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440:,} d {minutes // 60 % 24} h"


def as_json(summary: Summary, made: datetime, due: datetime | None) -> str:
    """Times are RFC 3339, UTC; counts are of messages, of characters (Unicode code points), or of what the name says."""
    def ranking(found: Ranking) -> dict:
        shown = found.rows[:-1] if found.others else found.rows
        return {"shown": [vars(row) for row in shown], "others": {"number": found.others, **vars(found.rows[-1])} if found.others else None}

    report = {
        "made_at": _utc(made), "next_due_at": _utc(due) if due else None, "log_read_at": lists.time(summary.read_at) or None,
        "from": lists.time(summary.first_at) or None, "to": lists.time(summary.last_at) or None, "only": summary.words or None,
        "messages": summary.messages, "characters": summary.characters, "clients": summary.clients, "characters_delivered_in_person": summary.delivered,
        "messages_discarded": summary.missed, "refused": summary.refused, "too_fast": summary.too_fast,
        "sessions": {
            "number": summary.sessions, "connected": summary.connected, "median_seconds": summary.median_length,
            "lengths": dict(summary.lengths), "ended_by": dict(summary.reasons), "slow": dict(summary.slow),
        },
        "clients_at_one_time": {"most": summary.peaks.most, "at": lists.time(summary.peaks.at) or None, "by_day": {str(day): most for day, most in summary.peaks.days}},
        "kinds": {row.label: {"messages": row.messages, "characters": row.characters} for row in summary.kinds},
        "load": ranking(summary.load),
        "channels": ranking(summary.channels),
        "discarded_by_receivers_leaving": {row.label: {"messages": row.messages, "characters": row.characters} for row in summary.discarded},
        "hours": [{"hour": lists.time(hour * HOUR + summary.shift), "messages": messages, "characters": characters} for hour, messages, characters in summary.hours],
        "days": [{"day": str(day), "messages": messages, "characters": characters} for day, messages, characters in summary.days],
        "log_lag_seconds": {"longest": summary.longest_lag, "by_hour": {lists.time(hour * HOUR): seconds for hour, seconds in summary.lags}},
        "traffic": {"clients": summary.traffic_labels, "characters": summary.traffic},
    }
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def as_text(summary: Summary, width: int) -> str:
    """For a terminal of that many columns."""
    lines = [f"{summary.messages:,} messages with {summary.characters:,} characters from {summary.clients:,} clients, at most {summary.peaks.most:,} at the same time"]
    if summary.first_at is not None:
        lines.append(f"from {_local_moment(summary.first_at)} to {_local_moment(summary.last_at)}" + (f"; only {summary.words}" if summary.words else ""))
    elif not summary.words:
        lines.append("The log is empty: no messages yet.")
    lines.append(f"sessions: {summary.sessions:,}, of them connected {summary.connected:,}, median length {duration(summary.median_length)}")
    lines.append(f"discarded messages: {summary.missed:,}; connections refused: {summary.refused:,}; lines too fast: {summary.too_fast:,}; longest log lag: {duration(summary.longest_lag)}")
    for table in tables(summary):
        if table.rows:
            lines += ["", table.title, *_aligned(table, width)]
    return "\n".join(lines) + "\n"


def _aligned(table: Table, width: int) -> list[str]:
    rows = [tuple(value if isinstance(value, str) else f"{value:,}" for value in row) for row in table.rows[-24:] if row]
    if table.name in ("traffic", "load", "channels"):
        rows = [tuple(value if isinstance(value, str) else f"{value:,}" for value in row) for row in table.rows[:21]]
    words = [isinstance(value, str) for value in table.rows[0]]
    needed = [max(map(columns, (head, *(row[place] for row in rows)))) for place, head in enumerate(table.heads)]
    # Excess width is cut from the names, never from the numbers.
    while sum(needed) + 2 * len(needed) > width and max(n for n, word in zip(needed, words) if word) > 8:
        needed[max((place for place, word in enumerate(words) if word), key=lambda place: needed[place])] -= 1
    return ["  " + "  ".join(_fitted(value, size, word) for value, size, word in zip(row, needed, words)).rstrip() for row in (table.heads, *rows)]


def _fitted(value: str, size: int, left: bool) -> str:
    while left and columns(value) > size:
        value = value[:-2] + "…"
    room = " " * (size - columns(value))
    return value + room if left else room + value


def columns(words: str) -> int:
    """How wide a terminal shows them."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words)


def _local(hour: int, shift: int = 0) -> str:
    try:
        return datetime.fromtimestamp((hour * HOUR + shift) // 1_000_000).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, ValueError, OSError):
        return "a time out of range"


def _local_moment(microseconds: int) -> str:
    try:
        return f"{datetime.fromtimestamp(microseconds // 1_000_000).astimezone():%Y-%m-%d %H:%M:%S %Z}"
    except (OverflowError, ValueError, OSError):
        return "a time out of range"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
