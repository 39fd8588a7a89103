"""Writes index.html: a self-contained page with the pictures, the numbers behind them, the time of
making and the period covered. Every name on it is escaped; the page allows no
outside resource at all and, by its hash, one script: the one that sorts tables."""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timezone
from hashlib import sha256
from html import escape

from chat_report import vector
from chat_report.captions import SECTIONS, Section, alternative
from chat_report.local_time import OUT_OF_RANGE, local
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
.sections { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%%, 34rem), 1fr)); gap: 2.5rem 2rem; align-items: start; }
section { min-width: 0; }
.wide { grid-column: 1 / -1; }
figure { margin: .75rem 0 .25rem; }
.scroll { overflow-x: auto; max-width: 46rem; border: 1px solid var(--line); border-radius: 6px; }
.wide .scroll { max-width: 64rem; }
figure svg { display: block; width: 100%%; min-width: 30rem; height: auto; }
.switch { margin: 1rem 0; }
.switch label { margin-left: .75rem; }
body:has(#by-session:checked) .by-person, body:not(:has(#by-session:checked)) .by-session { display: none; }
figcaption { font-size: .85rem; color: var(--faint); }
summary { cursor: pointer; padding: .4rem 0; }
table { width: 100%%; max-width: 46rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; font-weight: normal; }
thead th, tfoot td, caption { color: var(--faint); }
caption { padding: .2rem .5rem; text-align: left; font-size: .85rem; }
th button { all: unset; cursor: pointer; }
th button:focus-visible { outline: 2px solid var(--link); }
th[aria-sort=ascending] button::after { content: " \25b2"; }
th[aria-sort=descending] button::after { content: " \25bc"; }
th.number, td.number { text-align: right; overflow-wrap: normal; }
@media (max-width: 30rem) { th, td { padding: .3rem .15rem; font-size: .85rem; } dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; } }
""" % (vector.variables(night=False), vector.variables(night=True))

# Numbers are sorted by size, the largest first; times and names by letters. What stands in the foot stays there.
SCRIPT = """
for (const head of document.querySelectorAll("thead th")) {
  const button = document.createElement("button");
  button.append(...head.childNodes);
  head.append(button);
  button.onclick = () => {
    const numbers = head.className === "number";
    const up = head.ariaSort === "descending" || (head.ariaSort !== "ascending" && !numbers);
    const value = row => { const text = row.cells[head.cellIndex].textContent; return numbers ? Number(text.replaceAll(",", "")) : text; };
    const compare = (one, other) => numbers ? value(one) - value(other) : value(one).localeCompare(value(other));
    const body = head.closest("table").tBodies[0];
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    body.append(...[...body.rows].sort((one, other) => up ? compare(one, other) : compare(other, one)));
  };
}
"""
SCRIPT_HASH = b64encode(sha256(SCRIPT.encode("utf-8")).digest()).decode("ascii")

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{script_hash}'">
{refresh}<title>Chat load report</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Chat load report</h1>
{facts}
{body}
</main>
<script>{script}</script>
</body>
</html>
"""

EMPTY = "<p><strong>The log is empty: no messages yet.</strong> The report fills as soon as people write to each other.</p>"
NONE = "<p><strong>No messages here.</strong> Nothing in the log matches the selection.</p>"

SWITCH = """<div class="switch" role="radiogroup" aria-label="Count by">Count by
<label><input type="radio" name="by" id="by-person" checked> person</label>
<label><input type="radio" name="by" id="by-session"> session</label></div>"""


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
    body += [_figures(summary), SWITCH, '<div class="sections">']
    body += [_section(section, summary, pictures, shown, matrix_left_out if section.name == "traffic" else "") for section in SECTIONS]
    body.append("</div>")
    return PAGE.format(style=STYLE, refresh=_refresh(occasion), script=SCRIPT, script_hash=SCRIPT_HASH, facts=_facts(summary, occasion), body="\n".join(body))


