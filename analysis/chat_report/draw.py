"""Draws the two pictures, each as the bytes of a PNG. The same numbers give the same bytes."""

import io
import warnings

import matplotlib
import pandas
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

DOTS_PER_INCH = 120
INK = "#1f2328"
FAINT = "#6e7781"
GRID = "#d8dee4"
BAR = "#2f6db5"
OTHERS_BAR = "#a8b1bb"
NOTHING = "#f4f6f8"
# One hue from light to dark: told apart by lightness alone, so by any eye and in print.
SHADES = LinearSegmentedColormap.from_list("traffic", ["#d5e6f7", "#7fb2e0", "#2f6db5", "#0a2f5f"])

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,  # a name may hold dollar signs
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": FAINT,
    "axes.titlelocation": "left",
    "axes.titlesize": 13,
    "axes.titleweight": "bold",
    "axes.titlepad": 12,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
}


def draw_load(load: pandas.DataFrame, others: int) -> bytes:
    """The bar graph: characters sent by each client. load has label and characters, others summed up in its last row."""
    with _style():
        figure = Figure(figsize=(9, max(2.4, 1.3 + 0.36 * len(load))), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title("Characters sent by each client")
        if load["characters"].sum() == 0:
            return _saved(_without_data(figure, axes, "No messages yet"))
        # Drawn by position, because two sessions may bear one label.
        positions = range(len(load))
        colours = [BAR] * (len(load) - 1) + [OTHERS_BAR if others else BAR]
        bars = axes.barh(positions, load["characters"], height=0.72, color=colours)
        axes.bar_label(bars, labels=[f"{count:,}" for count in load["characters"]], padding=4, color=INK)
        axes.set_yticks(positions, labels=load["label"])
        axes.set_ylim(len(load) - 0.4, -0.6)
        axes.set_xlim(0, max(load["characters"]) * 1.12)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))
        axes.set_xlabel("characters")
        axes.grid(axis="x", color=GRID, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        axes.spines[["top", "right", "bottom"]].set_visible(False)
        return _saved(figure)


def draw_traffic(traffic: pandas.DataFrame, clients: int) -> bytes:
    """The heatmap: senders in rows, receivers in columns. clients is how many there are, shown or not."""
    with _style():
        size = len(traffic)
        title = "Characters delivered from client to client"
        if size < clients:
            title += f"\nthe {size} of {clients:,} clients with the most traffic"
        if traffic.to_numpy().sum() == 0:
            figure = Figure(figsize=(9, 2.4), layout="constrained")
            axes = figure.add_subplot()
            axes.set_title(title)
            return _saved(_without_data(figure, axes, "No direct or group message delivered yet"))
        cell = 0.95 if size <= 6 else 0.72 if size <= 12 else 0.58
        figure = Figure(figsize=(4.4 + cell * size, 2.6 + cell * size), layout="constrained")
        axes = figure.add_subplot()
        axes.set_title(title)
        values = traffic.to_numpy()
        scale = Normalize(vmin=0, vmax=values.max())
        shades = SHADES.with_extremes(bad=NOTHING)
        image = axes.imshow(traffic.where(traffic > 0).to_numpy(dtype=float), cmap=shades, norm=scale, aspect="equal")
        for row in range(size):
            for column in range(size):
                value = values[row, column]
                colour = FAINT if value == 0 else "white" if scale(value) > 0.5 else INK
                number = f"{value:,}" if size <= 6 and value < 10_000_000 else compact(value)
                axes.text(column, row, number, ha="center", va="center", color=colour, fontsize=10 if size <= 12 else 8)
        axes.set_xticks(range(size), labels=traffic.columns, rotation=40, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(size), labels=traffic.index)
        axes.set_xlabel("receiver")
        axes.set_ylabel("sender")
        # White lines between the cells.
        axes.set_xticks([edge - 0.5 for edge in range(1, size)], minor=True)
        axes.set_yticks([edge - 0.5 for edge in range(1, size)], minor=True)
        axes.grid(which="minor", color="white", linewidth=2)
        axes.tick_params(which="both", length=0)
        axes.spines[:].set_visible(False)
        bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02, format=FuncFormatter(lambda value, _: compact(value)))
        bar.outline.set_visible(False)
        bar.set_label("characters", color=FAINT)
        return _saved(figure)


def compact(value: float) -> str:
    """At most four digits and a letter: 9,999, 12.3k, 4.5M."""
    if abs(value) < 10_000:
        return f"{value:,g}"
    for unit in ("k", "M", "G", "T", "P"):
        value /= 1000
        if abs(value) < 999.95:
            break
    return f"{value:.1f}".removesuffix(".0") + unit


def _style():
    # Beginning from the defaults: a matplotlibrc of the person or the directory must not change the report.
    return matplotlib.rc_context({**matplotlib.rcParamsDefault, **STYLE, "backend": "agg"})


def _without_data(figure: Figure, axes, sentence: str) -> Figure:
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center", color=FAINT, fontsize=12)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(GRID)
    return figure


def _saved(figure: Figure) -> bytes:
    FigureCanvasAgg(figure)
    picture = io.BytesIO()
    with warnings.catch_warnings():
        # A name may hold characters that the font lacks; they show as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(picture, format="png", dpi=DOTS_PER_INCH, facecolor="white", bbox_inches="tight", pad_inches=0.2, metadata={"Software": None})
    return picture.getvalue()
