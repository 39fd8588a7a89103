"""bash completes commands, options, rooms and clients."""
from pathlib import Path

import bash_completion
import pytest

pytestmark = pytest.mark.shares_server

SCRIPT = Path(__file__).resolve().parents[2] / "control" / "completion" / "chatctl"


def complete(control, *words):
    """The candidates that bash offers for the last of these words."""
    program = Path(control.command()[0]).parent
    return bash_completion.complete(SCRIPT, "_chatctl", " ".join(["chatctl", *words]), program, CHAT_ADMIN_SOCKET=str(control.path))


def test_every_command_is_offered(control):
    help_text = control.run("--help").stdout
    commands = [line.split()[0] for line in help_text.partition("Subcommands:\n")[2].partition("\n\n")[0].splitlines()]
    assert sorted(complete(control, "")) == sorted(commands)
    assert complete(control, "--json", "cl") == ["clients"]


def test_names_of_clients_and_rooms_are_offered(server, control):
    server.people("Batman", "Robin")
    control.run("add", "cave", "Robin")
    assert complete(control, "kick", "") == complete(control, "forget", "") == ["Batman", "Robin"]
    assert complete(control, "add", "") == ["lobby", "cave"]
    assert complete(control, "add", "cave", "Ba") == ["Batman"]
    assert complete(control, "kick", "Batman", "") == []
    assert "--count" in complete(control, "tail", "--") and complete(control, "ban", "--f") == ["--for"] and complete(control, "kick", "--j") == ["--json"]


def test_every_command_is_in_the_manual(control):
    manual = (SCRIPT.parents[2] / "docs" / "man" / "chatctl.8").read_text()
    for command in complete(control, ""):
        assert f"\n.TP\n.B {command}\n" in manual, command
