"""Draws the pictures. The same numbers give the same picture, byte for byte."""

from collections.abc import Callable
from datetime import date, datetime

from matplotlib.collections import PolyCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from chat_report import style
from chat_report.read import HOUR
from chat_report.style import BAR, CELL_INK, CELL_PAPER, FAINT, GRID, INK, NOTHING, OTHERS_BAR, WARNING_BAR, WIDTH
from chat_report.summarise import Ranking, Summary

# One hue from light to dark: distinguishable by lightness alone, so by anyone and in print.
SHADES = LinearSegmentedColormap.from_list("traffic", ["#d5e6f7", "#7fb2e0", "#2f6db5", "#0a2f5f"])

NAMES = ("load", "traffic", "hours", "days", "channels", "discarded", "sessions", "peaks", "lag")


def draw(name: str, summary: Summary) -> Figure:
    """One of NAMES. Called inside style()."""
    drawings: dict[str, Callable[[], Figure]] = {
        "load": lambda: draw_ranking("Characters sent by each client, and messages in brackets", summary.load, "No messages yet"),
        "traffic": lambda: draw_traffic(summary.traffic_labels, summary.traffic, summary.clients),
        "hours": lambda: draw_times("Characters in each hour", [_hour(hour, summary.shift) for hour, _, _ in summary.hours], [row[2] for row in summary.hours], f"local time, {_zone(summary)}"),
        "days": lambda: draw_times("Characters on each day", [_day(day) for day, _, _ in summary.days], [row[2] for row in summary.days], f"days of local time, {_zone(summary)}"),
        "channels": lambda: draw_ranking("Characters written in each room and group, and messages in brackets", summary.channels, "Nothing written in a room or a group yet"),
        "discarded": lambda: draw_bars("Discarded messages, by how their receiver had left", [row.label for row in summary.discarded], [row.messages for row in summary.discarded],
                                       "messages", "No message was discarded", [WARNING_BAR] * len(summary.discarded)),
        "sessions": lambda: draw_bars("Lengths of the sessions that have ended", [words for words, _ in summary.lengths], [count for _, count in summary.lengths],
                                      "sessions", "No session has ended yet", [BAR] * len(summary.lengths)),
        "peaks": lambda: draw_times("Most clients connected at the same time, on each day", [_day(day) for day, _ in summary.peaks.days], [most for _, most in summary.peaks.days],
                                    f"days of local time, {_zone(summary)}", "clients", "No client yet"),
        "lag": lambda: draw_times("Longest time until a message was in the log, in each hour", [_hour(hour) for hour, _ in summary.lags], [seconds * 1000 for _, seconds in summary.lags],
                                  f"local time, {_zone(summary)}; hours without a message are left out", "milliseconds", "Not measured yet"),
    }
    return drawings[name]()


def draw_ranking(name: str, ranking: Ranking, nothing: str) -> Figure:
    """Characters, the most first; the others, combined in the last row, have their own colour."""
    colours = [BAR] * (len(ranking.rows) - 1) + [OTHERS_BAR if ranking.others else BAR]
    values = [row.characters for row in ranking.rows]
    # If the others add up to much more, all other bars would be too short to compare.
    cut = ranking.others and values[0] and values[-1] > 1.5 * values[0]
    unit = "characters; the bar of the others is cut off" if cut else "characters"
    return draw_bars(name, [row.label for row in ranking.rows], values, unit, nothing, colours, 1.2 * values[0] if cut else None,
                     [f"{row.characters:,} ({row.messages:,})" for row in ranking.rows])


def draw_bars(name: str, labels: list[str], values: list[int], unit: str, nothing: str, colours: list[str], end: float | None = None,
              numbers: list[str] | None = None) -> Figure:
    """Horizontal bars with their numbers; end: where longer ones are cut off."""
    numbers = numbers or [f"{value:,}" for value in values]
    if not sum(values):
        return style.without_data(name, nothing)
    left = min(3.4, 0.3 + style.text_width(labels))
    right = 0.3 + style.text_width(numbers)
    figure, axes = style.new_figure(WIDTH, 1.15 + 0.31 * len(values), left=left, right=right, bottom=0.55)
    style.title(figure, name)
    # Drawn by position, because two sessions may have the same label.
    places = range(len(values))
    end = end or max(values)
    bars = axes.barh(places, [min(value, end) for value in values], height=0.72, color=colours)
    axes.bar_label(bars, labels=numbers, padding=4, color=INK)
    axes.set_yticks(places, labels=labels)
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.set_xlim(0, end)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    axes.set_xlabel(unit)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    return figure


