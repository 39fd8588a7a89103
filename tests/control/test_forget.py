"""The operator has a person's texts removed from the log: whose texts, how thoroughly, and which processes may die
meanwhile."""
import os
import sqlite3
import subprocess
from pathlib import Path

import pytest
from deadline import PATIENCE, wait_until

OLD_LOG = Path(__file__).resolve().parents[1] / "data" / "chat-0.1.0.sql"


def texts(server):
    return [row["text"] for row in server.query("SELECT text FROM message WHERE text IS NOT NULL ORDER BY id")]


def on_disk(server):
    """All bytes of the database, its write-ahead log and the other files in the state directory."""
    return b"".join(path.read_bytes() for path in server.state.rglob("*") if path.is_file())


def fill(server, session, name, first, count, text):
    """Adds a past session with its texts to the database; the server must not be running."""
    with sqlite3.connect(server.database) as database:
        database.execute("INSERT INTO session VALUES (?, 54321, ?, '127.0.0.1:9', 1, 2, 'quit')", (session, name))
        database.executemany("INSERT INTO message (id, at, kind, sender, channel, receivers, discarded, characters, text)"
                             " VALUES (?, 1, 'room', ?, 'lobby', 1, 0, ?, ?)",
                             ((number, session, len(text), f"{text} {number}") for number in range(first, first + count)))
    database.close()


def test_only_the_texts_of_one_person_are_removed(server, control):
    batman, robin = server.people("Batman", "Robin")
    batman.ask("/send Robin the key of the cave")
    robin.ask("/send Batman where is it")
    batman.send("hello all")
    batman.ask("/echo said")
    wait_until(lambda: len(texts(server)) == 3, "all of it is logged")
    batman.ask("/login Bruce")
    before = server.query("SELECT id, sender, characters, discarded FROM message ORDER BY id")
    answer = control.json("forget", "batman")
    assert answer == {"client": "batman", "request": answer["request"], "done": True, "outcome": "removed", "sessions": 1, "messages": 2, "files": 0}
    assert texts(server) == ["where is it"]
    assert server.query("SELECT id, sender, characters, discarded FROM message ORDER BY id") == before
    assert not any(text in on_disk(server) for text in (b"the key of the cave", b"hello all"))
    assert b"where is it" in on_disk(server)
    wait_until(lambda: [(row["event"], row["detail"]) for row in server.query("SELECT * FROM event WHERE kind = 'forget'")] ==
               [(answer["request"], f"uid={os.getuid()} client=batman")], "whose act it was is in the log")
    row, = server.query("SELECT * FROM forget")
    assert (row["number"], row["operator"], row["client"], row["outcome"], row["messages"]) == (answer["request"], os.getuid(), "batman", "removed", 2)
    server.wait_for_log(rf"Request {answer['request']} to remove the texts of batman from the log, by the operator with uid {os.getuid()}")
    server.wait_for_log(rf"Request {answer['request']} to forget was completed: 2 texts")
    event = control.json("tail", "--last", "1", "--count", "1")
    assert (event["event"], event["name"], event["operator"]) == ("forgetting", "batman", os.getuid())
    batman.ask("/send Robin written afterwards")
    wait_until(lambda: texts(server) == ["where is it", "written afterwards"], "what comes afterwards is logged as ever")
    assert control.run("forget", batman.id).stdout == f"Removed from the log: 1 text, of 1 session of {batman.id}.\n"
    assert texts(server) == ["where is it"]


def test_texts_in_a_log_of_an_earlier_release(tmp_path, start_server, control_of):
    state = tmp_path / "old"
    state.mkdir(mode=0o700)
    with sqlite3.connect(state / "chat.db") as database:
        database.executescript(OLD_LOG.read_text(encoding="utf-8"))
    database.close()
    server = start_server(state=state)
    batman, = server.people("Batman")
    batman.send("I am back")
    wait_until(lambda: len(texts(server)) == 5, "new messages are logged in addition to the old ones")
    assert [row["sender_name_then"] for row in server.query("SELECT * FROM message_log ORDER BY id")] == [None] * 6 + ["Batman"]
    answer = control_of(server).json("forget", "Bruce")
    assert (answer["outcome"], answer["sessions"], answer["messages"], answer["files"]) == ("removed", 1, 3, 2)
    assert texts(server) == ["Is anybody here?", "I am back"]
    assert not any(text in on_disk(server) for text in ("Where were you, é".encode(), b"cave.txt"))


