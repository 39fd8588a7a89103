"""The log in SQLite, through the tables and the view that are its contract."""
import sqlite3
import time
from contextlib import closing

import pytest
from chat_server import MESSAGES
from deadline import wait_until

VIEW = ["id", "at", "kind", "sender_session", "sender_id", "sender_name", "receiver_session", "receiver_id", "receiver_name", "target", "receivers",
        "discarded", "characters", "bytes", "text", "time", "sender_account", "sender_name_then", "form"]
SESSION = ["session", "client_id", "name", "peer", "connected_at", "ended_at", "reason"]
EVENT = ["event", "at", "session", "kind", "detail"]


@pytest.mark.requirement("R18")
def test_columns_of_the_contract(server):
    server.connect("Batman").ask("/broadcast x")
    server.wait_for_rows(1, MESSAGES)
    for table, columns in (("message_log", VIEW), ("session", SESSION), ("event", EVENT)):
        there = [row["name"] for row in server.query(f"PRAGMA table_info({table})")]
        assert [name for name in there if name in columns] == columns
    strict = server.query("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND strict = 0")
    assert not strict
    assert server.query("PRAGMA journal_mode")[0][0] == "wal"


@pytest.mark.requirement("R18", "R60")
def test_direct_message(server):
    a, b = server.people("Batman", "Robin")
    before = time.time_ns() // 1000
    answer = a.ask(f"/send {b.id} žlutý 👋 kůň")
    row = server.wait_for_rows(1, MESSAGES)[0]
    sessions = {str(r["client_id"]): r["session"] for r in server.query("SELECT * FROM session")}
    assert dict(row) | {"at": 0} == {
        "id": int(answer["id"]), "at": 0, "kind": "direct", "sender_session": sessions[a.id], "sender_id": int(a.id), "sender_name": "Batman",
        "receiver_session": sessions[b.id], "receiver_id": int(b.id), "receiver_name": "Robin", "target": b.id, "receivers": 1, "discarded": 0,
        "characters": 11, "bytes": 18, "text": "žlutý 👋 kůň",
        "time": row["time"], "sender_account": None, "sender_name_then": "Batman", "form": None}
    assert before - 10_000 <= row["at"] <= time.time_ns() // 1000 + 10_000


