"""Fixtures for the tests of the load report."""

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "analysis")]

from load_report import HOUR, START, Log, made, of_a_week, of_two, summary  # noqa: E402 - on the path set above


@contextmanager
def in_utc():
    """Sets the time zone of this process and its children, and for this process the present; otherwise days and hours
    would depend on whoever runs the tests, and when."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        patch.setattr("chat_report.summarise.now", lambda: START + 3 * HOUR)
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def here_is_utc():
    with in_utc():
        yield


@pytest.fixture(autouse=True)
def nothing_is_too_old(monkeypatch):
    """The dates in these tests are fixed: they must not become too old to be kept."""
    monkeypatch.setattr("chat_report.rollup.DETAIL_DAYS", 100 * 366)


@pytest.fixture
def present(monkeypatch):
    """A function that sets the present of this process, in microseconds."""
    return lambda at: monkeypatch.setattr("chat_report.summarise.now", lambda: at)


@pytest.fixture
def log(tmp_path):
    filled = Log(tmp_path / "chat.db")
    yield filled
    filled.close()


@pytest.fixture
def two(log):
    """A log with two clients, Batman and Voldemort, and 7 characters from the first to the second."""
    of_two(log)
    return log


@pytest.fixture(scope="session")
def drawn():
    """Each picture as PNG and as SVG, for the log of two clients."""
    with TemporaryDirectory() as directory:
        log = Log(Path(directory) / "chat.db")
        of_two(log)
        found = summary(log.close())
    from chat_report import draw, style

    with style.style():
        figures = {name: draw.draw(name, found) for name in draw.NAMES}
        return {name: (style.as_png(figure), style.as_svg(figure)) for name, figure in figures.items()}


@pytest.fixture
def quick_pictures(drawn, monkeypatch):
    """Every report of this test reuses the pictures of the log of two: drawing is the slowest part, and the test is
    about other things."""
    monkeypatch.setattr("chat_report.draw.draw", lambda name, _summary: name)
    monkeypatch.setattr("chat_report.style.as_png", lambda name: drawn[name][0])
    monkeypatch.setattr("chat_report.style.as_svg", lambda name: drawn[name][1])


@pytest.fixture(scope="session")
def report_of_two(tmp_path_factory):
    """A report of that log, made once: tests must not change it."""
    directory = tmp_path_factory.mktemp("two")
    log = Log(directory / "chat.db")
    of_two(log)
    with in_utc():
        return made(log.close(), directory / "report")


@pytest.fixture(scope="session")
def report_of_a_week(tmp_path_factory):
    """A report with something of everything: tests must not change it."""
    directory = tmp_path_factory.mktemp("week")
    log = Log(directory / "chat.db")
    of_a_week(log)
    with in_utc():
        return made(log.close(), directory / "report")
