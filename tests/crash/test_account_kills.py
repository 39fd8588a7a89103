"""People register and change their passwords while all three daemons are killed at random: each change happens once, is
answered once, and holds. 500 changes in the long form (CHAT_LONG=1), otherwise a few."""
import contextlib
import os
import random
import sqlite3
import threading

import pytest
from chat_server import Server
from deadline import PATIENCE, Deadline

PEOPLE = 10
NAMES = 25 if os.environ.get("CHAT_LONG") == "1" else 2         # that each person registers, one after the other
SEED = int(os.environ.get("CHAT_CRASH_SEED", random.randrange(1 << 30)))
DAEMONS = ("acceptor", "delivery", "auth")
VICTIMS = [("acceptor",), ("delivery",), ("auth",), ("auth",), DAEMONS]
SHORTEST, LONGEST = 0.05, 0.4       # seconds between two kills
LONGEST_ANSWER = 45.0   # seconds: the server waits up to 30 for chat-auth, if that has begun
SETTINGS = {"limits.max_clients": 60, "limits.lines_per_second": 0, "accounts.register": '"open"'}


class Killer(threading.Thread):
    """Kills daemons, but not again before one of the people has had an answer: on a busy machine, a password takes longer
    than the time between two kills."""

    def __init__(self, server, source, people):
        super().__init__(daemon=True)
        self.server, self.random, self.people = server, source, people
        self.kills = dict.fromkeys(DAEMONS, 0)
        self.stopping = threading.Event()

    def run(self):
        served = -1
        while not self.stopping.wait(self.random.uniform(SHORTEST, LONGEST)):
            if served == (served := sum(person.answers for person in self.people)):
                continue
            for daemon in self.random.choice(VICTIMS):
                # There is no such process while it is started again, and chat-auth ends when it is idle.
                with contextlib.suppress(OSError, ValueError):
                    os.kill(self.server.pid(daemon), 9)
                    self.kills[daemon] += 1

    def stop(self):
        self.stopping.set()
        self.join(PATIENCE)


class Person(threading.Thread):
    """Takes names, registers them and changes their passwords, without being disconnected."""

    def __init__(self, server, letter):
        super().__init__(daemon=True)
        self.client, self.letter, self.error, self.answers = server.connect_raw(), letter, None, 0
        self.client.expect("welcome")

    def run(self):
        try:
            for number in range(NAMES):
                name = f"{self.letter}{number}"
                assert self.ask(f"/login {name}").kind == "renamed"
                assert self.ask(f"/register first-secret-{name}").kind == "account"
                assert self.ask(f"/password first-secret-{name} second-secret-{name}").kind == "ok"
        except BaseException as error:      # raised in the test
            self.error = error

    def ask(self, line):
        answer = patient_answer(self.client, line)
        self.answers += 1
        return answer


def patient_answer(client, line):
    """The answer to a line, which is repeated if it was `busy`: then nothing was done."""
    deadline = Deadline(4 * LONGEST_ANSWER)
    while True:
        tag = client.tagged(line)
        answer = client.answer(tag, LONGEST_ANSWER)
        if answer.get("code") != "busy":
            return answer
        assert not deadline.passed(), line


@pytest.mark.requirement("N01", "N09")
@pytest.mark.timeout(600)
def test_registrations_and_password_changes_happen_once_while_daemons_are_killed(tmp_path, record_property):
    server = Server(tmp_path / "state", SETTINGS, restart_delay=0).start()
    try:
        people = [Person(server, chr(ord("A") + number)) for number in range(PEOPLE)]
        killer = Killer(server, random.Random(SEED), people)
        for thread in (killer, *people):
            thread.start()
        for person in people:
            person.join(500)
        killer.stop()
        assert not [person.error for person in people if person.error or person.is_alive()], f"seed {SEED}"
        names = {f"{person.letter}{number}" for person in people for number in range(NAMES)}
        assert names_of_accounts(server) == names
        people[0].client.drain()
        for name in sorted(names)[::max(1, len(names) // 20)]:
            assert people[0].ask(f"/login {name} second-secret-{name}").kind == "account"
        assert people[0].ask(f"/login {people[1].letter}0 first-secret-{people[1].letter}0")["code"] == "wrong-secret"
        record_property("crash points", f"accounts: {2 * len(names)} registrations and password changes, kills {killer.kills}, seed {SEED}")
    finally:
        server.close()



def names_of_accounts(server):
    with contextlib.closing(sqlite3.connect(f"file:{server.state / 'auth.db'}?mode=ro", uri=True, timeout=PATIENCE)) as database:
        return {name for name, in database.execute("SELECT name FROM account")}