@pytest.mark.requirement("R18")
def test_lobby_and_broadcast(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    a.send("to the lobby")
    b.send("/broadcast to all")
    rows = server.wait_for_rows(2, MESSAGES)
    assert [(r["kind"], r["sender_name"], r["receiver_id"], r["receiver_name"], r["target"], r["receivers"], r["discarded"], r["characters"], r["text"]) for r in rows] == [
        ("room", "Batman", None, None, "room:lobby", 2, 0, 12, "to the lobby"), ("broadcast", "Robin", None, None, "all", 2, 0, 6, "to all")]
    c.wait_for("message", id=rows[0]["id"])
    c.wait_for("message", id=rows[1]["id"])


@pytest.mark.requirement("R18")
def test_time_of_the_message_is_the_one_on_the_wire(server):
    a, b = server.people("Batman", "Robin")
    a.send("hello")
    told = b.expect("message")["at"]
    row = server.wait_for_rows(1, "SELECT strftime('%Y-%m-%dT%H:%M:', at / 1000000, 'unixepoch') || printf('%06.3f', (at / 1000) % 60000 / 1000.0) || 'Z' AS at FROM message")[0]
    assert row["at"] == told


@pytest.mark.requirement("R02", "R03", "R04", "R18")
def test_sessions(server):
    before = time.time_ns() // 1000
    a = server.connect("Batman")
    b = server.connect()
    server.wait_for_rows(1, "SELECT * FROM session WHERE name = 'Batman'")
    rows = {str(row["client_id"]): row for row in server.wait_for_rows(2, "SELECT * FROM session")}
    assert rows[a.id]["peer"] == a.address and rows[b.id]["peer"] == b.address
    assert rows[b.id]["name"] == b.name
    assert all(before - 10_000 <= row["connected_at"] <= time.time_ns() // 1000 for row in rows.values())
    assert all(row["ended_at"] is None and row["reason"] is None for row in rows.values())


@pytest.mark.requirement("R18", "R85")
@pytest.mark.parametrize("leave, reason", [
    (lambda c: c.send("/quit"), "quit"), (lambda c: c.send("/quit killed"), "killed"), (lambda c: c.send("/quit q"), "quit"),
    (lambda c: c.close(), "lost"), (lambda c: c.reset(), "lost")], ids=["quit", "killed", "quit-q", "close", "reset"])
def test_end_of_a_session(server, leave, reason):
    client = server.connect("Batman")
    leave(client)
    row = server.wait_for_rows(1, "SELECT * FROM session WHERE ended_at IS NOT NULL")[0]
    assert (row["reason"], row["name"]) == (reason, "Batman")
    assert row["ended_at"] >= row["connected_at"]


@pytest.mark.requirement("R18")
def test_last_name_is_in_the_log(server):
    a, b = server.people("Batman", "Robin")
    a.ask("/broadcast as Batman")
    a.ask("/login Bruce")
    a.ask("/broadcast as Bruce")
    server.wait_for_rows(2, MESSAGES)
    server.wait_for_rows(1, "SELECT * FROM session WHERE name = 'Bruce'")
    assert {row["sender_name"] for row in server.query(MESSAGES)} == {"Bruce"}
    logins = server.wait_for_rows(3, "SELECT * FROM event WHERE kind = 'login' ORDER BY event")
    assert "Bruce" in logins[-1]["detail"]


@pytest.mark.requirement("R18")
def test_refused_lines_are_not_logged_as_messages(server):
    a, b = server.people("Batman", "Robin")
    for command in ("/send", "/send Nobody x", f"/send {a.id} x", "/nonsense x", "/broadcast", b"/broadcast \x01"):
        assert a.ask(command).kind == "error"
    a.ask("/echo not a message")
    last = a.ask("/broadcast the only one")
    rows = server.wait_for_rows(1, MESSAGES)
    assert [row["id"] for row in rows] == [int(last["id"])]


@pytest.mark.requirement("R18", "N03")
@pytest.mark.settings(limits__lines_per_second=0)
def test_every_message_once(server):
    a, b = server.people("Batman", "Robin")
    a.raw(b"".join(b"/send Robin %d\n" % number for number in range(4000)))
    heard = [b.expect("message") for _ in range(4000)]
    rows = server.wait_for_rows(4000, "SELECT id, text FROM message ORDER BY id")
    assert [(str(row["id"]), row["text"]) for row in rows] == [(line["id"], line.text) for line in heard]


@pytest.mark.settings(log__text=False)
def test_texts_need_not_be_kept(server):
    a, b = server.people("Batman", "Robin")
    a.send("/send Robin häh?")
    b.expect("message", "häh?")
    row = server.wait_for_rows(1, MESSAGES)[0]
    assert (row["text"], row["bytes"], row["characters"]) == (None, None, 4)
    assert "häh" not in server.text()


@pytest.mark.settings(log__messages=False)
def test_messages_need_not_be_kept_but_sessions_are(server):
    a, b = server.people("Batman", "Robin")
    a.send("/send Robin hello")
    b.expect("message", "hello")
    b.send("/quit")
    server.wait_for_rows(1, "SELECT * FROM session WHERE ended_at IS NOT NULL")
    server.stop()
    assert server.query("SELECT count(*) FROM message")[0][0] == 0


@pytest.mark.requirement("D04")
def test_text_of_messages_is_never_in_the_journal(server):
    a, b = server.people("Batman", "Robin")
    for command in ("/send Robin xyzzy-secret", "/broadcast xyzzy-secret", "xyzzy-secret", "/echo xyzzy-secret", "/xyzzy-secret", "/send Nobody xyzzy-secret"):
        a.send(command)
    a.drain()
    b.send("/quit")
    a.wait_for("offline")
    server.stop()
    assert "xyzzy-secret" not in server.text()
    assert "Robin" in server.text()


@pytest.mark.requirement("R18", "N03")
def test_nothing_is_lost_at_the_end(server):
    a, b = server.people("Batman", "Robin")
    ids = [a.ask(f"/send Robin {number}")["id"] for number in range(100)]
    server.stop()
    assert [str(row["id"]) for row in server.query("SELECT id FROM message ORDER BY id")] == ids
    assert server.query("PRAGMA integrity_check")[0][0] == "ok"


@pytest.mark.requirement("R18")
def test_ids_continue_after_a_stop(start_server):
    server = start_server()
    first = server.connect("Batman")
    ids = [int(first.ask("/broadcast one")["id"])]
    server.stop()
    server.start()
    second = server.connect("Batman")
    ids.append(int(second.ask("/broadcast two")["id"]))
    rows = server.wait_for_rows(2, MESSAGES)
    assert [row["id"] for row in rows] == ids == sorted(ids)
    assert [row["text"] for row in rows] == ["one", "two"]
    sessions = server.query("SELECT * FROM session ORDER BY session")
    assert [row["reason"] for row in sessions] == ["shutdown", None]
    assert [row["sender_session"] for row in rows] == [row["session"] for row in sessions]


@pytest.mark.requirement("R18")
def test_log_can_be_read_and_backed_up_while_the_server_writes(server, tmp_path):
    a, b = server.people("Batman", "Robin")
    source = sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)
    for number in range(20):
        a.ask(f"/send Robin {number}")
        source.execute(MESSAGES).fetchall()
    server.wait_for_rows(20, MESSAGES)
    copy = sqlite3.connect(tmp_path / "copy.db")
    source.backup(copy)
    assert copy.execute("SELECT count(*) FROM message").fetchone()[0] == 20
    source.close()
    copy.close()


def set_version(server, version):
    with closing(sqlite3.connect(server.database, timeout=10)) as database:
        database.execute(f"PRAGMA user_version = {version}")


def test_a_log_that_a_later_release_made_waits_for_that_release(server):
    ann, ben = server.people("Ann", "Ben")
    [[version]] = server.query("PRAGMA user_version")
    set_version(server, version + 1)
    server.kill("acceptor", "delivery")
    ann.ask("/login Anna")
    said = ann.ask("/send Ben still here?")
    ben.wait_for("message", id=said["id"])
    for daemon in ("acceptor", "delivery"):
        server.wait_for_log(rf"chat-{daemon} \w+: .*this database was written by a later release: it has version {version + 1}, and chat \S+ supports")
    assert not server.query("SELECT * FROM message")
    set_version(server, version)    # to the log, this is the same as that release
    row, = server.wait_for_rows(1, "SELECT id, text FROM message")
    assert (str(row["id"]), row["text"]) == (said["id"], "still here?")
    wait_until(lambda: server.query("SELECT * FROM session WHERE name = 'Anna'"), "the acceptor writes its tables again")


def test_each_row_has_the_time_as_on_the_wire_and_the_name_at_that_time(server):
    ann, ben = server.people("Ann", "Ben")
    ann.ask("/send Ben before")
    first = ben.expect("message")
    ann.ask("/login Anna")
    ann.ask("/send Ben after")
    second = ben.wait_for("message")
    wait_until(lambda: server.query("SELECT * FROM message_log WHERE sender_name = 'Anna'"), "the new name is in the log")
    rows = server.wait_for_rows(2, "SELECT * FROM message_log ORDER BY id")
    assert [(row["time"], row["sender_name_then"], row["sender_name"]) for row in rows] == \
        [(first["at"], "Ann", "Anna"), (second["at"], "Anna", "Anna")]
    assert [(row["sender_account"], row["form"]) for row in rows] == [(None, None)] * 2