def _section(section: Section, summary: Summary, pictures: dict[str, str], shown: dict[str, Table], left_out: str) -> str:
    files = [file for file in section.files if not (left_out and file == "traffic.csv")]
    wide = ' class="wide"' if section.name == "traffic" and max(len(summary.people_labels), len(summary.traffic_labels)) > 8 else ""
    lines = [f'<section id="{section.name}"{wide}>\n<h2>{section.heading}</h2>',
             f'<p>{section.text}{f" <strong>{escape(left_out)}</strong>" if left_out else ""}</p>']
    if section.by_person:
        for kind, (picture, table) in (("by-person", section.by_person), ("by-session", section.by_session)):
            lines.append(f'<div class="{kind}">{_figure(picture, summary, pictures, files)}{_details(shown[table]) if shown[table].rows else ""}</div>')
    else:
        lines.append(_figure(section.name, summary, pictures, files))
    lines += [_details(shown[table]) for table in section.tables if shown[table].rows]
    return "\n".join([*lines, "</section>"])


def _figure(picture: str, summary: Summary, pictures: dict[str, str], files: list[str]) -> str:
    """It scrolls on a narrow screen, rather than becoming too small to read."""
    described = alternative(picture, summary)
    svg = vector.inline(pictures[picture], picture, described)
    width = re.match(r'<svg [^>]*\bwidth="([0-9.]+)pt"', svg)
    least = f' style="min-width: min({float(width[1]):.0f}pt, 64rem)"' if width and picture.startswith("traffic") else ""
    return (f'<figure><div class="scroll" tabindex="0" role="group" aria-label="Picture, scrolls sideways">{svg.replace("<svg ", f"<svg{least} ", 1)}</div>\n'
            f"<figcaption>{_links(picture, files)}</figcaption></figure>")


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
    if summary.later:
        rows.append(("Times ahead", f"{summary.later:,} messages have a time that has not come yet: a clock was wrong. They are counted, but not shown by hour and day."))
    rows.append(("For programs", '<a href="report.json">report.json</a>'))
    rows.append(("Next due", _time(occasion.due) if occasion.due else "not on a schedule"))
    return "<dl>\n" + "\n".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows) + "\n</dl>"


def _figures(summary: Summary) -> str:
    figures = [
        ("messages", f"{summary.messages:,}"), ("characters", f"{summary.characters:,}"), ("people", f"{summary.persons:,}"), ("sessions", f"{summary.clients:,}"),
        ("at most at the same time", f"{summary.peaks.most:,}"), ("connected at the end", f"{summary.connected:,}"),
        ("median length of a session", duration(summary.median_length)), ("messages discarded", f"{summary.missed:,}"),
        ("slow receivers", f"{dict(summary.reasons).get('slow', 0):,}"), ("connections refused", f"{summary.refused:,}"),
        ("longest log lag", duration(summary.longest_lag)),
    ]
    return '<ul class="figures">' + "".join(f"<li><b>{value}</b> <span class=\"faint\">{name}</span></li>" for name, value in figures) + "</ul>"


def _links(name: str, files: list[str]) -> str:
    return " · ".join(f'<a href="{file}">{file}</a>' for file in (*files, f"{name}.png", f"{name}.svg"))


def _moment(microseconds: int) -> str:
    moment = local(microseconds)
    return _time(moment) if moment else OUT_OF_RANGE


def _time(moment: datetime) -> str:
    utc = moment.astimezone(timezone.utc)
    local = "" if moment.tzname() == "UTC" else f' <span class="faint">({moment:%Y-%m-%d %H:%M:%S} {escape(moment.tzname() or "local")})</span>'
    return f'<time datetime="{utc:%Y-%m-%dT%H:%M:%SZ}">{utc:%Y-%m-%d %H:%M:%S} UTC</time>{local}'


def _details(table: Table) -> str:
    """Numbers in rows are shown as numbers, everything else is escaped."""
    kinds = ["" if isinstance(value, str) else ' class="number"' for value in table.rows[0]]

    def line(row: tuple) -> str:
        return "<tr>" + "".join(f"<td{kind}>{escape(value) if isinstance(value, str) else format(value, ',')}</td>" for value, kind in zip(row, kinds)) + "</tr>"

    body, foot = (table.rows[:-1], table.rows[-1:]) if table.others else (table.rows, [])
    lines = [f"<details><summary>{escape(table.title)}</summary>", f"<table><caption>{escape(table.caption)}</caption>"]
    lines.append("<thead><tr>" + "".join(f'<th scope="col"{kind}>{head}</th>' for head, kind in zip(table.heads, kinds)) + "</tr></thead><tbody>")
    lines += [*map(line, body), "</tbody>", *(["<tfoot>", *map(line, foot), "</tfoot>"] if foot else []), "</table></details>"]
    return "\n".join(lines)
