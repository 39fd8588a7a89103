"""History and live lines together are exactly what was accepted, while many write, others come, page and go, and the
daemons are killed."""
import os
import random
import threading
import time

import pytest
from chaos import Killer

WRITERS, READERS = 20, 20
SECONDS = 60 if os.environ.get("CHAT_LONG") == "1" else 8
PASSWORD = "correct-horse-battery"
SETTINGS = {"limits.max_clients": 60, "limits.lines_per_second": 0, "accounts.register": '"open"', "history.pages_per_minute": 1_000_000}


class Visit:
    """What a reader has seen of the room from joining to leaving."""

    def __init__(self, has_account):
        self.has_account, self.own, self.upto, self.pages, self.live, self.stayed = has_account, 0, 0, [], [], False
        self.before = self.known = 0    # what had been accepted before it joined, and before it left

    def problem(self, accepted, final):
        """`accepted` are the ids of all messages, in order; whoever stayed to the end has received those up to `final`."""
        if self.pages != sorted(set(self.pages)) or self.live != sorted(set(self.live)):
            return "a message came twice, or in the wrong order"
        if self.pages and self.pages[-1] > self.upto:
            return "a page has a message above its limit"
        if self.own not in self.pages:
            return "its own message is missing"
        if missing := {number for number in self.live if number <= self.upto} - set(self.pages):
            return f"pages lack {missing}, which came live before"
        seen = self.pages + [number for number in self.live if number > self.upto]
        if not self.has_account and min(seen) <= self.before:
            return "a guest sees what was written before it joined"
        first = accepted[0] if self.has_account else min(seen)
        last = max([final if self.stayed else self.known, self.upto, *seen])
        expected = [number for number in accepted if first <= number <= last]
        return "" if seen == expected else f"missing {sorted(set(expected) - set(seen))[:5]}, too many {sorted(set(seen) - set(expected))[:5]}"


def welcomed(server):
    """A client. It connects again if the acceptor died before anybody else had the socket."""
    for _ in range(10):
        client = server.connect_raw()
        try:
            client.read()
            return client
        except (AssertionError, ConnectionResetError):
            assert not client.buffer
            client.close()
    raise AssertionError("nobody is let in")


def read_room(server, visit, accepted, name, until, randomness):
    client = welcomed(server)
    if visit.has_account:
        assert client.ask(f"/login {name} {PASSWORD}").kind in ("account", "renamed")
    visit.before = max(accepted, default=0)
    client.ask("/join cave")
    visit.own = int(client.ask("/say cave I am here")["id"])
    accepted.append(visit.own)
    lowest = 2**60
    while True:
        rows, end = client.listing(f"/history cave {randomness.choice((3, 50, 100))} before={lowest}")
        if end.kind == "error":
            assert end["code"] == "busy", end
            continue
        visit.upto = visit.upto or int(end["upto"])
        visit.pages = [int(row["id"]) for row in rows] + visit.pages
        if end["more"] == "no":
            break
        lowest = visit.pages[0]
    if until is None:
        time.sleep(randomness.uniform(0, 0.5))
    else:
        until.wait()
        visit.stayed = True
    visit.known = max(accepted)
    lines = client.drain()
    client.ask("/leave cave")
    lines += client.drain()
    visit.live = [int(line["id"]) for line in lines if line.kind == "message" and line["to"] == "room:cave"]
    client.ask("/quit")
    client.close()


def in_threads(functions):
    """Runs them all; returns a function that waits for them and raises what one of them has raised, and what they have
    raised so far."""
    failures = []

    def guarded(function):
        try:
            function()
        except BaseException as failure:
            failures.append(failure)
    threads = [threading.Thread(target=guarded, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()

    def finish():
        for thread in threads:
            thread.join(timeout=90)
            assert not thread.is_alive(), "a client got no answer"
        if failures:
            raise failures[0]
    return finish, failures


@pytest.mark.requirement("N01", "N11")
@pytest.mark.timeout(300 + 4 * SECONDS)
def test_history_and_live_lines_are_exactly_what_was_accepted(start_server, record_property):
    seed = os.environ["CHAT_CRASH_SEED"]
    server = start_server(SETTINGS, restart_delay=0.02)
    keeper = server.connect("Keeper")
    keeper.ask("/join cave")
    names = [f"Reader{number}" for number in range(READERS // 2)]
    for name in names:
        with_account = server.connect(name)
        assert with_account.ask(f"/register {PASSWORD}").kind == "account"
        with_account.ask("/quit")
        with_account.close()
    stop, finished = threading.Event(), threading.Event()
    accepted, visits = [], []
    writers = [server.connect(f"Writer{number}") for number in range(WRITERS)]

    def write(client, randomness):
        client.ask("/join cave")
        while not stop.is_set():
            accepted.append(int(client.ask(f"/say cave {randomness.random()}")["id"]))
            client.lines.clear()
            time.sleep(randomness.uniform(0, 0.04))

    def read(number, randomness):
        name = names[number] if number < len(names) else ""
        while not stop.is_set():
            visits.append(visit := Visit(bool(name)))
            read_room(server, visit, accepted, name, None, randomness)
        visits.append(visit := Visit(bool(name)))
        read_room(server, visit, accepted, name, finished, randomness)

    finish_writing, failed_writing = in_threads([lambda client=client, n=n: write(client, random.Random(f"{seed} writer {n}")) for n, client in enumerate(writers)])
    finish_reading, failed_reading = in_threads([lambda n=n: read(n, random.Random(f"{seed} reader {n}")) for n in range(READERS)])
    killer, end, served = Killer(server, seed), time.monotonic() + SECONDS, 0

    def killed():
        return killer.kills + killer.restarts

    def enough():
        return killed() > SECONDS and len(visits) > 2 * READERS and len(accepted) > 10 * WRITERS

    while (time.monotonic() < end or not enough()) and not failed_writing + failed_reading:
        if len(accepted) > served:      # it has worked since the last kill, however slowly
            before = killed()
            killer()
            if killed() > before:
                served = len(accepted)
        time.sleep(0.01)
    stop.set()
    finish_writing()
    final = max(accepted)
    finished.set()
    finish_reading()
    accepted.sort()
    problems = [f"{number} of {len(visits)} ({'account' if visit.has_account else 'guest'}, upto {visit.upto}): {problem}"
                for number, visit in enumerate(visits) if (problem := visit.problem(accepted, final))]
    assert not problems, "\n".join(problems[:10])
    assert any(visit.pages and visit.live for visit in visits)
    record_property("history", f"{killed()} kills, {len(visits)} visits, {len(accepted)} messages")
