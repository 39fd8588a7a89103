"""The stored sums: each message counts once, whatever is read when, dies when, or is deleted from the log."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys

import pytest
from chat_report import ReportError
from chat_report.rollup import Rollup
from chat_report.selection import Selection
from chat_report.update import update
from load_report import HOUR, ROOT, SCHEMA, SECOND, START, called, dump, made, of_a_week, summary, sums


@pytest.fixture
def grown(log, tmp_path):
    """A function that adds something of everything to the log, and one that updates the sums in a file."""
    chosen = random.Random(4)
    state = {"session": 0, "event": 0}

    def grow(messages=40):
        for _ in range(6):
            state["session"] += 1
            log.session(state["session"], 10000 + state["session"], f"user{state['session']}", START + state["session"] * HOUR)
        log.connection.execute("UPDATE session SET ended_at = connected_at + 5000000, reason = 'lost' WHERE ended_at IS NULL AND session % 3 = ?", (chosen.randrange(3),))
        for _ in range(messages):
            kind = chosen.choice(["direct", "room", "group", "broadcast"])
            a, b = chosen.randrange(1, state["session"] + 1), chosen.randrange(1, state["session"] + 1)
            log.message(kind, a, chosen.randrange(1, 90), receiver=b if kind == "direct" else None, discarded=int(kind == "direct" and chosen.random() < 0.1),
                        receipts={b: chosen.choice(["delivered", "discarded"])} if kind == "group" else None, at=START + log.messages * HOUR // 7)
        state["event"] += 1
        log.connection.execute("INSERT INTO event VALUES (?, ?, NULL, 'refused', '')", (state["event"], START))

    def read(name="kept", **options):
        with sums(log.path, path=str(tmp_path / name), **options):
            return dump(tmp_path / name)

    return grow, read


@pytest.mark.requirement("R19")
def test_what_is_new_is_added_to_what_was_there(grown):
    grow, read = grown
    for _ in range(4):
        grow()
        assert read() == read("anew", rebuild=True)


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_pieces_of_any_size_give_the_same_sums(grown, at_once):
    grow, read = grown
    grow(messages=30)
    assert read("small", at_once=at_once) == read("whole")


@pytest.mark.requirement("R19")
def test_nothing_new_changes_nothing(grown):
    grow, read = grown
    grow()
    assert read() == read()


@pytest.mark.requirement("R19")
def test_what_the_log_forgets_stays_in_the_sums(log, grown):
    grow, read = grown
    grow()
    read()
    grow()
    read("never trimmed")
    log.connection.execute("DELETE FROM receipt WHERE message <= 30")
    # As the server does: the row with the highest number stays.
    log.connection.execute("DELETE FROM message WHERE id <= 30")
    log.connection.execute("DELETE FROM session WHERE ended_at IS NOT NULL AND session <= 3")
    read()
    grow()
    assert read() == read("never trimmed")


@pytest.mark.requirement("R19")
def test_an_end_that_the_log_forgot_is_still_an_end(log, grown):
    grow, read = grown
    log.session(50, 50000, "Batman", START)
    grow()
    read()
    log.connection.execute("DELETE FROM session WHERE session = 50")
    assert any("'Batman'" in line and "'unknown'" in line for line in read())


@pytest.mark.requirement("R14")
def test_a_delivery_given_up_after_it_was_counted_counts_as_discarded(two, tmp_path):
    """The receiver's connection ended with the message still unsent, so its row changes long after it was written."""
    two.message("group", 1, 20, receipts={2: "delivered"})
    two.connection.execute("CREATE TABLE IF NOT EXISTS late_discard (number INTEGER PRIMARY KEY, message INTEGER NOT NULL, receiver INTEGER NOT NULL) STRICT")
    two.connection.execute("DELETE FROM late_discard")
    kept = str(tmp_path / "kept")
    assert summary(two.path, path=kept).traffic == [[0, 27], [0, 0]]
    two.connection.execute("DROP TRIGGER IF EXISTS message_discarded_late")
    two.connection.execute("DROP TRIGGER IF EXISTS receipt_discarded_late")
    two.connection.execute("UPDATE message SET discarded = 1 WHERE id = 1")
    two.connection.execute("UPDATE receipt SET outcome = 'discarded' WHERE message = 2")
    two.connection.execute("INSERT INTO late_discard VALUES (1, 1, 2), (2, 2, 2)")
    two.end(2, START + 5 * SECOND, "slow")
    for _ in range(2):
        found = summary(two.path, path=kept)
        assert (found.traffic, found.missed, found.discarded[0].label) == ([], 2, "slow")
    # A message that is read after it was discarded counts correctly at once.
    assert summary(two.path).missed == 2
    summary(two.path, path=str(tmp_path / "fresh"))
    with Rollup(kept) as rollup, Rollup(str(tmp_path / "fresh")) as fresh:
        for table in ("pair", "pair_by_hour", "session"):
            assert rollup.connection.execute(f"SELECT * FROM {table}").fetchall() == fresh.connection.execute(f"SELECT * FROM {table}").fetchall()


