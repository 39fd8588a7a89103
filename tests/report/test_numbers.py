"""The numbers of the report: who sent how much, who wrote to whom, and traffic.csv to the letter."""

import json
from datetime import datetime, timezone

import numpy
import pytest
from load_report import HOUR, SECOND, START, made, matrix, rows_of, summary


@pytest.mark.requirement("R22")
@pytest.mark.usefixtures("quick_pictures")
def test_the_matrix_to_the_letter(log, tmp_path):
    log.session(1, 48213, "Batman")
    log.session(2, 51990, "Voldemort")
    log.session(3, 10001, "q7mzxtrplw")
    log.message("direct", 1, 12, receiver=2)
    log.message("direct", 1, 30, receiver=2)
    log.message("direct", 2, 5, receiver=1)
    log.message("group", 2, 100, receipts={1: "delivered", 3: "delivered"})
    output = made(log.close(), tmp_path / "report")
    assert (output / "traffic.csv").read_bytes() == (
        b",48213:Batman,51990:Voldemort,10001:q7mzxtrplw\n"
        b"48213:Batman,0,42,0\n"
        b"51990:Voldemort,105,0,100\n"
        b"10001:q7mzxtrplw,0,0,0\n"
    )


@pytest.mark.requirement("R22")
def test_only_delivered_direct_and_group_messages_count(two, tmp_path):
    two.message("direct", 1, 1000, receiver=2, discarded=1)
    two.message("group", 1, 2000, receipts={2: "discarded"})
    two.message("group", 1, 40, receipts={2: "delivered"})
    two.message("room", 1, 3000)
    two.message("broadcast", 1, 4000)
    two.message("of-a-later-version", 1, 5000, receiver=2)
    assert matrix(two.path)[1] == ["48213:Batman", "0", "47"]


@pytest.mark.requirement("R22")
def test_order_is_by_connecting_time_then_by_id(log, tmp_path):
    log.session(1, 30000, "late", START + 9)
    log.session(2, 20002, "same_b", START + 5)
    log.session(3, 20001, "same_a", START + 5)
    log.session(4, 99999, "first", START + 1)
    log.message("direct", 1, 8, receiver=4)
    rows = matrix(log.path)
    order = ["99999:first", "20001:same_a", "20002:same_b", "30000:late"]
    assert rows[0] == ["", *order]
    assert [row[0] for row in rows[1:]] == order
    assert rows[4][1:] == ["8", "0", "0", "0"]


@pytest.mark.requirement("R22")
def test_a_returning_client_has_its_own_row(log, tmp_path):
    log.session(1, 48213, "Batman")
    log.session(2, 48213, "Batman")
    log.message("direct", 1, 3, receiver=2)
    assert matrix(log.path) == [
        ["", "48213:Batman", "48213:Batman"],
        ["48213:Batman", "0", "3"],
        ["48213:Batman", "0", "0"],
    ]


@pytest.mark.requirement("R22")
def test_every_session_appears_however_many(log, tmp_path):
    count = 300
    expected = numpy.zeros((count, count), dtype=int)
    chosen = numpy.random.default_rng(7)
    log.connection.execute("BEGIN")
    for session in range(1, count + 1):
        log.session(session, 10000 + session, f"user{session}")
    for _ in range(2000):
        sender, receiver, characters = (int(number) for number in chosen.integers((1, 1, 1), (count, count, 90)))
        log.message("direct", sender, characters, receiver=receiver)
        expected[sender - 1, receiver - 1] += characters
    log.connection.execute("COMMIT")
    rows = matrix(log.path)
    assert [cell for row in rows[1:] for cell in row[:1]] == rows[0][1:] == [f"{10000 + n}:user{n}" for n in range(1, count + 1)]
    assert numpy.array_equal(numpy.array([row[1:] for row in rows[1:]], dtype=int), expected)


@pytest.mark.requirement("R22")
def test_a_log_without_sessions_still_has_a_header(log, tmp_path):
    assert matrix(log.path) == [[""]]


@pytest.mark.requirement("R22")
def test_a_session_whose_row_is_not_written_yet_is_not_lost(log, tmp_path):
    log.session(1, 48213, "Batman")
    log.message("direct", 1, 4, receiver=2)
    log.message("direct", 2, 6, receiver=1)
    assert matrix(log.path) == [
        ["", "48213:Batman", "0:unknown-2"],
        ["48213:Batman", "0", "4"],
        ["0:unknown-2", "6", "0"],
    ]


@pytest.mark.requirement("R20")
def test_every_accepted_message_counts_once_whatever_its_kind(two):
    two.message("direct", 1, 10, receiver=2, discarded=1)
    two.message("group", 1, 100, receipts={1: "delivered", 2: "discarded"})
    two.message("room", 1, 1000)
    two.message("broadcast", 1, 10000)
    load = summary(two.path).load.rows
    assert [(row.label, row.messages, row.characters) for row in load] == [("Batman (48213)", 5, 11117), ("Voldemort (51990)", 0, 0)]


