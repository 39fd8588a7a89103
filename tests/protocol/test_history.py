"""/history: what was written earlier in a room, who may see it, and that it meets what is sent live without a gap."""
import re
from datetime import datetime, timedelta, timezone

import pytest
from history_pages import PASSWORD, code_of, ids_of, member, member_again, opened, page, say

pytestmark = [pytest.mark.sanitized]
OPEN = pytest.mark.settings(accounts__register='"open"', history__pages_per_minute=1_000_000, limits__lines_per_second=0)


@pytest.mark.requirement("N11")
@OPEN
def test_a_page_has_the_messages_of_the_room_with_all_their_fields(server):
    ann = member(server, "Ann")
    ben = server.connect("Ben")
    ben.ask("/join cave")
    ann.ask("/join Cave")
    ben.drain()
    [first] = say(ben, "cave", "from a guest :) ")
    said = ann.wait_for("message", id=first)
    [second] = say(ann, "cave", "from an account")
    rows, end = page(ann, "#CAVE")
    assert [(row["id"], row["from"], row["name"], row.get("account"), row["to"], row.text) for row in rows] == [
        (str(first), ben.id, "Ben", None, "room:cave", "from a guest :) "), (str(second), ann.id, "Ann", "yes", "room:cave", "from an account")]
    assert rows[0]["at"] == said["at"]
    assert int(end["upto"]) >= second and (end["more"], end["complete"]) == ("no", "yes")


@pytest.mark.requirement("N11")
@OPEN
def test_an_untagged_answer_has_no_tags(server):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    say(ann, "cave", "one")
    ann.send("/history cave")
    ann.expect("history", "one", tag=None)
    ann.expect("end", of="history", count=1, more="no", complete="yes", tag=None)


@pytest.mark.requirement("N11")
@OPEN
def test_selectors(server):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    ids = say(ann, "cave", *(f"text {number}" for number in range(30)))
    assert ids_of(ann, "cave") == ids[-20:]
    assert ids_of(ann, "cave", "100") == ids
    assert ids_of(ann, "cave", f"5 before={ids[10]}") == ids[5:10]
    assert ids_of(ann, "cave", f"5 after={ids[10]}") == ids[11:16]
    assert ids_of(ann, "cave", f"5 around={ids[10]}") == ids[8:13]
    assert ids_of(ann, "cave", f"1 around={ids[10]}") == [ids[10]]
    assert ids_of(ann, "cave", f"6 around={ids[29]}") == ids[24:]
    assert ids_of(ann, "cave", f"6 around={ids[0]}") == ids[:6]
    assert ids_of(ann, "cave", f"from={ids[3]} to={ids[7]}") == ids[3:8]
    assert ids_of(ann, "cave", f"2 from={ids[3]} to={ids[7]}") == ids[3:5]
    assert ids_of(ann, "cave", f"from={ids[7]} to={ids[3]}") == []
    assert ids_of(ann, "cave", f"before={ids[0]}") == ids_of(ann, "cave", "before=0") == ids_of(ann, "cave", f"after={2**64 - 1}") == []
    assert ids_of(ann, "cave", "3 after=0") == ids[:3]
    assert ids_of(ann, "cave", f"3 before={2**64 - 1}") == ids[-3:]


@pytest.mark.requirement("N11")
@OPEN
def test_more_says_whether_there_are_rows_beyond_the_page(server):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    ids = say(ann, "cave", *"abcde")

    def more(rest):
        return page(ann, "cave", rest)[1]["more"]
    assert (more("5"), more("4"), more("6")) == ("no", "yes", "no")
    assert (more(f"2 before={ids[2]}"), more(f"1 before={ids[2]}")) == ("no", "yes")
    assert (more(f"2 after={ids[2]}"), more(f"1 after={ids[2]}")) == ("no", "yes")
    assert (more(f"2 from={ids[1]} to={ids[3]}"), more(f"3 from={ids[1]} to={ids[3]}")) == ("yes", "no")
    assert (more(f"5 around={ids[2]}"), more(f"3 around={ids[2]}")) == ("no", "yes")


