"""Every subcommand of chatctl, always on the build with sanitizers: both programs read what the other has written."""
import re

import pytest
from deadline import wait_until

pytestmark = pytest.mark.sanitized


def test_each_subcommand_does_its_work(server, control):
    ann, _ = server.people("Ann", "Ben")
    said = set()
    questions = [["status"], ["clients"], ["config"], ["rooms"], ["groups"], ["bans"], ["metrics"], ["tail", "-n", 1, "-c", 1], ["log"]]
    acts = [["add", "cave", "Ann", "Ben"], ["op", "cave", "Ben"], ["deop", "cave", "Ann"], ["mode", "cave", "-t"], ["remove", "cave", "Ann"], ["room", "set", "cave", "history=on", "keep_days=30"], ["announce", "hello"], ["account", "add", "Eve"], ["invite"], ["backup", server.state / "backup.tar"], ["kick", "Ben", "no", "reason"], ["forget", "Ben"],
            ["ban", "127.0.0.2", "--for", "1h", "--reason", "no reason"], ["unban", "127.0.0.2"]]
    ann.send("hello all")
    wait_until(lambda: control.run("log").stdout, "a message is in the log")
    for words in questions + [["--json", *words] for words in questions] + acts:
        assert control.run(*words).stdout, words
        said.add(next(word for word in words if word != "--json"))
    known = set(re.findall(r"^  ([a-z]+)  ", control.run("--help").stdout.partition("Subcommands:\n")[2], re.MULTILINE))
    assert said == known, "a subcommand is missing here"
    ann.wait_for("offline", name="Ben", reason="kicked")


@pytest.mark.shares_server
def test_every_subcommand_copes_with_wrong_arguments(server, control):
    server.people("Ann")
    for command in ("add", "remove", "room", "kick", "forget", "announce", "ban", "unban", "account", "invite"):
        for words in (["x" * 5000], ["\x01"], ["", ""], ["nobody", "nobody", "nobody"]):
            assert control.run(command, *words, check=False).returncode in (0, 1, 2), (command, words)
