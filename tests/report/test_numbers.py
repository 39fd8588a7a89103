"""The numbers of the report: who sent how much, who wrote to whom, and traffic.csv to the letter."""

import numpy
import pytest
from chat_report import read, summarise
from load_report import START, made, matrix


def summary(log):
    return summarise.summarise(read.read_log(log.close()))


def test_R22_the_matrix_to_the_letter(log, tmp_path):
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


def test_R22_only_what_was_delivered_to_somebody_in_person_counts(two, tmp_path):
    two.message("direct", 1, 1000, receiver=2, discarded=1)
    two.message("group", 1, 2000, receipts={2: "discarded"})
    two.message("group", 1, 40, receipts={2: "delivered"})
    two.message("room", 1, 3000)
    two.message("broadcast", 1, 4000)
    two.message("of-a-later-version", 1, 5000, receiver=2)
    assert matrix(made(two.close(), tmp_path / "report"))[1] == ["48213:Batman", "0", "47"]


def test_R22_order_is_by_connecting_time_then_by_id(log, tmp_path):
    log.session(1, 30000, "late", START + 9)
    log.session(2, 20002, "same_b", START + 5)
    log.session(3, 20001, "same_a", START + 5)
    log.session(4, 99999, "first", START + 1)
    log.message("direct", 1, 8, receiver=4)
    rows = matrix(made(log.close(), tmp_path / "report"))
    order = ["99999:first", "20001:same_a", "20002:same_b", "30000:late"]
    assert rows[0] == ["", *order]
    assert [row[0] for row in rows[1:]] == order
    assert rows[4][1:] == ["8", "0", "0", "0"]


def test_R22_who_comes_back_has_a_row_of_its_own(log, tmp_path):
    log.session(1, 48213, "Batman")
    log.session(2, 48213, "Batman")
    log.message("direct", 1, 3, receiver=2)
    assert matrix(made(log.close(), tmp_path / "report")) == [
        ["", "48213:Batman", "48213:Batman"],
        ["48213:Batman", "0", "3"],
        ["48213:Batman", "0", "0"],
    ]


def test_R22_every_session_appears_however_many(log, tmp_path):
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
    rows = matrix(made(log.close(), tmp_path / "report"))
    assert [cell for row in rows[1:] for cell in row[:1]] == rows[0][1:] == [f"{10000 + n}:user{n}" for n in range(1, count + 1)]
    assert numpy.array_equal(numpy.array([row[1:] for row in rows[1:]], dtype=int), expected)


def test_R22_a_log_without_sessions_still_has_a_header(log, tmp_path):
    assert matrix(made(log.close(), tmp_path / "report")) == [[""]]


def test_R22_a_session_whose_row_is_not_written_yet_is_not_lost(log, tmp_path):
    log.session(1, 48213, "Batman")
    log.message("direct", 1, 4, receiver=2)
    log.message("direct", 2, 6, receiver=1)
    assert matrix(made(log.close(), tmp_path / "report")) == [
        ["", "48213:Batman", "0:unknown-2"],
        ["48213:Batman", "0", "4"],
        ["0:unknown-2", "6", "0"],
    ]


def test_R20_every_accepted_message_counts_once_whatever_its_kind(two):
    two.message("direct", 1, 10, receiver=2, discarded=1)
    two.message("group", 1, 100, receipts={2: "delivered", 3: "discarded", 4: "delivered"})
    two.message("room", 1, 1000)
    two.message("broadcast", 1, 10000)
    load = summary(two).load
    assert list(load.loc[1]) == ["Batman (48213)", 5, 11117]
    assert list(load.loc[2]) == ["Voldemort (51990)", 0, 0]


@pytest.mark.parametrize("clients, rows, last", [(20, 20, "user20 (10020)"), (21, 21, "1 other"), (25, 21, "5 others")])
def test_R20_with_more_than_20_clients_the_rest_is_summed_up(log, clients, rows, last):
    for session in range(1, clients + 1):
        log.session(session, 10000 + session, f"user{session}")
        log.message("room", session, 1000 - session)
    result = summary(log)
    assert len(result.load) == rows
    assert result.load["label"].iloc[0] == "user1 (10001)"
    assert result.load["label"].iloc[-1] == last
    assert result.load["characters"].sum() == sum(1000 - session for session in range(1, clients + 1))
    assert result.others == max(0, clients - 20)


def test_R21_the_heatmap_shows_the_20_with_the_most_traffic_in_the_order_of_the_csv(log):
    for session in range(1, 31):
        log.session(session, 10000 + session, f"user{session}")
    for session in range(1, 30):
        log.message("direct", session, session, receiver=30)
    traffic = summary(log).traffic
    assert list(traffic.index) == list(traffic.columns) == [f"user{n} (100{n})" for n in range(11, 31)]
    assert traffic.to_numpy()[:, -1].tolist() == [*range(11, 30), 0]
    assert traffic.to_numpy()[:, :-1].sum() == 0


def test_R21_every_pair_has_its_cell(two):
    two.message("direct", 2, 3, receiver=1)
    assert summary(two).traffic.to_numpy().tolist() == [[0, 7], [3, 0]]