@pytest.mark.requirement("R20")
@pytest.mark.parametrize("clients, rows, last", [(20, 20, "user20 (10020)"), (21, 21, "1 other"), (25, 21, "5 others")])
def test_with_more_than_20_clients_the_rest_is_summed_up(log, clients, rows, last):
    for session in range(1, clients + 1):
        log.session(session, 10000 + session, f"user{session}")
        log.message("room", session, 1000 - session)
    load = summary(log.path).load
    assert len(load.rows) == rows
    assert load.rows[0].label == "user1 (10001)"
    assert load.rows[-1].label == last
    assert sum(row.characters for row in load.rows) == sum(1000 - session for session in range(1, clients + 1))
    assert load.others == max(0, clients - 20)


@pytest.mark.requirement("R21")
def test_the_heatmap_shows_the_20_with_the_most_traffic_in_the_order_of_the_csv(log):
    for session in range(1, 31):
        log.session(session, 10000 + session, f"user{session}")
    for session in range(1, 30):
        log.message("direct", session, session, receiver=30)
    found = summary(log.path)
    assert found.traffic_labels == [f"user{n} (100{n})" for n in range(11, 31)]
    assert [row[-1] for row in found.traffic] == [*range(11, 30), 0]
    assert sum(sum(row[:-1]) for row in found.traffic) == 0


@pytest.mark.requirement("R21")
def test_every_pair_has_its_cell(two):
    two.message("direct", 2, 3, receiver=1)
    assert summary(two.path).traffic == [[0, 7], [3, 0]]


@pytest.mark.requirement("R19")
def test_the_peak_number_of_clients(log):
    """A client that leaves at the moment when another arrives is not counted with it."""
    for session, (come, go) in enumerate([(0, 10), (5, 20), (10, 30), (12, 13), (40, None)], start=1):
        log.session(session, 10000 + session, "x", START + come * SECOND, None if go is None else START + go * SECOND, "quit" if go else None)
    found = summary(log.path).peaks
    assert (found.most, found.at, found.days[-1][1]) == (3, START + 12 * SECOND, 3)


@pytest.mark.requirement("R19")
def test_a_session_over_midnight_counts_on_both_days(log, present):
    present(START + 41 * HOUR)
    log.session(1, 10001, "x", START, START + 30 * HOUR, "quit")
    log.session(2, 10002, "y", START + 40 * HOUR, START + 41 * HOUR, "quit")
    assert [most for _day, most in summary(log.path).peaks.days] == [1, 1, 1]


@pytest.mark.requirement("R19")
def test_lengths_and_ends_of_sessions(log):
    for session, (seconds, reason) in enumerate([(30, "quit"), (90, "quit"), (4000, "slow"), (90_000, "lost")], start=1):
        log.session(session, 10000 + session, "Joker", START, START + seconds * SECOND, reason)
    log.session(9, 10009, "Batman", START)
    found = summary(log.path)
    assert (found.sessions, found.connected, found.median_length) == (5, 1, (90 + 4000) / 2)
    assert [count for _, count in found.lengths] == [1, 1, 0, 0, 1, 0, 1]
    assert found.reasons == [("quit", 2), ("lost", 1), ("slow", 1)]
    assert found.slow == [("Joker", 1)]


@pytest.mark.requirement("R14")
def test_discarded_messages_by_how_the_receiver_left(log):
    for session, reason in enumerate(["slow", "lost", None], start=1):
        log.session(session, 10000 + session, "x", START, START + 9 if reason else None, reason)
        log.message("direct", 3, 10, receiver=session, discarded=1)
    log.message("group", 3, 5, receipts={1: "discarded", 3: "delivered"})
    log.message("direct", 3, 7, discarded=1)
    found = {row.label: (row.messages, row.characters) for row in summary(log.path).discarded}
    assert found == {"slow": (2, 15), "lost": (1, 10), "still here": (1, 10), "unknown": (1, 7)}


