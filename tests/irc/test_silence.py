"""A client that is silent is asked whether it is there, and leaves if it does not answer."""
import pytest
from irc_client import connect_irc, meet
from shifted_clock import ShiftedClock

SILENCE, ANSWER = 90, 60        # seconds
pytestmark = [pytest.mark.sanitized]


@pytest.fixture
def clock(tmp_path):
    return ShiftedClock(tmp_path / "clock", held=True)


@pytest.fixture
def server(start_server, clock):
    return start_server(environment=clock.environment)


def test_who_answers_stays_and_who_does_not_leaves(server, clock):
    alice, bob = connect_irc(server, "alice"), connect_irc(server, "bob")
    meet(alice, bob)
    clock.forward(SILENCE - 1)
    alice.drain()
    clock.forward(2)
    asked = bob.wait_for("PING")
    assert asked.raw == f"PING :{alice.ask('VERSION')[0].source}"
    bob.send("PONG :" + asked.params[0])
    bob.drain()
    clock.forward(SILENCE + 1)
    assert bob.wait_for("PING") and alice.wait_for("PING")
    alice.drain()       # any line is an answer
    clock.forward(ANSWER + 1)
    bob.expect(r"ERROR :Closing Link: bob \(Ping timeout\)")
    bob.expect_end()
    assert alice.wait_for("QUIT").params == ["Ping timeout"]
    assert alice.drain() == []


@pytest.mark.parametrize("killed", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_a_restart_ends_nobody(server, clock, killed):
    alice = connect_irc(server, "alice")
    clock.forward(SILENCE + 1)
    alice.wait_for("PING")
    server.kill(*killed)
    if "acceptor" in killed:
        clock.forward(ANSWER + 1)
        assert alice.drain() == []


def test_native_clients_are_not_asked(server, clock):
    batman, alice = server.connect("Batman"), connect_irc(server, "alice")
    alice.drain()
    clock.forward(SILENCE + ANSWER + 1)
    alice.wait_for("PING")
    assert batman.ask("/whoami").kind == "client"
