"""What every test of the load report starts from."""

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "analysis")]

from load_report import Log, made, of_a_week, of_two, summary  # noqa: E402 - found through the path set above


@contextmanager
def in_utc():
    """The time zone of this process and of what it starts; without this, days and hours would be those of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def here_is_utc():
    with in_utc():
        yield


@pytest.fixture(autouse=True)
def nothing_is_too_old(monkeypatch):
    """The dates in these tests are fixed ones: they are not to be forgotten some day."""
    monkeypatch.setattr("chat_report.rollup.DETAIL_DAYS", 100 * 366)


@pytest.fixture
def log(tmp_path):
    filled = Log(tmp_path / "chat.db")
    yield filled
    filled.close()


@pytest.fixture
def two(log):
    """A log with two clients, Batman and Voldemort, and 7 characters from the one to the other."""
    of_two(log)
    return log


@pytest.fixture(scope="session")
def drawn():
    """Each picture as PNG and as SVG, of a log of two."""
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
    """The pictures of a log of two in every report of this test, which is about other things: drawing takes longer than all else."""
    monkeypatch.setattr("chat_report.draw.draw", lambda name, _summary: name)
    monkeypatch.setattr("chat_report.style.as_png", lambda name: drawn[name][0])
    monkeypatch.setattr("chat_report.style.as_svg", lambda name: drawn[name][1])


@pytest.fixture(scope="session")
def report_of_two(tmp_path_factory):
    """A report of such a log, made once: nobody may change it."""
    directory = tmp_path_factory.mktemp("two")
    log = Log(directory / "chat.db")
    of_two(log)
    with in_utc():
        return made(log.close(), directory / "report")


@pytest.fixture(scope="session")
def report_of_a_week(tmp_path_factory):
    """A report with something of everything: nobody may change it."""
    directory = tmp_path_factory.mktemp("week")
    log = Log(directory / "chat.db")
    of_a_week(log)
    with in_utc():
        return made(log.close(), directory / "report")
