"""One person, however often they connected: by name, or by account."""

import json
import re
import sqlite3
from xml.etree import ElementTree

import pytest
from load_report import HOUR, START, called, made, rows_of, summary, sums

SVG = "{http://www.w3.org/2000/svg}"


def a_class(log, people=25, days=6):
    """Everybody connects once a day and writes to the next one, and less than the one before."""
    log.connection.execute("BEGIN")
    for day in range(days):
        for person in range(people):
            at = START - (days - day) * 24 * HOUR
            log.session(day * people + person + 1, 10000 + day * people + person, f"pupil{person}", at, at + HOUR, "quit")
            log.message("direct", day * people + person + 1, 100 - person, receiver=day * people + (person + 1) % people + 1, at=at)
    log.connection.execute("COMMIT")


def of_account(log, message, account):
    log.connection.execute("UPDATE message SET sender_account = ? WHERE id = ?", (account, message))


@pytest.mark.requirement("N21", "R20")
def test_somebody_who_comes_every_day_is_one_person(log):
    a_class(log)
    found = summary(log.close())
    assert (found.persons, found.clients) == (25, 150)
    assert [(row.label, row.sessions, row.messages, row.characters) for row in found.people.rows[:2]] == [("pupil0", 6, 6, 600), ("pupil1", 6, 6, 594)]
    assert (found.people.rows[-1].label, found.people.rows[-1].sessions, found.people.others) == ("5 others", 30, 5)
    assert len(found.people_labels) == len(set(found.people_labels)) == 20
    row = found.people_labels.index("pupil3")
    assert found.people_traffic[row][found.people_labels.index("pupil4")] == 6 * 97


@pytest.mark.requirement("N21", "R20")
def test_the_files_count_people(log, tmp_path):
    a_class(log)
    report = made(log.close(), tmp_path / "report")
    people, load = rows_of(report / "people.csv"), rows_of(report / "load.csv")
    assert people[0][:3] == ["name", "account", "sessions"] and len(people) == 26 and len(load) == 151
    assert people[1] == ["pupil0", "", "6", "2026-11-14T12:00:00.000Z", "2026-11-19T13:00:00.000Z", "6", "600", "600", "456", "0", "0", "0", "0"]
    for column in ("messages", "characters", "characters_to_clients", "characters_from_clients"):
        assert sum(int(row[people[0].index(column)]) for row in people[1:]) == sum(int(row[load[0].index(column)]) for row in load[1:])
    numbers = json.loads((report / "report.json").read_text(encoding="utf-8"))
    assert numbers["people"]["number"] == 25 and numbers["people"]["shown"][0] == {"label": "pupil0", "messages": 6, "characters": 600, "sessions": 6}
    for picture, apart in (("load", 20), ("traffic", 20)):
        words = [element.text for element in ElementTree.parse(report / f"{picture}.svg").iter(f"{SVG}text") if element.text.startswith("pupil")]
        assert len(set(words)) == apart and len(words) == apart * (1 if picture == "load" else 2), picture
    status, out, err = called("show", "--database", log.path)
    assert (status, err) == (0, "") and "Characters sent by each person" in out and re.search(r"^  pupil0 +6 +6 +600$", out, re.MULTILINE)


@pytest.mark.requirement("N21", "R20")
def test_discarded_messages_of_both_sides(log, tmp_path):
    for session, name in enumerate(("Ann", "Ben", "Ann"), start=1):
        log.session(session, 10000 + session, name)
    log.message("direct", 1, 10, receiver=2, discarded=1)
    log.message("direct", 3, 5, receiver=2, discarded=1)
    log.message("direct", 2, 7, receiver=3, discarded=1)
    log.message("group", 2, 100, receipts={1: "discarded", 3: "delivered"})
    report = made(log.close(), tmp_path / "report")

    def of(file):
        heads, *rows = rows_of(report / file)
        names = ("discarded_to", "discarded_to_characters", "discarded_from", "discarded_from_characters")
        return [[row[heads.index("name")], *(int(row[heads.index(name)]) for name in names)] for row in rows]

    assert of("people.csv") == [["Ann", 2, 107, 2, 15], ["Ben", 2, 15, 2, 107]]
    assert of("load.csv") == [["Ann", 1, 100, 1, 10], ["Ben", 2, 15, 2, 107], ["Ann", 1, 7, 1, 5]]
    heads, *rows = rows_of(report / "load.csv")
    assert all(row[heads.index("discarded_messages")] == row[heads.index("discarded_to")] for row in rows)