def test_an_unknown_person_and_impossible_names(server, control):
    batman, = server.people("Batman")
    batman.ask("/send Batman x")
    done = control.run("forget", "Joker", check=False)
    assert (done.returncode, done.stdout) == (1, "Nothing was removed: the log has no session of Joker.\n")
    for word in ("no name", "123", "session:", "../etc", "x" * 33, "\x1b[2J"):
        done = control.run("forget", word, check=False)
        assert done.returncode == 1 and "does not accept this client" in done.stderr and "\x1b" not in done.stderr
    for words in ([], [""]):
        assert control.run("forget", *words, check=False).returncode == 2
    assert [row["client"] for row in server.query("SELECT client FROM forget")] == ["Joker"]


def test_forget_is_for_operators_only(server, control):
    """A user who may not open the socket gets a clear error."""
    if os.geteuid() != 0:
        os.chmod(control.path, 0)
        done = control.run("forget", "Batman", check=False)
    else:
        done = subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "--bounding-set=-all", "--", *control.command("forget", "Batman")],
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 77 and "chat-admin" in done.stderr


@pytest.mark.requirement("N01")
def test_forgetting_survives_the_death_of_either_daemon_at_any_time(start_server, control):
    """Two people with 40,000 texts each; the daemons die repeatedly while they keep talking."""
    server = start_server()
    server.stop()
    fill(server, 1, "Batman", 1000, 40_000, "the secret of the cave")
    fill(server, 2, "Joker", 100_000, 20_000, "a joke")
    server.start()
    control.path = server.state / "admin.sock"
    ann, ben = server.people("Ann", "Ben")
    # the request does not complete before this ends
    reader = sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)
    reader.execute("BEGIN")
    assert reader.execute("SELECT max(id) FROM message").fetchone()
    chatctl = subprocess.Popen(control.command("--timeout", "60", "forget", "Batman"), stdout=subprocess.PIPE, text=True)
    wait_until(lambda: server.query("SELECT 1 FROM forget"), "it has begun")
    for number in range(6):
        server.kill("acceptor" if number == 3 else "delivery")
        assert ann.ask(f"/send Ben {number}").kind == "ok"
        assert ben.wait_for("message").text == str(number)
        assert server.query("SELECT outcome FROM forget")[0]["outcome"] is None
    reader.close()
    wait_until(lambda: [row["outcome"] for row in server.query("SELECT outcome FROM forget")] == ["removed"], "it is done")
    chatctl.communicate(timeout=PATIENCE)
    assert chatctl.returncode == 0
    row, = server.query("SELECT * FROM forget")
    assert (row["sessions"], row["messages"]) == (1, 40_000)
    assert server.query("SELECT count(*) AS n FROM message WHERE sender = 1 AND text IS NULL AND characters > 0")[0]["n"] == 40_000
    assert server.query("SELECT count(*) AS n FROM message WHERE sender = 2 AND text IS NOT NULL")[0]["n"] == 20_000
    wait_until(lambda: texts(server)[-6:] == [str(number) for number in range(6)], "what was said meanwhile is logged")
    assert b"the secret of the cave" not in on_disk(server)


def test_an_id_that_several_have_had_is_not_guessed(start_server, control):
    server = start_server({"log.messages": False})
    server.stop()
    fill(server, 1, "Batman", 100, 10, "the secret of the cave")
    fill(server, 2, "Joker", 200, 10, "a joke")
    server.start()
    control.path = server.state / "admin.sock"
    done = control.run("forget", "54321", check=False)
    assert (done.returncode, done.stdout) == (1, "Nothing was removed: the log has 2 sessions of the id 54321; choose one with session:NUMBER.\n")
    assert control.json("forget", "session:2")["messages"] == 10
    assert texts(server) == [f"the secret of the cave {number}" for number in range(100, 110)]


def test_a_database_reader_only_delays_completion(server, control):
    batman, robin = server.people("Batman", "Robin")
    batman.ask("/send Robin the key of the cave")
    wait_until(lambda: texts(server) == ["the key of the cave"], "it is logged")
    reader = sqlite3.connect(f"file:{server.database}?mode=ro", uri=True)
    reader.execute("BEGIN")
    assert len(reader.execute("SELECT * FROM message").fetchall()) == 1
    done = control.run("--timeout", "1", "forget", "Batman", check=False)
    assert done.returncode == 75 and "was accepted and continues without chatctl" in done.stderr
    assert texts(server) == []
    batman.ask("/send Robin meanwhile")
    wait_until(lambda: texts(server) == ["meanwhile"], "the log continues")
    reader.close()
    wait_until(lambda: [row["outcome"] for row in server.query("SELECT outcome FROM forget")] == ["removed"], "then it is done")
    assert b"the key of the cave" not in on_disk(server)
