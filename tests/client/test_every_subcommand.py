"""The chat and every subcommand of chat-client with the real server, always on the build with sanitizers."""
import re

import pytest

pytestmark = [pytest.mark.sanitized, pytest.mark.shares_server]
CONTENT = "what is in the file\n" * 100


def test_each_subcommand_does_its_work(server, start_piped, downloads, tmp_path):
    (tmp_path / "notes.txt").write_text(CONTENT)
    said = set()

    def start(subcommand, *options):
        said.add(subcommand)
        return start_piped(None, subcommand, "--server", f"127.0.0.1:{server.port}", *map(str, options))

    def run(*words, given=""):
        client = start(*words)
        if given:
            client.write(given)
        client.end_input()
        assert (client.wait_for_end(), client.error_lines()) == (0, []), words
        return client.lines()

    chat = start_piped(server.port, "--name", "Ann")
    chat.wait_for_line("Ann has joined")
    listener = start("tail", "--json", "--files", "--name", "Ear")
    chat.wait_for_line("Ear has joined")
    chat.write("/active\n/help\n/join cave\n/to Ear\nhello\n/to #cave\nanyone?\n/calc 1 + 1\n")
    chat.wait_for_line("1 + 1 = 2")
    assert any("Ann" in line for line in run("who"))
    assert run("send", "Ear", "psst") == []
    assert run("sendfile", "Ear", tmp_path / "notes.txt") == []
    assert run("echo", "hello") == run("echo", "--udp", "hello") == ["hello"]
    assert run("calc", "--name", "Ada", given="4.5 / -6\nq\n") == ["4.5 / -6 = -0.75", "Session ended"]
    assert len(run("datetime", "--count", "1")) == 2
    listener.wait_for_line('"finished"', '"received"')
    listener.wait_for_line('"psst"')
    assert (downloads / "notes.txt").read_text() == CONTENT
    chat.write("/sendfile Ear " + str(tmp_path / "notes.txt") + "\n/quit\n")
    assert chat.wait_for_end() == 0
    listener.process.terminate()
    listener.wait_for_end()
    help_text = start_piped(None, "--help")
    help_text.wait_for_end()
    known = set(re.findall(r"^  ([a-z]+)  ", help_text.output.decode().partition("Subcommands:\n")[2], re.MULTILINE))
    assert said == known, "a subcommand is missing here"
    assert not listener.error_lines() and not chat.error_lines()
