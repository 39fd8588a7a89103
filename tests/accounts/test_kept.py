"""Direct messages to accounts that are away: they are kept, and come at the next login."""
import pytest
from account_holders import OPEN, PASSWORD, away, log_in
from deadline import wait_until

pytestmark = [pytest.mark.sanitized]


@pytest.fixture
def server(start_server):
    return start_server(OPEN)


def kept_lines(client, count):
    """The kept messages; nothing else comes before the last of them."""
    return [client.expect("message", kept="yes") for _ in range(count)]


def until_nothing_is_kept(server):
    wait_until(lambda: server.query("SELECT * FROM kept") == [], "nothing is kept any more")


def ends_with(client, word="that is all"):
    assert client.ask(f"/echo {word}").text == word


@pytest.mark.requirement("N09", "N12")
def test_a_message_to_an_account_that_is_away_is_kept(server):
    away(server)
    batman = server.connect("Batman")
    batman.send("/send Robin where are you?")
    first = batman.expect("kept", "Robin is away; the message was kept.", name="Robin", tag=None)
    tag = batman.tagged("/send robin come home")
    second = batman.expect("kept", name="Robin", tag=tag)
    ok = batman.expect("ok", tag=tag, id=second["id"], kept="yes")
    assert ok.raw == f"ok tag={tag} id={second['id']} kept=yes\n".encode()
    assert int(second["id"]) > int(first["id"])
    robin, account = log_in(server)
    assert account["kept"] == "2"
    lines = kept_lines(robin, 2)
    assert [(line["id"], line["from"], line["name"], line["to"], line.text, line.get("account")) for line in lines] == [
        (first["id"], batman.id, "Batman", robin.id, "where are you?", None), (second["id"], batman.id, "Batman", robin.id, "come home", None)]
    assert lines[0].raw.startswith(f"message id={first['id']} from={batman.id} name=Batman to={robin.id} at=".encode())


@pytest.mark.requirement("N12")
def test_what_a_session_has_received_is_not_kept_any_more(server):
    away(server)
    batman = server.connect("Batman")
    batman.ask("/send Robin once")
    robin, account = log_in(server)
    assert account["kept"] == "1"
    kept_lines(robin, 1)
    robin.close()
    robin, account = log_in(server)
    assert account["kept"] == "0"
    robin.expect("online", id=robin.id)
    ends_with(robin)
    until_nothing_is_kept(server)


@pytest.mark.requirement("N12")
def test_the_same_for_a_session_that_is_still_connected(server):
    away(server)
    server.connect("Batman").ask("/send Robin once")
    first, _ = log_in(server)
    kept_lines(first, 1)
    second, account = log_in(server)
    assert account["kept"] == "0"
    second.expect("online", id=second.id)
    ends_with(second)
    third, account = log_in(server)
    assert account["kept"] == "0"
    for client in (first, second, third):
        client.send("/quit")
    until_nothing_is_kept(server)


@pytest.mark.requirement("N12")
def test_a_login_in_the_same_session_gives_nothing_twice(server):
    away(server)
    batman = server.connect("Batman")
    batman.ask("/send Robin once")
    robin, _ = log_in(server)
    kept_lines(robin, 1)
    assert robin.ask("/logout").kind == "renamed"
    batman.ask("/send Robin twice")
    answer = robin.ask(f"/login Robin {PASSWORD}")
    assert (answer.kind, answer["kept"]) == ("account", "1")
    robin.wait_for("renamed", name="Robin", id=robin.id, account="yes")
    assert robin.expect("message", kept="yes").text == "twice"
    ends_with(robin)