@pytest.mark.requirement("N11")
@OPEN
def test_since_a_time(server):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    today = datetime.now()
    ids = say(ann, "cave", "one", "two", "three")
    rows, _ = page(ann, "cave")
    shown = rows[1]["at"]       # its milliseconds are cut
    assert ids_of(ann, "cave", f"since={shown}") == [int(row["id"]) for row in rows if row["at"] >= shown]
    assert ids_of(ann, "cave", "since=2020-01-01T00:00:00Z") == ids
    assert ids_of(ann, "cave", "since=2020-01-01T00:00:00+02:00") == ids
    assert ids_of(ann, "cave", "since=2100-01-01T00:00:00Z") == []
    assert ids_of(ann, "cave", f"since={today:%H:%M}") == ids or today.date() != datetime.now().date()
    assert ids_of(ann, "cave", f"1 since={(datetime.now(timezone.utc) - timedelta(days=1)).isoformat().replace('+00:00', 'Z')}") == ids[:1]


@pytest.mark.parametrize("rest", ["x", "0", "-1", "5 6", "before=", "before=x", "before=1 after=2", "around=1 since=08:00", "from=1", "to=1", "from=1 to=2 to=3",
                                  "since=", "since=25:00", "since=soon", "since=" + "1" * 3000, "until=5", "99999999999999999999", "before=1 before=1", "="])
@pytest.mark.requirement("N11")
@OPEN
def test_other_forms_are_refused(server, rest):
    assert code_of(server.connect("Ann"), "lobby", rest) == "bad-arguments"


@pytest.mark.requirement("N11")
@OPEN
def test_the_order_of_limit_and_selector_and_spaces_do_not_matter(server):
    ann = member(server, "Ann")
    ids = say(ann, "lobby", "one", "two", "three")
    assert ids_of(ann, "lobby", f"before={ids[2]} 1") == [ids[1]]
    assert ids_of(ann, "lobby", "2  ") == ids[1:]


@pytest.mark.requirement("N11")
@pytest.mark.settings(accounts__register='"open"', history__page=7)
def test_a_limit_above_the_page_is_cut(server):
    ann = member(server, "Ann")
    ids = say(ann, "lobby", *(f"text {number}" for number in range(9)))
    rows, end = page(ann, "lobby", "1000")
    assert [int(row["id"]) for row in rows] == ids[-7:] and end["more"] == "yes"
    assert ids_of(ann, "lobby") == ids[-7:]


