"""Each program's help fits a screen of 80 columns and 24 lines, and names what the manual has. The list of chatctl's
many commands may be longer."""
import os
import re
import subprocess
from pathlib import Path

import pytest
import builds

ROOT = Path(__file__).resolve().parents[2]
# with the manual page of each
PROGRAMS = {"chat-client": "chat-client.1", "chatctl": "chatctl.8", "chat-hook": "chat-hook.8", "chat-report": "chat-report.1"}
SCRIPTS = {"chat-hook": "hooks", "chat-report": "analysis"}
VERSION = re.search(r"project\(chat VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text()).group(1)


def help_of(program, *arguments):
    path = ROOT / SCRIPTS[program] / program if program in SCRIPTS else builds.program(program)
    done = subprocess.run([path, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False,
                          env={**os.environ, "COLUMNS": "200"})
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def subcommands(program):
    """The subcommands, from their list, or from the usage if there is no list."""
    usage, _, listed = help_of(program, "--help").partition("Subcommands:\n")
    return re.findall(r"^  ([a-z]+)  ", listed, re.MULTILINE) or re.findall(rf"^ +{program} ([a-z]+)", usage, re.MULTILINE)


def manual(program):
    return (ROOT / "docs" / "man" / PROGRAMS[program]).read_text(encoding="utf-8")


def options(text):
    return set(re.findall(r"^  (?:-\w, ?)?(--[a-z-]+)", text, re.MULTILINE))


def fits(text, most=24):
    lines = text.rstrip("\n").split("\n")
    return len(lines) <= most and max(map(len, lines)) <= 80


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_fits_a_screen(program):
    assert fits(help_of(program, "--help"), 40 if program == "chatctl" else 24), help_of(program, "--help")
    for subcommand in subcommands(program):
        assert fits(text := help_of(program, subcommand, "--help")), text
        assert "Exit status: 0 " in text
    assert "Exit status: 0 " in help_of(program, "--help")
    assert len(subcommands(program)) >= {"chat-client": 6, "chatctl": 10, "chat-hook": 0, "chat-report": 1}[program]


@pytest.mark.parametrize("program", PROGRAMS)
def test_version(program):
    assert help_of(program, "--version") == f"{program} {VERSION}\n"


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_manual_has_examples_and_every_option(program):
    page = manual(program)
    examples = page.split(".SH EXAMPLES\n")[1].split(".SH ")[0]
    assert len(re.findall(rf"\b{program}\b", examples.replace("\\-", "-"))) >= 3
    for option in options(help_of(program, "--help")):
        assert option in page.replace("\\-", "-") or option == "--help", option


def test_the_clients_options_and_subcommands_are_in_its_manual_and_in_its_completion():
    page, completion = manual("chat-client").replace("\\-", "-"), (ROOT / "client" / "completion" / "chat-client").read_text(encoding="utf-8")
    told_of = options(help_of("chat-client", "--help")).union(*(options(help_of("chat-client", subcommand, "--help")) for subcommand in subcommands("chat-client")))
    assert len(told_of) >= 12
    for option in told_of:
        assert option in page and option in completion, option
    for subcommand in subcommands("chat-client"):
        assert re.search(rf"^\.BR? {subcommand}\b", page, re.MULTILINE) and re.search(rf"\b{subcommand}\b", completion), subcommand
