"""chatctl log: what was said, for operators who may read the database."""
import json
import os
import re
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from builds import program
from deadline import wait_until

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = (ROOT / "services" / "shared" / "log" / "schema.sql").read_text(encoding="utf-8")
OLD_LOG = ROOT / "tests" / "data" / "chat-0.1.0.sql"
NOON = 1_795_176_000_000_000    # 2026-11-20 12:00:00 UTC, in microseconds
HOUR = 3_600_000_000


def log(*words, status=0, zone="UTC"):
    done = subprocess.run([str(program("chatctl")), "log", *map(str, words)], capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, env={**os.environ, "TZ": zone})
    assert done.returncode == status, done.stderr
    if status:
        assert done.stdout == "" and re.fullmatch(r"[^\n]+\n([^\n]+\n)?", done.stderr), done.stderr
    return done.stdout if status == 0 else done.stderr


@pytest.fixture
def database(tmp_path):
    """A log with one message in each hour from noon on: in the lobby, in #ops, from Ann to Ben, in a group with Ben, to all."""
    path = tmp_path / "chat.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCHEMA)
        for session, name in enumerate(("Ann", "Ben", "Carl"), start=1):
            connection.execute("INSERT INTO session VALUES (?, ?, ?, '127.0.0.1:9', 1, NULL, NULL)", (session, 10000 + session, name))
        rows = [("room", 1, None, "lobby", "hello"), ("room", 3, None, "ops", "to the point"), ("direct", 1, 2, None, "psst"), ("group", 3, None, "4711", "between us"), ("broadcast", 3, None, None, "all")]
        for number, (kind, sender, receiver, channel, text) in enumerate(rows):
            connection.execute("INSERT INTO message (id, at, kind, sender, receiver, channel, receivers, discarded, characters, text) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?)",
                               (number + 10, NOON + number * HOUR, kind, sender, receiver, channel, kind == "direct", len(text), text))
        connection.execute("INSERT INTO receipt VALUES (13, 2, 'delivered')")
    connection.close()
    return path


def ids(path, *words):
    return [json.loads(line)["id"] for line in log("--json", "--database", path, *words).splitlines()]


@pytest.mark.requirement("N19")
def test_every_message_is_a_line(database):
    assert log("--database", database).splitlines() == [
        "2026-11-20 12:00:00  Ann > #lobby: hello",
        "2026-11-20 13:00:00  Carl > #ops: to the point",
        "2026-11-20 14:00:00  Ann > Ben: psst (not delivered)",
        "2026-11-20 15:00:00  Carl > group 4711: between us",
        "2026-11-20 16:00:00  Carl > all: all",
    ]
    assert log("--database", database, "-n", 1, zone="Asia/Kolkata") == "2026-11-20 21:30:00  Carl > all: all\n"


@pytest.mark.requirement("N19")
def test_programs_get_the_columns_of_message_log(database):
    with sqlite3.connect(database) as connection:
        connection.row_factory = sqlite3.Row
        expected = [dict(row) for row in connection.execute("SELECT * FROM message_log ORDER BY id")]
    connection.close()
    assert [json.loads(line) for line in log("--json", "--database", database).splitlines()] == expected
    assert expected[0]["time"] == "2026-11-20T12:00:00.000Z"


@pytest.mark.requirement("N19")
@pytest.mark.parametrize("words, expected", [
    (("--room", "ops"), [11]), (("--room", "#OPS"), [11]), (("--room", "4711"), [13]), (("--room", "&4711"), [13]), (("--room", "nowhere"), []),
    (("--with", "Ann"), [10, 12]), (("--with", "ben"), [12, 13]), (("--with", "10003"), [11, 13, 14]), (("--with", "Nobody"), []), (("--with", "Carl", "--room", "ops"), [11]),
    (("--since", "2026-11-20T14:00"), [12, 13, 14]), (("--since", "2026-11-20T14:00:00.000Z"), [12, 13, 14]), (("--since", "2026-11-20T15:00:00+01:00"), [12, 13, 14]),
    (("--since", "2026-11-20 14:00:01"), [13, 14]), (("--since", "2026-11-20"), [10, 11, 12, 13, 14]), (("--since", "2026-11-20", "-n", "2"), [13, 14]), (("-n", "3", "--with", "Carl"), [11, 13, 14]),
    (("--since", "2099-01-01"), []), (("-n", "1000000000"), [10, 11, 12, 13, 14]),
])
def test_a_part_of_it(database, words, expected):
    assert ids(database, *words) == expected


