"""The pictures, checked as pixels: the drawing must match the numbers."""

import io
import re
import warnings
from xml.etree import ElementTree

import matplotlib.image
import numpy
import pytest
from chat_report import draw, style, vector
from chat_report.summarise import Ranking, Row
from load_report import PICTURES, called


def png(draw_it, *arguments) -> numpy.ndarray:
    with style.style():
        return pixels(style.as_png(draw_it(*arguments)))


def pixels(png: bytes) -> numpy.ndarray:
    return (matplotlib.image.imread(io.BytesIO(png), format="png")[:, :, :3] * 255).round().astype(int)


def where(picture: numpy.ndarray, colour: str) -> numpy.ndarray:
    wanted = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    return (abs(picture - wanted) <= 2).all(axis=2)


def load(*counts: int, others: int = 0) -> Ranking:
    return Ranking([Row(f"user{n} (1000{n})", 1, count) for n, count in enumerate(counts)], others)


def bars(*counts: int, others: int = 0) -> numpy.ndarray:
    return png(draw.draw_ranking, "Characters", load(*counts, others=others), "nothing")


def bar_edges(picture: numpy.ndarray, colour: str) -> list[tuple[int, int]]:
    """For the bars from top to bottom: the first row of pixels, and the first one below."""
    filled = where(picture, colour).sum(axis=1) > 4
    edges = numpy.flatnonzero(numpy.diff(numpy.concatenate([[0], filled.astype(int), [0]])))
    return list(zip(edges[::2], edges[1::2]))


def bar_widths(picture: numpy.ndarray, colour: str) -> list[int]:
    """The widths of the bars from top to bottom, in pixels."""
    widths = where(picture, colour).sum(axis=1)
    return [int(numpy.median(widths[slice(*edges)])) for edges in bar_edges(picture, colour)]


@pytest.mark.requirement("R20")
def test_the_bars_are_as_long_as_the_numbers():
    widths = bar_widths(bars(1000, 500, 250), style.BAR)
    assert len(widths) == 3
    assert widths[1] / widths[0] == pytest.approx(0.5, abs=0.01)
    assert widths[2] / widths[0] == pytest.approx(0.25, abs=0.01)


@pytest.mark.requirement("R20")
def test_the_others_have_a_colour_of_their_own_and_do_not_squeeze_the_rest():
    """More than the first one has, they have no bar at all: cut off, it would look like a single one's."""
    for sum_of_others, shares in ((250, [0.25]), (1000, [1]), (1001, []), (1_000_000, [])):
        picture = bars(1000, 500, sum_of_others, others=7)
        shown, others = bar_widths(picture, style.BAR), bar_widths(picture, style.OTHERS_BAR)
        assert len(shown) == 2 and shown[1] / shown[0] == pytest.approx(0.5, abs=0.01)
        assert [width / shown[0] for width in others] == pytest.approx(shares, abs=0.01)


@pytest.mark.requirement("R20")
def test_the_numbers_are_on_the_bars():
    picture = bars(1000, 500)
    for row in bar_edges(picture, style.BAR):
        end = numpy.flatnonzero(where(picture, style.BAR)[slice(*row)].any(axis=0)).max()
        beyond = picture[slice(*row), end + 2 :]
        assert (beyond.max(axis=2) < 100).sum() > 30  # dark: not the lines of the grid
    one, other = bars(10**6 + 9, 10**6), bars(10**6 + 9, 10**6 + 1)
    assert one.shape == other.shape
    changed = numpy.argwhere((abs(one - other) > 60).any(axis=2))
    assert 5 < len(changed) < 200  # the last digit of the second number


@pytest.mark.requirement("R19")
def test_the_columns_are_as_high_as_the_numbers():
    picture = png(draw.draw_times, "Characters", ["a", "b", "c"], [1000, 500, 250], "time")
    heights = where(picture, style.BAR).sum(axis=0)
    found = [heights[edges[0] + 5] for edges in bar_edges(picture.transpose(1, 0, 2), style.BAR)]
    assert len(found) == 3 and found[1] / found[0] == pytest.approx(0.5, abs=0.02) and found[2] / found[0] == pytest.approx(0.25, abs=0.02)


@pytest.mark.requirement("R21")
def test_senders_are_rows_and_receivers_columns():
    picture = png(draw.draw_traffic, "Characters", "people", ["Batman (48213)", "Voldemort (51990)"], [[0, 9], [0, 0]], 2)
    without = numpy.argwhere(where(picture, style.NOTHING))
    (top, left), (bottom, right) = without.min(axis=0), without.max(axis=0)
    dark = numpy.argwhere(where(picture, "#0a2f5f")[top:bottom, left:right])
    assert len(dark) > 1000
    assert dark[:, 0].max() < (bottom - top) / 2 < (right - left) / 2 <= dark[:, 1].min() + 4


