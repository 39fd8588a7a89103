"""Fixtures for tests with the IRC clients that people use."""
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parent))

from browser import Browser  # noqa: E402 (is next to this file)
from desktop import HexChat  # noqa: E402 (is next to this file)
from lounge import Lounge  # noqa: E402 (is next to this file)
from programs import CHANNEL, Ii, IrcFramework, PATIENCE, Sic  # noqa: E402 (is next to this file)
from terminals import Catgirl, Irssi, WeeChat, WeeChatHeadless  # noqa: E402 (is next to this file)

PROGRAMS = [Ii, Sic, Irssi, WeeChat, WeeChatHeadless, IrcFramework, Catgirl, HexChat]


def pytest_generate_tests(metafunc):
    """Tests with `alice` run once with each client, unless they are about some: @pytest.mark.clients("Irssi")."""
    if "program" in metafunc.fixturenames:
        marker = metafunc.definition.get_closest_marker("clients")
        programs = [program for program in PROGRAMS if not marker or program.__name__ in marker.args]
        metafunc.parametrize("program", programs, ids=lambda program: program.__name__)


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.timeout(600))


@pytest.fixture
def place():
    """A directory with a short path, because sockets are in it."""
    with tempfile.TemporaryDirectory(prefix="irc-") as path:
        yield Path(path)


@pytest.fixture
def server(program, start_server):
    program.require()
    return start_server(front="tls" if program.tls else None)


@pytest.fixture
def robin(server):
    """A native client, which has opened the channel and set its topic."""
    robin = server.connect("Robin")
    robin.ask(f"/join {CHANNEL}")
    robin.ask(f"/topic {CHANNEL} Der Himmel über Berlin")
    return robin


@pytest.fixture
def alice(program, server, robin, place):
    """The client, in the channel with Robin."""
    client = program(place, server, "Alice")
    try:
        robin.wait_for("joined", PATIENCE, room="films", name="Alice")
        yield client
    finally:
        client.close()


@pytest.fixture
def lounge(place, server):
    """The Lounge in front of the server; ann may log in with the password swordfish."""
    lounge = Lounge(place, server)
    try:
        lounge.add("ann", "swordfish")
        yield lounge
    finally:
        lounge.close()


@pytest.fixture
def browser(place):
    browser = Browser(place / "browser")
    try:
        yield browser
    finally:
        browser.close()
