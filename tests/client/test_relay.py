"""The relay breaks exactly where the tests that use it expect."""
import socket

import pytest
from deadline import PATIENCE
from relay import Relay


@pytest.fixture
def relay_and_ends():
    """The relay, and both ends of a connection through it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(listener.getsockname()[1])
        with socket.create_connection(("127.0.0.1", relay.port), PATIENCE) as near:
            far = listener.accept()[0]
            far.settimeout(PATIENCE)
            with far:
                yield relay, near, far
        relay.close()


def arrives(end, data):
    got = b""
    while len(got) < len(data):
        assert (more := end.recv(len(data) - len(got))), f"the connection broke after {got}"
        got += more
    assert got == data


def test_it_breaks_inside_what_comes_in_one_piece(relay_and_ends):
    relay, near, far = relay_and_ends
    relay.break_after("up", b"two")
    near.sendall(b"one two three")
    arrives(far, b"one two")
    assert far.recv(1) == b""


def test_it_breaks_where_the_words_came_in_two_pieces(relay_and_ends):
    relay, near, far = relay_and_ends
    relay.break_after("up", b"one two")
    near.sendall(b"zero one")
    arrives(far, b"zero one")
    near.sendall(b" two three")
    arrives(far, b" two")
    assert far.recv(1) == b""


def test_what_went_before_does_not_break_it(relay_and_ends):
    relay, near, far = relay_and_ends
    near.sendall(b"one two")
    arrives(far, b"one two")
    relay.break_after("up", b"one two")
    near.sendall(b" or one two three")
    arrives(far, b" or one two")
    assert far.recv(1) == b""
