"""Topics and operators of rooms when a daemon dies."""
import pytest
from room_members import code_of, room_with

pytestmark = [pytest.mark.sanitized]


@pytest.mark.requirement("N01", "N17")
@pytest.mark.parametrize("daemons", [("acceptor",), ("delivery",), ("acceptor", "delivery")])
def test_topics_and_operators_survive_the_daemons(server, daemons):
    a, b, c = room_with(server, "Batman", "Robin", "Alfred")
    a.ask("/topic cave Bats")
    a.ask("/op cave Robin")
    a.ask("/kick cave Alfred")
    server.kill(*daemons)
    assert a.ask("/topic cave").text == "Bats"
    assert code_of(c, "/say cave hello") == "not-a-member"
    b.drain()
    b.ask("/deop cave Batman")
    a.wait_for("op")
    assert code_of(a, "/topic cave mine") == "forbidden"
    assert b.ask("/topic cave mine").text == "mine"