@pytest.mark.requirement("N11")
@OPEN
def test_long_texts_end_a_page_early_and_paging_finds_everything(server):
    ann = member(server, "Ann")
    text = "ä" * 2000
    ids = say(ann, "lobby", *(f"{number} {text}" for number in range(40)))
    rows, end = page(ann, "lobby", "40")
    assert 8 <= len(rows) < 40 and end["more"] == "yes"
    found = []
    lowest = 2**62
    while True:
        rows, end = page(ann, "lobby", f"100 before={lowest}")
        found = [int(row["id"]) for row in rows] + found
        if end["more"] == "no":
            break
        lowest = found[0]
    assert found == ids
    found = []
    while not found or end["more"] == "yes":
        rows, end = page(ann, "lobby", f"100 after={found[-1] if found else 0}")
        found += [int(row["id"]) for row in rows]
    assert found == ids
    around = ids_of(ann, "lobby", f"40 around={ids[20]}")
    assert ids[20] in around and ids[20 - len(around) // 2] in around and around == [number for number in ids if around[0] <= number <= around[-1]]


@pytest.mark.requirement("N11")
@pytest.mark.settings(limits__max_line=65536, limits__outbox_kib=256, accounts__register='"open"')
def test_the_longest_line_fits_a_page_of_its_own(server):
    ann = server.connect("Ann", max_line=65536)
    ann.ask(f"/register {PASSWORD}")
    ids = say(ann, "lobby", "x" * 65000, "y" * 65000)
    rows, end = page(ann, "lobby")
    assert [int(row["id"]) for row in rows] == ids[1:] and end["more"] == "yes" and rows[0].text == "y" * 65000


@pytest.mark.requirement("N11")
@OPEN
def test_guests_see_what_was_written_since_they_joined(server):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    early = say(ann, "cave", "before")
    in_lobby = say(ann, "lobby", "before too")
    guest = server.connect("Guest")
    guest.ask("/join cave")
    later = say(ann, "cave", "after") + say(guest, "cave", "own")
    assert ids_of(guest, "cave") == later
    assert ids_of(guest, "lobby") == []
    guest.ask("/leave cave")
    assert code_of(guest, "cave") == "not-a-member"
    missed = say(ann, "cave", "missed")
    guest.ask("/join cave")
    assert ids_of(guest, "cave") == []
    assert ids_of(ann, "cave") == early + later + missed
    assert ids_of(ann, "lobby") == in_lobby


@pytest.mark.requirement("N11")
@OPEN
def test_a_room_begins_when_it_is_opened(server):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    say(ann, "cave", "gone with the room")
    ann.ask("/leave cave")
    assert code_of(ann, "cave") == "no-such-room"
    ann.ask("/join CAVE")
    ids = say(ann, "cave", "again")
    assert ids_of(ann, "cave") == ids
    assert code_of(ann, "nowhere") == "no-such-room"


@pytest.mark.requirement("N11")
@pytest.mark.parametrize("policy, seen", [("all", 3), ("registered", 2), ("joined", 1), ("none", None)])
def test_what_accounts_see_is_a_setting(start_server, policy, seen):
    server = start_server({"accounts.register": '"open"', "history.accounts": f'"{policy}"'})
    guest = server.connect("Guest")
    guest.ask("/join cave")
    ids = say(guest, "cave", "before Ann")
    ann = member(server, "Ann")
    ids += say(guest, "cave", "before she joined")
    ann.ask("/join cave")
    ids += say(guest, "cave", "after that")
    if seen is None:
        assert code_of(ann, "cave") == code_of(ann, "lobby") == "history-off"
    else:
        assert ids_of(ann, "cave") == ids[-seen:]
    assert ids_of(guest, "cave") == ids


@pytest.mark.requirement("N11")
@pytest.mark.settings(history__guests='"none"')
def test_guests_can_be_excluded(server):
    guest = server.connect("Guest")
    guest.ask("/join cave")
    assert code_of(guest, "cave") == code_of(guest, "lobby") == "history-off"


@pytest.mark.requirement("N11")
@OPEN
def test_broadcasts_are_in_the_history_of_the_lobby(server):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    first = int(ann.ask("/broadcast to all")["id"])
    [second] = say(ann, "lobby", "to the lobby")
    rows, _ = page(ann, "lobby")
    assert [(int(row["id"]), row["to"]) for row in rows] == [(first, "all"), (second, "room:lobby")]
    assert ids_of(ann, "cave") == []


@pytest.mark.requirement("N11")
@OPEN
def test_messages_to_others_are_in_no_history(server):
    ann, ben = member(server, "Ann"), server.connect("Ben")
    group = ben.ask(f"/makegroup {ann.id}")["id"]
    ben.ask(f"/sendgroup {group} in the group")
    ben.ask(f"/send {ann.id} directly")
    ben.ask("/join lair")
    say(ben, "lair", "elsewhere")
    assert ids_of(ann, "lobby") == []


@pytest.mark.requirement("N11")
@OPEN
def test_conversations_of_two_accounts(server):
    ann, ben, eve = (member(server, name) for name in ("Ann", "Ben", "Eve"))
    ids = [int(sender.ask(f"/send {receiver} {text}")["id"]) for sender, receiver, text in
           ((ann, "Ben", "one"), (ben, ann.id, "two"), (ann, "Eve", "to Eve"), (eve, "Ben", "from Eve"), (ben, "ANN", "three"))]
    rows, _ = page(ann, "ben")
    assert [(int(row["id"]), row["from"], row["name"], row["account"], row["to"], row.text) for row in rows] == [
        (ids[0], ann.id, "Ann", "yes", ben.id, "one"), (ids[1], ben.id, "Ben", "yes", ann.id, "two"), (ids[4], ben.id, "Ben", "yes", ann.id, "three")]
    assert ids_of(ben, "Ann") == ids_of(ann, "Ben") and ids_of(eve, "Ann") == [ids[2]]
    guest = server.connect("Guest")
    assert code_of(guest, "Ann") == "no-such-room"      # for a guest it is a room
    guest.ask("/join Ann")
    assert ids_of(guest, "Ann") == [] and code_of(ben, "#Ann") == "not-a-member" and code_of(ben, "Cave") == "no-such-room"
    guest.ask("/send Ann by a guest")
    assert ids_of(ann, "Ben") == [ids[0], ids[1], ids[4]]
    again = member_again(server, "Ann")
    assert ids_of(again, "Ben") == [ids[0], ids[1], ids[4]]
    ben.ask("/quit")
    again.wait_for("offline", name="Ben")
    kept = again.ask("/send Ben while you are away")
    assert kept.kind == "kept" and ids_of(again, "Ben") == [ids[0], ids[1], ids[4], int(kept["id"])]


@pytest.mark.requirement("N11")
@pytest.mark.settings(accounts__register='"open"', log__text=False)
def test_texts_that_are_not_kept_are_left_out(server):
    ann = member(server, "Ann")
    say(ann, "lobby", "not kept")
    rows, end = page(ann, "lobby")
    assert rows == [] and end["more"] == "no"


@pytest.mark.requirement("N11")
@OPEN
def test_forgotten_texts_are_left_out_and_the_limit_is_filled(server):
    ann = member(server, "Ann")
    ids = say(ann, "lobby", *"abcdef")
    server.wait_for_rows(1, "SELECT 1 FROM message WHERE id = ?", ids[-1])
    with opened(server) as database:
        database.execute("UPDATE message SET text = NULL WHERE id IN (?, ?)", ids[3:5])
    assert ids_of(ann, "lobby", "3") == [ids[1], ids[2], ids[5]]


@pytest.mark.requirement("N11")
@pytest.mark.settings(accounts__register='"open"', history__pages_per_minute=3)
def test_pages_per_minute_are_limited(server):
    ann = member(server, "Ann")
    for _ in range(3):
        page(ann, "lobby")
    assert code_of(ann, "lobby") == "too-fast"
    assert code_of(ann, "nowhere") == "no-such-room"
    page(member(server, "Ben"), "lobby")


@pytest.mark.requirement("N11")
@OPEN
def test_the_answer_waits_for_the_log_and_is_busy_after_ten_seconds(server):
    ann = member(server, "Ann")
    page(ann, "lobby")
    with opened(server) as database:
        database.execute("BEGIN IMMEDIATE")
        [first] = say(ann, "lobby", "not in the log yet")
        assert code_of(ann, "lobby") == "busy"
        tag = ann.tagged("/history lobby")
        assert ann.readable(0.5) is False
        database.execute("ROLLBACK")
    ann.expect("history", "not in the log yet", id=first, tag=tag)


@pytest.mark.requirement("N11")
@OPEN
def test_a_page_does_not_wait_for_the_log_to_pass_the_page_before_it(server):
    ann = member(server, "Ann")
    ids = say(ann, "lobby", "one", "two")
    assert ids_of(ann, "lobby") == ids      # so all of it is in the log
    with opened(server) as database:
        database.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            assert ids_of(ann, "lobby") == ids
            ann.listing("/rooms")
            ann.ask("/whoami")
        database.execute("ROLLBACK")


@pytest.mark.requirement("N11")
@OPEN
def test_an_empty_room_and_a_quiet_client(server):
    watcher = server.connect("Watcher")
    quiet = server.connect_raw()
    quiet.read()
    tag = quiet.tagged("/quiet")
    quiet.answer(tag)
    rows, end = page(quiet, "lobby")
    assert rows == [] and end["more"] == "no" and re.fullmatch(r"\d+", end["upto"])
    watcher.expect_nothing()
