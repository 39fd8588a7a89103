"""Accounts that end, and calls that take too long, while something about them is under way."""
import os
import signal
import sqlite3

import pytest
from deadline import wait_until

pytestmark = [pytest.mark.sanitized]
OPEN = pytest.mark.settings(accounts__register='"open"', limits__max_clients=60)
PASSWORD = "correct-horse-battery"
OTHER = "127.0.9.9"     # a host for which the limits by address hold
SHARE = 8               # questions that such a host may have under way


def token(control, *words):
    return control.run(*words).stdout.strip()


@pytest.mark.requirement("N09")
@pytest.mark.parametrize("act", ["disable", "delete"])
def test_the_end_of_an_account_is_noticed_before_the_names_are_known(server, control, act):
    """Nobody has used /login without a secret."""
    invitation = token(control, "account", "add", "Robin")
    robin = server.connect_raw()
    robin.expect("welcome")
    assert robin.ask(f"/register {PASSWORD} {invitation}")["name"] == "Robin"
    control.run("account", act, "Robin")
    robin.wait_for("renamed", old="Robin")
    assert robin.ask("/whoami").get("account") is None


@pytest.mark.requirement("N09")
@OPEN
def test_a_command_that_is_answered_busy_is_not_carried_out(server, control):
    """chat-auth is held up for longer than a command waits."""
    robin = server.connect("Robin")
    invitation = token(control, "invite")
    auth = server.pid("auth")
    os.kill(auth, signal.SIGSTOP)
    tag = robin.tagged(f"/register {PASSWORD} {invitation}")
    held = control.run("account", "add", "Eve", check=False)      # gives up after ten seconds
    assert held.returncode == 75 and "may or may not have been done" in held.stderr, held.stderr
    os.kill(auth, signal.SIGCONT)
    assert robin.answer(tag)["code"] == "busy"
    assert robin.ask(f"/login Robin {PASSWORD}")["code"] == "no-such-account"
    assert robin.ask(f"/register {PASSWORD} {invitation}").kind == "account"
    assert token(control, "account", "add", "Eve")


@pytest.mark.requirement("N09")
@OPEN
def test_one_host_cannot_keep_the_others_from_logging_in(server):
    robin = server.connect("Robin")
    robin.ask(f"/register {PASSWORD}")
    ann = server.connect("Ann")
    crowd = [server.connect(f"Crowd{number}", source=OTHER) for number in range(SHARE + 1)]
    for one in crowd:
        one.drain()     # from here on only an answer makes it readable
    auth = server.pid("auth")
    os.kill(auth, signal.SIGSTOP)
    tags = [one.tagged(f"/login Robin {PASSWORD}") for one in crowd]
    wait_until(lambda: any(one.readable() for one in crowd), "one of them is refused")
    tag = ann.tagged(f"/login Robin {PASSWORD}")
    os.kill(auth, signal.SIGCONT)
    assert ann.answer(tag).kind == "account"
    outcomes = sorted(one.answer(tag).kind for one, tag in zip(crowd, tags, strict=True))
    assert outcomes == ["account"] * SHARE + ["error"]


@pytest.mark.requirement("N09")
@pytest.mark.settings(limits__max_clients=100)
def test_everyone_may_take_a_name_after_a_restart(server, control):
    """However many do so before the new process knows which names belong to accounts."""
    token(control, "account", "add", "Robin")
    crowd = [server.connect_raw(source=OTHER if number < 2 * SHARE else None) for number in range(90)]
    for one in crowd:
        one.expect("welcome")
    auth, acceptor = server.pid("auth"), server.acceptor_pid()
    os.kill(auth, signal.SIGSTOP)
    os.kill(acceptor, signal.SIGKILL)
    tags = [one.tagged(f"/login Crowd{number}") for number, one in enumerate(crowd)]
    wait_until(lambda: server.acceptor_pid() not in (None, acceptor), "the acceptor runs again")
    os.kill(auth, signal.SIGCONT)
    assert {one.answer(tag).kind for one, tag in zip(crowd, tags, strict=True)} == {"renamed"}


@pytest.mark.requirement("N09")
@OPEN
def test_an_older_database_of_accounts_can_be_restored(server):
    robin = server.connect("Robin")
    robin.ask(f"/register {PASSWORD}")
    path, copy = server.state / "auth.db", server.state / "auth.backup"
    with sqlite3.connect(path, timeout=10) as accounts:
        accounts.execute("VACUUM INTO ?", (str(copy),))
    accounts.close()
    later = server.connect("Later")
    assert later.ask(f"/register {PASSWORD}").kind == "account"
    later.close()
    auth = server.pid("auth")
    os.kill(auth, signal.SIGSTOP)
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    copy.rename(path)
    os.kill(auth, signal.SIGKILL)
    robin.wait_for("offline", name="Later")
    assert robin.ask(f"/login Robin {PASSWORD}").kind == "account"
    other = server.connect()
    wait_until(lambda: other.ask("/login Later").kind == "renamed", "the name of the account that is not in the backup is free")
