"""/delete: a message is taken back by its sender, or removed by an operator of its room. The log forgets its text."""
import pytest
from account_holders import OPEN as ACCOUNTS
from account_holders import PASSWORD, away, log_in
from deadline import wait_until
from history_pages import ids_of, member, member_again, opened, page, say
from irc_client import connect_irc
from room_members import code_of, room_with

pytestmark = [pytest.mark.sanitized]
OPEN = pytest.mark.settings(accounts__register='"open"', history__pages_per_minute=1_000_000, limits__lines_per_second=0)


def left_behind(server):
    """Somebody in the cave, and the id of what Ann's account said there before it quit."""
    ann, ben = member(server, "Ann"), server.connect("Ben")
    for client in (ben, ann):
        client.ask("/join cave")
    [mine] = say(ann, "cave", "mine")
    ann.send("/quit")
    ben.wait_for("offline", id=ann.id)
    return ben, mine


def expect_in_log(server, *texts):
    wait_until(lambda: [row["text"] for row in server.query("SELECT text FROM message ORDER BY id")] == list(texts), f"the log has {texts}")


@OPEN
def test_the_sender_deletes_a_message(server):
    ann, ben = room_with(server, "Ann", "Ben")
    [first, second] = say(ben, "cave", "not for here", "but this is")
    tag = ben.tagged(f"/delete cave {first} wrong room ")
    assert ben.expect("ok", tag=tag).raw == f"ok tag={tag}\n".encode()
    ann.wait_for("message", id=second)
    assert ann.expect("deleted").raw == f"deleted id={first} to=room:cave by=Ben :wrong room\n".encode()
    assert [row["id"] for row in page(ann, "cave")[0]] == [str(second)]
    expect_in_log(server, None, "but this is")
    [row] = server.query(f"SELECT characters, sender_name_then FROM message WHERE id = {first}")
    assert (row["characters"], row["sender_name_then"]) == (12, "Ben")
    assert ben.ask(f"/delete #CAVE {first}").kind == "ok", "once more changes nothing"
    assert ann.drain() == [], "and says nothing to others"


@OPEN
@pytest.mark.parametrize("place", ["cave", "lobby"])
def test_who_may_not_write_gives_no_reasons(server, place):
    op = connect_irc(server, "op")
    op.ask("JOIN #cave")
    joker, robin = room_with(server, "Joker", "Robin")
    mine = say(joker, "cave", "hi")[0] if place == "cave" else joker.ask("/broadcast hi")["id"]
    server.operate("ChangeModes", room=place, modes="+m", parameters=[])
    assert joker.ask(f"/say {place} insult").kind == "error"
    assert joker.ask(f"/delete {place} {mine} insult").kind == "ok"
    assert "insult" not in robin.wait_for("deleted", id=mine).raw.decode()


@OPEN
def test_an_operator_deletes_what_others_said(server):
    ann, ben, cid = room_with(server, "Ann", "Ben", "Cid")
    [spam] = say(ben, "cave", "buy this")
    assert code_of(cid, f"/delete cave {spam}") == "forbidden"
    assert ann.ask(f"/delete cave {spam} spam").kind == "ok"
    for client in (ben, cid):
        assert client.wait_for("deleted", id=spam)["by"] == "Ann"
    assert ids_of(cid, "cave") == []
    ann.ask("/deop cave Ann")
    [other] = say(ben, "cave", "something else")
    assert code_of(ann, f"/delete cave {other}") == "forbidden"


@OPEN
def test_what_cannot_be_deleted(server):
    ann, ben = room_with(server, "Ann", "Ben")
    [here] = say(ann, "cave", "here")
    ben.ask("/join attic")
    [elsewhere] = say(ben, "attic", "elsewhere")
    secret = int(ann.ask("/send Ben between us")["id"])
    assert code_of(ben, f"/delete attic {here}") == code_of(ben, "/delete attic 0") == code_of(ben, f"/delete attic {2**64 - 1}") == "no-such-message"
    assert code_of(ann, f"/delete attic {elsewhere}") == "not-a-member"
    assert code_of(ann, "/delete nowhere 1") == "no-such-client"
    assert code_of(ann, "/delete #nowhere 1") == "no-such-room"
    assert code_of(ann, "/delete 4711 1") == "no-such-group"
    assert code_of(ben, f"/delete Ann {secret}") == "forbidden"
    cid = server.connect("Cid")
    assert code_of(cid, f"/delete Ann {secret}") == code_of(cid, f"/delete Ben {secret}") == "no-such-message"
    for wrong in ("/delete", "/delete cave", "/delete cave x", "/delete cave -1"):
        assert code_of(ann, wrong) == "bad-arguments"


@OPEN
def test_what_was_said_before_the_room_was_opened_again(server):
    ann, ben = room_with(server, "Ann", "Ben")
    [old] = say(ann, "cave", "old")
    for client in (ann, ben):
        client.ask("/leave cave")
    ben.ask("/join cave")
    ann.ask("/join cave")
    assert code_of(ben, f"/delete cave {old}") == "no-such-message"
    assert ann.ask(f"/delete cave {old}").kind == "ok", "it is still hers"
    expect_in_log(server, None)


