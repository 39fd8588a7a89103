"""Messages to departed clients: discarded, reported to the sender, marked in the log."""
import pytest
from chat_server import MESSAGES
from deadline import wait_until

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]


def undelivered_text(receiver):
    return f"{receiver.id} ({receiver.name}) is now disconnected; the message was discarded."


BATCH = 1_000_000       # bytes of the lines that send_many has sent to the receiver, roughly


def send_many(sender, receiver):
    """Sends long messages and waits until they are accepted; returns their ids."""
    tags = [sender.tagged(f"/send {receiver.id} " + "x" * 3900) for _ in range(250)]
    return [sender.expect("ok", tag=tag)["id"] for tag in tags]


@pytest.mark.requirement("R13", "R14")
@pytest.mark.parametrize("by", ["id", "name"])
def test_to_a_departed_client(server, by):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    b.send("/quit")
    for client in (a, c):
        client.expect("offline", id=b.id)
    a.send(f"/send {getattr(b, by)} are you there?")
    first = a.expect("undelivered", undelivered_text(b), to=b.id, reason="disconnected", tag=None)
    second = a.ask(f"/send {getattr(b, by)} hello?")
    assert (second.kind, second["to"], second["reason"], second.text) == ("undelivered", b.id, "disconnected", undelivered_text(b))
    assert int(second["id"]) > int(first["id"])
    for client in (a, c):
        client.expect_nothing()


@pytest.mark.requirement("R13")
def test_byte_for_byte(server):
    a, b = server.people("Batman", "Robin")
    b.close()
    a.expect("offline", id=b.id, reason="lost")
    a.send("/send Robin hello")
    line = a.expect("undelivered")
    assert line.raw == f"undelivered id={line['id']} to={b.id} reason=disconnected :{b.id} (Robin) is now disconnected; the message was discarded.\n".encode()


@pytest.mark.requirement("R13")
def test_name_that_the_departed_had_before_and_its_last(server):
    a, b = server.people("Batman", "Robin")
    b.ask("/login Nightwing")
    a.expect("renamed", id=b.id)
    b.send("/quit")
    a.expect("offline", id=b.id, name="Nightwing")
    assert a.ask("/send Nightwing hello")["to"] == b.id


@pytest.mark.requirement("R13")
def test_a_name_taken_over_reaches_its_present_owner(server):
    a, b = server.people("Batman", "Robin")
    b.send("/quit")
    a.expect("offline", id=b.id)
    c = server.connect("Robin")
    a.expect("online", id=c.id)
    a.send("/send Robin welcome")
    c.expect("message", "welcome", to=c.id)
    assert a.ask(f"/send {b.id} hello").kind == "undelivered", "the id is still that of the departed"


@pytest.mark.requirement("R13")
@pytest.mark.own_server
def test_an_unknown_receiver_is_a_different_error(server):
    a, b = server.people("Batman", "Robin")
    b.send("/quit")
    a.expect("offline", id=b.id)
    assert a.ask("/send Joker hello")["code"] == "no-such-client"


@pytest.mark.requirement("R14", "R18")
@pytest.mark.own_server
def test_discarded_messages_are_in_the_log_and_marked(server):
    a, b = server.people("Batman", "Robin")
    delivered = a.ask(f"/send {b.id} you get this")
    b.expect("message")
    b.send("/quit")
    a.expect("offline", id=b.id)
    discarded = a.ask("/send Robin you do not")
    rows = server.wait_for_rows(2, MESSAGES)
    assert [(str(row["id"]), row["discarded"], row["text"], row["receiver_name"]) for row in rows] == [
        (delivered["id"], 0, "you get this", "Robin"), (discarded["id"], 1, "you do not", "Robin")]


