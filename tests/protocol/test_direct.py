"""Messages to one client: /send."""
import time
from datetime import datetime, timezone

import pytest

pytestmark = pytest.mark.shares_server


@pytest.mark.requirement("R09", "R71", "R87")
def test_by_id(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    before = time.time()
    a.send(f"/send {b.id} Anyone here?")
    line = b.expect("message", "Anyone here?", from_=a.id, name="Batman", to=b.id, tag=None)
    at = datetime.strptime(line["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()
    assert before - 0.01 <= at <= time.time() + 0.01
    for client in (a, b, c):
        client.expect_nothing()


@pytest.mark.requirement("R09")
@pytest.mark.parametrize("spelling", ["Robin", "robin", "ROBIN"])
def test_by_name(server, spelling):
    a, b = server.people("Batman", "Robin")
    a.send(f"/send {spelling} hello")
    b.expect("message", "hello", from_=a.id, to=b.id)
    a.expect_nothing()


@pytest.mark.requirement("R09")
def test_by_assigned_name(server):
    a, b = server.connect("Batman"), server.connect()
    a.send(f"/send {b.name} hello")
    assert b.wait_for("message").text == "hello"


@pytest.mark.requirement("R57")
def test_receiver_sees_the_name_of_the_moment(server):
    a, b = server.people("Batman", "Robin")
    a.send(f"/send {b.id} first")
    a.ask("/login Bruce")
    a.send(f"/send {b.id} second")
    b.expect("message", "first", name="Batman")
    b.expect("renamed")
    b.expect("message", "second", name="Bruce")


@pytest.mark.requirement("R71")
def test_tagged_send_is_answered_with_the_message_id(server):
    a, b = server.people("Batman", "Robin")
    ids = []
    for number in range(5):
        answer = a.ask(f"/send {b.id} {number}")
        assert answer.kind == "ok"
        ids.append(answer["id"])
        assert b.expect("message", str(number))["id"] == answer["id"]
    assert ids == sorted(ids, key=int) and len(set(ids)) == 5


@pytest.mark.requirement("R09")
@pytest.mark.parametrize("text", [" two spaces before", "one after ", "a  b", "\ttab\t", "/quit", "//x", "@t hello", ":colon", "a=b", "Žluťoučký kůň", "日本語", "👩‍👩‍👧", "e\u0301", "\u200bzero width"])
def test_text_arrives_as_it_was_typed(server, text):
    a, b = server.people("Batman", "Robin")
    a.send(f"/send {b.id} {text}")
    b.expect("message", text)


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("command", ["/send", "/send ", "/send  ", "/send {other}", "/send {other} ", "/SEND"])
def test_missing_arguments(server, command):
    a, b = server.people("Batman", "Robin")
    assert a.ask(command.format(other=b.id))["code"] == "bad-arguments"
    a.send(command.format(other=b.id))
    a.expect("error", code="bad-arguments", tag=None)
    b.expect_nothing()


@pytest.mark.requirement("R86")
def test_to_yourself(server):
    client = server.connect("Batman")
    for target in (client.id, "Batman", "bAtMaN"):
        assert client.ask(f"/send {target} hello")["code"] == "self"
    client.expect_nothing()


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("target", ["Nobody", "9", "123456", "0", "-1", "99999999999999999999999", "Robin2", "Robi", "[::1]"])
def test_unknown_target(server, target):
    a, b = server.people("Batman", "Robin")
    assert a.ask(f"/send {target} hello")["code"] == "no-such-client"
    b.expect_nothing()


@pytest.mark.requirement("R86")
def test_unknown_id(server):
    a, b = server.people("Batman", "Robin")
    unknown = next(str(number) for number in range(10000, 10003) if str(number) not in (a.id, b.id))
    assert a.ask(f"/send {unknown} hello")["code"] == "no-such-client"


@pytest.mark.requirement("R12")
@pytest.mark.settings(limits__lines_per_second=0)
def test_order_between_two(server):
    a, b = server.people("Batman", "Robin")
    a.raw(b"".join(b"/send Robin %d\n" % number for number in range(3000)))
    ids = []
    for number in range(3000):
        ids.append(int(b.expect("message", str(number))["id"]))
    assert all(x < y for x, y in zip(ids, ids[1:]))
    a.expect_nothing()


@pytest.mark.requirement("R12", "R25")
@pytest.mark.settings(limits__lines_per_second=0, limits__max_clients=20)
def test_many_pairs_at_once(server):
    people = server.people(*(f"P{number}" for number in range(10)))
    for number in range(200):
        for position, client in enumerate(people):
            client.send(f"/send P{(position + 1) % 10} {number}")
    for position, client in enumerate(people):
        sender = people[position - 1].id
        for number in range(200):
            client.expect("message", str(number), from_=sender)


@pytest.mark.settings(limits__lines_per_second=0)
def test_command_that_comes_in_pieces_and_several_in_one_piece(server):
    a, b = server.people("Batman", "Robin")
    for byte in b"/send Robin byte by byte\n":
        a.raw(bytes([byte]))
    b.expect("message", "byte by byte")
    a.raw(b"/send Robin one\n/send Robin two\r\n\n/send Robin thr")
    b.expect("message", "one")
    b.expect("message", "two")
    a.raw(b"ee\n")
    b.expect("message", "three")
