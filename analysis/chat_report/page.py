"""Writes index.html: a self-contained page with the pictures, the numbers behind them, the time of
making and the period covered. Every name on it is escaped; the page allows no script and no outside resource at all."""

from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape

from chat_report import vector
from chat_report.plain import Table, duration, tables
from chat_report.summarise import Summary

STYLE = """
:root { color-scheme: light dark; --link: #0a58ca; %s }
@media (prefers-color-scheme: dark) { :root { --link: #79b8ff; %s } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 84rem; padding: 1.5rem 1rem 3rem; background: var(--ground); color: var(--ink);
       font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0 0 .5rem; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 0 0 .25rem; font-size: 1.15rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--link); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 1rem 0; }
dt, .faint { color: var(--faint); }
dd { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .5rem; margin: 1.25rem 0 2rem; padding: 0; list-style: none; }
.figures li { padding: .6rem .8rem; border: 1px solid var(--line); border-radius: 6px; }
.figures b { display: block; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.sections { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 34rem), 1fr)); gap: 2.5rem 2rem; align-items: start; grid-auto-flow: dense; }
section { min-width: 0; }
.wide { grid-column: 1 / -1; }
.wide svg { max-width: 64rem !important; }
figure { margin: .75rem 0 .25rem; }
figure svg { display: block; width: 100%%; max-width: 46rem; height: auto; border: 1px solid var(--line); border-radius: 6px; }
figcaption { font-size: .85rem; color: var(--faint); }
summary { cursor: pointer; padding: .4rem 0; }
table { width: 100%%; max-width: 46rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: normal; }
thead th { color: var(--faint); }
th.number, td.number { text-align: right; overflow-wrap: normal; }
@media (max-width: 30rem) { th, td { padding: .3rem .15rem; font-size: .85rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
""" % (vector.variables(night=False), vector.variables(night=True))

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
{refresh}<title>Chat load report</title>
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
NONE = "<p><strong>No messages here.</strong> Nothing in the log matches the selection.</p>"

# picture: heading, what it says, files with everything, names of the tables below
SECTIONS = {
    "load": ("Load", "Characters sent by each client, every accepted message counted once, whatever its kind. A client is one connection, from its arrival to its departure.", ("load.csv",), ("load", "kinds")),
    "traffic": ("Traffic", "Characters of direct and group messages that were delivered, from sender to receiver.", ("traffic.csv", "pairs.csv"), ("traffic",)),
    "hours": ("By hour", "Characters of all messages, in the last 48 hours of the period.", ("hours.csv",), ("hours",)),
    "days": ("By day", "Characters of all messages, in the last 60 days of the period.", ("hours.csv",), ("days",)),
    "channels": ("Rooms and groups", "Characters written in each room and each group.", ("channels.csv",), ("channels",)),
    "discarded": ("Discarded deliveries", "Messages whose receiver was gone before they left the server, by how the receiver had left; a receiver that was disconnected because it did not read counts as slow.", ("load.csv",), ("discarded",)),
    "sessions": ("Sessions", "How long clients stayed, and how they left.", ("load.csv",), ("lengths", "reasons", "slow")),
    "peaks": ("Concurrent clients", "The most clients that were connected at the same time, on each day.", (), ("peaks",)),
    "lag": ("Log", "How long the slowest message of each hour took from its acceptance to its row in the log. Nobody waits for it: messages are delivered before they are logged.", (), ("lag",)),
}


@dataclass(frozen=True)
class Occasion:
    """When a report is made, and when the next one is due."""

    made: datetime  # with the local time zone
    due: datetime | None  # None: not scheduled


