"""Plots a series of `growth`: one panel per unit, both axes logarithmic, with a line for proportional growth."""
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot, ticker  # noqa: E402 (after the choice of the backend)

# Okabe and Ito's colours, which colour-blind people can tell apart, as they can the marks.
STYLES = [("#0072B2", "o"), ("#D55E00", "s"), ("#009E73", "^"), ("#CC79A7", "D")]
GREY = "#777777"


def draw(series, medians, powers, file):
    file.parent.mkdir(parents=True, exist_ok=True)
    figure, panels = pyplot.subplots(1, len(series.panels), figsize=(5.4 * len(series.panels), 5.2), squeeze=False)
    for panel, (unit, names) in zip(panels[0], series.panels.items()):
        draw_panel(panel, {name: medians[name] for name in names}, powers)
        panel.set_xlabel(series.over)
        panel.set_ylabel(unit)
    figure.suptitle(series.title)
    figure.tight_layout()
    figure.savefig(file, dpi=110)
    pyplot.close(figure)


def draw_panel(panel, figures, powers):
    for (name, points), (colour, mark) in zip(figures.items(), STYLES):
        sizes = [size for size in sorted(points) if size > 0 and points[size] > 0]
        power = "" if powers[name] is None else f" (growth {powers[name]:.2f})"
        panel.plot(sizes, [points[size] for size in sizes], color=colour, marker=mark, label=name + power)
        if 0 in points:
            panel.axhline(points[0], color=colour, linestyle=":", linewidth=1, label=f"{name}, with none")
    values = [value for points in figures.values() for value in points.values() if value > 0]
    draw_proportion(panel, figures)
    panel.set_xscale("log")
    panel.set_yscale("log")
    low, high = min(values) / 2, max(values) * 2
    panel.set_ylim(low, high * max(1, 30 * low / high))
    panel.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
    panel.yaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5) if high / low < 1000 else (1,)))
    panel.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}" if value >= 1 else f"{value:g}"))
    panel.yaxis.set_minor_formatter(ticker.NullFormatter())
    panel.grid(True, which="major", color="#dddddd", linewidth=0.7)
    panel.legend(fontsize=8, frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0))


def draw_proportion(panel, figures):
    """Draws the line through the second-last size of the lowest figure, from which growth is computed."""
    places = [(points[sizes[-2]], sizes[-2], sizes) for points in figures.values() if len(sizes := [size for size in sorted(points) if size > 0]) > 1]
    if not places:
        return
    value, at, sizes = min(places)
    panel.plot(sizes, [value * size / at for size in sizes], color=GREY, linestyle="--", linewidth=1.2, label="growth in proportion")
