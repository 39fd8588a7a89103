"""A period, a client, a room: what the report is narrowed to. The sums of a selection are computed from the hourly
ones and take the names of the full sums, so that their readers need not distinguish them."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from chat_report import ReportError
from chat_report.read import HOUR
from chat_report.rollup import Rollup

LAST_HOUR = 2_500_000_000  # later than any time that a log can hold


@dataclass(frozen=True)
class Selection:
    since: datetime | None = None  # with a time zone
    until: datetime | None = None
    client: str | None = None  # an id or a name
    room: str | None = None  # the name of a room or the number of a group

    def __bool__(self) -> bool:
        return self != Selection()

    def words(self) -> str:
        """For people; empty for everything."""
        parts = [f"client {self.client}"] if self.client else []
        if self.room:
            parts.append(f"{'group' if self.room.isdigit() else 'room'} {self.room}")
        parts += [f"{word} {moment:%Y-%m-%d %H:%M %Z}" for word, moment in (("since", self.since), ("until", self.until)) if moment]
        return ", ".join(parts)


def moment(text: str, now: datetime) -> datetime:
    """A day (2026-11-20), a time (2026-11-20T08:00, local unless it says otherwise), 'today', 'yesterday', or how long ago:
    90m, 12h, 7d, 4w. Raises ValueError."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    if text in ("today", "yesterday"):
        return (midnight - timedelta(days=text == "yesterday")).astimezone()
    if ago := re.fullmatch(r"([0-9]{1,6})([mhdw])", text):
        unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[ago[2]]
        try:
            return now - timedelta(**{unit: int(ago[1])})
        except OverflowError:
            raise ValueError(text) from None
    try:
        return datetime.fromisoformat(text).astimezone()
    except OverflowError:
        raise ValueError(text) from None