@pytest.mark.requirement("R19")
def test_hours_and_days_have_no_gaps(log, present):
    present(START + 50 * HOUR)
    log.session(1, 10001, "x", START)
    for hours in (0, 0, 3, 50):
        log.message("room", 1, 10, at=START + hours * HOUR)
    found = summary(log.path)
    assert [(hour - START // HOUR, characters) for hour, _, characters in found.hours if characters] == [(3, 10), (50, 10)]
    assert len(found.hours) == 48 and sum(characters for _, _, characters in found.days) == 40 and len(found.days) == 3


@pytest.mark.requirement("R19")
def test_one_wrong_clock_does_not_hide_the_present(log, present):
    """A message from 1970 and one from 2090, with sessions and a lag from then, beside today's."""
    present(START + HOUR)
    early, late = 5 * HOUR, START + 64 * 366 * 24 * HOUR
    for session, at in enumerate((early, START, late), start=1):
        log.session(session, 10000 + session, f"user{session}", at, at + 60 * SECOND, "quit")
        log.message("room", session, 10**session, at=at)
        log.connection.execute("INSERT INTO log_lag VALUES (?, 5000, 1)", (at // HOUR,))
    found = summary(log.path)
    assert (found.messages, found.characters, found.later) == (3, 1110, 1)
    assert [row for row in found.hours if row[2]] == [(START // HOUR, 1, 100)] and len(found.hours) == 48
    assert [(str(day), characters) for day, _, characters in found.days if characters] == [("2026-11-20", 100)] and len(found.days) == 60
    assert [(str(day), most) for day, most in found.peaks.days if most] == [("2026-11-20", 1)] and found.peaks.most == 1
    assert [hour for hour, _ in found.lags] == [early // HOUR, START // HOUR]


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("until", [4, 7, 101])
def test_time_windows_end_where_the_selection_does(log, present, until):
    present(START + 40 * HOUR)
    log.session(1, 10001, "x", START)
    for hour in (0, 3, 6, 39):
        log.message("room", 1, 10, at=START + hour * HOUR)
    found = summary(log.path, None, datetime.fromtimestamp(START // SECOND + until * 3600, timezone.utc))
    assert found.hours[-1][0] == START // HOUR + min(until - 1, 40)


@pytest.mark.requirement("R19")
def test_rooms_and_groups(two):
    for channel, characters in (("lobby", 5), ("lobby", 6), ("help", 20)):
        two.message("room", 1, characters, channel=channel)
    two.message("group", 2, 9, channel="4711")
    assert [(row.label, row.messages, row.characters) for row in summary(two.path).channels.rows] == [("room help", 1, 20), ("room lobby", 2, 11), ("group 4711", 1, 9)]


@pytest.mark.requirement("R19")
@pytest.mark.usefixtures("quick_pictures")
def test_the_files_for_programs_have_everything(log, tmp_path):
    log.connection.execute("BEGIN")
    for session in range(1, 31):
        log.session(session, 10000 + session, f"a,b{session}", START, START + session * SECOND, "quit")
        log.message("room", session, session, channel=f"room{session}")
        log.message("direct", session, 2, receiver=1, discarded=int(session == 30))
    log.connection.execute("COMMIT")
    output = made(log.close(), tmp_path / "report")
    load = rows_of(output / "load.csv")
    assert load[0][:2] == ["id", "name"] and len(load) == 31
    assert load[30] == ["10030", "a,b30", "30", "2026-11-20T12:00:00.000Z", "2026-11-20T12:00:30.000Z", "quit", "2", "32", "0", "0", "0", "0", "0", "0", "1", "2"]
    assert load[1][8:] == ["2", "58", "1", "2", "1", "2", "0", "0"]
    pairs = rows_of(output / "pairs.csv")
    assert pairs[30] == ["10030:a,b30", "10001:a,b1", "30", "1", "0", "0", "1", "2"] and len(pairs) == 31
    assert rows_of(output / "hours.csv")[1:] == [["2026-11-20T12:00:00.000Z", "direct", "30", "60"], ["2026-11-20T12:00:00.000Z", "room", "30", "465"]]
    assert len(rows_of(output / "channels.csv")) == 31
    report = json.loads((output / "report.json").read_text(encoding="utf-8"))
    assert (report["messages"], report["characters"], report["clients"], report["messages_discarded"]) == (60, 525, 30, 1)
    assert report["load"]["others"]["number"] == 10 and len(report["load"]["shown"]) == 20
    assert (report["from"], report["to"]) == ("2026-11-20T12:00:00.000Z", "2026-11-20T12:01:00.000Z")


@pytest.mark.requirement("R22")
@pytest.mark.usefixtures("quick_pictures")
def test_a_matrix_too_large_is_left_out_and_the_page_says_so(log, tmp_path):
    from load_report import FILES, called

    output = made(log.path, tmp_path / "report")
    log.connection.execute("BEGIN")
    for session in range(1, 801):
        log.session(session, 10000 + session, f"user{session}")
    log.connection.execute("COMMIT")
    status, _out, err = called("--database", log.path, "--output", output, "--matrix-mb", "0")
    assert (status, err) == (0, "chat-report: traffic.csv is left out: for 800 clients it would take 1 MiB; pairs.csv has the same numbers\n")
    assert sorted(path.name for path in output.iterdir()) == [name for name in FILES if name != "traffic.csv"]
    page = (output / "index.html").read_text(encoding="utf-8")
    assert "traffic.csv is left out" in page and 'href="traffic.csv"' not in page