def draw_times(name: str, labels: list[str], values: list[float], below: str, unit: str = "characters", nothing: str = "No messages in this time") -> Figure:
    """Vertical bars over time; with the number of each if there is room, otherwise only of the highest."""
    if not values or not max(values):
        return style.without_data(name, nothing)
    left = 0.65 + style.text_width([compact(max(values))])
    figure, axes = style.new_figure(WIDTH, 3.1, left=left, top=0.8, bottom=0.85)
    style.title(figure, name)
    bars = axes.bar(range(len(values)), values, width=0.8, color=BAR)
    highest = values.index(max(values))
    every = len(values) <= 12
    axes.bar_label(bars, labels=[compact(value) if every or place == highest else "" for place, value in enumerate(values)], padding=2, color=INK, fontsize=9)
    step = -(-len(values) // 8)
    axes.set_xticks(range(0, len(values), step), labels=labels[::step])
    axes.set_xlim(-0.7, max(len(values), 6) - 0.3)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=unit in ("characters", "clients"), steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
    axes.set_ylabel(unit)
    axes.set_xlabel(below)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return figure


def draw_traffic(labels: list[str], values: list[list[int]], clients: int) -> Figure:
    """The heatmap: senders in rows, receivers in columns. clients: how many there are, shown or not."""
    size = len(labels)
    name = "Characters delivered from client to client"
    if not size:
        return style.without_data(name, "No direct or group message delivered yet")
    if size < clients:
        name += f"\nthe {size} of {clients:,} clients with the most traffic" if size == 20 else f"\n{size} of {clients:,} clients; the others had no traffic"
    cell = 0.95 if size <= 6 else 0.68 if size <= 12 else 0.52
    label_width = min(3.4, style.text_width(labels))
    # The names below are rotated by 40 degrees.
    left, below = 0.55 + label_width, 0.5 + 0.65 * label_width
    above = 0.55 + 0.25 * name.count("\n")
    width = max(WIDTH - 1.4, left + cell * size + 0.3)
    figure, axes = style.new_figure(width, above + cell * size + below, left=left, right=width - left - cell * size, top=above, bottom=below)
    style.title(figure, name)
    highest = max(map(max, values))
    scale = Normalize(vmin=0, vmax=highest)
    squares, shades = [], []
    for row in range(size):
        for column in range(size):
            value = values[row][column]
            squares.append([(column + x, row + y) for x, y in ((-0.48, -0.48), (0.48, -0.48), (0.48, 0.48), (-0.48, 0.48))])
            shades.append(NOTHING if value == 0 else SHADES(scale(value)))
            ink = FAINT if value == 0 else CELL_PAPER if scale(value) > 0.5 else CELL_INK
            number = f"{value:,}" if size <= 6 and value < 10_000_000 else compact(value)
            axes.text(column, row, number, ha="center", va="center", color=ink, fontsize=10 if size <= 12 else 8)
    axes.add_collection(PolyCollection(squares, facecolors=shades, linewidths=0))
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_xticks(range(size), labels=labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(size), labels=labels)
    axes.set_xlabel("receiver")
    axes.set_ylabel("sender")
    axes.spines[:].set_visible(False)
    return figure


def compact(value: float) -> str:
    """At most four digits and a letter: 9,999, 12.3k, 4.5M."""
    if abs(value) < 10_000:
        return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.3g}"
    for unit in ("k", "M", "G", "T", "P"):
        value /= 1000
        if abs(value) < 999.95:
            break
    return f"{value:.1f}".removesuffix(".0") + unit


def _hour(hour: int, shift: int = 0) -> str:
    try:
        return datetime.fromtimestamp((hour * HOUR + shift) // 1_000_000).strftime("%H:%M\n%d %b")
    except (OverflowError, ValueError, OSError):
        return "?"


def _day(day: date) -> str:
    return day.strftime("%d %b\n%Y")


def _zone(summary: Summary) -> str:
    """The zone's name at the last time shown."""
    try:
        return datetime.fromtimestamp((summary.last_at or 0) // 1_000_000).astimezone().strftime("%Z (UTC%z)")
    except (OverflowError, ValueError, OSError):
        return "UTC"
