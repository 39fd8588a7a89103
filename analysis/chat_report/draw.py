"""Draws the pictures. The same numbers give the same picture, byte for byte."""

from collections.abc import Callable
from datetime import date

from matplotlib.colors import LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from chat_report import style
from chat_report.local_time import hour_label, local
from chat_report.read import HOUR
from chat_report.style import BAR, CELL_INK, CELL_PAPER, FAINT, GRID, INK, NOTHING, OTHERS_BAR, WARNING_BAR, WIDTH
from chat_report.summarise import SHOWN, Ranking, Summary

# One hue from light to dark: distinguishable by lightness alone, so by anyone and in print.
SHADES = LinearSegmentedColormap.from_list("traffic", ["#d5e6f7", "#7fb2e0", "#2f6db5", "#0a2f5f"])

NAMES = ("load", "load-by-session", "traffic", "traffic-by-session", "hours", "days", "channels", "discarded", "sessions", "peaks", "lag")


def draw(name: str, summary: Summary) -> Figure:
    """One of NAMES. Called inside style()."""
    drawings: dict[str, Callable[[], Figure]] = {
        "load": lambda: draw_ranking("Characters sent by each person, and messages in brackets", summary.people, "No messages yet"),
        "load-by-session": lambda: draw_ranking("Characters sent in each session, and messages in brackets", summary.load, "No messages yet"),
        "traffic": lambda: draw_traffic("Characters delivered from person to person", "people", summary.people_labels, summary.people_traffic, summary.persons),
        "traffic-by-session": lambda: draw_traffic("Characters delivered from session to session", "sessions", summary.traffic_labels, summary.traffic, summary.clients),
        "hours": lambda: draw_times("Characters in each hour", [hour_label(hour * HOUR + summary.shift, day_first=False) for hour, _, _ in summary.hours], [row[2] for row in summary.hours], f"local time, {_zone(summary)}"),
        "days": lambda: draw_times("Characters on each day", [_day(day) for day, _, _ in summary.days], [row[2] for row in summary.days], f"days of local time, {_zone(summary)}"),
        "channels": lambda: draw_ranking("Characters written in each room and group, and messages in brackets", summary.channels, "Nothing written in a room or a group yet"),
        "discarded": lambda: draw_bars("Discarded messages, by how their receiver had left", [row.label for row in summary.discarded], [row.messages for row in summary.discarded],
                                       "messages", "No message was discarded", [WARNING_BAR] * len(summary.discarded)),
        "sessions": lambda: draw_bars("Lengths of the sessions that have ended", [words for words, _ in summary.lengths], [count for _, count in summary.lengths],
                                      "sessions", "No session has ended yet", [BAR] * len(summary.lengths)),
        "peaks": lambda: draw_times("Most clients connected at the same time, on each day", [_day(day) for day, _ in summary.peaks.days], [most for _, most in summary.peaks.days],
                                    f"days of local time, {_zone(summary)}", "clients", "No client yet"),
        "lag": lambda: draw_times("Longest time until a message was in the log, in each hour", [hour_label(hour * HOUR, day_first=False) for hour, _ in summary.lags], [seconds * 1000 for _, seconds in summary.lags],
                                  f"local time, {_zone(summary)}; hours without a message are left out", "milliseconds", "Not measured yet"),
    }
    return drawings[name]()


def draw_ranking(name: str, ranking: Ranking, nothing: str) -> Figure:
    """Characters, the most first; the others, combined in the last row, have their own colour. If they add up to more
    than the first has, they have a number but no bar: it would make all the others too short, and cut off it would look
    like a single one's."""
    colours = [BAR] * (len(ranking.rows) - 1) + [OTHERS_BAR if ranking.others else BAR]
    values = [row.characters for row in ranking.rows]
    without_bar = bool(ranking.others) and values[-1] > values[0]
    numbers = [f"{row.characters:,} ({row.messages:,})" for row in ranking.rows]
    if without_bar:
        numbers[-1] += " in all, too many for a bar"
    return draw_bars(name, [row.label for row in ranking.rows], values, "characters", nothing, colours, without_bar, numbers,
                     [f"{style.count_of(row.characters, 'characters')} in {style.count_of(row.messages, 'messages')}" for row in ranking.rows])


