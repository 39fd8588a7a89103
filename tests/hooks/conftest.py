"""Fixtures for the tests of chat-hook: the program with real HTTP, and a real chat server behind it."""
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from running_hook import TOKEN, Hook  # noqa: E402 (is next to this file)


@pytest.fixture
def start_hook(tmp_path, server):
    """A function that starts chat-hook for the chat server on a port: start_hook(port, hooks='[hooks.ops]\\nroom = "ops"')."""
    with ExitStack() as at_the_end:
        numbers = iter(range(100))

        def start(port, hooks='[hooks.ops]\nroom = "ops"\n', settings="", tokens=None):
            hook = Hook(tmp_path / f"hook{next(numbers)}", f'server = "127.0.0.1:{port}"\n{settings}\n{hooks}', tokens or {"ops": TOKEN})
            at_the_end.callback(hook.close)
            return hook.start()

        yield start


@pytest.fixture
def hook(start_hook, server):
    return start_hook(server.port)


@pytest.fixture
def listener(server):
    """A client in the room ops that has read everything so far."""
    client = server.connect("Batman")
    client.ask("/join ops")
    return client


@pytest.fixture
def texts():
    """A function that waits for the next messages of the hook, and returns their texts: texts(client, 3)."""
    return lambda client, count: [client.wait_for("message", name="hook").text for _ in range(count)]
