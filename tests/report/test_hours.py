"""The hours of the sums: full hours of local time, kept for a while."""
import time
from datetime import datetime, timedelta, timezone

import pytest
from chat_report import plain
from chat_report.local_time import hour_label
from chat_report.rollup import DETAIL_DAYS
from chat_report.selection import Selection
from load_report import HOUR, SECOND, START, called, rows_of, made, summary, sums

DAY = 24 * HOUR


@pytest.fixture
def zone(monkeypatch):
    """A function that puts this process into another time zone."""
    def move(name):
        monkeypatch.setenv("TZ", name)
        time.tzset()

    yield move
    monkeypatch.undo()
    time.tzset()


@pytest.mark.requirement("R19")
@pytest.mark.parametrize("name, minutes", [("Asia/Kolkata", 330), ("America/St_Johns", -210), ("Asia/Kathmandu", 345), ("Europe/Berlin", 60), ("UTC", 0)])
def test_days_and_hours_are_local_also_with_a_half_hour_offset(log, zone, name, minutes, tmp_path, present):
    """Messages a minute before midnight and a minute after it, and before and after a full hour."""
    zone(name)
    here = timezone(timedelta(minutes=minutes))
    midnight = int(datetime(2026, 11, 20, tzinfo=here).timestamp()) * SECOND
    log.session(1, 10001, "x", midnight - HOUR)
    for minute, characters in ((-1, 1), (1, 10), (59, 100), (61, 1000)):
        log.message("room", 1, characters, at=midnight + minute * 60 * SECOND)
    present(midnight + 61 * 60 * SECOND)
    found = summary(log.path)
    assert [(str(day), characters) for day, _, characters in found.days] == [("2026-11-19", 1), ("2026-11-20", 1110)]
    assert [(hour * HOUR + found.shift - midnight) // (60 * SECOND) for hour, _, _ in found.hours] == [-60, 0, 60]
    assert [characters for _, _, characters in found.hours] == [1, 110, 1000]
    of_the_day = summary(log.path, *Selection(since=datetime(2026, 11, 20, tzinfo=here)).__dict__.values())
    assert (of_the_day.messages, of_the_day.characters, of_the_day.first_at) == (3, 1110, midnight)
    before = summary(log.path, *Selection(until=datetime(2026, 11, 20, tzinfo=here)).__dict__.values())
    assert (before.messages, before.characters, before.last_at) == (1, 1, midnight)
    with sums(log.path, path=str(tmp_path / "kept")) as rollup:
        assert rollup.shift == -minutes % 60 * 60 * SECOND
    zone("Pacific/Auckland")    # existing sums stay as they were
    with sums(log.path, path=str(tmp_path / "kept")) as rollup:
        assert rollup.shift == -minutes % 60 * 60 * SECOND


@pytest.mark.requirement("R19")
@pytest.mark.usefixtures("quick_pictures")
def test_the_files_say_when_an_hour_begins(log, zone, tmp_path):
    zone("Asia/Kolkata")
    log.session(1, 10001, "x", START)
    log.message("room", 1, 7, at=START)
    report = made(log.close(), tmp_path / "report")
    assert [row[0] for row in rows_of(report / "hours.csv")[1:]] == ["2026-11-20T11:30:00.000Z"]
    status, out, _ = called("show", "--database", log.path)
    assert status == 0 and "2026-11-20 17:00" in out


@pytest.mark.requirement("R19")
def test_hours_that_come_twice_have_their_zone(log, zone, present):
    """On 25 October 2026, 02:00 came twice in Berlin."""
    zone("Europe/Berlin")
    night = int(datetime(2026, 10, 24, 23, tzinfo=timezone.utc).timestamp()) * SECOND
    present(night + 4 * HOUR)
    log.session(1, 10001, "x", night)
    for hour in range(4):
        log.message("room", 1, 10 + hour, at=night + hour * HOUR)
    found = summary(log.path)
    tables = {table.name: table for table in plain.tables(found)}
    assert [row[0] for row in tables["hours"].rows] == [f"2026-10-25 {clock}" for clock in ("01:00", "02:00 CEST", "02:00 CET", "03:00")]
    labels = [hour_label(hour * HOUR + found.shift, day_first=False) for hour, _, _ in found.hours]
    assert labels[:4] == [f"{clock}\n25 Oct" for clock in ("01:00", "02:00 CEST", "02:00 CET", "03:00")]


@pytest.fixture
def forgetting(monkeypatch):
    monkeypatch.setattr("chat_report.rollup.DETAIL_DAYS", DETAIL_DAYS)


@pytest.mark.requirement("R19")
@pytest.mark.usefixtures("forgetting")
def test_sums_by_the_hour_go_when_they_are_old_and_the_others_stay(log, tmp_path):
    now = time.time_ns() // 1000
    old, young = now - (DETAIL_DAYS + 1) * DAY, now - DAY
    for session, at in ((1, old), (2, young)):
        log.session(session, 10000 + session, f"user{session}", at, at + HOUR, "quit")
        for second in range(30):
            log.message("direct", session, 5, receiver=session, at=at + second * HOUR // 60)
    path = str(tmp_path / "kept")
    found = summary(log.path, path=path)
    assert (found.messages, found.characters, found.clients) == (60, 300, 2)
    with sums(log.path, path=path) as rollup:
        hours = [rollup.connection.execute(f"SELECT min(hour), sum(messages) FROM {table}").fetchone() for table in ("sent_by_hour", "pair_by_hour")]
        assert all(hour >= young // HOUR - 1 and messages == 30 for hour, messages in hours)
        assert rollup.connection.execute("SELECT sum(messages) FROM hour").fetchone() == (60,)
    status, out, err = called("show", "--database", log.path, "--rollup", path, "--client", "user1")
    assert (status, err) == (0, "") and "as far as it is kept by the hour: from " in out
    assert "as far as" not in called("show", "--database", log.path, "--rollup", path, "--since", "2d")[1]
    assert "as far as" not in called("show", "--database", log.path, "--rollup", path)[1]


@pytest.mark.requirement("R19")
@pytest.mark.usefixtures("forgetting")
def test_a_great_many_old_sums_go_in_pieces(log, tmp_path, monkeypatch):
    from chat_report import rollup as rooms

    monkeypatch.setattr(rooms, "ROWS_AT_ONCE", 7)
    log.session(1, 10001, "x", 0)
    for hour in range(40):
        log.message("room", 1, 5, at=hour * HOUR)
    with sums(log.path, path=str(tmp_path / "kept")) as rollup:
        assert rollup.connection.execute("SELECT count(*) FROM sent_by_hour").fetchone() == (0,)
        assert rollup.connection.execute("SELECT sum(messages) FROM hour").fetchone() == (40,)
