"""bash completes chat-client's subcommands and options, and the possible receivers."""
import re
import subprocess
from pathlib import Path

import pytest
from bash_completion import complete

SCRIPT = Path(__file__).resolve().parents[2] / "client" / "completion" / "chat-client"


@pytest.fixture
def offered(program):
    return lambda line: complete(SCRIPT, "_chat_client", f"chat-client {line}", path=program.parent)


def test_subcommands_and_options_are_offered(program, offered):
    subcommands = re.findall(r"^  ([a-z]+)  ", subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout, re.MULTILINE)
    assert len(subcommands) >= 6 and offered("") == sorted(subcommands)
    assert offered("--server localhost:5000 t") == ["tail"]
    assert offered("send --") == ["--help", "--server", "--tls", "--fingerprint", "--name", "--password-file", "--certificate", "--key"]
    assert offered("--s") == ["--server"]
    assert offered("--name ") == offered("who ") == []
    assert offered("--config ") == ["option default"]


def test_connected_clients_are_offered(offered, server):
    server.people("Batman", "Robin")
    where = f"--server 127.0.0.1:{server.port}"
    assert sorted(offered(f"send {where} ")) == sorted(offered(f"{where} send ")) == ["Batman", "Robin", "all", "room:lobby"]
    assert offered(f"send {where} Ro") == ["Robin"]
    assert offered(f"send {where} room:lo") == ["lobby"]        # bash replaces what follows the colon
    assert offered(f"send {where} Robin ") == []
