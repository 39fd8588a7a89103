"""The numbers without pictures: as tables for the page and the terminal, and as report.json for programs."""

import json
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timezone

from chat_report import lists
from chat_report.local_time import hour_label, moment_label
from chat_report.read import HOUR
from chat_report.summarise import Ranking, Row, Summary

PAIRS_SHOWN = 100  # on the page; in a terminal 20


@dataclass(frozen=True)
class Table:
    name: str
    title: str
    heads: tuple[str, ...]
    rows: list[tuple]  # strings and numbers, each column of one type
    caption: str = ""  # what is counted, and in which order
    others: bool = False  # the last row combines others


def tables(summary: Summary) -> list[Table]:
    def rows(found: list[Row]) -> list[tuple]:
        return [(row.label, row.messages, row.characters) for row in found]

    def pairs(labels: list[str], traffic: list[list[int]]) -> list[tuple]:
        found = ((sender, receiver, characters) for sender, line in zip(labels, traffic) for receiver, characters in zip(labels, line) if characters)
        return sorted(found, key=lambda pair: -pair[2])[:PAIRS_SHOWN]

    def among(labels: list[str], count: int, whom: str) -> str:
        return f", among the {len(labels)} {whom} with the most" if labels and len(labels) < count else ""

    counted = ("Messages", "Characters")
    most = "the most characters first"
    local = "local time; hours without a message are left out"
    shift = summary.shift
    return [
        Table("kinds", "Messages by kind", ("Kind", *counted), rows(summary.kinds) if summary.messages else [], "Accepted messages, each counted once"),
        Table("people", "Characters sent by each person", ("Person", "Sessions", *counted),
              [(row.label, row.sessions, row.messages, row.characters) for row in summary.people.rows], f"Accepted messages of all of a person's sessions, {most}", summary.people.others > 0),
        Table("load", "Characters sent in each session", ("Client", *counted), rows(summary.load.rows), f"Accepted messages of each session, {most}", summary.load.others > 0),
        Table("people_traffic", f"Characters from person to person{among(summary.people_labels, summary.persons, 'people')}", ("Sender", "Receiver", "Characters"),
              pairs(summary.people_labels, summary.people_traffic), f"Delivered direct and group messages, {most}"),
        Table("traffic", f"Characters from sender to receiver{among(summary.traffic_labels, summary.clients, 'sessions')}", ("Sender", "Receiver", "Characters"),
              pairs(summary.traffic_labels, summary.traffic), f"Delivered direct and group messages from session to session, {most}"),
        Table("hours", "By hour, local time", ("Hour", *counted), [(hour_label(hour * HOUR + shift), messages, characters) for hour, messages, characters in summary.hours if messages],
              f"Accepted messages in each hour, {local}"),
        Table("days", "By day, local time", ("Day", *counted), [(str(day), messages, characters) for day, messages, characters in summary.days if messages],
              "Accepted messages on each day, local time; days without a message are left out"),
        Table("channels", "Rooms and groups", ("Room or group", *counted), rows(summary.channels.rows), f"Accepted messages in each room and group, {most}", summary.channels.others > 0),
        Table("discarded", "Discarded messages, by how the receiver had left", ("Receiver left by", *counted), rows(summary.discarded), "Messages never delivered, the most messages first"),
        Table("lengths", "Lengths of sessions that have ended", ("Length", "Sessions"), summary.lengths if sum(count for _, count in summary.lengths) else [], "From connecting to leaving"),
        Table("reasons", "How sessions ended", ("Reason", "Sessions"), summary.reasons, "Sessions that have ended, by the reason"),
        Table("slow", "Slow receivers: disconnected because they did not read", ("Person", "Times"), summary.slow, "How often each person was disconnected, the most first"),
        Table("peaks", "Most clients at the same time, by day, local time", ("Day", "Clients"), [(str(day), most) for day, most in summary.peaks.days], "The most clients connected at the same time, on each day"),
        Table("lag", "Longest time until a message was in the log, by hour, local time", ("Hour", "Milliseconds"),
              [(hour_label(hour * HOUR), round(seconds * 1000)) for hour, seconds in summary.lags], f"From accepting a message to its row in the log, {local}"),
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
        "messages": summary.messages, "characters": summary.characters, "messages_with_later_times": summary.later, "clients": summary.clients, "characters_delivered_in_person": summary.delivered,
        "messages_discarded": summary.missed, "refused": summary.refused, "too_fast": summary.too_fast,
        "sessions": {
            "number": summary.sessions, "connected": summary.connected, "median_seconds": summary.median_length,
            "lengths": dict(summary.lengths), "ended_by": dict(summary.reasons), "slow": dict(summary.slow),
        },
        "clients_at_one_time": {"most": summary.peaks.most, "at": lists.time(summary.peaks.at) or None, "by_day": {str(day): most for day, most in summary.peaks.days}},
        "kinds": {row.label: {"messages": row.messages, "characters": row.characters} for row in summary.kinds},
        "people": {"number": summary.persons, **ranking(summary.people)},
        "load": ranking(summary.load),
        "channels": ranking(summary.channels),
        "discarded_by_receivers_leaving": {row.label: {"messages": row.messages, "characters": row.characters} for row in summary.discarded},
        "hours": [{"hour": lists.time(hour * HOUR + summary.shift), "messages": messages, "characters": characters} for hour, messages, characters in summary.hours],
        "days": [{"day": str(day), "messages": messages, "characters": characters} for day, messages, characters in summary.days],
        "log_lag_seconds": {"longest": summary.longest_lag, "by_hour": {lists.time(hour * HOUR): seconds for hour, seconds in summary.lags}},
        "people_traffic": {"people": summary.people_labels, "characters": summary.people_traffic},
        "traffic": {"clients": summary.traffic_labels, "characters": summary.traffic},
    }
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def as_text(summary: Summary, width: int) -> str:
    """For a terminal of that many columns."""
    lines = [f"{summary.messages:,} messages with {summary.characters:,} characters from {summary.clients:,} clients ({summary.persons:,} people), at most {summary.peaks.most:,} at the same time"]
    if summary.first_at is not None:
        lines.append(f"from {moment_label(summary.first_at)} to {moment_label(summary.last_at)}" + (f"; only {summary.words}" if summary.words else ""))
    elif not summary.words:
        lines.append("The log is empty: no messages yet.")
    if summary.later:
        lines.append(f"messages with a time that has not come yet, because a clock was wrong: {summary.later:,}")
    lines.append(f"sessions: {summary.sessions:,}, of them connected {summary.connected:,}, median length {duration(summary.median_length)}")
    lines.append(f"discarded messages: {summary.missed:,}; connections refused: {summary.refused:,}; lines too fast: {summary.too_fast:,}; longest log lag: {duration(summary.longest_lag)}")
    for table in tables(summary):
        if table.rows:
            lines += ["", table.title, *_aligned(table, width)]
    return "\n".join(lines) + "\n"


def _aligned(table: Table, width: int) -> list[str]:
    is_ranking = table.name in ("people", "people_traffic", "traffic", "load", "channels")
    shown = table.rows[:21] if is_ranking else table.rows[-24:]
    rows = [tuple(value if isinstance(value, str) else f"{value:,}" for value in row) for row in shown]
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


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}"
