"""What an account has read: /seen and /unread."""
import pytest
from account_holders import OPEN, PASSWORD, away, log_in
from deadline import wait_until

pytestmark = [pytest.mark.sanitized]


@pytest.fixture
def server(start_server):
    return start_server(OPEN)


def registered(server, name="Robin"):
    client = server.connect(name)
    assert client.ask(f"/register {PASSWORD}").kind == "account"
    return client


def unread(client):
    lines, end = client.listing("/unread")
    assert end["count"] == str(len(lines))
    return {line["place"]: (int(line["count"]), line["first"], line["last"]) for line in lines}


def say(client, *lines):
    return [client.ask(line)["id"] for line in lines]


@pytest.mark.requirement("N09", "N13")
def test_unread_messages_of_rooms_and_conversations_are_counted(server):
    robin, batman = registered(server), registered(server, "Batman")
    for client in (robin, batman):
        client.ask("/join cave")
    assert unread(robin) == {}
    cave = say(batman, "/say cave one", "/say cave two")
    lobby = say(batman, "/broadcast three")
    direct = say(batman, "/send Robin four", "/send Robin five")
    say(robin, "/say cave my own", "/send Batman mine")
    assert unread(robin) == {"room:cave": (2, *cave), "room:lobby": (1, *lobby * 2), "Batman": (2, *direct)}


@pytest.mark.requirement("N13")
def test_a_mark_never_moves_back(server):
    robin, batman = registered(server), registered(server, "Batman")
    for client in (robin, batman):
        client.ask("/join cave")
    ids = say(batman, *(f"/say cave {number}" for number in range(4)))
    assert robin.ask(f"/seen cave {ids[1]}").kind == "ok"
    assert unread(robin)["room:cave"] == (2, ids[2], ids[3])
    assert robin.ask(f"/seen #CAVE {ids[0]}").kind == "ok"
    assert unread(robin)["room:cave"] == (2, ids[2], ids[3])
    assert robin.ask(f"/seen room:cave {10 ** 15}").kind == "ok", "what is not written yet is not seen"
    assert "room:cave" not in unread(robin)
    [later] = say(batman, "/say cave later")
    assert unread(robin)["room:cave"] == (1, later, later)
    [direct] = say(batman, "/send Robin hello")
    assert unread(robin)["Batman"] == (1, direct, direct)
    assert robin.ask(f"/seen batman {direct}").kind == "ok"
    assert "Batman" not in unread(robin)


@pytest.mark.requirement("N13")
def test_marks_outlive_sessions_and_daemons(server):
    robin, batman = registered(server), registered(server, "Batman")
    for client in (robin, batman):
        client.ask("/join cave")
    ids = say(batman, *(f"/say cave {number}" for number in range(3)))
    assert robin.ask(f"/seen cave {ids[0]}").kind == "ok"
    robin.send("/quit")
    batman.wait_for("offline", id=robin.id)
    server.kill("acceptor", "delivery")
    ids += say(batman, "/say cave while away")
    robin, _ = log_in(server)
    robin.ask("/join cave")
    assert unread(robin)["room:cave"] == (3, ids[1], ids[3])


@pytest.mark.requirement("N13")
def test_without_a_mark_it_begins_with_the_first_membership(server):
    batman = registered(server, "Batman")
    batman.ask("/join cave")
    say(batman, "/say cave before")
    robin = registered(server)
    robin.ask("/join cave")
    ids = say(batman, "/say cave first")
    robin.send("/quit")
    batman.wait_for("offline", id=robin.id)
    ids += say(batman, "/say cave second")
    robin, _ = log_in(server)
    robin.ask("/join cave")
    assert unread(robin)["room:cave"] == (2, ids[0], ids[1])


@pytest.mark.requirement("N13")
def test_the_lobby_begins_with_the_registration(server):
    batman = server.connect("Batman")
    say(batman, "/broadcast before", "/say lobby before")
    robin = registered(server)
    assert unread(robin) == {}
    [later] = say(batman, "/say lobby later")
    assert unread(robin) == {"room:lobby": (1, later, later)}


@pytest.mark.requirement("N13")
def test_guests_have_no_marks(server):
    guest = server.connect("Guest")
    for line in ("/unread", "/seen lobby 1"):
        assert guest.ask(line)["code"] == "no-such-account"


@pytest.mark.requirement("N13")
def test_what_cannot_be_marked_is_refused(server):
    robin = registered(server)
    server.connect("Batman").ask("/join cave")
    assert robin.ask("/seen cave 1")["code"] == "not-a-member"
    assert robin.ask("/seen nowhere 1")["code"] == "no-such-room"
    for line in ("/seen", "/seen lobby", "/seen lobby x", "/seen lobby 1 2", "/unread all"):
        assert robin.ask(line)["code"] == "bad-arguments"


@pytest.mark.requirement("N13")
def test_unread_messages_that_were_kept(server):
    batman = registered(server, "Batman")
    away(server)
    kept = say(batman, "/send Robin one")
    batman.wait_for("ok", kept="yes")
    robin, _ = log_in(server)
    assert unread(robin)["Batman"] == (1, kept[0], kept[0])


@pytest.mark.requirement("N13")
def test_the_index_and_the_newest_rows_count_alike(server):
    robin, batman = registered(server), registered(server, "Batman")
    for client in (robin, batman):
        client.ask("/join cave")
    ids = say(batman, "/say cave one", "/send Robin two")
    wait_until(lambda: server.query("SELECT 1 FROM history_state WHERE key = 'indexed' AND value >= ?", int(ids[1])), "the index has them")
    ids += say(batman, "/say cave three", "/send Robin four")
    assert unread(robin) == {"room:cave": (2, ids[0], ids[2]), "Batman": (2, ids[1], ids[3])}


@pytest.mark.requirement("N12", "N13")
def test_marks_and_kept_messages_end_with_the_account(server):
    robin, batman = registered(server), registered(server, "Batman")
    robin.ask("/seen lobby 5")
    robin.send("/quit")
    batman.wait_for("offline", id=robin.id)
    say(batman, "/send Robin hello")
    marks = "SELECT 1 FROM seen WHERE account = ?"
    [[account]] = wait_until(lambda: server.query("SELECT account FROM kept"), "the message is kept")
    wait_until(lambda: server.query(marks, account), "the mark is there")
    server.operate("DeleteAccount", name="Robin")
    wait_until(lambda: not server.query("SELECT * FROM kept") and not server.query(marks, account), "both are gone")
    assert server.query("SELECT 1 FROM seen"), "Batman's are not"
