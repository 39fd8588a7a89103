"""What /history reads from: the index that is written behind the log, and rows that are not in it."""
import pytest
from history_pages import ids_of, member, member_again, opened, page, say

pytestmark = [pytest.mark.sanitized]
OPEN = pytest.mark.settings(accounts__register='"open"', history__pages_per_minute=1_000_000, limits__lines_per_second=0)


@pytest.mark.requirement("N11")
@OPEN
def test_a_record_of_an_earlier_release_is_never_shown(start_server, tmp_path):
    """A row that was in the database when it was migrated."""
    server = start_server({"accounts.register": '"open"'})
    ann = member(server, "Ann")
    old = say(ann, "lobby", "before")
    server.stop()
    with opened(server) as database:
        database.executescript("DROP TABLE history_state; PRAGMA user_version = 1")
    server.start()
    ann = member_again(server, "Ann")
    new = say(ann, "lobby", "after")
    assert ids_of(ann, "lobby") == new and new > old


@pytest.mark.requirement("N11")
@OPEN
def test_the_index_follows_the_log_and_pages_are_the_same(server):
    """After some seconds the ids are in blocks, also those that a killed delivery has left."""
    ann, ben = member(server, "Ann"), member(server, "Ben")
    ann.ask("/join cave")
    ids = say(ann, "cave", *(f"text {number}" for number in range(10)))
    direct = [int(ann.ask("/send Ben hello")["id"])]
    indexed = "SELECT 1 FROM history_state WHERE key = 'indexed' AND value >= ?"
    server.wait_for_rows(1, indexed, direct[0])
    assert {(row["kind"], row["name"]) for row in server.query("SELECT kind, name FROM place")} == {("room", "cave"), ("talk", "1:2")}
    ids += say(ann, "cave", "not indexed yet")
    assert ids_of(ann, "cave") == ids and ids_of(ben, "Ann") == direct
    server.kill("delivery")
    ids += say(ann, "cave", "after a death")
    direct.append(int(ben.ask("/send Ann hello")["id"]))
    server.wait_for_rows(1, indexed, direct[-1])
    assert ids_of(ann, "cave") == ids and ids_of(ann, "Ben") == direct
    assert ids_of(ann, "cave", f"3 around={ids[-2]}") == ids[-3:]
    blocks = server.query("SELECT first, last FROM history JOIN place USING (place) WHERE name = 'cave' ORDER BY first")
    assert blocks[0]["first"] == ids[0] and blocks[-1]["last"] == ids[-1]


@pytest.mark.requirement("N11")
@OPEN
def test_rows_that_were_added_by_somebody_else_are_indexed_at_the_start(server):
    ann = member(server, "Ann")
    [first] = say(ann, "lobby", "the first")
    server.stop()
    rows = [(number, 1_000_000 * number, f"text {number}") for number in range(first + 1, first + 30_001)]
    with opened(server) as database:
        database.execute("BEGIN")
        database.executemany("INSERT INTO message (id, at, kind, sender, channel, receivers, discarded, characters, text, sender_name_then)"
                             " VALUES (?, ?, 'room', 1, 'lobby', 1, 0, 6, ?, 'Eve')", rows)
        database.execute("COMMIT")
    server.start()
    ann = member_again(server, "Ann")
    server.wait_for_rows(1, "SELECT 1 FROM history_state WHERE key = 'indexed' AND value >= ?", rows[-1][0])
    assert [row.text for row in page(ann, "lobby", f"3 after={first}")[0]] == [text for _, _, text in rows[:3]]
    assert [row.text for row in page(ann, "lobby", f"3 before={rows[-1][0] + 1}")[0]] == [text for _, _, text in rows[-3:]]
    assert page(ann, "lobby")[1]["complete"] == "yes"