def page(summary: Summary, pictures: dict[str, str], occasion: Occasion, matrix_left_out: str = "") -> str:
    """pictures: an SVG for each of draw.NAMES. matrix_left_out says why there is no traffic.csv. All times are shown in
    UTC and in local time."""
    shown = {table.name: table for table in tables(summary)}
    body = [] if summary.messages else [NONE if summary.words else EMPTY]
    body += [_figures(summary), '<div class="sections">']
    for name, (heading, text, files, below) in SECTIONS.items():
        left_out = matrix_left_out if name == "traffic" else ""
        wide = ' class="wide"' if name == "traffic" and len(summary.traffic_labels) > 8 else ""
        body.append(f'<section id="{name}"{wide}>\n<h2>{heading}</h2>\n<p>{text}{f" <strong>{escape(left_out)}</strong>" if left_out else ""}</p>')
        body.append(f"<figure>{vector.inline(pictures[name], name, heading)}")
        body.append(f"<figcaption>{_links(name, [file for file in files if not (left_out and file == 'traffic.csv')])}</figcaption></figure>")
        body += [_details(shown[table]) for table in below if shown[table].rows]
        body.append("</section>")
    body.append("</div>")
    return PAGE.format(style=STYLE, refresh=_refresh(occasion), facts=_facts(summary, occasion), body="\n".join(body))


def _refresh(occasion: Occasion) -> str:
    """The page reloads soon after the next report is due, and every ten minutes after that."""
    if not occasion.due:
        return ""
    seconds = min(max(60, int((occasion.due - occasion.made).total_seconds()) + 45), 86_400)
    return f'<meta http-equiv="refresh" content="{seconds}">\n'


def _facts(summary: Summary, occasion: Occasion) -> str:
    rows = [("Made", _time(occasion.made))]
    if summary.read_at is not None and abs(occasion.made.timestamp() - summary.read_at / 1e6) > 120:
        rows.append(("Log read", _moment(summary.read_at)))
    if summary.words:
        rows.append(("Only", escape(summary.words)))
    if summary.first_at is not None and summary.last_at is not None:
        rows.append(("Covers", f"{_moment(summary.first_at)}<br>to {_moment(summary.last_at)}"))
    rows.append(("Next due", _time(occasion.due) if occasion.due else "not on a schedule"))
    return "<dl>\n" + "\n".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "\n</dl>"


def _figures(summary: Summary) -> str:
    figures = [
        ("messages", f"{summary.messages:,}"), ("characters", f"{summary.characters:,}"), ("clients", f"{summary.clients:,}"),
        ("at most at the same time", f"{summary.peaks.most:,}"), ("connected at the end", f"{summary.connected:,}"),
        ("median length of a session", duration(summary.median_length)), ("messages discarded", f"{summary.missed:,}"),
        ("slow receivers", f"{dict(summary.reasons).get('slow', 0):,}"), ("connections refused", f"{summary.refused:,}"),
        ("longest log lag", duration(summary.longest_lag)),
    ]
    return '<ul class="figures">' + "".join(f"<li><b>{value}</b> <span class=\"faint\">{name}</span></li>" for name, value in figures) + "</ul>"


def _links(name: str, files: list[str]) -> str:
    return " · ".join(f'<a href="{file}">{file}</a>' for file in (*files, f"{name}.png", f"{name}.svg"))


def _moment(microseconds: int) -> str:
    try:
        return _time(datetime.fromtimestamp(microseconds // 1_000_000, timezone.utc).astimezone())
    except (OverflowError, ValueError, OSError):
        return "a time out of range"


def _time(moment: datetime) -> str:
    utc = moment.astimezone(timezone.utc)
    local = "" if moment.tzname() == "UTC" else f' <span class="faint">({moment:%Y-%m-%d %H:%M:%S} {escape(moment.tzname() or "local")})</span>'
    return f'<time datetime="{utc:%Y-%m-%dT%H:%M:%SZ}">{utc:%Y-%m-%d %H:%M:%S} UTC</time>{local}'


def _details(table: Table) -> str:
    """Numbers in rows are shown as numbers, everything else is escaped."""
    kinds = ["" if isinstance(value, str) else ' class="number"' for value in table.rows[0]]
    lines = [f"<details><summary>{escape(table.title)}</summary>", "<table>"]
    lines.append("<thead><tr>" + "".join(f'<th scope="col"{kind}>{head}</th>' for head, kind in zip(table.heads, kinds)) + "</tr></thead><tbody>")
    for row in table.rows:
        cells = (f"<td{kind}>{escape(value) if isinstance(value, str) else format(value, ',')}</td>" for value, kind in zip(row, kinds))
        lines.append("<tr>" + "".join(cells) + "</tr>")
    lines.append("</tbody></table></details>")
    return "\n".join(lines)