@pytest.mark.requirement("R21")
def test_more_traffic_is_darker_for_every_eye():
    lightness = [numpy.dot(draw.SHADES(level)[:3], (0.2126, 0.7152, 0.0722)) for level in numpy.linspace(0, 1, 20)]
    assert all(lighter > darker for lighter, darker in zip(lightness, lightness[1:]))
    assert lightness[0] - lightness[-1] > 0.6


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return numpy.dot(linear, (0.2126, 0.7152, 0.0722))


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("night", [False, True])
def test_words_and_bars_stand_out_by_day_and_by_night(night):
    def contrast(one, other):
        dark, light = sorted((luminance(vector.ROLES[one][night]), luminance(vector.ROLES[other][night])))
        return (light + 0.05) / (dark + 0.05)

    assert contrast("ink", "ground") > 7 and contrast("faint", "ground") > 4.5 and contrast("faint", "nothing") > 4.5
    assert all(contrast(bar, "ground") > 3 for bar in ("bar", "warning", "others"))


@pytest.mark.requirement("D05")
def test_numbers_stand_out_on_every_shade():
    """4.5:1, what WCAG asks of small text."""
    def hexadecimal(colour):
        return "#" + "".join(f"{round(part * 255):02x}" for part in colour[:3])

    for shade in map(draw.SHADES, numpy.linspace(0, 1, 256)):
        dark, light = sorted((luminance(hexadecimal(shade)), luminance(draw.ink_on(shade))))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, shade


@pytest.mark.requirement("R21")
@pytest.mark.parametrize("clients", [1, 5, 20])
def test_the_heatmap_is_large_enough_for_its_numbers_and_nothing_is_cut_off(clients):
    labels = [f"A-name-of-thirty-two-characters{n:x} (1000{n})"[:40] for n in range(clients)]
    picture = png(draw.draw_traffic, "Characters", "people", labels, [[1234567] * clients] * clients, clients)
    height, width, _ = picture.shape
    assert 50 * clients < width < 2600
    assert 50 * clients < height < 2600
    edge = numpy.concatenate([picture[:2].reshape(-1, 3), picture[-2:].reshape(-1, 3), picture[:, :2].reshape(-1, 3), picture[:, -2:].reshape(-1, 3)])
    assert (edge == 255).all()


@pytest.mark.requirement("D05")
def test_every_label_of_a_small_report_is_whole_and_apart(report_of_a_week):
    """No text reaches beyond the edge of its picture."""
    for name in PICTURES:
        picture = pixels((report_of_a_week / f"{name}.png").read_bytes())
        for edge in (picture[:2], picture[-2:], picture[:, :2], picture[:, -2:]):
            assert (edge == 255).all(), name
        assert (picture != 255).any(axis=2).sum() > 5000


@pytest.mark.requirement("D05")
def test_each_svg_is_well_made_and_follows_the_theme(report_of_a_week):
    for name in PICTURES:
        text = (report_of_a_week / f"{name}.svg").read_text(encoding="utf-8")
        root = ElementTree.fromstring(text)
        words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
        assert len(words) > 3 and all(words)
        assert "prefers-color-scheme: dark" in text and "var(--ink, #1f2328)" in text
        rest = re.sub(r"var\(--[a-z]+, #[0-9a-f]{6}\)|<style>.*?</style>", "", text)
        assert not [day for day, _night in vector.ROLES.values() if day in rest], name
        ids = re.findall(r'\bid="([^"]+)"', text)
        assert len(ids) == len(set(ids)) and all(one.startswith(f"{name}-") for one in ids)
        assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', text)) <= set(ids)


@pytest.mark.requirement("R21")
def test_a_hostile_name_is_only_drawn(log, tmp_path):
    names = ["$\\frac{1}", "$$", "a\\$b_{c", "日本語 🦇", "\u202eevil", "x" * 5000, "a\nb\x00c", "", "<b>&amp;#1f2328", "url(#x) id=\"y\""]
    for session, name in enumerate(names, start=1):
        log.session(session, 10000 + session, name)
        log.message("direct", session, 7, receiver=1 + session % len(names))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert called("--database", log.close(), "--output", tmp_path / "report") == (0, "", "")
    for picture in ("load", "load-by-session", "traffic", "traffic-by-session"):
        assert max(pixels((tmp_path / "report" / f"{picture}.png").read_bytes()).shape) < 3000
        words = [element.text for element in ElementTree.parse(tmp_path / "report" / f"{picture}.svg").iter("{http://www.w3.org/2000/svg}text")]
        number = (" (10009)", " (10010)") if picture.endswith("session") else ("", "")
        assert f"<b>&amp;#1f2328{number[0]}" in words and f"url(#x) id=\"y\"{number[1]}" in words


@pytest.mark.requirement("R21")
@pytest.mark.parametrize("characters, shown", [(0, "0"), (0.25, "0.25"), (9999, "9,999"), (10_000, "10k"), (12_345, "12.3k"), (999_940, "999.9k"), (999_960, "1M"), (4_500_000_000, "4.5G")])
def test_numbers_fit_their_cells(characters, shown):
    assert draw.compact(characters) == shown
