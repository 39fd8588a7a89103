"""Writes index.html: one page that needs nothing but itself, with both pictures, the numbers behind them, the time of
making and the period covered. Every name on it is escaped; the page allows no script and no outside resource at all."""

import base64
import struct
from datetime import datetime, timezone
from html import escape

from chat_report.summarise import SHOWN, Summary

STYLE = """
:root { color-scheme: light dark; --ink: #1f2328; --faint: #57606a; --ground: #ffffff; --line: #d8dee4; --link: #0a58ca; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --faint: #9aa4af; --ground: #14181d; --line: #333b45; --link: #79b8ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 3rem; background: var(--ground); color: var(--ink);
       font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.2rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt, figcaption, .faint { color: var(--faint); }
dd { margin: 0; }
figure { margin: 1rem 0; }
img { display: block; max-width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; background: #fff; }
summary { cursor: pointer; padding: .4rem 0; }
table { width: 100%; max-width: 46rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: normal; }
thead th { color: var(--faint); }
th.number, td.number { text-align: right; overflow-wrap: normal; }
@media (max-width: 24rem) { th, td { padding: .3rem .15rem; font-size: .85rem; } }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Chat load report</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Chat load report</h1>
{facts}
{body}
</main>
</body>
</html>
"""

EMPTY = "<p><strong>The log is empty: no messages yet.</strong> The report fills as soon as people write to each other.</p>"
LOAD_TEXT = "<p>Characters sent by each client, every accepted message counted once, whatever its kind. A client is one connection from its coming to its leaving.</p>"
TRAFFIC_TEXT = """<p>Characters of direct and group messages that were delivered, from sender to receiver.
All clients are in <a href="traffic.csv">traffic.csv</a>.</p>"""


def page(summary: Summary, load_png: bytes, traffic_png: bytes, made: datetime) -> str:
    """made is the time of making, with the local time zone. All times are shown in UTC and in local time."""
    body = [EMPTY] if summary.messages == 0 else [_kinds(summary)]
    body += [
        '<h2 id="load">Load</h2>', LOAD_TEXT,
        _figure("load.png", load_png, "Bar graph: characters sent by each client"),
        _load_table(summary),
        '<h2 id="traffic">Traffic</h2>', TRAFFIC_TEXT,
        _figure("traffic.png", traffic_png, "Heatmap: characters delivered from each sender to each receiver"),
        _traffic_table(summary),
    ]
    return PAGE.format(style=STYLE, facts=_facts(summary, made), body="\n".join(body))


def _facts(summary: Summary, made: datetime) -> str:
    rows = [("Made", _time(made))]
    if summary.first_at is not None and summary.last_at is not None:
        first, last = _moment(summary.first_at), _moment(summary.last_at)
        rows.append(("Covers", f"{first}<br>to {last}"))
    rows.append(("Clients", f"{len(summary.clients):,}"))
    rows.append(("Messages", f"{summary.messages:,} with {summary.characters:,} characters"))
    return "<dl>\n" + "\n".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "\n</dl>"


def _moment(microseconds: int) -> str:
    try:
        return _time(datetime.fromtimestamp(microseconds // 1_000_000, timezone.utc).astimezone())
    except (OverflowError, ValueError, OSError):
        return "a time out of range"


def _time(moment: datetime) -> str:
    utc = moment.astimezone(timezone.utc)
    return (f'<time datetime="{utc:%Y-%m-%dT%H:%M:%SZ}">{utc:%Y-%m-%d %H:%M:%S} UTC</time> '
            f'<span class="faint">({moment:%Y-%m-%d %H:%M:%S} {escape(moment.tzname() or "local")})</span>')


def _figure(name: str, picture: bytes, description: str) -> str:
    width, height = struct.unpack(">II", picture[16:24])  # where a PNG keeps them
    data = base64.b64encode(picture).decode("ascii")
    return (f'<figure><a href="{name}"><img src="data:image/png;base64,{data}" width="{width}" height="{height}" '
            f'alt="{description}"></a></figure>')


def _kinds(summary: Summary) -> str:
    rows = [(kind, row.messages, row.characters, row.discarded) for kind, row in zip(summary.kinds.index, summary.kinds.itertuples())]
    return _details("Messages by kind", ("Kind", "Messages", "Characters", "Discarded"), rows)


def _load_table(summary: Summary) -> str:
    rows = list(summary.load[["label", "messages", "characters"]].itertuples(index=False, name=None))
    return _details("The numbers: characters sent", ("Client", "Messages", "Characters"), rows)


def _traffic_table(summary: Summary) -> str:
    pairs = [
        (sender, receiver, int(characters))
        for sender, row in zip(summary.traffic.index, summary.traffic.to_numpy())
        for receiver, characters in zip(summary.traffic.columns, row)
        if characters
    ]
    pairs.sort(key=lambda pair: -pair[2])
    title = "The numbers: characters from sender to receiver"
    if len(summary.clients) > SHOWN:
        title += f", among the {SHOWN} clients shown"
    return _details(title, ("Sender", "Receiver", "Characters"), pairs)


def _details(title: str, heads: tuple[str, ...], rows: list[tuple]) -> str:
    """Numbers in rows are shown as numbers, everything else is escaped."""
    if not rows:
        return ""
    kinds = ["" if isinstance(value, str) else ' class="number"' for value in rows[0]]
    lines = [f"<details><summary>{title}</summary>", "<table>"]
    lines.append("<thead><tr>" + "".join(f'<th scope="col"{kind}>{head}</th>' for head, kind in zip(heads, kinds)) + "</tr></thead><tbody>")
    for row in rows:
        cells = (f"<td{kind}>{escape(value) if isinstance(value, str) else format(value, ',')}</td>" for value, kind in zip(row, kinds))
        lines.append("<tr>" + "".join(cells) + "</tr>")
    lines.append("</tbody></table></details>")
    return "\n".join(lines)
