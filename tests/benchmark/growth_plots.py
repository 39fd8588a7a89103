"""Draws a series of `growth`: a panel a unit, both axes logarithmic, with the line that growth in proportion would take."""
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402 (after the choice of the backend)

# Okabe and Ito's colours: told apart by the colour-blind as well; so are the marks.
STYLES = [("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D")]
GREY = "#777777"


def draw(series, medians, powers, file):
    file.parent.mkdir(parents=True, exist_ok=True)
    figure, panels = pyplot.subplots(1, len(series.panels), figsize=(5.4 * len(series.panels), 4.4), squeeze=False)
    for panel, (unit, names) in zip(panels[0], series.panels.items()):
        draw_panel(panel, {name: medians[name] for name in names}, powers)
        panel.set_xlabel(series.over)
        panel.set_ylabel(unit)
    figure.suptitle(series.title)
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def draw_panel(panel, figures, powers):
    panel.set_xscale("log")
    panel.set_yscale("log")
    for (name, points), (colour, mark) in zip(figures.items(), STYLES):
        sizes = [size for size in sorted(points) if size > 0 and points[size] > 0]
        power = "" if powers[name] is None else f" (growth {powers[name]:.2f})"
        panel.plot(sizes, [points[size] for size in sizes], color=colour, marker=mark, label=name + power)
        if 0 in points:
            panel.axhline(points[0], color=colour, linestyle=":", linewidth=1, label=f"{name}, with none")
    values = [value for points in figures.values() for value in points.values() if value > 0]
    low, high = min(values), max(values)
    places = [size for points in figures.values() for size in points if size > 0]
    first, last = min(places), max(places)
    start = min((points[first] for points in figures.values() if points.get(first, 0) > 0), default=low)
    bottom, top = low / 2, max(high * 4, low * 40)
    reach = min(last, first * top / start)
    panel.plot([first, reach], [start, start * reach / first], color=GREY, linestyle="--", linewidth=1.2, label="growth in proportion")
    panel.set_ylim(bottom, top)
    panel.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
    panel.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.4g}"))
    panel.grid(True, which="major", color="#dddddd", linewidth=0.7)
    panel.legend(fontsize=8, framealpha=0.9, loc="upper left")
