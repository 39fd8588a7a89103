"""The operator and the rooms: adding clients, removing them, and who is notified."""
import os

import pytest
from deadline import wait_until


def outcomes(answer):
    return [(change["name"], change["outcome"]) for change in answer["changes"]]


@pytest.mark.requirement("R28")
def test_several_clients_are_put_into_one_room(server, control):
    batman, robin = server.people("Batman", "Robin")
    answer = control.json("add", "Cave", "Batman", robin.id)
    assert answer["room"] == "Cave" and outcomes(answer) == [("Batman", "added"), ("Robin", "added")]
    batman.expect("joined", room="Cave", id=batman.id, name="Batman", count=1)
    batman.expect("joined", room="Cave", id=robin.id, name="Robin", count=2)
    robin.expect("joined", room="Cave", id=robin.id, count=2)
    batman.send("/say cave psst")
    robin.expect("message", "psst", to="room:Cave")
    assert control.json("rooms")["rooms"] == [{"name": "lobby", "count": 2}, {"name": "Cave", "count": 2}]
    assert [row["rooms"] for row in control.json("clients")["clients"]] == [["lobby", "Cave"]] * 2
    rows = server.wait_for_rows(2, "SELECT s.name, e.detail FROM event e JOIN session s USING (session) WHERE e.kind = 'add' ORDER BY event")
    assert [tuple(row) for row in rows] == [("Batman", f"uid={os.getuid()} room=Cave"), ("Robin", f"uid={os.getuid()} room=Cave")]


@pytest.mark.requirement("R28")
@pytest.mark.shares_server
def test_one_client_is_put_into_several_rooms_and_taken_out(server, control):
    batman, = server.people("Batman")
    for room in ("one", "#two"):
        assert control.run("add", room, "Batman").stdout.splitlines()[1].split() == [batman.id, "Batman", room.lstrip("#"), "added"]
    assert control.run("rooms").stdout.split() == ["ROOM", "MEMBERS", "lobby", "1", "one", "1", "two", "1"]
    for room in ("one", "TWO", "lobby"):
        assert outcomes(control.json("remove", room, batman.id)) == [("Batman", "removed")]
    kinds = [batman.read().kind for _ in range(5)]
    assert kinds == ["joined", "joined", "left", "left", "left"]
    assert control.json("clients")["clients"][0]["rooms"] == []
    batman.send("hello?")
    batman.expect("error", code="not-a-member")
    text = control.run("tail", "-n", 5, "-c", 5).stdout
    assert [line.split()[2] for line in text.splitlines()] == ["added", "added", "removed", "removed", "removed"]
    assert text.splitlines()[0].endswith(f"room one by uid {os.getuid()}")


@pytest.mark.shares_server
def test_adding_a_member_and_removing_a_stranger_change_nothing(server, control):
    batman, robin = server.people("Batman", "Robin")
    control.run("add", "cave", "Robin", "Robin")
    robin.expect("joined", room="cave", count=1)
    done = control.json("add", "CAVE", "Robin", "Batman")
    assert outcomes(done) == [("Robin", "already-inside"), ("Batman", "added")]
    batman.expect("joined", room="cave", id=batman.id)
    robin.expect("joined", room="cave", id=batman.id)
    assert outcomes(control.json("remove", "cave", "Batman", "Batman")) == [("Batman", "removed"), ("Batman", "not-inside")]
    batman.expect("left", room="cave")
    batman.expect_nothing()


@pytest.mark.shares_server
def test_invalid_requests_are_refused_and_change_nothing(server, control):
    batman, = server.people("Batman")
    for words in (["add", "cave", "Batman", "Joker"], ["add", "bad name", "Batman"], ["remove", "cave", "Batman"],
                  ["remove", "lobby", "Joker"]):
        done = control.run(*words, check=False)
        assert done.returncode == 1 and done.stderr and not done.stdout, words
    for words in (["add", "cave"], ["add"], ["add", "", "Batman"], ["rooms", "x"]):
        assert control.run(*words, check=False).returncode == 2
    batman.expect_nothing()
    assert control.json("rooms")["rooms"] == [{"name": "lobby", "count": 1}]


@pytest.mark.shares_server
@pytest.mark.settings(limits__max_rooms_per_client=2)
def test_limits_hold_for_the_operator_too(server, control):
    batman, robin = server.people("Batman", "Robin")
    for room in ("one", "two"):
        control.run("add", room, "Batman")
    done = control.run("--json", "add", "three", "Batman", "Robin", check=False)
    assert done.returncode == 1 and '"too-many-rooms"' in done.stdout and '"added"' in done.stdout
    robin.expect("joined", room="three", count=1)


def test_acts_on_rooms_survive_the_death_of_either_daemon(server, control):
    batman, robin = server.people("Batman", "Robin")
    for number in range(4):
        control.run("add", f"room{number}", "Batman", "Robin")
        server.kill("acceptor" if number % 2 else "delivery")
        assert robin.wait_for("joined", room=f"room{number}", id=robin.id)["count"] == "2"
    assert len(control.json("rooms")["rooms"]) == 5
    wait_until(lambda: len(server.query("SELECT * FROM event WHERE kind = 'add'")) == 8, "each act is in the log once")


def test_a_quiet_client_that_is_put_into_a_room_is_not_given_away(server, control):
    """Nobody would be told that it left either."""
    ann = server.connect("Ann")
    ann.ask("/join cave")
    asker = server.connect_raw()
    asker.send("/quiet")
    asker.id = asker.expect("welcome")["id"]
    control.run("add", "cave", asker.id)
    asker.wait_for("joined", room="cave")
    rows, _ = ann.listing("/members cave")
    assert [row["name"] for row in rows] == ["Ann"]
    asker.send("/quit")
    asker.wait_for("bye")
    asker.expect_end()
    assert [line.kind for line in ann.drain() if line.get("id") == asker.id] == []
