"""A line at which the acceptor dies each time that it processes it: after three deaths it is skipped, and nobody else
notices. Deaths at any other time skip nothing."""
import os
import random
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from chat_server import MESSAGES
from crash_control import Crash, CrashControl
from deadline import wait_until

MOST_DEATHS = 3
KILLS = 60
SHORTEST, LONGEST = 0.0, 0.06        # seconds between the start of a process and its end
SETTINGS = {"limits.max_clients": 8, "limits.lines_per_second": 0, "limits.queue_mib": 1}


@pytest.fixture
def killed(start_server, tmp_path):
    """A server, and the control over its acceptor's death."""
    control = CrashControl(tmp_path / "points", "acceptor")
    return start_server(SETTINGS, restart_delay=0, environment={"CHAT_CRASH_DIRECTORY": str(tmp_path / "points"), "CHAT_TEST_COMMANDS": "1"}), control


@pytest.mark.requirement("N01", "N03")
def test_a_deadly_line_is_skipped_and_everybody_else_is_served(killed):
    server, control = killed
    a, b, c = server.people("Batman", "Robin", "Joker")
    control.die_at_lines("poison")
    a.raw(b"@1 /send Robin before\n@2 /send Robin poison\n@3 /send Robin after\n@4 /send Robin poison again\n@5 /echo end\n")
    a.tags |= {"1", "2", "3", "4", "5"}
    for number in range(100):
        c.send(f"/send Robin {number}")
    a.expect("ok", tag="1")
    a.expect("error", tag="2", code="internal-error")
    a.expect("ok", tag="3")
    a.expect("error", tag="4", code="internal-error")
    a.expect("echo", "end", tag="5")
    received = [b.expect("message") for _ in range(102)]
    assert [line.text for line in received if line["name"] == "Batman"] == ["before", "after"]
    assert [line.text for line in received if line["name"] == "Joker"] == [str(number) for number in range(100)]
    assert control.crashes == 2 * MOST_DEATHS
    skipped = server.wait_for_log(r"A line of Batman \(\d+\) at \S+ was skipped: .*")
    assert "poison" not in skipped.group() and "poison" not in server.text()
    control.die_at_lines("")
    for client in (a, b, c):
        client.expect_nothing()
    rows = server.wait_for_rows(102, MESSAGES)
    assert sorted(row["text"] for row in rows) == sorted(["before", "after", *map(str, range(100))])


@pytest.mark.requirement("N01", "N03")
@pytest.mark.parametrize("point", ["inbox: bytes read", "inbox: before reading", "queue: record committed", "publisher: checkpoint stored"])
def test_deaths_before_and_after_a_line_do_not_count(killed, point):
    server, control = killed
    a, b = server.people("Batman", "Robin")
    for number in range(3 * MOST_DEATHS):
        before = control.crashes
        control.arm(Crash(1, only=point))
        a.send(f"@{number} /send Robin {number}")
        a.tags.add(str(number))
        b.expect("message", str(number))
        a.expect("ok", tag=str(number))
        wait_until(lambda: control.crashes > before, f"the acceptor died at '{point}'")
    control.disarm()
    a.expect_nothing()


@pytest.mark.requirement("N01", "N03")
def test_a_line_that_waits_survives_any_number_of_deaths(killed):
    """Each process reads the question's line, asks, and dies before the answer."""
    server, control = killed
    [a] = server.people("Batman")
    a.tags |= {"1", "2"}
    a.send("@1 /sleep 2000")
    for _ in range(3 * MOST_DEATHS):
        server.kill("acceptor")
    a.send("@2 /echo after")
    assert a.read()["tag"] == "1"
    a.expect("echo", "after", tag="2")
    assert "was skipped" not in server.text()


@pytest.mark.requirement("N01", "N03")
@pytest.mark.timeout(300)
def test_a_storm_of_kills_skips_no_line(killed):
    server, control = killed
    a, b = server.people("Batman", "Robin")
    chance = random.Random(os.environ["CHAT_CRASH_SEED"])
    is_over, sent = threading.Event(), 0

    def kill():
        try:
            for _ in range(KILLS):
                pid = server.acceptor_pid()
                is_over.wait(chance.uniform(SHORTEST, LONGEST))
                os.kill(pid, signal.SIGKILL)
                wait_until(lambda: server.acceptor_pid() != pid, "the acceptor is started again")
        finally:
            is_over.set()

    with ThreadPoolExecutor(1) as pool:
        killer = pool.submit(kill)
        while not is_over.is_set() or sent < 40:
            for _ in range(20):
                a.tagged(f"/send Robin {sent}")
                sent += 1
            b_received = [b.read() for _ in range(20)]
            assert [line.text for line in b_received] == [str(number) for number in range(sent - 20, sent)]
            for _ in range(20):
                a.expect("ok")
        killer.result()
    a.expect_nothing()
    b.expect_nothing()
    assert sent > 20 and "was skipped" not in server.text()
