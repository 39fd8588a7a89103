"""What all pictures have in common: colours, fonts, and how a figure becomes a PNG and an SVG."""

import io
import re
import warnings
from collections.abc import Sequence
from html import escape

import matplotlib
import matplotlib.font_manager
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

DOTS_PER_INCH = 110
WIDTH = 7.4  # inches, for every picture except the heatmap

# Roles: in an SVG each follows the reader's light or dark theme (vector.py), so each has its own colour here.
INK = "#1f2328"
FAINT = "#57606a"
GRID = "#d8dee4"
GROUND = "#ffffff"
NOTHING = "#f4f6f8"
# From the palette of Okabe and Ito, which anyone can distinguish.
BAR = "#0072b2"
OTHERS_BAR = "#8a939c"
WARNING_BAR = "#d55e00"
# Inside a cell of the heatmap, whose shade does not change with the theme.
CELL_INK = "#000000"  # with the next one, at least 4.5:1 on every shade
CELL_PAPER = "#fefefe"

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "text.parse_math": False,  # a name may contain dollar signs
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": FAINT,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "xtick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.color": FAINT,
    "ytick.labelcolor": INK,
    "svg.fonttype": "none",  # text stays text: it can be read aloud, searched and copied
    "svg.hashsalt": "chat-report",
    "backend": "agg",
}


def style():
    """A context. Starts from the defaults: a matplotlibrc of the user or the directory must not change the report."""
    return matplotlib.rc_context({**matplotlib.rcParamsDefault, **STYLE})


def text_width(words: list[str], size: float = 10) -> float:
    """The width of the longest one, in inches."""
    renderer = FigureCanvasAgg(Figure(dpi=72)).get_renderer()
    font = matplotlib.font_manager.FontProperties(size=size)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        return max((renderer.get_text_width_height_descent(word, font, False)[0] / 72 for word in words), default=0)


def new_figure(width: float, height: float, left: float, right: float = 0.25, top: float = 0.55, bottom: float = 0.3):
    """A figure and its axes; all in inches, the last four the room around the axes."""
    figure = Figure(figsize=(width, height), dpi=DOTS_PER_INCH)
    axes = figure.add_axes([left / width, bottom / height, (width - left - right) / width, (height - top - bottom) / height])
    axes.tick_params(length=0)
    axes.set_axisbelow(True)
    return figure, axes


def explain(figure: Figure, words: str, *parts: Artist) -> None:
    """The words are shown by the browser when the pointer is on one of these parts of an SVG."""
    explained = figure.__dict__.setdefault("explained", {})
    for part in parts:
        part.set_gid(f"part{len(explained)}")
        explained[part.get_gid()] = words


def count_of(value: float, unit: str) -> str:
    """1 message, 2,000 messages."""
    return f"{round(value):,} {unit.removesuffix('s') if round(value) == 1 else unit}"


def contrast(one: Sequence[float], other: Sequence[float]) -> float:
    """Of two colours, red, green and blue from 0 to 1; as WCAG 2.1 defines it: 1 to 21."""
    def luminance(colour: Sequence[float]) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def title(figure: Figure, words: str) -> None:
    width, height = figure.get_size_inches()
    figure.text(0.15 / width, 1 - 0.16 / height, words, size=12, weight="bold", ha="left", va="top", linespacing=1.4)


def without_data(name: str, sentence: str) -> Figure:
    figure, axes = new_figure(WIDTH, 1.7, left=0.25)
    title(figure, name)
    axes.text(0.5, 0.5, sentence, transform=axes.transAxes, ha="center", va="center", color=FAINT, fontsize=11)
    axes.set_xticks([])
    axes.set_yticks([])
    return figure


def as_png(figure: Figure) -> bytes:
    picture = io.BytesIO()
    with warnings.catch_warnings():
        # A name may contain characters that the font lacks; they show as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        FigureCanvasAgg(figure).print_png(picture, metadata={"Software": None})
    return picture.getvalue()


def as_svg(figure: Figure) -> str:
    picture = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        FigureCanvasSVG(figure).print_svg(picture, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    explained = figure.__dict__.get("explained", {})
    return re.sub('<g id="(part[0-9]+)">', lambda group: f"{group[0]}<title>{escape(explained[group[1]])}</title>" if group[1] in explained else group[0], picture.getvalue())
