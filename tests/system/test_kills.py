"""Kills, restarts, stops and broken programs under the full sandbox, while many clients write, come and go: no promise
is broken. The clients' waiting times for an answer are shown at the end of the test run."""
import random
import socket
import sys
from pathlib import Path

import pytest
from deadline import wait_until
from disturbances import LONG, SHORT, Killer, Plan

sys.path.append(str(Path(__file__).resolve().parents[1] / "crash"))
from chaos import check_log     # noqa: E402 - of tests/crash
from crowd import Crowd         # noqa: E402
from logged_sessions import have_ended    # noqa: E402
from shared_segment import SharedSegment    # noqa: E402

CLIENTS, PACE = 30, 0.05        # lines from each client every 50 ms
TIMES = 3                       # how often each disturbance happens
RANDOM_SECONDS = 10
SETTINGS = "[limits]\nmax_clients = 200\nlines_per_second = 0\nannounce_up_to = 1000000"


def segment(machine):
    return SharedSegment(machine.path("/dev/shm/chat-default"))


@pytest.fixture
def crowd(machine, chat, configuration):
    """Clients of the machine that have already logged in."""
    configuration(SETTINGS)
    machine.systemctl("start", "chat.socket")
    machine.systemctl("restart", "chat-acceptor", "chat-delivery")

    def connect():
        with machine.network():
            return socket.create_connection(("127.0.0.1", 5000), timeout=30)

    wait_until(segment(machine).is_delivered_and_logged, "what came before is in the log")
    [(earlier,)] = machine.query("SELECT coalesce(max(id), 0) FROM message")
    crowd = Crowd(connect, CLIENTS, seed=3, pace=PACE, earlier=earlier)
    yield crowd
    crowd.close()


def finish(machine, crowd):
    """Everything must add up. Returns how much there was."""
    crowd.settle(segment(machine))
    members = list(crowd.members)
    crowd.close()
    crowd.members = members
    wait_until(lambda: have_ended(machine.query, crowd.ids()), "all sessions end in the log")
    last = max(crowd.numbers())
    wait_until(lambda: machine.query("SELECT 1 FROM message WHERE id = ?", last), "all messages are in the log")
    check_log(crowd, machine.query)
    crowd.members = []
    assert not crowd.violations, "\n".join(violation[:500] for violation in crowd.violations[:20])
    return f"{len({number for member in members + crowd.left for number in (*member.accepted, *member.received)})} messages, 0 violations"


@pytest.mark.requirement("N01", "N03")
def test_every_disturbance_under_load(machine, crowd, record_property):
    plan = Plan(machine, crowd, TIMES * list(SHORT.items()) + list(LONG.items()))
    while not plan.is_done():
        crowd.run(1.0, plan)
    outcome = finish(machine, crowd)
    assert not plan.errors, plan.errors
    for name, waits in plan.waits.items():
        record_property("silence", f"{name:34} " + ", ".join(f"{1000 * wait:4.0f}" for wait in waits))
    record_property("silence", f"{sum(map(len, plan.waits.values()))} disturbances, {CLIENTS} clients, {outcome}")
    assert set(plan.waits) == {*SHORT, *LONG}


@pytest.mark.requirement("N01", "N03")
def test_random_kills_under_load(machine, crowd, record_property):
    killer = Killer(machine, random.Random(5))
    crowd.run(RANDOM_SECONDS, killer)
    killer.thread.join()
    outcome = finish(machine, crowd)
    record_property("silence", f"{killer.kills} random kills in {RANDOM_SECONDS} s, {CLIENTS} clients, longest silence {1000 * crowd.longest_wait:.0f} ms, {outcome}")
