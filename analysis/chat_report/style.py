"""What all pictures have in common: colours, fonts, and how a figure becomes a PNG and an SVG."""

import io
import warnings

import matplotlib
import matplotlib.font_manager
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
CELL_INK = "#10253c"
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
    return picture.getvalue()
