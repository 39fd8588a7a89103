"""Decides what the report shows: who sent how much, who wrote to whom, in which order, and who is summed up as others.

A client is a session: somebody who comes back is another client, with another number."""

import unicodedata
from dataclasses import dataclass

import pandas

from chat_report.read import Log

SHOWN = 20  # clients in each picture; with more, those with the most traffic
KINDS = ("direct", "room", "group", "broadcast")


@dataclass(frozen=True)
class Summary:
    """All counts are of messages or of characters (Unicode code points)."""

    clients: pandas.DataFrame  # cell (ID:NAME), label (NAME (ID)), messages, characters; by connecting time, then id
    load: pandas.DataFrame  # label, messages, characters; the most first, others last; what the bar graph shows
    others: int  # clients summed up in the last row of load; 0 if all are shown
    pairs: pandas.DataFrame  # row, column (positions in clients), characters; by row, then column; without zeros
    traffic: pandas.DataFrame  # characters, senders by receivers, labels on both; what the heatmap shows
    kinds: pandas.DataFrame  # messages, characters, discarded; one row a kind of message
    first_at: int | None  # time of the first thing in the log, microseconds since 1970 UTC; None if it is empty
    last_at: int | None  # … and of the last

    @property
    def messages(self) -> int:
        return int(self.kinds["messages"].sum())

    @property
    def characters(self) -> int:
        return int(self.kinds["characters"].sum())


def summarise(log: Log) -> Summary:
    clients = _clients(log)
    load, others = _load(clients)
    pairs = _pairs(log, clients)
    times = pandas.concat([log.sessions["connected_at"], log.sessions["last_at"], log.sent["first_at"], log.sent["last_at"]])
    return Summary(
        clients=clients,
        load=load,
        others=others,
        pairs=pairs,
        traffic=_traffic(clients, pairs),
        kinds=_kinds(log),
        first_at=None if times.empty else int(times.min()),
        last_at=None if times.empty else int(times.max()),
    )


def _clients(log: Log) -> pandas.DataFrame:
    """Every session, and those that a message names but whose own row is not written yet: the log has two writers."""
    named = pandas.concat([log.sent["sender"], log.sent["receiver"], log.group_deliveries["sender"], log.group_deliveries["receiver"]])
    missing = sorted(set(named) - set(log.sessions["session"]) - {0})
    late = pandas.DataFrame({"session": missing, "client_id": 0, "name": [f"unknown-{session}" for session in missing]})
    clients = pandas.concat([log.sessions[["session", "client_id", "name"]], late.astype({"session": "int64", "client_id": "int64"})])
    names = clients["name"].map(printable)
    ids = clients["client_id"].astype(str)
    clients = clients.assign(cell=ids + ":" + names, label=names.map(_shortened) + " (" + ids + ")").set_index("session")
    sent = log.sent.groupby("sender")[["messages", "characters"]].sum()
    return clients.join(sent).fillna({"messages": 0, "characters": 0}).astype({"messages": "int64", "characters": "int64"})


def printable(name: str) -> str:
    """The name without what would break a line or turn the reading direction; the server lets no such name in."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)


def _shortened(name: str) -> str:
    longest = 32  # of the names that the server lets in
    return name if len(name) <= longest else name[: longest - 1] + "…"


def _load(clients: pandas.DataFrame) -> tuple[pandas.DataFrame, int]:
    ranked = clients[["label", "messages", "characters"]].sort_values("characters", ascending=False, kind="stable")
    rest = ranked.iloc[SHOWN:]
    if rest.empty:
        return ranked, 0
    label = "1 other" if len(rest) == 1 else f"{len(rest):,} others"
    others = pandas.DataFrame({"label": [label], "messages": [rest["messages"].sum()], "characters": [rest["characters"].sum()]})
    return pandas.concat([ranked.iloc[:SHOWN], others]), len(rest)


def _pairs(log: Log, clients: pandas.DataFrame) -> pandas.DataFrame:
    direct = log.sent[(log.sent["kind"] == "direct") & (log.sent["discarded"] == 0) & (log.sent["receiver"] != 0)]
    delivered = pandas.concat([direct[["sender", "receiver", "characters"]], log.group_deliveries])
    pairs = delivered.groupby(["sender", "receiver"], as_index=False)["characters"].sum()
    position = pandas.Series(range(len(clients)), index=clients.index, dtype="int64")
    pairs = pairs.assign(row=pairs["sender"].map(position), column=pairs["receiver"].map(position))
    pairs = pairs.loc[pairs["characters"] != 0, ["row", "column", "characters"]].astype("int64")
    return pairs.sort_values(["row", "column"], ignore_index=True)


def _traffic(clients: pandas.DataFrame, pairs: pandas.DataFrame) -> pandas.DataFrame:
    """The clients with the most traffic, sent and received, in the order of the CSV."""
    by_position = pairs.groupby("row")["characters"].sum().add(pairs.groupby("column")["characters"].sum(), fill_value=0)
    by_position = by_position.reindex(range(len(clients)), fill_value=0)
    shown = sorted(by_position.sort_values(ascending=False, kind="stable").index[:SHOWN])
    among = pairs[pairs["row"].isin(shown) & pairs["column"].isin(shown)]
    matrix = among.pivot(index="row", columns="column", values="characters").reindex(index=shown, columns=shown).fillna(0).astype("int64")
    labels = clients["label"].iloc[shown]
    return matrix.set_axis(labels, axis=0).set_axis(labels, axis=1)


def _kinds(log: Log) -> pandas.DataFrame:
    gone = log.sent["messages"].where(log.sent["discarded"] != 0, 0)
    kinds = log.sent.assign(gone=gone).groupby("kind")[["messages", "characters", "gone"]].sum().rename(columns={"gone": "discarded"})
    order = [*KINDS, *sorted(set(kinds.index) - set(KINDS))]
    return kinds.reindex(order, fill_value=0).astype("int64")
