"""Fixtures for the tests of chatctl."""
import json
import os
import socket
import subprocess
from contextlib import ExitStack

import pytest
from builds import program
from chat_server import SANITIZER_OPTIONS, SANITIZER_REPORT
from deadline import PATIENCE, wait_until


class Control:
    """chatctl, used as an operator of one server."""

    def __init__(self, path):
        self.path = path

    def command(self, *words):
        return [str(program("chatctl")), "--socket", str(self.path), *map(str, words)]

    def run(self, *words, check=True):
        done = subprocess.run(self.command(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=2 * PATIENCE,
                              env={**os.environ, **SANITIZER_OPTIONS, "TZ": "UTC"})
        assert not SANITIZER_REPORT.search(done.stderr), done.stderr
        assert not check or done.returncode == 0, f"{words}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def json(self, *words):
        return json.loads(self.run("--json", *words).stdout)

    def wait_for_both(self):
        """Waits until the daemons have found each other, also after a death: until then `status` reports a problem."""
        wait_until(lambda: self.run("status", check=False).returncode == 0, "both daemons are there")


class Peer:
    """A program other than chatctl that connects to the operator's socket."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(str(path))
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def call(self, method, parameters=None, **flags):
        self.send(json.dumps({"method": method, "parameters": parameters or {}, **flags}).encode() + b"\0")

    def reply(self):
        """The next reply, or None at the end of the stream."""
        while b"\0" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                assert not self.buffer, f"an unfinished reply: {self.buffer!r}"
                return None
            self.buffer += data
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def ask(self, method, parameters=None, **flags):
        self.call(method, parameters, **flags)
        return self.reply()

    def close(self):
        self.socket.close()


@pytest.fixture
def control_at():
    """A function that returns chatctl for a socket, in whatever state the server is."""
    return Control


@pytest.fixture
def control_of():
    """A function that returns chatctl for a running server, once its daemons have found each other."""
    def make(server):
        control = Control(server.state / "admin.sock")
        control.wait_for_both()
        return control
    return make


@pytest.fixture
def control(server, control_of):
    return control_of(server)


@pytest.fixture
def peer(server):
    """A function that connects to the operator's socket directly."""
    with ExitStack() as at_the_end:
        def connect():
            one = Peer(server.state / "admin.sock")
            at_the_end.callback(one.close)
            return one

        yield connect