@pytest.mark.requirement("R19")
def test_a_client_takes_its_last_name(two, tmp_path):
    kept = str(tmp_path / "kept")
    assert summary(two.path, path=kept).load.rows[0].label == "Batman (48213)"
    two.connection.execute("UPDATE session SET name = 'Robin' WHERE session = 1")
    assert summary(two.path, path=kept).load.rows[0].label == "Robin (48213)"


@pytest.mark.requirement("R19")
def test_killed_halfway_it_resumes_where_it_stopped(grown, log, tmp_path):
    """SIGKILL after each piece, and in the middle of one."""
    grow, read = grown
    grow(messages=60)
    script = (
        "import os, signal, sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from chat_report.rollup import Rollup\n"
        "from chat_report.update import update\n"
        "left, within, add = int(sys.argv[4]), sys.argv[5] == 'within', Rollup._add\n"
        "def dying(self, piece):\n"
        "    global left\n"
        "    left -= 1\n"
        "    if left < 0 and not within: os.kill(os.getpid(), signal.SIGKILL)\n"
        "    add(self, piece)\n"
        "    if left < 0: os.kill(os.getpid(), signal.SIGKILL)\n"
        "Rollup._add = dying\n"
        "with Rollup(sys.argv[3]) as rollup: update(rollup, Path(sys.argv[2]), at_once=13)\n"
    )
    for pieces in range(4):
        for moment in ("before", "within"):
            died = subprocess.run([sys.executable, "-c", script, str(ROOT / "analysis"), str(log.path), str(tmp_path / "kept"), str(pieces), moment], capture_output=True, check=False)
            assert died.returncode in (-signal.SIGKILL, 0), died.stderr
    assert read() == read("whole")


@pytest.mark.requirement("R19")
def test_two_concurrent_runs_add_each_message_once(grown, log, tmp_path):
    grow, read = grown
    grow(messages=200)
    script = (
        "import sys; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from chat_report import update\n"
        "from chat_report.rollup import Rollup\n"
        "update.PROGRESS_SECONDS = 1e9\n"
        "with Rollup(sys.argv[3]) as rollup: update.update(rollup, Path(sys.argv[2]), at_once=3)\n"
    )
    command = [sys.executable, "-c", script, str(ROOT / "analysis"), str(log.path), str(tmp_path / "kept")]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE) for _ in range(2)]
    assert [process.communicate(timeout=60)[1] for process in running] == [b"", b""]
    assert read() == read("whole")