@pytest.mark.requirement("N12", "R13")
def test_what_is_found_unsent_at_the_end_is_kept(start_server):
    """Each message is received live or kept, in order; the sender is notified of each that was kept, once."""
    server = start_server(OPEN | {"limits.outbox_kib": 4096})
    away(server)
    batman = server.connect("Batman")
    robin, _ = log_in(server, receive_buffer=4096)
    batman.wait_for("online", name="Robin")
    sent = []

    def say():
        tags = [batman.tagged(f"/send Robin {len(sent) + i} " + "x" * 3000) for i in range(100)]
        sent.extend(batman.wait_for("ok", tag=tag)["id"] for tag in tags)
    server.fill_outbox(robin, say, 500_000)
    robin.reset()
    batman.wait_for("offline", id=robin.id)
    tag = batman.tagged("/send Robin after it")
    news = [batman.read()]
    while news[-1].kind != "ok":
        news.append(batman.read())
    last = news[-1]
    assert (last.tag, last["kept"]) == (tag, "yes")
    robin, account = log_in(server)
    count = int(account["kept"])
    lines = kept_lines(robin, count)
    kept = [line["id"] for line in lines]
    assert count > 1 and kept == sent[-(count - 1):] + [last["id"]]
    assert {line.text.split()[0] for line in lines[:-1]} == {str(number) for number in range(len(sent) - count + 1, len(sent))}
    ends_with(robin)
    news += batman.drain()
    reported = [line for line in news if line.kind == "kept" and line.tag is None]
    assert [line["id"] for line in reported] == kept[:-1] and {line["name"] for line in reported} == {"Robin"}
    assert not [line for line in news if line.kind == "undelivered"]
    assert server.query("SELECT * FROM message WHERE discarded = 1") == []


@pytest.mark.requirement("N12")
@pytest.mark.parametrize("limit", [0, 2])
def test_so_many_are_kept(start_server, limit):
    server = start_server(OPEN | {"accounts.max_kept": limit})
    away(server)
    batman = server.connect("Batman")
    for _ in range(limit):
        assert batman.ask("/send Robin hello").kind == "kept"
        batman.expect("ok")
    line = batman.ask("/send Robin hello")
    assert (line.kind, line["reason"], line["name"]) == ("undelivered", "full", "Robin")
    assert line.text == "Robin is away, and too many messages wait; the message was discarded."
    robin, account = log_in(server)
    assert account["kept"] == str(limit)
    kept_lines(robin, limit)
    robin.send("/quit")
    batman.wait_for("offline", name="Robin")
    assert batman.ask("/send Robin hello").kind == ("kept" if limit else "undelivered")


@pytest.mark.requirement("N12")
def test_nothing_is_kept_if_the_operator_says_so(start_server):
    server = start_server(OPEN | {"history.keep_away": False})
    away(server)
    line = server.connect("Batman").ask("/send Robin hello")
    assert (line.kind, line["reason"]) == ("undelivered", "away")
    assert log_in(server)[1]["kept"] == "0"


@pytest.mark.requirement("N12")
@pytest.mark.parametrize("setting", ["log.messages", "log.text"])
def test_messages_are_kept_without_a_log(start_server, setting):
    server = start_server(OPEN | {setting: False})
    away(server)
    batman = server.connect("Batman")
    batman.ask("/send Robin hello")
    robin, account = log_in(server)
    assert account["kept"] == "1" and kept_lines(robin, 1)[0].text == "hello"
    assert server.query("SELECT * FROM message WHERE text IS NOT NULL") == []
    robin.send("/quit")
    until_nothing_is_kept(server)


@pytest.mark.requirement("N12")
def test_more_than_one_record_holds_comes_in_order(start_server):
    """While the parts come, further messages are kept too, so that they stay behind the earlier ones."""
    server = start_server(OPEN | {"limits.outbox_kib": 128})
    away(server)
    batman = server.connect("Batman")
    sent = []
    for number in range(60):
        line = batman.ask(f"/send Robin {number} " + "x" * 3000)
        assert line.kind == "kept"
        batman.expect("ok")
        sent.append(line["id"])
    robin, account = log_in(server)
    assert account["kept"] == "60"
    assert [robin.wait_for("message", kept="yes")["id"] for _ in range(60)] == sent
    ends_with(robin)
    robin.send("/quit")
    until_nothing_is_kept(server)


@pytest.mark.requirement("N12")
def test_the_order_of_a_sender_holds_while_its_receiver_logs_in(server):
    away(server)
    senders = server.people("Batman", "Alfred")
    number = 0
    for _ in range(5):
        for sender in senders:
            for _ in range(20):
                sender.send(f"/send Robin {number}")
                number += 1
        robin = server.connect_raw()
        robin.send(f"/login Robin {PASSWORD}")
        for sender in senders:
            for _ in range(20):
                sender.send(f"/send Robin {number}")
                number += 1
        for sender in senders:
            assert sender.ask("/echo over").kind == "echo"
        seen = {}
        while sum(map(len, seen.values())) < 80:
            line = robin.wait_for("message")
            seen.setdefault(line["name"], []).append(int(line.text))
        assert all(numbers == sorted(set(numbers)) for numbers in seen.values()), seen
        robin.send("/quit")
        robin.wait_for("bye")
        for sender in senders:
            sender.wait_for("offline", name="Robin")


