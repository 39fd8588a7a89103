"""bash completes commands, options, rooms and clients."""
import os
import subprocess
from pathlib import Path

from deadline import PATIENCE

SCRIPT = Path(__file__).resolve().parents[2] / "control" / "completion" / "chatctl"


def complete(control, *words):
    """What bash offers for the last of these words."""
    program = Path(control.command()[0]).parent
    done = subprocess.run(["bash", "-c", 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _chatctl; printf "%s\\n" "${COMPREPLY[@]}"',
                           "bash", SCRIPT, "chatctl", *words], capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, "PATH": f"{program}:{os.environ['PATH']}", "CHAT_ADMIN_SOCKET": str(control.path)})
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.split()


def test_every_command_is_offered(control):
    help_text = control.run("--help").stdout
    commands = [line.split()[0] for line in help_text.partition("Subcommands:\n")[2].partition("\n\n")[0].splitlines()]
    assert sorted(complete(control, "")) == sorted(commands)
    assert complete(control, "--json", "cl") == ["clients"]


def test_names_of_who_and_what_is_there_are_offered(server, control):
    server.people("Batman", "Robin")
    control.run("add", "cave", "Robin")
    assert complete(control, "kick", "") == complete(control, "forget", "") == ["Batman", "Robin"]
    assert complete(control, "add", "") == ["lobby", "cave"]
    assert complete(control, "add", "cave", "Ba") == ["Batman"]
    assert complete(control, "kick", "Batman", "") == []
    assert "--count" in complete(control, "tail", "--")


def test_every_command_is_in_the_manual(control):
    manual = (SCRIPT.parents[2] / "docs" / "man" / "chatctl.8").read_text()
    for command in complete(control, ""):
        assert f"\n.TP\n.B {command}\n" in manual, command
