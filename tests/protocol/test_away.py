"""What clients do, and when they are away: /action and /away."""
import pytest
from irc_client import after_source, commands, connect_irc

pytestmark = [pytest.mark.sanitized]


def test_an_action_in_a_room(server):
    batman, robin = server.people("Batman", "Robin")
    for client in (batman, robin):
        client.ask("/join cave")
    batman.drain()
    for place in ("cave", "#cave", "CAVE", "room:cave"):
        answer = batman.ask(f"/action {place} looks around")
        assert answer.kind == "ok"
        robin.expect("message", "looks around", name="Batman", to="room:cave", **{"as": "action"})
    assert batman.ask("/action lobby waves").kind == "ok"
    robin.expect("message", "waves", to="room:lobby", **{"as": "action"})


def test_an_action_to_one_client_or_a_group(server):
    batman, robin = server.people("Batman", "Robin")
    irc = connect_irc(server, "alice")
    batman.drain()
    for place in ("Robin", robin.id):
        assert batman.ask(f"/action {place} nods").kind == "ok"
        robin.wait_for("message", to=robin.id, **{"as": "action"})
    assert batman.ask("/action alice nods").kind == "ok"
    assert irc.read().params[-1] == "\x01ACTION nods\x01"
    group = batman.ask(f"/makegroup {robin.id}")["id"]
    robin.drain()
    assert batman.ask(f"/action {group} hides").kind == "ok"
    robin.expect("message", "hides", to=f"group:{group}", **{"as": "action"})


@pytest.mark.parametrize("line, code", [("/action nobody waves", "no-such-client"), ("/action #none waves", "no-such-room"), ("/action Batman waves", "self"),
                                        ("/action other waves", "not-a-member"), ("/action Robin", "bad-arguments"), ("/action", "bad-arguments")])
def test_an_action_that_is_refused(server, line, code):
    batman, robin = server.people("Batman", "Robin")
    robin.ask("/join other")
    answer = batman.ask(line)
    assert answer.kind == "error" and answer["code"] == code


def test_a_person_comes_before_a_room_of_the_same_name(server):
    batman, robin, alfred = server.people("Batman", "Robin", "Alfred")
    for client in (batman, alfred):
        client.ask("/join robin")
    alfred.drain()
    assert batman.ask("/action Robin whispers").kind == "ok"
    robin.wait_for("message", to=robin.id, **{"as": "action"})
    assert all(line.kind != "message" for line in alfred.drain())


def test_who_writes_to_one_who_is_away_is_told_once_a_minute(server):
    batman, robin = server.people("Batman", "Robin")
    irc = connect_irc(server, "alice")
    batman.drain()
    assert robin.ask("/away on patrol").kind == "ok"
    assert batman.ask("/send Robin hello").kind == "ok"
    batman.expect("away", "on patrol", id=robin.id, name="Robin")
    assert batman.ask("/send Robin hello again").kind == "ok"
    assert batman.drain() == []
    assert commands(irc.ask("PRIVMSG Robin :hello", "PRIVMSG Robin :again")) == ["301", "301"]
    assert robin.ask("/away").kind == "ok"
    assert commands(irc.ask("PRIVMSG Robin :hello")) == []


def test_others_see_who_is_away(server):
    batman, robin = server.people("Batman", "Robin")
    irc = connect_irc(server)
    irc.nick = "alice"
    irc.ask("CAP REQ :away-notify", "NICK alice", "USER user 0 * :r", "CAP END", "JOIN #lobby")
    robin.ask("/away")
    irc.drain()
    robin.ask("/away on patrol")
    line = irc.read()
    assert line.command == "AWAY" and line.params == ["on patrol"] and line.nick == "Robin"
    assert [line.params[6][0] for line in irc.ask("WHO Robin") if line.command == "352"] == ["G"]
    assert [row["away"] for row in listed(batman) if row["name"] == "Robin"] == ["yes"]
    assert robin.ask("/whoami")["away"] == "yes"
    for daemon in ("acceptor", "delivery"):
        server.kill(daemon)
    assert [row.fields.get("away") for row in listed(batman)].count("yes") == 1
    robin.ask("/away")
    assert irc.read().raw.endswith("@native AWAY")
    assert "away" not in robin.ask("/whoami").fields
    assert after_source(irc.ask("AWAY :gone"))[0].startswith("306")
    assert [row["name"] for row in listed(batman) if row.fields.get("away")] == ["alice"]


def listed(client):
    client.send("/active")
    rows = []
    while (line := client.read()).kind != "end":
        if line.kind == "client":
            rows.append(line)
    return rows


def test_the_next_client_in_a_place_is_not_away(server):
    robin = server.connect("Robin")
    robin.ask("/away on patrol")
    robin.send("/quit")
    robin.wait_for("bye")
    batman, others = server.connect("Batman"), [server.connect() for _ in range(3)]
    assert all("away" not in row.fields for row in listed(batman)) and others