@pytest.mark.requirement("N12")
def test_messages_that_are_kept_outlive_everything(server):
    away(server)
    batman = server.connect("Batman")
    sent = [batman.ask("/send Robin first")["id"]]
    server.kill("acceptor", "delivery")
    batman.expect("ok")
    sent.append(batman.ask("/send Robin second")["id"])
    server.stop()
    server.start()
    sent.append(server.connect("Batman").ask("/send Robin third")["id"])
    robin, account = log_in(server)
    assert account["kept"] == "3"
    assert [line["id"] for line in kept_lines(robin, 3)] == sent
    server.stop()
    server.start()
    assert log_in(server)[1]["kept"] == "0"


@pytest.mark.requirement("N12")
def test_an_unknown_name_is_still_an_error(server):
    batman = server.connect("Batman")
    assert batman.ask("/send Nobody hello")["code"] == "no-such-client"
    away(server)
    assert batman.ask("/send Nobody hello")["code"] == "no-such-client"


@pytest.mark.requirement("N12")
def test_an_id_stands_for_the_account_of_its_last_session(server):
    batman = server.connect("Batman")
    robin = server.connect("Robin")
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    robin.send("/quit")
    batman.wait_for("offline", id=robin.id)
    assert batman.ask(f"/send {robin.id} hello").kind == "kept"
    batman.expect("ok")
    robin_again, account = log_in(server)
    assert account["kept"] == "1"
    kept_lines(robin_again, 1)
    batman.wait_for("online", name="Robin")
    assert batman.ask(f"/send {robin.id} hello").kind == "undelivered", "the id is still that of the departed"


@pytest.mark.requirement("N12")
def test_the_text_is_forgotten_with_its_sender(server):
    away(server)
    batman = server.connect("Batman")
    batman.ask("/send Robin hello")
    server.wait_for_rows(1, "SELECT * FROM kept")
    server.operate("Forget", client="Batman")
    until_nothing_is_kept(server)
    robin, account = log_in(server)
    assert account["kept"] == "0"


@pytest.mark.requirement("N12")
def test_what_a_login_has_sent_in_vain_comes_again(start_server):
    """A session that takes nothing more receives a part of what is kept; the next one receives the rest."""
    server = start_server(OPEN | {"limits.outbox_kib": 8192}, send_buffer=16_384)
    away(server)
    batman = server.connect("Batman")
    tags = [batman.tagged(f"/send Robin {number} " + "x" * 3000) for number in range(200)]
    sent = [batman.wait_for("ok", tag=tag)["id"] for tag in tags]
    robin, account = log_in(server, receive_buffer=4096)
    assert account["kept"] == "200"
    wait_until(lambda: server.outbox(robin) > 100_000, "something waits in the outbox")
    robin.reset()
    batman.wait_for("offline", id=robin.id)
    robin, account = log_in(server)
    count = int(account["kept"])
    assert 0 < count < 200
    assert [line["id"] for line in kept_lines(robin, count)] == sent[-count:]
    ends_with(robin)
    robin.send("/quit")
    until_nothing_is_kept(server)


@pytest.mark.requirement("N12")
def test_what_a_slow_receiver_does_not_take_is_kept(start_server):
    server = start_server(OPEN | {"limits.outbox_kib": 64}, send_buffer=16_384)
    away(server)
    batman = server.connect("Batman")
    robin, _ = log_in(server, receive_buffer=4096)
    batman.wait_for("online", name="Robin")
    sent, last = [], None
    while last is None or last.get("kept") is None:
        assert len(sent) < 1000, "a receiver that does not read is never given up"
        last = batman.wait_for("ok", tag=batman.tagged(f"/send Robin {len(sent)} " + "x" * 3000))
        sent.append(last["id"])
    robin.reset()
    robin, account = log_in(server)
    count = int(account["kept"])
    lines = [line["id"] for line in (robin.wait_for("message", kept="yes") for _ in range(count))]
    assert count > 0 and lines == sent[-count:]
    assert server.query("SELECT * FROM message WHERE discarded = 1") == []
