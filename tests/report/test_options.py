"""Every option with values that cannot be meant: each is refused with one line and status 2, and nothing is written."""

import os
import re
import subprocess
import sys

import pytest
from load_report import PROGRAM, run

HUGE = "9" * 400
WORDS = "x" * 5000
# option: values that are refused, and values that are accepted
TABLE = {
    "--output": ([""], ["report"]),
    "--database": ([""], ["chat.db"]),
    "--rollup": ([""], ["kept"]),
    "--since": (["", " ", "-1d", "-1", "0", HUGE, HUGE + "d", "99999999d", "2026-13-01", "noon", "10000-01-01"], ["today", "12h", "2026-11-20", "2026-11-20T08:00", "0001-01-02", "0d"]),
    "--until": (["", " ", "-1d", "-1", HUGE, HUGE + "w", "2026-02-30"], ["today", "2026-11-20T08:00+05:30", "1960-01-01", "9999-12-30"]),
    "--client": (["", " ", "-1", "0", "1", "123456", HUGE, "+48213"], ["48213", "Batman", "batman"]),
    "--room": (["", " ", "#", "# ", "-1", "#-1", HUGE], ["lobby", "#lobby"]),
    "--timer": (["", " ", "chat-report", "../../passwd.timer", "a/b.timer", HUGE, "-1", ".timer"], ["chat-report.timer", "a@b.timer"]),
    "--matrix-mb": (["", " ", "-1", "+1", "1.5", "1e3", "10000000", HUGE, "\u0661"], ["0", "256", "9999999"]),
}
FLAGS = ("--rebuild", "--json", "--version", "--help")


@pytest.fixture
def known(two, tmp_path, monkeypatch):
    """A log in which every accepted value means something."""
    two.message("room", 1, 5)
    two.close()
    monkeypatch.chdir(tmp_path)
    return {path.name for path in tmp_path.iterdir()}


def refused(*words):
    done = run(*words)
    assert (done.returncode, done.stdout) == (2, ""), words
    assert re.fullmatch(r"chat-report: [^\n]{1,300} \(usage: chat-report --help\)\n", done.stderr), done.stderr
    return done.stderr


def test_the_table_has_every_option():
    assert set(re.findall(r"^  (--[a-z-]+)", run("--help").stdout, re.MULTILINE)) | {"--help"} == {*TABLE, *FLAGS}


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("option, value", [(option, value) for option, (wrong, _right) in TABLE.items() for value in wrong])
def test_a_value_that_cannot_be_meant_is_refused(known, tmp_path, option, value):
    assert option in refused("show", "--database", "chat.db", f"{option}={value}")
    assert {path.name for path in tmp_path.iterdir()} == known


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("option, value", [(option, value) for option, (_wrong, right) in TABLE.items() for value in right])
def test_a_value_that_means_something_is_accepted(known, option, value):
    done = run("show", "--database", "chat.db", option, value)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("option", TABLE)
def test_a_value_that_is_missing_is_refused(known, option):
    assert option in refused("show", option)


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("words", [[], [""], ["shw"], ["show", "more"], ["show", "--nothing"], ["--json"], ["show", "--json=yes"], ["show", "--rebuild="], ["show", "--out", "x"],
                                   ["show", "--since", "2026-11-20", "--until", "2026-11-20"], ["\x1b[2J\n"]])
def test_other_mistakes_are_one_line_too(words):
    refused(*words)


@pytest.mark.requirement("D05")
@pytest.mark.parametrize("words", [["show"], ["show", "--json"], ["--help"], ["--version"]])
@pytest.mark.parametrize("output", ["full", "closed"])
def test_output_that_cannot_be_written_is_an_error(known, words, output):
    command = [sys.executable, PROGRAM, *words, *(["--database", "chat.db"] if words[0] == "show" else [])]
    line = " ".join(f"'{word}'" for word in command) + (" >/dev/full" if output == "full" else " >&-")
    done = subprocess.run(["sh", "-c", line], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"})
    said = "standard output: No space left on device" if output == "full" else "standard output is closed"
    assert (done.returncode, done.stderr) == (1, f"chat-report: {said}\n")