def draw_bars(name: str, labels: list[str], values: list[int], unit: str, nothing: str, colours: list[str], last_without_bar: bool = False,
              numbers: list[str] | None = None, explained: list[str] | None = None) -> Figure:
    """Horizontal bars with their numbers, and explanations for the pointer."""
    numbers = numbers or [f"{value:,}" for value in values]
    if not sum(values):
        return style.without_data(name, nothing)
    left = 0.3 + style.text_width(labels)
    lengths = [*values[:-1], 0] if last_without_bar else values
    end = max(lengths) or 1
    # Each number begins where its bar ends, and all have to fit.
    right = 0.3 + max(style.text_width([number]) for number, length in zip(numbers, lengths) if length > end / 2 or not last_without_bar)
    width = WIDTH + max(0, left - 3.4)
    figure, axes = style.new_figure(width, 1.15 + 0.31 * len(values), left=left, right=right, bottom=0.55)
    style.title(figure, name)
    # Drawn by position, because two sessions may have the same label.
    places = range(len(values))
    bars = axes.barh(places, lengths, height=0.72, color=colours)
    for bar, label, words in zip(bars, labels, explained or [style.count_of(value, unit) for value in values]):
        style.explain(figure, f"{label}: {words}", bar)
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
    for bar, label, value in zip(bars, labels, values):
        style.explain(figure, f"{label.replace(chr(10), ', ')}: {style.count_of(value, unit)}", bar)
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


def draw_traffic(name: str, whom: str, labels: list[str], values: list[list[int]], count: int) -> Figure:
    """The heatmap: senders in rows, receivers in columns. whom: people or sessions; count: how many there are, shown or
    not."""
    size = len(labels)
    if not size:
        return style.without_data(name, "No direct or group message delivered yet")
    if size < count:
        name += f"\nthe {size} of {count:,} {whom} with the most traffic" if size == SHOWN else f"\n{size} of {count:,} {whom}; the others had no traffic"
    cell = 0.95 if size <= 6 else 0.68 if size <= 12 else 0.52
    label_width = style.text_width(labels)
    # The names below are rotated by 40 degrees.
    left, below = 0.55 + label_width, 0.5 + 0.65 * label_width
    above = 0.55 + 0.25 * name.count("\n")
    width = max(WIDTH - 1.4, left + cell * size + 0.3)
    figure, axes = style.new_figure(width, above + cell * size + below, left=left, right=width - left - cell * size, top=above, bottom=below)
    style.title(figure, name)
    highest = max(map(max, values))
    scale = Normalize(vmin=0, vmax=highest)
    for row in range(size):
        for column in range(size):
            value = values[row][column]
            shade = NOTHING if value == 0 else SHADES(scale(value))
            number = f"{value:,}" if size <= 6 and value < 10_000_000 else compact(value)
            square = axes.add_patch(Rectangle((column - 0.48, row - 0.48), 0.96, 0.96, facecolor=shade, linewidth=0))
            words = axes.text(column, row, number, ha="center", va="center", color=FAINT if value == 0 else ink_on(shade), fontsize=10 if size <= 12 else 9)
            style.explain(figure, f"{labels[row]} to {labels[column]}: {style.count_of(value, 'characters')}", square, words)
    axes.set_xlim(-0.5, size - 0.5)
    axes.set_ylim(size - 0.5, -0.5)
    axes.set_xticks(range(size), labels=labels, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(size), labels=labels)
    axes.set_xlabel("receiver")
    axes.set_ylabel("sender")
    axes.spines[:].set_visible(False)
    return figure


def ink_on(shade: tuple[float, ...]) -> str:
    """The colour of a number in a cell: the one of the two that stands out more."""
    return max((CELL_INK, CELL_PAPER), key=lambda ink: style.contrast(to_rgb(ink), shade[:3]))


def compact(value: float) -> str:
    """At most four digits and a letter: 9,999, 12.3k, 4.5M."""
    if abs(value) < 10_000:
        return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:,.3g}"
    for unit in ("k", "M", "G", "T", "P"):
        value /= 1000
        if abs(value) < 999.95:
            break
    return f"{value:.1f}".removesuffix(".0") + unit


def _day(day: date) -> str:
    return day.strftime("%d %b\n%Y")


def _zone(summary: Summary) -> str:
    """The zone's name at the end of the time shown."""
    moment = local(summary.end_at - 1)
    return f"{moment:%Z (UTC%z)}" if moment else "UTC"
