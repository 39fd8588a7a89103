"""The pictures, looked at as pixels: what is drawn must follow from the numbers."""

import io

import matplotlib.image
import numpy
import pandas
import pytest
from chat_report import draw
from load_report import made


def pixels(png: bytes) -> numpy.ndarray:
    return (matplotlib.image.imread(io.BytesIO(png), format="png")[:, :, :3] * 255).round().astype(int)


def where(picture: numpy.ndarray, colour: str) -> numpy.ndarray:
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return (abs(picture - wanted) <= 2).all(axis=2)


def load(*counts: int) -> pandas.DataFrame:
    return pandas.DataFrame({"label": [f"user{n} (1000{n})" for n in range(len(counts))], "characters": counts})


def bar_edges(picture: numpy.ndarray, colour: str) -> list[tuple[int, int]]:
    """Of the bars from top to bottom: the first row of pixels, and the first one below."""
    filled = where(picture, colour).sum(axis=1) > 4
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate([[0], filled.astype(int), [0]])))
    return list(zip(edges[::2], edges[1::2]))


def bar_widths(picture: numpy.ndarray, colour: str) -> list[int]:
    """Of the bars from top to bottom, in pixels."""
    widths = where(picture, colour).sum(axis=1)
    return [int(numpy.median(widths[slice(*edges)])) for edges in bar_edges(picture, colour)]


def test_R20_the_bars_are_as_long_as_the_numbers():
    widths = bar_widths(pixels(draw.draw_load(load(1000, 500, 250), others=0)), draw.BAR)
    assert len(widths) == 3
    assert widths[1] / widths[0] == pytest.approx(0.5, abs=0.01)
    assert widths[2] / widths[0] == pytest.approx(0.25, abs=0.01)


def test_R20_the_others_have_a_colour_of_their_own():
    picture = pixels(draw.draw_load(load(1000, 500), others=7))
    assert len(bar_widths(picture, draw.BAR)) == 1
    assert len(bar_widths(picture, draw.OTHERS_BAR)) == 1


def test_R20_the_numbers_are_on_the_bars():
    picture = pixels(draw.draw_load(load(1000, 500), others=0))
    for row in bar_edges(picture, draw.BAR):
        end = numpy.flatnonzero(where(picture, draw.BAR)[slice(*row)].any(axis=0)).max()
        beyond = picture[slice(*row), end + 2 :]
        assert (beyond.max(axis=2) < 100).sum() > 50  # dark: not the lines of the grid
    one = pixels(draw.draw_load(load(10**6, 10**6), others=0))
    other = pixels(draw.draw_load(load(10**6, 10**6 + 1), others=0))
    assert one.shape == other.shape
    changed = numpy.argwhere((abs(one - other) > 60).any(axis=2))
    assert 5 < len(changed) < 200  # the last digit of the second number


def test_R21_senders_are_rows_and_receivers_columns():
    labels = ["Batman (48213)", "Voldemort (51990)"]
    picture = pixels(draw.draw_traffic(pandas.DataFrame([[0, 9], [0, 0]], index=labels, columns=labels), clients=2))
    without = numpy.argwhere(where(picture, draw.NOTHING))
    (top, left), (bottom, right) = without.min(axis=0), without.max(axis=0)
    dark = numpy.argwhere(where(picture, "#0a2f5f")[top:bottom, left:right])
    assert len(dark) > 1000
    assert dark[:, 0].max() < (bottom - top) / 2 < (right - left) / 2 <= dark[:, 1].min() + 3


def test_R21_more_traffic_is_darker_for_every_eye():
    lightness = [numpy.dot(draw.SHADES(level)[:3], (0.2126, 0.7152, 0.0722)) for level in numpy.linspace(0, 1, 20)]
    assert all(lighter > darker for lighter, darker in zip(lightness, lightness[1:]))
    assert lightness[0] - lightness[-1] > 0.6


@pytest.mark.parametrize("clients", [1, 5, 20])
def test_R21_the_heatmap_is_large_enough_for_its_numbers(clients):
    labels = [f"A-name-of-thirty-two-characters{n:x} (1000{n})"[:40] for n in range(clients)]
    traffic = pandas.DataFrame([[1234567] * clients] * clients, index=labels, columns=labels)
    height, width, _ = pixels(draw.draw_traffic(traffic, clients)).shape
    assert 50 * clients < width < 2600
    assert 50 * clients < height < 2600


def test_R21_a_hostile_name_is_only_drawn(log, tmp_path):
    names = ["$\\frac{1}", "$$", "a\\$b_{c", "日本語 🦇", "\u202eevil", "x" * 5000, "a\nb\x00c", ""]
    for session, name in enumerate(names, start=1):
        log.session(session, 10000 + session, name)
        log.message("direct", session, 7, receiver=1 + session % len(names))
    output = made(log.close(), tmp_path / "report")
    for picture in ("load.png", "traffic.png"):
        assert max(pixels((output / picture).read_bytes()).shape) < 3000


@pytest.mark.parametrize("characters, shown", [(0, "0"), (9999, "9,999"), (10_000, "10k"), (12_345, "12.3k"), (999_940, "999.9k"), (999_960, "1M"), (4_500_000_000, "4.5G")])
def test_R21_numbers_fit_their_cells(characters, shown):
    assert draw.compact(characters) == shown