@OPEN
def test_what_one_may_not_read_does_not_exist(server):
    ann, ben = room_with(server, "Ann", "Ben")
    [old] = say(ann, "cave", "old")
    group = ann.ask("/makegroup Ben")["id"]
    in_group = ann.ask(f"/sendgroup {group} hello")["id"]
    cid, guest = member(server, "Cid"), server.connect("Guest")
    for client in (cid, guest):
        client.ask("/join cave")
    guest.ask(f"/joingroup {group}")
    ann.wait_for("join-request")
    ann.ask(f"/approve {group} {guest.id}")
    assert ids_of(guest, "cave") == []
    assert code_of(guest, f"/delete cave {old}") == "no-such-message"
    assert code_of(guest, f"/delete {group} {in_group}") == "no-such-message"
    assert ids_of(cid, "cave") == [old]
    assert code_of(cid, f"/delete cave {old}") == "forbidden"
    server.operate("SetRoom", room="cave", history="off")
    assert code_of(cid, f"/delete cave {old}") == "no-such-message"
    [new] = say(ann, "cave", "new")
    assert code_of(guest, f"/delete cave {new}") == code_of(cid, f"/delete cave {new}") == "forbidden"
    assert ann.ask("/op cave Guest").kind != "error"
    assert guest.ask(f"/delete cave {old}").kind == "ok", "operators may"


@OPEN
def test_messages_to_one_client_to_a_group_and_to_all(server):
    ann, ben, cid = server.people("Ann", "Ben", "Cid")
    direct = ann.ask("/send Ben psst")["id"]
    assert ann.ask(f"/delete {ben.id} {direct}").kind == "ok"
    ben.wait_for("message", id=direct)
    assert ben.expect("deleted").raw == f"deleted id={direct} to={ben.id} by=Ann\n".encode()
    group = ann.ask("/makegroup Ben")["id"]
    said = ann.ask(f"/sendgroup {group} hello")["id"]
    assert code_of(ben, f"/delete {group} {said}") == "forbidden"
    assert code_of(cid, f"/delete {group} {said}") == "not-a-member"
    assert ann.ask(f"/delete group:{group} {said} oops").kind == "ok"
    assert ben.wait_for("deleted", id=said).raw == f"deleted id={said} to=group:{group} by=Ann :oops\n".encode()
    everyone = ann.ask("/broadcast to all")["id"]
    assert ann.ask(f"/delete lobby {everyone}").kind == "ok"
    for client in (ben, cid):
        assert client.wait_for("deleted").raw == f"deleted id={everyone} to=all by=Ann\n".encode()
    expect_in_log(server, None, None, None)


@OPEN
def test_an_account_deletes_what_an_earlier_session_of_it_said(server):
    ben, mine = left_behind(server)
    guest = server.connect("Anna")
    guest.ask("/join cave")
    assert code_of(guest, f"/delete cave {mine}") == "no-such-message", "it has not seen it"
    guest.send(f"/login Ann {PASSWORD}")
    guest.wait_for("account")
    assert guest.ask(f"/delete cave {mine}").kind == "ok"
    assert ben.wait_for("deleted", id=mine)["by"] == "Ann"


@OPEN
def test_whoever_loses_its_account_while_it_waits_deletes_nothing(server):
    ben, mine = left_behind(server)
    again = member_again(server, "Ann")
    again.ask("/join cave")
    server.wait_for_rows(1, "SELECT * FROM message")
    with opened(server) as database:
        database.execute("BEGIN IMMEDIATE")
        ben.ask("/say cave the log waits for this")
        tag = again.tagged(f"/delete cave {mine}")
        server.operate("DisableAccount", name="Ann")
        again.wait_for("renamed", id=again.id)
        database.execute("ROLLBACK")
    assert again.wait_for("error", tag=tag)["code"] == "busy"
    expect_in_log(server, "mine", "the log waits for this")


def test_a_kept_message_that_was_deleted_is_not_delivered(start_server):
    server = start_server(ACCOUNTS)
    away(server)
    batman = server.connect("Batman")
    ids = [batman.ask(f"/send Robin {text}")["id"] for text in ("first", "second", "third")]
    assert batman.ask(f"/delete robin {ids[1]}").kind == "ok"
    wait_until(lambda: server.query(f"SELECT * FROM kept WHERE message = {ids[1]}") == [], "it is not kept any more")
    robin, account = log_in(server)
    assert account["kept"] == "2"
    assert [robin.expect("message", kept="yes").text for _ in range(2)] == ["first", "third"]
    assert robin.ask("/echo that is all").text == "that is all"


@pytest.mark.settings(log__messages="false")
def test_without_a_log_there_is_nothing_to_delete(server):
    ann, _ = room_with(server, "Ann", "Ben")
    [said] = say(ann, "cave", "hello")
    assert code_of(ann, f"/delete cave {said}") == "no-such-message"


@pytest.mark.settings(log__text="false")
def test_without_texts_in_the_log_others_still_learn_of_it(server):
    ann, ben = room_with(server, "Ann", "Ben")
    [said] = say(ann, "cave", "hello")
    assert ann.ask(f"/delete cave {said} insult").kind == "ok"
    assert ben.wait_for("deleted", id=said).raw == f"deleted id={said} to=room:cave by=Ann\n".encode()
    assert ann.ask(f"/delete cave {said} insult").kind == "ok"
    assert ben.drain() == []


@OPEN
def test_nothing_of_the_text_is_left_in_the_database(server):
    ann, _ = room_with(server, "Ann", "Ben")
    [said] = say(ann, "cave", "correct-horse-battery-staple")
    assert ann.ask(f"/delete cave {said}").kind == "ok"
    assert ids_of(ann, "cave") == []
    server.stop()
    for path in server.database.parent.glob("chat.db*"):
        assert b"correct-horse-battery-staple" not in path.read_bytes(), path
