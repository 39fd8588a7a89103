#!/usr/bin/python3
"""Kills a server's daemons at random, 20 to 400 ms apart, while many clients come and go; reports what they noticed.

    tests/crash/chaos.py SECONDS [--clients N] [--seed S] [--build DIR]

Prints kills, messages, violations of the promises, and the longest silence: the longest time that a client waited for
an answer. Exit status 1 if a promise was broken. Reports progress on stderr every ten seconds.
"""
import argparse
import os
import random
import signal
import socket
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT / "tests" / "support"), str(ROOT / "packaging" / "standalone")]

from chat_server import BUILD, Server  # noqa: E402 (found by the line above)
from crowd import Crowd  # noqa: E402 (is next to this file)
from deadline import wait_until  # noqa: E402
from logged_sessions import have_ended  # noqa: E402
from shared_segment import SharedSegment  # noqa: E402

SHORTEST, LONGEST = 0.020, 0.400        # seconds between two kills
VICTIMS = [("acceptor",), ("delivery",), ("acceptor", "delivery")]


class Progress:
    """Call it continually: it reports progress when a report is due."""
    EVERY = 10.0        # seconds

    def __init__(self, seconds, crowd, killer):
        self.begin, self.seconds, self.crowd, self.killer = time.monotonic(), seconds, crowd, killer
        self.at = self.begin + self.EVERY

    def __call__(self):
        if time.monotonic() >= self.at:
            self.at += self.EVERY
            print(f"{time.monotonic() - self.begin:5.0f} of {self.seconds:g} s: {self.killer.kills} kills, {self.killer.restarts} restarts, "
                  f"longest silence {1000 * self.crowd.longest_wait:.0f} ms, {len(self.crowd.violations)} violations", file=sys.stderr, flush=True)


class Killer:
    """Call it continually: it kills when a kill is due."""

    def __init__(self, server, seed):
        self.server, self.random = server, random.Random(seed)
        self.kills = self.restarts = 0
        self.at = time.monotonic() + 0.3

    def __call__(self):
        if time.monotonic() < self.at:
            return
        self.at = time.monotonic() + self.random.uniform(SHORTEST, LONGEST)
        number = signal.SIGUSR2 if self.random.random() < 0.15 else signal.SIGKILL
        for daemon in self.random.choice(VICTIMS):
            if self.send(daemon, number):
                self.restarts += number == signal.SIGUSR2
                self.kills += number == signal.SIGKILL

    def send(self, daemon, number):
        """False if the daemon is already dead."""
        try:
            pid = self.server.pid(daemon)
            handle = os.pidfd_open(pid)
        except (OSError, ValueError):
            return False
        try:
            # check which process the handle refers to: the number may have been reused
            program = os.readlink(f"/proc/{pid}/exe")
            if not program.endswith(f"chat-{daemon}"):
                return False
            signal.pidfd_send_signal(handle, number)
            return True
        except OSError:
            return False
        finally:
            os.close(handle)


def check_log(crowd, query):
    """Every message that a client was notified of is in the log once, marked if it was discarded; every session has
    ended. `query` returns the rows of a statement."""
    rows = dict(query(f"SELECT id, discarded FROM message WHERE id > {crowd.earlier}"))
    senders = dict(query(f"SELECT id, CAST(sender_id AS TEXT) FROM message_log WHERE id > {crowd.earlier}"))
    [[open_sessions]] = query("SELECT count(*) FROM session WHERE ended_at IS NULL")
    if lost := crowd.numbers() - rows.keys():
        crowd.violate(f"not in the log: {len(lost)} messages, such as {sorted(lost)[:5]}")
    # A client that left may have sent lines without waiting for the answers.
    stayed = {member.id for member in crowd.members}
    if unknown := [number for number in rows.keys() - crowd.numbers() if senders[number] in stayed]:
        crowd.violate(f"in the log, but nobody received an answer for them: {sorted(unknown)[:5]}")
    for member in crowd.members:
        if wrong := [number for number in member.accepted if rows.get(number) != (number in member.reported)]:
            crowd.violate(f"wrongly marked in the log: {len(wrong)} messages of {member.id}, such as " +
                          ", ".join(f"{number} to {member.accepted[number]}: {rows.get(number)}" for number in wrong[:5]))
    if open_sessions:
        crowd.violate(f"{open_sessions} sessions have no end in the log")


def run(seconds, clients, seed, build=BUILD, pace=0.0):
    """`pace` as in Crowd. Returns (text of the outcome, violations), where violations are texts."""
    with tempfile.TemporaryDirectory(prefix="chat-chaos-") as directory:
        settings = {"limits.max_clients": 2 * clients + 100, "limits.lines_per_second": 0, "limits.announce_up_to": 1_000_000, "limits.queue_mib": 4}
        server = Server(Path(directory) / "state", settings, build=build).start()
        try:
            crowd, killer = Crowd(lambda: socket.create_connection(("127.0.0.1", server.port), timeout=30), clients, seed, pace), Killer(server, seed)
            progress = Progress(seconds, crowd, killer)
            crowd.run(seconds, lambda: (killer(), progress()))
            crowd.settle(SharedSegment(server.segment))
            members = list(crowd.members)
            crowd.close()
            crowd.members = members
            wait_until(lambda: have_ended(server.query, crowd.ids()), "all sessions end in the log")
            server.stop()
            with closing(sqlite3.connect(server.database)) as database:
                check_log(crowd, lambda statement: database.execute(statement).fetchall())
        finally:
            Server.end_all()
    messages, deliveries = len(crowd.numbers()), sum(len(member.received) for member in crowd.members + crowd.left)
    return (f"{killer.kills} kills and {killer.restarts} restarts in {seconds:g} s; {clients} clients that stayed, {len(crowd.left)} that came and went; "
            f"{messages} messages, {deliveries} deliveries; {crowd.unwelcomed} connections ended before their welcome; "
            f"longest silence {1000 * crowd.longest_wait:.0f} ms; {len(crowd.violations)} violations (seed {seed})"), crowd.violations


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("seconds", type=float, nargs="?", default=60, help="how long to run (default 60)")
    parser.add_argument("--clients", type=int, default=40, metavar="N", help="clients that stay to the end (default 40)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000), metavar="S")
    parser.add_argument("--build", default=str(BUILD), metavar="DIR", help=f"the build to try (default {BUILD})")
    arguments = parser.parse_args()
    outcome, violations = run(arguments.seconds, arguments.clients, arguments.seed, arguments.build)
    for violation in violations[:50]:
        print(violation[:500])
    print(outcome)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
