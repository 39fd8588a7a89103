"""Rooms: /join /leave /say /rooms /members, the lobby, and rooms that clients join automatically."""
import pytest
from chat_server import MESSAGES
from deadline import wait_until

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]


def rooms_of(client):
    """The answer to /rooms, and which of these the client is in."""
    lines, end = client.listing("/rooms")
    assert end["of"] == "rooms" and end["count"] == str(len(lines)) and {line.kind for line in lines} == {"room"}
    return {line["name"]: int(line["count"]) for line in lines}, {line["name"] for line in lines if line["you"] == "yes"}


def members_of(client, room):
    lines, end = client.listing(f"/members {room}")
    assert end["of"] == "members" and end["count"] == str(len(lines))
    return [line["name"] for line in lines]


def error_of(client, command):
    """The error code of the answer to the command, tagged and untagged."""
    tagged = client.ask(command)
    assert tagged.kind == "error" and tagged.text, tagged
    client.send(command)
    client.expect("error", tagged.text, code=tagged["code"], tag=None)
    return tagged["code"]


@pytest.mark.requirement("R26")
def test_every_client_is_in_the_lobby_from_the_start(server):
    a, b = server.people("Batman", "Robin")
    assert rooms_of(a) == ({"lobby": 2}, {"lobby"})
    assert members_of(b, "lobby") == ["Batman", "Robin"]


