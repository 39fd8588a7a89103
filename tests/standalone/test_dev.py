"""The `dev` script: its commands, what it installs, and a server that it builds and runs."""
import os
import signal
import socket
import subprocess

import pytest
from chat_client import Client
from chat_server import ROOT, free_port
from deadline import wait_until

DEV = ROOT / "dev"


def dev(*arguments, **options):
    return subprocess.run([str(DEV), *arguments], capture_output=True, text=True, timeout=60, **options)


def test_help_names_every_command():
    done = dev("help")
    assert done.returncode == 0
    assert all(f"./dev {word}" in done.stdout for word in ("run", "test", "format", "tidy", "help"))


@pytest.mark.parametrize("arguments", [["bogus"], ["run", "--bogus"], ["run", "5000", "6000"], ["test", "--bogus"]], ids=" ".join)
def test_unknown_arguments_are_answered_with_the_usage(arguments):
    done = dev(*arguments)
    assert done.returncode == 2
    assert "./dev run" in done.stderr and done.stdout == ""


@pytest.fixture
def machine(tmp_path):
    """A machine on which clang-format is missing: returns (environment, file that records what was called)."""
    calls, tools = tmp_path / "calls", tmp_path / "tools"
    tools.mkdir()

    def tool(name, script):
        (tools / name).write_text(f"#!/bin/sh\n{script}\n")
        (tools / name).chmod(0o755)
    tool("dpkg-query", 'for last; do :; done; [ "$last" = clang-format ] || printf installed')
    tool("apt-get", f'echo "$(basename "$0") $DEBIAN_FRONTEND $*" >> {calls}; exit ${{APT_STATUS:-0}}')
    tool("clang-format", "exit 0")
    tool("id", 'echo "$FAKE_UID"')
    tool("sudo", f'echo "sudo $*" >> {calls}; exec "$@"')
    return {**os.environ, "DEBIAN_FRONTEND": "", "PATH": f"{tools}:{os.environ['PATH']}", "FAKE_UID": "0"}, calls


def test_installs_what_is_missing_and_says_so(machine):
    environment, calls = machine
    done = dev("format", env=environment)
    assert done.returncode == 0
    assert "installing clang-format\n" in done.stderr
    assert [line.split() for line in calls.read_text().splitlines()] == [
        ["apt-get", "update", "-q"], ["apt-get", "noninteractive", "install", "-qy", "--no-install-recommends", "clang-format"]]


def test_installs_with_sudo_where_it_is_not_root(machine):
    environment, calls = machine
    assert dev("format", env={**environment, "FAKE_UID": "1000"}).returncode == 0
    assert [line for line in calls.read_text().splitlines() if line.startswith("sudo")][0] == "sudo apt-get update -q"


def test_failed_installation_ends_it(machine):
    environment, _ = machine
    done = dev("format", env={**environment, "APT_STATUS": "100"})
    assert done.returncode == 1 and "could not install clang-format" in done.stderr


@pytest.mark.requirement("R23", "D01")
@pytest.mark.timeout(1800)
def test_run_builds_and_serves(tmp_path):
    """Exactly what a new user types; the first time it builds, so it may take minutes."""
    port = free_port()
    server = subprocess.Popen([str(DEV), "run", str(port), "--state", "here", "--set", "limits.max_clients=1"], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        lines = []
        while "ready\n" not in lines:
            line = server.stdout.readline()
            assert line, f"it ended before it was ready: {lines}"
            lines.append(line)
        client = Client(port)
        client.expect("welcome", limit=1)
        pids = [int((tmp_path / "here" / f"{name}.pid").read_text()) for name in ("acceptor", "delivery")]
        for pid in pids:
            parent = open(f"/proc/{pid}/stat", encoding="ascii").read().rpartition(")")[2].split()[1]
            assert int(parent) == server.pid, "both daemons are its children"
        assert (tmp_path / "here" / "chat.db").exists()
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0
        wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "the daemons have ended")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        client.close()
    finally:
        server.kill()
        server.wait()
