"""Plots what `soak` saw over time: one panel per kind of figure, kills as ticks, the time without kills in grey."""
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402 (after the choice of the backend)

from soak_samples import FIGURES  # noqa: E402

COLOURS = ["#0072B2", "#D55E00", "#009E73"]     # Okabe and Ito's
LINES = ["-", "--", "-."]


def draw(samples, kills, windows, title, file):
    panels = list(dict.fromkeys(figure.panel() for figure in FIGURES.values()))
    columns = 3
    rows = -(-len(panels) // columns)
    picture, places = pyplot.subplots(rows, columns, figsize=(5.0 * columns, 3.3 * rows), sharex=True, squeeze=False)
    for place, panel in zip(places.flat, panels):
        names = [name for name, figure in FIGURES.items() if figure.panel() == panel]
        for name, colour, line in zip(names, COLOURS, LINES):
            place.plot([at / 60 for at, _ in samples], [values[name] for _, values in samples], line, color=colour, linewidth=1.3, label=FIGURES[name].title)
        begin, end = windows["no kills"]
        place.axvspan(begin / 60, end / 60, color="#eeeeee", zorder=0)
        place.plot([at / 60 for at in kills], [0.02] * len(kills), "|", color="#777777", markersize=6, transform=place.get_xaxis_transform())
        most = max((values[name] for _, values in samples for name in names), default=1)
        place.set_ylim(0, 1.35 * max(most, 1))
        place.set_ylabel(panel)
        place.grid(True, color="#dddddd", linewidth=0.6)
        place.legend(fontsize=8, loc="upper left", framealpha=0.9)
    for place in list(places.flat)[len(panels):]:
        place.axis("off")
    for place in list(places.flat)[len(panels) - columns:len(panels)]:
        place.tick_params(labelbottom=True)
        place.set_xlabel("minutes (ticks: a daemon was killed; grey: none was)", fontsize=9)
    picture.suptitle(title)
    picture.tight_layout()
    picture.savefig(file, dpi=110)
    pyplot.close(picture)