def select(rollup: Rollup, selection: Selection) -> None:
    """Raises ReportError if there is no client of that name or number, or no such room."""
    if not selection:
        return
    run = rollup.connection.execute
    run("PRAGMA temp_store = FILE")
    # Rounded outwards: an hour is included or excluded as a whole.
    shift = rollup.shift
    first = (_microseconds(selection.since) - shift) // HOUR if selection.since else -LAST_HOUR
    end = -(-(_microseconds(selection.until) - shift) // HOUR) if selection.until else LAST_HOUR
    run("CREATE TEMP TABLE chosen (session INTEGER PRIMARY KEY)")
    run("INSERT INTO chosen SELECT session FROM main.session" + (" WHERE client_id = ?1 OR name = ?1 COLLATE NOCASE" if selection.client else ""),
        (selection.client,) if selection.client else ())
    if selection.client and not run("SELECT count(*) FROM chosen").fetchone()[0]:
        raise ReportError(f"no client {selection.client} in the log")
    room = selection.room.removeprefix("#") if selection.room else None
    if room and not run("SELECT 1 FROM main.channel WHERE channel = ? COLLATE NOCASE", (room,)).fetchone():
        raise ReportError(f"nothing was written in a room or group {selection.room}")
    span = {"first": first, "end": end, "room": room}
    of_room = " AND channel = :room COLLATE NOCASE" if room else ""
    run(f"""CREATE TEMP TABLE sent AS SELECT * FROM main.sent_by_hour
            WHERE hour >= :first AND hour < :end {of_room} AND session IN (SELECT session FROM chosen)""", span)
    run(f"""CREATE TEMP TABLE pair AS SELECT sender, receiver, sum(messages) AS messages, sum(characters) AS characters,
              sum(discarded) AS discarded, sum(lost) AS lost FROM main.pair_by_hour
            WHERE hour >= :first AND hour < :end {of_room} AND (sender IN (SELECT session FROM chosen) OR receiver IN (SELECT session FROM chosen))
            GROUP BY 1, 2 ORDER BY 1, 2""", span)
    run("CREATE INDEX temp.pair_sender ON pair (sender, receiver)")
    _make_sessions(rollup, selection, first, end, bool(room))
    run("CREATE TEMP TABLE hour AS SELECT hour, kind, sum(messages) AS messages, sum(characters) AS characters FROM sent GROUP BY 1, 2 ORDER BY 1, 2")
    run("CREATE TEMP TABLE channel AS SELECT kind, channel, sum(messages) AS messages, sum(characters) AS characters FROM sent WHERE channel <> '' GROUP BY 1, 2")
    # Neither refusals nor the log's lag belong to a client or a room.
    whole = "true" if not selection.client and not room else "false"
    for table in ("event", "lag"):
        run(f"CREATE TEMP TABLE {table} AS SELECT * FROM main.{table} WHERE hour >= :first AND hour < :end AND {whole}", span)
    _narrow_period(rollup, first * HOUR + shift if selection.since else None, end * HOUR + shift if selection.until else None)


def _make_sessions(rollup: Rollup, selection: Selection, first: int, end: int, room: bool) -> None:
    """Sessions connected in the period, and senders and receivers; life has only the selected ones."""
    run = rollup.connection.execute
    shift = rollup.shift
    bounds = {"since": first * HOUR + shift, "until": end * HOUR + shift}
    run("CREATE TEMP TABLE there (session INTEGER PRIMARY KEY)")
    run("INSERT INTO there SELECT session FROM sent UNION SELECT sender FROM pair UNION SELECT receiver FROM pair WHERE receiver <> 0")
    if not room:
        run("""INSERT OR IGNORE INTO there SELECT session FROM main.session WHERE session IN (SELECT session FROM chosen)
               AND connected_at < :until AND coalesce(ended_at, connected_at, 0) >= :since""", bounds)
        run("""INSERT OR IGNORE INTO there SELECT session FROM main.session WHERE session IN (SELECT session FROM chosen)
               AND connected_at < :until AND connected_at IS NOT NULL AND ended_at IS NULL""", bounds)
    run("""CREATE TEMP TABLE session AS
           WITH wrote AS (SELECT session, sum(messages) AS messages, sum(characters) AS characters FROM sent GROUP BY 1),
             gave AS (SELECT sender AS session, sum(characters) AS given FROM pair WHERE receiver <> 0 GROUP BY 1),
             took AS (SELECT receiver AS session, sum(characters) AS taken, sum(discarded) AS missed, sum(lost) AS lost FROM pair GROUP BY 1)
           SELECT s.session, client_id, name, connected_at, ended_at, reason, coalesce(wrote.messages, 0) AS messages,
             coalesce(wrote.characters, 0) AS characters, coalesce(gave.given, 0) AS given, coalesce(took.taken, 0) AS taken,
             coalesce(took.missed, 0) AS missed, coalesce(took.lost, 0) AS missed_characters, last_at
           FROM there JOIN main.session s USING (session) LEFT JOIN wrote USING (session) LEFT JOIN gave USING (session) LEFT JOIN took USING (session)""")
    run("""CREATE TEMP TABLE life AS SELECT session, client_id, name, connected_at, ended_at, reason FROM temp.session
           WHERE connected_at IS NOT NULL AND session IN (SELECT session FROM chosen)""")


def _narrow_period(rollup: Rollup, since: int | None, until: int | None) -> None:
    rollup.connection.execute("CREATE TEMP TABLE marks AS SELECT * FROM main.marks")
    if since is not None:
        rollup.connection.execute("UPDATE temp.marks SET first_at = max(first_at, ?)", (since,))
    if until is not None:
        rollup.connection.execute("UPDATE temp.marks SET last_at = min(last_at, ?)", (until,))


def lost_detail(rollup: Rollup, selection: Selection) -> str:
    """What a selection cannot show any more, for people; usually empty."""
    begin = rollup.detail_begins() if selection else None
    if begin is None or (selection.since and _microseconds(selection.since) >= begin):
        return ""
    return f", as far as it is kept by the hour: from {datetime.fromtimestamp(begin // 1_000_000).astimezone():%Y-%m-%d %H:%M %Z}"


def _microseconds(moment_: datetime) -> int:
    return int(moment_.timestamp()) * 1_000_000