@pytest.mark.requirement("N21", "R20")
def test_a_name_is_the_same_in_capitals(log):
    for session, name in enumerate(("Ann", "ANN", "Anna", "ann"), start=1):
        log.session(session, 10000 + session, name)
        log.message("room", session, 10**session)
    found = summary(log.path)
    assert [(row.label, row.sessions, row.characters) for row in found.people.rows] == [("ann", 3, 10110), ("Anna", 1, 1000)]


@pytest.mark.requirement("N21", "R20")
def test_an_account_is_one_person_under_several_names(log, tmp_path):
    """Account 7 was Tim and is Tom; account 8 is called Tim now; a guest Tim is neither; the session of Tom that only
    received belongs to account 7, which alone has used this name."""
    for session, name in enumerate(("Tim", "Tom", "Tim", "Tom", "Tim"), start=1):
        log.session(session, 10000 + session, name)
    for session, account in ((1, 7), (2, 7), (3, 8), (5, None)):
        of_account(log, log.message("direct", session, 10**session, receiver=4), account)
    report = made(log.close(), tmp_path / "report")
    assert [row[:3] + row[6:7] for row in rows_of(report / "people.csv")[1:]] == [["Tom", "7", "3", "110"], ["Tim", "8", "1", "1000"], ["Tim", "", "1", "100000"]]
    assert [row.label for row in summary(log.path).people.rows] == ["Tim (no account)", "Tim (account 8)", "Tom"]


@pytest.mark.requirement("N21", "R20")
def test_sessions_that_the_log_does_not_have_yet_are_apart(log):
    log.session(1, 10001, "Ann")
    for sender in (1, 2, 3):
        log.message("room", sender, 10)
    found = summary(log.path)
    assert sorted(row.label for row in found.people.rows) == ["Ann", "unknown-2", "unknown-3"] and found.persons == 3


@pytest.mark.requirement("N21", "R20")
def test_names_too_long_to_show_stay_apart(log):
    for session in (1, 2):
        log.session(session, 10000 + session, "x" * 40 + str(session))
        log.message("room", session, 10)
    labels = [row.label for row in summary(log.path).people.rows]
    assert len(set(labels)) == 2 and all(len(label) < 60 for label in labels)


@pytest.mark.requirement("N21", "R20")
def test_totals_of_an_earlier_version_are_counted_by_name(two, tmp_path):
    """They have no table of accounts; whoever may only read them sees them all the same."""
    path = tmp_path / "kept"
    with sums(two.path, path=str(path)):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE account")
    connection.close()
    from chat_report.rollup import Rollup
    from chat_report.summarise import summarise

    with Rollup(str(path), write=False) as rollup:
        assert summarise(rollup).persons == 2
    of_account(two, two.message("room", 1, 5), 9)
    with sums(two.path, path=str(path)) as rollup:
        assert rollup.connection.execute("SELECT * FROM main.account").fetchall() == [(1, 9)]
        assert summarise(rollup).persons == 2


@pytest.mark.requirement("N21", "R20")
def test_a_selection_counts_its_people(log):
    a_class(log, people=3, days=2)
    found = summary(log.path, None, None, "pupil1", None)
    assert [(row.label, row.sessions, row.messages) for row in found.people.rows] == [("pupil1", 2, 2), ("pupil0", 2, 0), ("pupil2", 2, 0)]
    assert found.messages == 2