@pytest.mark.requirement("R13", "R14", "R18")
@pytest.mark.own_server
@pytest.mark.settings(limits__lines_per_second=0, limits__outbox_kib=16384)
def test_receiver_killed_with_messages_unsent(server):
    """Each message is either in the kernel's buffers for the receiver or reported, after its `ok` and with the same id;
    the log agrees."""
    a = server.connect("Batman")
    b = server.connect("Robin", receive_buffer=4096)
    a.expect("online", id=b.id)
    accepted = []
    server.fill_outbox(b, lambda: accepted.extend(send_many(a, b)), 2 * BATCH)
    b.reset()
    reported, line = [], a.read()
    while line.kind == "undelivered":
        assert (line["to"], line["reason"], line.text, line.tag) == (b.id, "disconnected", undelivered_text(b), None)
        reported.append(line["id"])
        line = a.read()
    assert (line.kind, line["id"], line["reason"]) == ("offline", b.id, "lost")
    while reported[-1:] != accepted[-1:]:
        line = a.expect("undelivered")
        reported.append(line["id"])
    a.expect_nothing()
    assert len(set(reported)) == len(reported)
    assert reported == accepted[-len(reported):], "the unsent ones are the last ones, in their order"
    discarded = "SELECT id FROM message WHERE discarded = 1 ORDER BY id"
    wait_until(lambda: [str(row["id"]) for row in server.query(discarded)] == reported, "the log marks the same messages")
    assert len(server.query("SELECT id FROM message")) == len(accepted)


@pytest.mark.requirement("R13")
def test_receiver_leaves_right_after(server):
    """Whatever the race: `ok` and the message arrives, or `undelivered`. Never both, never neither."""
    a = server.connect("Batman")
    for number in range(30):
        b = server.connect(f"Robin{number}")
        a.wait_for("online", id=b.id)
        tag = a.tagged(f"/send {b.id} hello")
        b.send("/quit")
        got = [line for line in b.read_all().splitlines() if line.startswith(b"message ")]
        lines = a.drain()
        outcome = [line for line in lines if line.tag == tag]
        assert len(outcome) == 1 and outcome[0].kind in ("ok", "undelivered"), lines
        later = [line for line in lines if line.kind == "undelivered" and line.tag is None]
        assert (outcome[0].kind == "ok" and not later) == bool(got), (lines, got)


@pytest.mark.requirement("R14", "R18", "N03")
@pytest.mark.own_server
@pytest.mark.settings(limits__lines_per_second=0, limits__outbox_kib=16384)
def test_unsent_when_the_service_is_stopped(server):
    """Nobody is left to be notified; the log says which messages were never sent."""
    a = server.connect("Batman")
    b = server.connect("Robin", receive_buffer=4096)
    a.expect("online", id=b.id)
    accepted = []
    server.fill_outbox(b, lambda: accepted.extend(map(int, send_many(a, b))), 2 * BATCH)
    server.stop()
    received = [int(line.split(b" ", 2)[1].removeprefix(b"id=")) for line in b.read_all().splitlines(keepends=True)
                if line.startswith(b"message ") and line.endswith(b"\n")]
    discarded = [row["id"] for row in server.query("SELECT id FROM message WHERE discarded = 1 ORDER BY id")]
    assert discarded and received == accepted[:len(received)]
    assert discarded == accepted[-len(discarded):], "the last ones, in their order"
    assert 0 <= len(accepted) - len(discarded) - len(received) <= 1, "a line of which a part had left is not unsent"


@pytest.mark.requirement("N03")
def test_group_messages_that_never_left_are_marked(start_server):
    server = start_server({"limits.outbox_kib": 16384, "limits.lines_per_second": 0})
    ann, ben, sid = server.connect("Ann"), server.connect("Ben"), server.connect("Sid", receive_buffer=4096)
    group = ann.ask(f"/makegroup {ben.id} {sid.id}")["id"]
    batch, sent = 250, []

    def say():
        sent.append(ann.raw(f"/sendgroup {group} {'x' * 3900}\n".encode() * batch))
        for _ in range(batch):
            ben.wait_for("message")
    server.fill_outbox(sid, say, 2 * batch * 4000)
    sid.reset()
    ben.wait_for("offline", id=sid.id)
    server.wait_for_rows(1, "SELECT 1 FROM receipt WHERE outcome = 'discarded'")
    receipts = server.wait_for_rows(2 * len(sent) * batch, "SELECT client_id, outcome FROM receipt JOIN session ON session = receiver ORDER BY message")
    assert len(receipts) == 2 * len(sent) * batch
    assert {row["outcome"] for row in receipts if str(row["client_id"]) == ben.id} == {"delivered"}
    fates = [row["outcome"] for row in receipts if str(row["client_id"]) == sid.id]
    assert 0 < fates.count("delivered") < len(fates) and fates == sorted(fates, key=lambda fate: fate == "discarded"), "the unsent ones are the last ones"
    assert not [line for line in ann.drain() if line.kind == "undelivered"]