@pytest.mark.requirement("N19")
def test_times_of_today_and_long_logs(database):
    """Without a selection the newest 100; with --since everything since then."""
    now = time.time_ns() // 1000
    with sqlite3.connect(database) as connection:
        connection.executemany("INSERT INTO message (id, at, kind, sender, channel, receivers, discarded, characters, text) VALUES (?, ?, 'room', 1, 'lobby', 1, 0, 1, 'x')",
                               ((100 + number, now - 5 * HOUR + number * 1_000_000) for number in range(2500)))
    connection.close()
    assert ids(database) == [*range(2500, 2600)]
    assert ids(database, "--since", "6h") == ids(database, "--since", "6h 30min") == [*range(100, 2600)]
    assert ids(database, "--since", "1h") == []
    assert set(ids(database, "--since", "today")) <= set(ids(database, "--since", "yesterday")) == {*range(100, 2600)}


@pytest.mark.requirement("N19")
@pytest.mark.parametrize("words", [("--since", ""), ("--since", "noon"), ("--since", "2026-02-30"), ("--since", "2026-11-20T25:00"), ("--since", "24:00"), ("--since", "-1h"), ("--since=-1h",), ("--since", "90"),
                                   ("--since", "9" * 400), ("--since", "9" * 400 + "d"), ("--since", "T"), ("--since", "10:00Z"),
                                   *(("--since", odd) for odd in ("2026-11-20T", "2026-11-20 ", "2026-11-2010:00", "T10:00", " 10:00", "2026-11-20T10:00+24:00", "2026-11-20T10:00-01:60", "2026-11-20T10:00:00.", "2026-11-20  10:00")), ("--room", ""), ("--room", "#"), ("--with", ""), ("--database", ""),
                                   ("-n", ""), ("-n", "0"), ("-n", "-1"), ("-n", "1.5"), ("-n", "9" * 30), ("-n",), ("--since",), ("--search",), ("words",)])
def test_what_cannot_be_meant_is_refused(database, words):
    assert log("--database", database, *words, status=2)


@pytest.mark.requirement("N19")
def test_what_cannot_be_read(tmp_path, database):
    assert "No such file" in log("--database", tmp_path / "none.db", status=1)
    (tmp_path / "text.db").write_text("Dear diary\n" * 1000, encoding="utf-8")
    assert "not a database" in log("--database", tmp_path / "text.db", status=1)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE diary (day)").connection.close()
    assert "no such table" in log("--database", tmp_path / "other.db", status=1)
    database.chmod(0)
    prefix = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"] if os.geteuid() == 0 else []
    done = subprocess.run([*prefix, str(program("chatctl")), "log", "--database", str(database)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (77, "") and "Permission denied" in done.stderr


@pytest.mark.requirement("N19")
def test_output_that_cannot_be_written_is_an_error(database):
    done = subprocess.run(["sh", "-c", f"'{program('chatctl')}' log --database '{database}' >/dev/full"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (1, "chatctl: standard output cannot be written\n")


@pytest.mark.requirement("N19")
def test_a_log_that_release_0_1_left_can_be_read(tmp_path):
    """Nothing is changed in it: the server migrates it when it starts."""
    path = tmp_path / "chat.db"
    with sqlite3.connect(path) as connection:
        connection.executescript(OLD_LOG.read_text(encoding="utf-8"))
        count = connection.execute("SELECT count(*) FROM message").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    before = path.read_bytes()
    rows = [json.loads(line) for line in log("--json", "--database", path).splitlines()]
    assert len(rows) == count > 0 and version == (0,)
    assert all(row["sender_name_then"] is None and row["time"].endswith("Z") for row in rows)
    assert path.read_bytes() == before


@pytest.mark.requirement("N19")
def test_a_hostile_text_does_not_reach_the_terminal(database):
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE message SET text = ?, form = 'action' WHERE id = 14", ("waves\x1b[2J\nand lies",))
        connection.execute("UPDATE message SET text = NULL WHERE id = 13")
    connection.close()
    lines = log("--database", database).splitlines()
    assert lines[-1] == "2026-11-20 16:00:00  * Carl waves\ufffd[2J \u21b5 and lies (all)"
    assert lines[-2] == "2026-11-20 15:00:00  Carl > group 4711: (text not kept)"


@pytest.mark.requirement("N19")
def test_the_log_of_a_running_server(server, control):
    """Found beside the socket, while the daemons write."""
    ann, ben = server.people("Ann", "Ben")
    ann.ask("/send Ben the first")
    ben.send("the second")
    wait_until(lambda: len(control.run("log").stdout.splitlines()) == 2, "both are in the log")
    first, second = control.run("log").stdout.splitlines()
    assert first.endswith("  Ann > Ben: the first") and second.endswith("  Ben > #lobby: the second"), (first, second)
    ann.ask("/login Anna")
    assert [json.loads(line)["text"] for line in control.run("--json", "log", "--with", "Ann").stdout.splitlines()] == ["the first"]
