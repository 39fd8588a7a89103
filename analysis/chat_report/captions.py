"""What each section of the page says: heading, explanation, files, tables, and the main figure of each picture for
those who do not see it."""

from collections.abc import Callable
from dataclasses import dataclass

from chat_report.local_time import hour_label
from chat_report.plain import duration
from chat_report.read import HOUR
from chat_report.summarise import Ranking, Summary


@dataclass(frozen=True)
class Section:
    name: str  # also of its picture
    heading: str
    text: str
    files: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()
    by_session: tuple[str, ...] = ()  # the picture and the table that count sessions; empty: nothing is counted by person
    by_person: tuple[str, ...] = ()


# In the order in which they are read and shown.
SECTIONS = (
    Section("load", "Load", "Characters sent, every accepted message counted once, whatever its kind. A person is everybody who used the same name, or the same account; "
            "a session is one connection, from its arrival to its departure.", ("people.csv", "load.csv"), ("kinds",), ("load-by-session", "load"), ("load", "people")),
    Section("channels", "Rooms and groups", "Characters written in each room and each group.", ("channels.csv",), ("channels",)),
    Section("traffic", "Traffic", "Characters of direct and group messages that were delivered, from sender to receiver.", ("traffic.csv", "pairs.csv"), (),
            ("traffic-by-session", "traffic"), ("traffic", "people_traffic")),
    Section("hours", "By hour", "Characters of all messages, in the last 48 hours.", ("hours.csv",), ("hours",)),
    Section("days", "By day", "Characters of all messages, in the last 60 days.", ("hours.csv",), ("days",)),
    Section("discarded", "Discarded deliveries", "Messages whose receiver was gone before they left the server, by how the receiver had left; a receiver that was disconnected "
            "because it did not read counts as slow.", ("people.csv", "load.csv"), ("discarded",)),
    Section("sessions", "Sessions", "How long clients stayed, and how they left.", ("load.csv",), ("lengths", "reasons", "slow")),
    Section("peaks", "Concurrent clients", "The most clients that were connected at the same time, on each of the last 60 days.", (), ("peaks",)),
    Section("lag", "Log", "How long the slowest message of each hour took from its acceptance to its row in the log. Nobody waits for it: messages are delivered before they are logged.",
            (), ("lag",)),
)


def alternative(picture: str, summary: Summary) -> str:
    """The text of a picture for those who do not see it: what it shows, and its main figure."""
    says: dict[str, Callable[[], str]] = {
        "load": lambda: "Bars: characters sent by each person. " + _first(summary.people, summary.characters),
        "load-by-session": lambda: "Bars: characters sent in each session. " + _first(summary.load, summary.characters),
        "traffic": lambda: "Heatmap: characters delivered from person to person. " + _strongest(summary.people_labels, summary.people_traffic),
        "traffic-by-session": lambda: "Heatmap: characters delivered from session to session. " + _strongest(summary.traffic_labels, summary.traffic),
        "hours": lambda: "Columns: characters in each hour. " + _highest([(hour_label(hour * HOUR + summary.shift), characters) for hour, _, characters in summary.hours], "characters"),
        "days": lambda: "Columns: characters on each day. " + _highest([(str(day), characters) for day, _, characters in summary.days], "characters"),
        "channels": lambda: "Bars: characters written in each room and group. " + _first(summary.channels, sum(row.characters for row in summary.channels.rows)),
        "discarded": lambda: "Bars: discarded messages, by how their receiver had left. " + _highest([(row.label, row.messages) for row in summary.discarded], "messages"),
        "sessions": lambda: "Bars: lengths of sessions that have ended. " + (f"The median is {duration(summary.median_length)}." if summary.median_length is not None else "None has ended."),
        "peaks": lambda: "Columns: most clients connected at the same time, on each day. " + _highest([(str(day), most) for day, most in summary.peaks.days], "clients"),
        "lag": lambda: "Columns: longest time until a message was in the log, in each hour. " + (f"The longest is {duration(summary.longest_lag)}." if summary.lags else "Not measured yet."),
    }
    return says[picture]()


def _first(ranking: Ranking, total: int) -> str:
    if not total:
        return "No messages."
    return f"The most: {ranking.rows[0].label} with {ranking.rows[0].characters:,} of {total:,}."


def _strongest(labels: list[str], values: list[list[int]]) -> str:
    if not labels:
        return "None delivered."
    characters, sender, receiver = max((value, sender, receiver) for sender, line in zip(labels, values) for receiver, value in zip(labels, line))
    return f"The most: {sender} to {receiver} with {characters:,}."


def _highest(values: list[tuple[str, int]], unit: str) -> str:
    label, most = max(values, key=lambda pair: pair[1], default=("", 0))
    return f"The most: {label} with {most:,} {unit}." if most else f"No {unit}."
