"""A client that only asks: nobody else notices it until it speaks, joins or takes a name."""
import pytest
from deadline import wait_until

pytestmark = pytest.mark.settings(limits__max_clients=20)


def quiet(server):
    client = server.connect_raw()
    client.send("/quiet")
    tag = client.tagged("/whoami")
    client.welcome = client.expect("welcome")
    client.id, client.name = client.welcome["id"], client.welcome["name"]
    assert client.answer(tag)["you"] == "yes"
    return client


def names(client, command):
    rows, end = client.listing(command)
    assert end["count"] == str(len(rows))
    return [row["name"] for row in rows]


def wait_for_more_than_a_second(server):
    """Until somebody who came later has been announced for being there a second."""
    silent = server.connect()
    wait_until(lambda: any(row["id"] == int(silent.id) and row["announced"] for row in server.connected()), "a second is over")
    silent.send("/quit")
    silent.wait_for("bye")


def test_it_is_neither_announced_nor_counted(server):
    ann = server.connect("Ann")
    asker = quiet(server)
    wait_for_more_than_a_second(server)
    assert [line.kind for line in ann.drain() if line.get("id") == asker.id] == []
    assert names(ann, "/active") == names(ann, "/members lobby") == ["Ann"]
    assert names(asker, "/active") == names(asker, "/members lobby") == ["Ann", asker.name]
    assert ann.listing("/rooms")[0][0]["count"] == "1"
    ben = server.connect("Ben")
    assert ann.wait_for("online", name="Ben")["count"] == "2"
    assert asker.wait_for("online", name="Ben")["count"] == "2"
    assert ann.ask("/join cave")["count"] == "1"
    asker.send("/leave lobby")
    asker.wait_for("left")
    asker.send("/quit")
    asker.wait_for("bye")
    asker.expect_end()
    ben.send("/quit")
    assert ann.wait_for("offline", name="Ben")["count"] == "1"
    assert [line for line in ann.drain() if line.get("id") == asker.id] == []


@pytest.mark.parametrize("line, kind", [("hello", "message"), ("/say lobby hello", "message"), ("/send Ann hello", "message"), ("/broadcast hello", "message"), ("/join cave", "online"), ("/join lobby", "online"), ("/login Zed", "online"), ("/makegroup Ann", "group")])
def test_it_is_announced_when_it_speaks_joins_or_takes_a_name(server, line, kind):
    ann = server.connect("Ann")
    asker = quiet(server)
    for question in ("/active", "/rooms", "/help", "/time", "/echo x", "/calc 1 + 1", "/members lobby", "/activegroups", "/login Ann", "/login 7up", "/send Nobody x", "/join a/b", "/say cave x", "/nonsense"):
        asker.send(question)
    asker.ask("/echo all asked")
    ann.expect_nothing()
    asker.send(line)
    assert ann.read().kind == kind
    online = ann.read() if kind != "online" else None
    assert online is None or (online.kind, online["id"], online["count"]) == ("online", asker.id, "2")
    assert len(names(ann, "/active")) == 2
    asker.close()
    ann.wait_for("offline", id=asker.id, reason="lost")


def test_it_must_come_first(server):
    ann = server.connect("Ann")
    assert ann.ask("/quiet")["code"] == "forbidden"
    asker = quiet(server)
    assert asker.ask("/quiet").kind == "ok"
    asker.send("hello")
    ann.wait_for("message")
    assert asker.ask("/quiet")["code"] == "forbidden"
    late = server.connect()
    ann.wait_for("online", id=late.id)
    assert late.ask("/quiet")["code"] == "forbidden"


def test_a_name_that_was_refused_may_come_before_it(server):
    ann = server.connect("Ann")
    asker = server.connect_raw()
    asker.send("/login ANN\n/quiet\n/quit")
    for kind in ("welcome", "error", "bye"):
        asker.wait_for(kind)
    asker.expect_end()
    ann.expect_nothing()


@pytest.mark.parametrize("daemons", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_it_stays_quiet_when_the_daemons_die(server, daemons):
    ann = server.connect("Ann")
    asker = quiet(server)
    server.kill(*daemons)
    wait_for_more_than_a_second(server)
    assert names(asker, "/active") == ["Ann", asker.name]
    assert [line for line in ann.drain() if line.get("id") == asker.id] == []
    asker.send("hello")
    ann.wait_for("message")
    assert ann.wait_for("online", id=asker.id)["count"] == "2"


@pytest.mark.settings(limits__max_clients=2, limits__idle_newcomer_seconds=1)
def test_it_makes_room_when_the_server_is_full(server):
    """Also if it asks."""
    server.connect("Ann")
    asker = quiet(server)

    def has_come():
        newcomer = server.connect_raw()
        newcomer.send("/login Ben")
        return newcomer.read().kind == "welcome"
    wait_until(has_come, "the quiet client makes room")
    asker.wait_for("offline", id=asker.id, reason="timeout")
    asker.expect_end()
