"""To everyone: /broadcast, and plain text, which goes to the lobby."""
import pytest

pytestmark = pytest.mark.shares_server


@pytest.mark.requirement("R26", "R31", "R55", "R57")
def test_plain_text_goes_to_the_lobby(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    a.send("Anyone here?")
    for other in (b, c):
        other.expect("message", "Anyone here?", from_=a.id, name="Batman", to="room:lobby", tag=None)
    for client in (a, b, c):
        client.expect_nothing()


@pytest.mark.requirement("R62")
def test_broadcast(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    a.send("/broadcast to all of you")
    lines = [other.expect("message", "to all of you", from_=a.id, name="Batman", to="all", tag=None) for other in (b, c)]
    assert lines[0]["id"] == lines[1]["id"]
    for client in (a, b, c):
        client.expect_nothing()


@pytest.mark.requirement("R62")
def test_tagged_broadcast(server):
    a, b = server.people("Batman", "Robin")
    answer = a.ask("/broadcast hello")
    assert answer.kind == "ok" and b.expect("message", "hello")["id"] == answer["id"]


@pytest.mark.requirement("R62")
def test_broadcast_to_nobody(server):
    client = server.connect("Batman")
    answer = client.ask("/broadcast hello")
    assert answer.kind == "ok" and "id" in answer.fields
    client.send("hello?")
    client.expect_nothing()


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("command", ["/broadcast", "/broadcast "])
def test_empty_broadcast(server, command):
    a, b = server.people("Batman", "Robin")
    assert a.ask(command)["code"] == "bad-arguments"
    b.expect_nothing()


@pytest.mark.requirement("R26")
def test_client_that_never_logged_in_is_in_the_lobby_too(server):
    a = server.connect("Batman")
    b = server.connect()
    a.wait_for("online", id=b.id)
    a.send("hello")
    b.wait_for("message", to="room:lobby", from_=a.id)
    b.send("hello yourself")
    a.expect("message", "hello yourself", name=b.name)


@pytest.mark.requirement("R55")
@pytest.mark.parametrize("line, said", [
    ("//quit", "/quit"), ("///x", "//x"), ("//", "/"), ("@bob hello", "@bob hello"), ("@7", "@7"), ("@7 hello", "@7 hello"), ("@", "@"),
    ("@7  /whoami", "@7  /whoami"), ("@" + "t" * 33 + " /whoami", "@" + "t" * 33 + " /whoami"), ("@a!b /whoami", "@a!b /whoami"), ("@ /whoami", "@ /whoami"),
    (" /whoami", " /whoami"), ("exit now", "exit now"), ("quitting", "quitting"), ("x quit", "x quit"), ("q", "q"), (" leading and trailing ", " leading and trailing "),
    ("welcome id=1 name=x", "welcome id=1 name=x"), (":colon", ":colon")])
def test_text_that_is_not_a_command(server, line, said):
    a, b = server.people("Batman", "Robin")
    a.send(line)
    b.expect("message", said, to="room:lobby")
    a.expect_nothing()


@pytest.mark.parametrize("word", ["/broadcast", "/BROADCAST", "/BroadCast"])
def test_command_words_are_case_insensitive(server, word):
    a, b = server.people("Batman", "Robin")
    a.send(f"{word} Hello")
    b.expect("message", "Hello", to="all")


@pytest.mark.requirement("R31")
@pytest.mark.settings(limits__lines_per_second=0)
def test_all_receivers_see_the_same_order(server):
    people = server.people("A1", "A2", "A3", "A4")
    listener = server.connect("Listener")
    for client in people:
        client.expect("online", id=listener.id)
    for number in range(300):
        for client in people:
            client.send(f"{client.name} {number}")
    heard = [listener.expect("message").text for _ in range(1200)]
    for client in people:
        own = [line.text for line in client.drain()]
        assert own == [text for text in heard if not text.startswith(client.name + " ")]
        assert [text for text in heard if text.startswith(client.name + " ")] == [f"{client.name} {number}" for number in range(300)]
