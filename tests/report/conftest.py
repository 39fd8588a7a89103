"""What every test of the load report starts from."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "analysis")]

from load_report import Log  # noqa: E402 - found through the path set above


@pytest.fixture
def log(tmp_path):
    filled = Log(tmp_path / "chat.db")
    yield filled
    filled.close()


@pytest.fixture
def two(log):
    """A log with two clients, Batman and Voldemort, and 7 characters from the one to the other."""
    log.session(1, 48213, "Batman")
    log.session(2, 51990, "Voldemort")
    log.message("direct", 1, 7, receiver=2)
    return log