@pytest.mark.requirement("R29")
def test_joining(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    a.send("/join Cave")
    a.expect("joined", room="Cave", id=a.id, name="Batman", count=1, tag=None)
    answer = b.ask("/join cave")
    assert (answer.kind, answer["room"], answer["id"], answer["name"], answer["count"]) == ("joined", "Cave", b.id, "Robin", "2")
    a.expect("joined", room="Cave", id=b.id, name="Robin", count=2, tag=None)
    for client in (a, b, c):
        client.expect_nothing()
    assert rooms_of(c) == ({"lobby": 3, "Cave": 2}, {"lobby"})
    assert rooms_of(a) == ({"lobby": 3, "Cave": 2}, {"lobby", "Cave"})


@pytest.mark.requirement("R29")
def test_joining_again_changes_nothing(server):
    a, b = server.people("Batman", "Robin")
    a.ask("/join cave")
    b.ask("/join cave")
    a.expect("joined", id=b.id)
    answer = a.ask("/join CAVE")
    assert (answer.kind, answer["room"], answer["id"], answer["count"]) == ("joined", "cave", a.id, "2")
    a.send("/join #cave")
    a.expect("joined", room="cave", id=a.id, name="Batman", count=2, tag=None)
    b.expect_nothing()
    assert a.ask("/join lobby")["count"] == "2"
    b.expect_nothing()


@pytest.mark.requirement("R30")
def test_leaving(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    for client in (a, b):
        client.ask("/join cave")
    a.drain()
    answer = b.ask("/leave #Cave")
    assert (answer.kind, answer["room"], answer["id"], answer["name"], answer["count"]) == ("left", "cave", b.id, "Robin", "1")
    a.expect("left", room="cave", id=b.id, name="Robin", count=1, tag=None)
    for client in (a, b, c):
        client.expect_nothing()


@pytest.mark.requirement("R30")
@pytest.mark.parametrize("command", ["/leave cave", "/leave lobby", "/leave nowhere"])
def test_leaving_is_idempotent(server, command):
    a, b = server.people("Batman", "Robin")
    a.ask("/join cave")
    first, second = b.ask(command), b.ask(command)
    room = command.split()[1]
    assert (first.kind, first["room"], first["id"]) == (second.kind, second["room"], second["id"]) == ("left", room, b.id)
    assert first["count"] == second["count"] == ("0" if room == "nowhere" else "1")
    if room == "lobby":
        a.expect("left", room="lobby", id=b.id)
    a.expect_nothing()
    b.send(command)
    b.expect("left", room=room, id=b.id, tag=None)


@pytest.mark.requirement("R30")
def test_the_lobby_can_be_left_and_entered_again(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    a.send("/leave lobby")
    for client in (a, b, c):
        client.expect("left", room="lobby", id=a.id, count=2)
    assert error_of(a, "/say lobby hello") == "not-a-member"
    a.send("hello?")
    a.expect("error", code="not-a-member", tag=None)
    b.send("where is Batman?")
    c.expect("message", "where is Batman?", to="room:lobby")
    a.expect_nothing()
    a.send("/join lobby")
    for client in (a, b, c):
        client.expect("joined", room="lobby", id=a.id, count=3)
    a.send("back")
    b.expect("message", "back", to="room:lobby")


@pytest.mark.requirement("R27", "R28")
def test_many_rooms_per_client_and_many_clients_per_room(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    for client, rooms in ((a, ["cave", "tower"]), (b, ["cave"]), (c, ["tower"])):
        for room in rooms:
            client.ask(f"/join {room}")
    for client in (a, b, c):
        client.drain()
    answer = a.ask("/say cave  for two ")
    b.expect("message", " for two ", id=answer["id"], from_=a.id, name="Batman", to="room:cave", tag=None)
    a.send("/say #TOWER high up")
    c.expect("message", "high up", from_=a.id, to="room:tower")
    for client in (a, b, c):
        client.expect_nothing()
    assert [members_of(b, room) for room in ("cave", "#Tower", "lobby")] == [["Batman", "Robin"], ["Batman", "Alfred"], ["Batman", "Robin", "Alfred"]]
    marked, _ = a.listing("/members cave")
    assert [line.get("you") for line in marked] == ["yes", None]


@pytest.mark.requirement("R26")
def test_say_in_the_lobby_by_its_name(server):
    a, b = server.people("Batman", "Robin")
    answer = a.ask("/say lobby by a program")
    assert answer.kind == "ok"
    b.expect("message", "by a program", id=answer["id"], to="room:lobby")


@pytest.mark.requirement("R29", "R30")
@pytest.mark.parametrize("command, code", [
    ("/join", "bad-arguments"), ("/join two words", "bad-arguments"), ("/join +x", "bad-name"), ("/join #", "bad-name"), ("/join ##x", "bad-name"),
    ("/join " + "x" * 33, "bad-name"), ("/leave", "bad-arguments"), ("/leave a b", "bad-arguments"), ("/leave +x", "bad-name"),
    ("/say", "bad-arguments"), ("/say lobby", "bad-arguments"), ("/say lobby ", "bad-arguments"), ("/say nowhere hello", "no-such-room"),
    ("/say cave hello", "not-a-member"), ("/rooms all", "bad-arguments"), ("/members", "bad-arguments"), ("/members nowhere", "no-such-room"),
    ("/members a b", "bad-arguments")])
def test_errors(server, command, code):
    a, b = server.people("Batman", "Robin")
    a.ask("/join cave")
    assert error_of(b, command) == code
    a.expect_nothing()


@pytest.mark.requirement("R30")
def test_a_room_ends_with_its_last_member(server):
    a, b = server.people("Batman", "Robin")
    a.ask("/join Cave")
    a.ask("/leave Cave")
    assert rooms_of(b)[0] == {"lobby": 2}
    assert error_of(a, "/say Cave hello") == "no-such-room"
    assert b.ask("/join CAVE")["room"] == "CAVE"      # spelled as its new creator typed it
    b.send("/quit")
    a.wait_for("offline", id=b.id)
    assert rooms_of(a)[0] == {"lobby": 1}


@pytest.mark.requirement("R75")
def test_leaving_the_server_leaves_every_room(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    for client in (a, b):
        client.ask("/join cave")
    a.drain()
    b.send("/quit")
    for client in (a, c):
        client.expect("offline", id=b.id, count=2)
        client.expect_nothing()
    assert members_of(a, "cave") == ["Batman"] and rooms_of(a)[0] == {"lobby": 2, "cave": 1}


@pytest.mark.requirement("R29")
def test_a_new_name_is_the_name_in_the_room(server):
    a, b = server.people("Batman", "Robin")
    a.ask("/join cave")
    a.ask("/login Bruce")
    b.expect("renamed", id=a.id)
    assert members_of(b, "cave") == ["Bruce"]


@pytest.mark.requirement("R26")
@pytest.mark.own_server
@pytest.mark.settings(rooms__auto_join='["news", "Help"]')
def test_rooms_that_clients_join_automatically(server):
    a, b = server.people("Batman", "Robin")     # and nothing else arrives: no `joined`
    for client in (a, b):
        assert rooms_of(client) == ({"lobby": 2, "Help": 2, "news": 2}, {"lobby", "Help", "news"})
    a.send("/say HELP me")
    b.expect("message", "me", to="room:Help")
    a.send("/leave news")
    b.expect("left", room="news", id=a.id, count=1)
    session = server.wait_for_rows(2, "SELECT peer FROM session")
    assert [row["peer"] for row in session] == [a.address, b.address]


@pytest.mark.requirement("R27")
@pytest.mark.settings(limits__max_rooms_per_client=2)
def test_too_many_rooms_for_one_client(server):
    a, b = server.people("Batman", "Robin")
    for room in ("one", "two"):
        assert a.ask(f"/join {room}").kind == "joined"
    assert error_of(a, "/join three") == "too-many-rooms"
    b.ask("/join four")
    assert error_of(a, "/join four") == "too-many-rooms"
    assert a.ask("/join one").kind == "joined" and a.ask("/leave lobby").kind == "left"
    assert error_of(a, "/join three") == "too-many-rooms"
    assert a.ask("/join lobby").kind == "joined"
    assert a.ask("/leave one").kind == "left" and a.ask("/join three").kind == "joined"


@pytest.mark.requirement("R27")
@pytest.mark.settings(limits__max_rooms=2, rooms__auto_join='["news"]')
def test_too_many_rooms(server):
    a, b = server.people("Batman", "Robin")
    assert a.ask("/leave news")["count"] == "1" and b.ask("/leave news")["count"] == "0"
    for client in (a, b):
        client.drain()
    assert a.ask("/join one").kind == "joined"
    assert error_of(b, "/join two") == "too-many-rooms"     # the slot is kept for the next client
    c = server.connect("Alfred")
    assert rooms_of(c)[1] == {"lobby", "news"}
    b.drain()
    assert error_of(b, "/join two") == "too-many-rooms"
    assert b.ask("/join news").kind == "joined" and b.ask("/join one").kind == "joined"


@pytest.mark.requirement("R54")
def test_above_announce_up_to_those_who_share_a_room_are_notified(start_server):
    server = start_server({"limits.announce_up_to": 0, "limits.max_clients": 10})
    a, b, c = (server.connect(name) for name in ("Batman", "Robin", "Alfred"))
    for client in (a, b):
        client.ask("/join cave")
    a.expect("joined", id=b.id)
    b.send("/login Nightwing")
    b.expect("renamed", id=b.id, old="Robin")
    a.expect("renamed", id=b.id, old="Robin", name="Nightwing")
    c.expect_nothing()
    b.send("/quit")
    b.expect("bye")
    a.expect("offline", id=b.id, name="Nightwing")
    for client in (a, c):
        client.expect_nothing()


@pytest.mark.requirement("R18")
@pytest.mark.own_server
def test_messages_in_rooms_are_in_the_log(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    for client in (a, b):
        client.ask("/join Cave")
    answer = a.ask("/say cave hello")
    row = server.wait_for_rows(1, MESSAGES)[0]
    assert (str(row["id"]), row["kind"], row["target"], row["receivers"], row["text"]) == (answer["id"], "room", "room:Cave", 1, "hello")


@pytest.mark.requirement("N01")
@pytest.mark.own_server
@pytest.mark.parametrize("daemons", [("acceptor",), ("delivery",), ("acceptor", "delivery")], ids=["acceptor", "delivery", "both"])
def test_rooms_survive(server, daemons):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    for client, room in ((a, "cave"), (b, "cave"), (b, "tower"), (c, "tower")):
        client.ask(f"/join {room}")
    c.ask("/leave lobby")
    for client in (a, b, c):
        client.drain()
    before = [rooms_of(client) for client in (a, b, c)], [members_of(a, room) for room in ("lobby", "cave", "tower")]
    server.kill(*daemons)
    assert ([rooms_of(client) for client in (a, b, c)], [members_of(a, room) for room in ("lobby", "cave", "tower")]) == before
    b.send("/say tower still here")
    c.expect("message", "still here", to="room:tower")
    a.expect_nothing()


@pytest.mark.requirement("N01")
@pytest.mark.own_server
@pytest.mark.settings(rooms__auto_join='["news"]')
def test_a_reused_slot_has_no_rooms_of_its_last_client(server):
    a = server.connect("Batman")
    for _ in range(3):
        b = server.connect("Robin")
        b.ask("/join cave")
        b.ask("/leave news")
        b.send("/quit")
        b.wait_for("bye")
        server.kill("acceptor")
        wait_until(lambda: rooms_of(a)[0] == {"lobby": 1, "news": 1}, "Robin is out of all rooms")
