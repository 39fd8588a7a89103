"""People live with their accounts while all three daemons are killed at random: a name is registered, guessed at, taken
over by its owner elsewhere, given a new password and another one by a token, disabled, banned, deleted and registered
again. Each step happens once, is answered once, and holds."""
import os
import random
import threading

import pytest
from chat_server import Server
from deadline import Deadline
from test_account_kills import PATIENCE, SEED, SETTINGS, Killer, names_of_accounts, patient_answer

PEOPLE, LIVES = (10, 10) if os.environ.get("CHAT_LONG") == "1" else (4, 1)
STRAY = {"renamed", "online", "offline"}        # what a client receives without having asked


class Person(threading.Thread):
    """Uses two connections at a time, each from an address of its own, so that wrong passwords have no consequence."""

    def __init__(self, server, letter):
        super().__init__(daemon=True)
        self.server, self.letter, self.error, self.hosts, self.answers = server, letter, None, 0, 0

    def run(self):
        try:
            for number in range(LIVES):
                self.live(f"{self.letter}{number}")
        except BaseException as error:      # raised in the test
            self.error = error

    def live(self, name):
        here, there = self.connect(), self.connect()
        self.expect(here, f"/login {name}", "renamed")
        self.expect(here, f"/register secret-1-{name}", "account")
        self.expect(there, f"/login {name} a-guess-at-{name}", "wrong-secret")
        # The wrong one was counted once, however often chat-auth was killed meanwhile.
        assert self.expect(there, f"/login {name} secret-1-{name}", "account")["failed"] == "1"
        here.wait_for("renamed", old=name)
        self.expect(here, f"/password secret-1-{name} stolen-from-{name}", "no-such-account")
        self.expect(there, f"/password secret-1-{name} secret-2-{name}", "ok")
        assert self.expect(here, f"/login {name} secret-2-{name}", "account")["failed"] == "0"
        there.wait_for("renamed", old=name)

        token = self.operate("ResetAccount", "token", name=name)["token"]
        self.expect(there, f"/reset {name} {token} secret-3-{name}", "ok")
        self.expect(there, f"/reset {name} {token} stolen-from-{name}", "wrong-secret")
        assert self.ask(here, "/whoami").get("account") == "yes"
        self.expect(here, f"/password secret-3-{name} secret-4-{name}", "ok")

        self.operate("DisableAccount", "account", name=name)
        here.wait_for("renamed", old=name)
        self.expect(here, f"/login {name} secret-4-{name}", "account-disabled")
        self.operate("EnableAccount", "account", name=name)
        self.expect(here, f"/login {name} secret-4-{name}", "account")

        self.operate("Ban", "account", target=name)
        here.wait_for("offline", id=here.id, reason="kicked")
        self.end(here, is_kicked=True)
        here = self.connect()
        self.expect(here, f"/login {name} secret-4-{name}", "banned")
        self.operate("Unban", "bans", target=name)
        self.expect(here, f"/login {name} secret-4-{name}", "account")

        self.operate("DeleteAccount", "account", name=name)
        here.wait_for("renamed", old=name)
        self.expect(there, f"/login {name}", "renamed")
        self.expect(there, f"/register last-secret-{name}", "account")
        for client in (here, there):
            self.end(client)

    def connect(self):
        """A client that is welcomed. Its connection ends at once if the acceptor dies before anybody else has it."""
        self.hosts += 1
        for _ in range(20):
            client = self.server.connect_raw(source=f"127.0.{100 + ord(self.letter) - ord('A')}.{self.hosts}")
            try:
                client.id = client.read()["id"]
                return client
            except (AssertionError, ConnectionResetError):
                assert not client.buffer
                client.close()
        raise AssertionError("nobody is let in")

    def ask(self, client, line):
        answer = patient_answer(client, line)
        self.answers += 1
        return answer

    def expect(self, client, line, outcome):
        answer = self.ask(client, line)
        assert outcome in (answer.kind, answer.get("code")), f"{line}: {answer}"
        return answer

    def operate(self, method, key, **parameters):
        """An operator's act, repeated until somebody says that it was done."""
        deadline = Deadline(4 * PATIENCE)
        while not deadline.passed():
            try:
                reply = self.server.operate(method, **parameters)
            except (OSError, AssertionError):       # the acceptor has died; the act may have been done
                continue
            # Of what has gone an error says that there is no such account or ban; other errors say nothing.
            if key in reply or (method in ("DeleteAccount", "Unban") and reply):
                return reply
        raise AssertionError(f"{method} {parameters} has no end")

    def end(self, client, is_kicked=False):
        lines = list(client.lines) if is_kicked else client.drain()
        assert {line.kind for line in lines} <= STRAY, lines
        if not is_kicked:
            assert client.ask("/quit").kind == "bye"
        client.close()


@pytest.mark.requirement("N01", "N07", "N09")
@pytest.mark.timeout(900)
def test_accounts_are_made_used_and_ended_while_daemons_are_killed(tmp_path, record_property):
    server = Server(tmp_path / "state", SETTINGS, restart_delay=0).start()
    try:
        people = [Person(server, chr(ord("A") + number)) for number in range(PEOPLE)]
        killer = Killer(server, random.Random(SEED), people)
        for thread in (killer, *people):
            thread.start()
        for person in people:
            person.join(800)
        killer.stop()
        assert not [person.error for person in people if person.error or person.is_alive()], f"seed {SEED}"
        names = {f"{person.letter}{number}" for person in people for number in range(LIVES)}
        assert names_of_accounts(server) == names
        client = people[0].connect()
        for name in sorted(names)[::max(1, len(names) // 20)]:
            people[0].expect(client, f"/login {name} last-secret-{name}", "account")
        record_property("crash points", f"lives of {len(names)} accounts, kills {killer.kills}, seed {SEED}")
    finally:
        server.close()