@pytest.mark.requirement("D05")
def test_between_two_pieces_the_log_is_free(grown, log, tmp_path):
    """The daemons can write their database all the time, and checkpoint it completely between any two pieces."""
    grow, _ = grown
    grow(messages=30)
    seen = []
    add = Rollup.add

    def adding(self, piece):
        log.message("room", 1, 5)
        seen.append(log.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        assert len(seen) < 100
        add(self, piece)

    Rollup.add = adding
    try:
        with sums(log.path, path=str(tmp_path / "kept"), at_once=7):
            pass
    finally:
        Rollup.add = add
    assert len(seen) > 4 and set(seen) == {0}


@pytest.mark.requirement("R19")
def test_another_log_is_not_added_to_these_sums(two, tmp_path):
    kept = str(tmp_path / "kept")
    summary(two.path, path=kept)
    two.connection.execute("UPDATE message SET characters = 8")
    with pytest.raises(ReportError, match="not the log that the totals were computed from; --rebuild"):
        summary(two.path, path=kept)
    two.connection.execute("DELETE FROM message")
    with pytest.raises(ReportError, match="not the log"):
        summary(two.path, path=kept)
    with Rollup(kept) as rollup:
        assert rollup.connection.execute("SELECT sum(characters) FROM pair").fetchone() == (7,)
        update(rollup, two.path, rebuild=True)
        assert rollup.connection.execute("SELECT sum(characters) FROM pair").fetchone() == (None,)


@pytest.mark.requirement("R19")
def test_a_file_that_holds_no_sums_is_left_alone(two, tmp_path):
    output = tmp_path / "report"
    for content in (b"Dear diary,\n" * 400, None):
        other = tmp_path / "other"
        if content:
            other.write_bytes(content)
        else:
            other.unlink()
            with sqlite3.connect(other) as connection:
                connection.execute("CREATE TABLE diary (day, words)")
            connection.close()
        before = other.read_bytes()
        status, _out, err = called("--database", two.path, "--rollup", other, "--output", output)
        assert status == 1 and err.startswith(f"chat-report: {other}: ") and err.count("\n") == 1
        assert other.read_bytes() == before and not output.exists()


@pytest.mark.requirement("R19")
def test_a_disk_without_room_for_the_sums(two, tmp_path):
    kept = tmp_path / "kept"
    summary(two.path, path=str(kept))
    with Rollup(str(kept)) as rollup:
        pages = rollup.connection.execute("PRAGMA page_count").fetchone()[0]
        rollup.connection.execute(f"PRAGMA max_page_count = {pages}")
        two.connection.execute("BEGIN")
        for session in range(3, 3000):
            two.session(session, 10000 + session, f"user{session}")
        two.connection.execute("COMMIT")
        with pytest.raises(ReportError, match="kept: database or disk is full"):
            update(rollup, two.path)
        assert rollup.connection.execute("SELECT sum(characters) FROM pair").fetchone() == (7,)
    assert summary(two.path, path=str(kept)).clients == 2999


@pytest.mark.requirement("R19")
def test_a_long_reading_shows_how_far_it_is(two, tmp_path, monkeypatch):
    for number in range(50):
        two.message("room", 1, 5)
    monkeypatch.setattr("chat_report.update.PROGRESS_SECONDS", 0)
    monkeypatch.setattr("chat_report.update.MESSAGES_AT_ONCE", 10)
    monkeypatch.setattr("chat_report.update.update.__defaults__", (False, 10))
    status, _out, err = called("show", "--database", two.path)
    lines = err.splitlines()
    assert status == 0 and len(lines) > 3
    assert lines[0] == "chat-report: reading the log: 19 %" and lines[-1] == "chat-report: reading the log: 100 %"


def test_a_log_of_0_1_is_read_before_and_after_its_migration(tmp_path):
    """The sums continue across the migration."""
    path, kept = tmp_path / "chat.db", str(tmp_path / "kept")
    with sqlite3.connect(path) as log:
        log.executescript((ROOT / "tests" / "data" / "chat-0.1.0.sql").read_text(encoding="utf-8"))
    before = summary(path, path=kept)
    with sqlite3.connect(path) as log:      # as services/shared/log/migrations.cpp
        for column in ("sender_account INTEGER", "sender_name_then TEXT", "form TEXT"):
            log.execute(f"ALTER TABLE message ADD COLUMN {column}")
        log.executescript("DROP VIEW message_log; PRAGMA user_version = 1;" + SCHEMA)
    assert summary(path).load == before.load == summary(path, path=kept).load
    assert before.clients == 3
    with sqlite3.connect(path) as log:
        log.execute("INSERT INTO message VALUES (1000, ?, 'room', 7, NULL, 'help', 0, 0, 4, 'more', NULL, 'Robin', NULL)", (START,))
    log.close()
    assert summary(path).load == summary(path, path=kept).load != before.load


@pytest.mark.requirement("D05")
def test_neither_the_sums_nor_the_report_hold_a_text(log, tmp_path):
    log.session(1, 48213, "Batman")
    log.connection.execute("INSERT INTO message (id, at, kind, sender, channel, receivers, discarded, characters, text)"
                           " VALUES (1, ?, 'room', 1, 'lobby', 1, 0, 12, 'top secret !')", (START,))
    before = summary(log.path, path=str(tmp_path / "kept"))
    assert b"top secret" not in (tmp_path / "kept").read_bytes()
    assert not [path for path in made(log.path, tmp_path / "report").iterdir() if b"secret" in path.read_bytes()]
    log.connection.execute("UPDATE message SET text = NULL")    # as by chatctl forget
    assert summary(log.path).load == before.load == summary(log.path, path=str(tmp_path / "kept")).load


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("selection", [
    (),
    ("since", START - 3 * 24 * HOUR), ("until", START - 3 * 24 * HOUR), ("client", "user3"), ("client", "10003"), ("room", "HELP"), ("room", "#lobby"), ("room", "4711"),
], ids=str)
def test_a_selection_has_the_numbers_of_its_rows(log, selection):
    """Compared with a count from the log itself."""
    from datetime import datetime, timezone

    of_a_week(log)
    key, value = selection or ("", None)
    chosen = {
        "": "true", "since": f"at >= {value}", "until": f"at < {value}",
        "client": "sender = 3", "room": f"channel = '{str(value).lower().removeprefix('#')}'",
    }[key]
    paired = chosen if key != "client" else "(sender = 3 OR to_whom = 3)"
    expected = log.connection.execute(f"SELECT count(*), coalesce(sum(characters), 0) FROM message WHERE {chosen}").fetchone()
    delivered, missed = log.connection.execute(f"""
        SELECT coalesce(sum(iif(gone, 0, characters)), 0), sum(gone) FROM (
          SELECT at, sender, channel, characters, receiver AS to_whom, discarded AS gone FROM message WHERE kind = 'direct' UNION ALL
          SELECT at, sender, channel, characters, r.receiver, outcome <> 'delivered' FROM message JOIN receipt r ON r.message = id) WHERE {paired}""").fetchone()
    if key in ("since", "until"):
        value = datetime.fromtimestamp(value // SECOND, timezone.utc)
    found = summary(log.path, *Selection(**{key: value} if key else {}).__dict__.values())
    assert (found.messages, found.characters) == expected
    assert found.delivered == delivered == sum(map(sum, found.traffic))
    assert found.missed == (missed or 0)
    assert sum(row.characters for row in found.load.rows) == expected[1]


@pytest.mark.requirement("R19")
def test_a_slow_reading_in_one_piece_says_nothing(two, monkeypatch):
    monkeypatch.setattr("chat_report.update.PROGRESS_SECONDS", 0)
    status, _out, err = called("show", "--database", two.path)
    assert (status, err) == (0, "")


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("arguments, words", [(("--client", "nobody"), "no client nobody in the log"), (("--room", "nowhere"), "nothing was written in a room or group nowhere")])
def test_a_selection_of_nothing_known_says_so(two, arguments, words):
    assert called("show", "--database", two.path, *arguments) == (1, "", f"chat-report: {words}\n")


@pytest.mark.requirement("R19")
def test_a_period_without_anything(two):
    status, out, err = called("show", "--database", two.path, "--until", "2020-01-01", "--json")
    assert (status, err, json.loads(out)["messages"]) == (0, "", 0)


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("text", ["soon", "2026-13-01", "", "99999999d", "999999w", "12", "2026-11-20T25:00"])
def test_what_is_not_a_time_is_an_error(two, text):
    with pytest.raises(SystemExit) as ended:
        called("show", "--database", two.path, "--since", text)
    assert ended.value.code == 2


@pytest.mark.requirement("D05")
def test_root_makes_the_sums_for_the_owner_of_the_log(two, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    os.chown(two.close(), 65534, 65534)
    assert called("show", "--database", two.path)[0] == 0
    status = (tmp_path / "chat.db.rollup").stat()
    assert (status.st_uid, status.st_gid) == (65534, 65534)


@pytest.mark.requirement("D05")
def test_root_makes_the_sums_behind_a_link_for_the_owner_of_their_directory(two, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    os.chown(two.close(), 65534, 65534)
    place = tmp_path / "of-the-report"
    place.mkdir()
    os.chown(place, 65533, 65534)
    (tmp_path / "chat.db.rollup").symlink_to(place / "sums")
    assert called("show", "--rebuild", "--database", two.path)[0] == 0
    status = (place / "sums").stat()
    assert (status.st_uid, status.st_gid) == (65533, 65534)
