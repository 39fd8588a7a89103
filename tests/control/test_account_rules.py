"""Details of accounts: lengths, spaces, waiting, names that are in use already, and servers without guests."""
import os
import signal

import pytest
from builds import SANITIZED
from deadline import wait_until
from shifted_clock import ShiftedClock

pytestmark = [pytest.mark.sanitized]
OPEN = pytest.mark.settings(accounts__register='"open"')
PASSWORD = "correct-horse-battery"


def token(control, *words):
    return control.run(*words).stdout.strip()


@pytest.mark.settings(accounts__register='"open"', accounts__min_secret=12)
def test_a_secret_has_min_secret_to_512_bytes(server):
    client = server.connect("Robin")
    for secret in ("x" * 11, "x" * 513, "é" * 257):
        assert client.ask(f"/register {secret}")["code"] == "weak-secret", len(secret)
    assert client.ask(f"/register {'é' * 6}").kind == "account"
    assert client.ask(f"/password {'é' * 6} {'x' * 512}").kind == "ok"
    assert client.ask(f"/password {'x' * 512} {'x' * 513}")["code"] == "weak-secret"
    assert client.ask(f"/login Robin {'x' * 512}").kind == "account"


@OPEN
def test_trailing_spaces_do_not_count(server):
    client = server.connect("Robin")
    assert client.ask(f"/register {PASSWORD}  ").kind == "account"
    assert client.ask("/logout  ").kind == "renamed"
    assert client.ask("/login Robin  ")["code"] == "password-required"
    assert client.ask(f"/login Robin {PASSWORD}   ").kind == "account"
    client.expect("renamed", name="Robin")
    assert client.ask(f"/password {PASSWORD} another-password ").kind == "ok"
    assert client.ask("/whoami ")["account"] == "yes"
    assert client.ask("/login Robin another-password").kind == "account"


@OPEN
def test_a_refused_registration_uses_up_nothing(server, control):
    invitation = token(control, "invite")
    robin = server.connect("Robin")
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    other = server.connect()
    assert other.ask(f"/register {PASSWORD} {invitation}")["code"] == "bad-name"
    other.ask("/login Other")
    assert other.ask(f"/register short {invitation}")["code"] == "weak-secret"
    assert other.ask(f"/register {PASSWORD} {invitation}").kind == "account"


@pytest.mark.parametrize("policy", ["off", "operator"])
def test_a_token_registers_also_where_only_the_operator_adds_accounts(start_server, control_of, policy):
    server = start_server({"accounts.register": f'"{policy}"'})
    control = control_of(server)
    assert server.connect("One").ask(f"/register {PASSWORD}")["code"] == "forbidden"
    assert server.connect().ask(f"/register {PASSWORD} {token(control, 'account', 'add', 'Eve')}")["name"] == "Eve"


def test_an_account_takes_the_name_from_a_guest_who_used_it_before(server, control):
    guest = server.connect("Eve")
    invitation = token(control, "account", "add", "Eve")
    assert guest.ask("/whoami")["name"] == "Eve", "the name is in use until its owner comes"
    owner = server.connect("Owner")
    guest.expect("online", id=owner.id)
    assert owner.ask(f"/register {PASSWORD} {invitation}")["name"] == "Eve"
    given = guest.expect("renamed", id=guest.id, old="Eve", account=None)["name"]
    guest.expect("renamed", id=owner.id, old="Owner", name="Eve", account="yes")
    owner.expect("renamed", id=guest.id, old="Eve", name=given)
    owner.expect("renamed", id=owner.id, old="Owner", name="Eve", account="yes")
    assert guest.ask("/login EVE")["code"] == "password-required"


@OPEN
def test_another_account_can_be_used_at_once(server):
    robin, joker = server.people("Robin", "Joker")
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    assert joker.ask(f"/register {PASSWORD}-2").kind == "account"
    joker.close()
    robin.wait_for("offline", name="Joker")
    assert robin.ask(f"/login Joker {PASSWORD}-2")["name"] == "Joker"
    robin.expect("renamed", old="Robin", name="Joker", account="yes")
    assert robin.ask("/whoami")["account"] == "yes"
    assert server.connect("Bruce").ask(f"/login Robin {PASSWORD}").kind == "account"


@OPEN
def test_nobody_is_announced_while_a_login_waits(server):
    assert server.connect("Robin").ask(f"/register {PASSWORD}").kind == "account"
    server.close_clients()
    os.kill(server.pid("auth"), signal.SIGSTOP)
    try:
        watcher = server.connect("Watcher")
        robin = server.connect_raw()
        robin.send(f"/login Robin {PASSWORD}")      # at once: after a second it would be announced
        welcome = robin.expect("welcome")
        later = server.connect_raw()
        later_id = later.expect("welcome")["id"]
        watcher.expect("online", id=later_id)     # after the second that everyone gets; the earlier one is not announced
    finally:
        os.kill(server.pid("auth"), signal.SIGCONT)
    watcher.expect("online", id=welcome["id"], name="Robin", account="yes")
    assert robin.wait_for("account")["name"] == "Robin"


def test_the_password_is_checked_by_whoever_runs_next(server, control):
    """A reset while the owner is logged in: the session stays, the old password does not."""
    robin = server.connect("Robin")
    assert robin.ask(f"/register {PASSWORD} {token(control, 'invite')}").kind == "account"
    reset = token(control, "account", "reset", "Robin")
    assert robin.ask(f"/reset Robin {reset} short")["code"] == "weak-secret"
    assert robin.ask(f"/reset Nobody {reset} new-password")["code"] == "no-such-account"
    server.kill("auth")
    assert robin.ask(f"/reset Robin {reset} new-password").kind == "ok"
    assert robin.ask("/whoami")["account"] == "yes"
    assert robin.ask(f"/login Robin {PASSWORD}")["code"] == "wrong-secret"


def test_without_guests_newcomers_have_thirty_seconds(start_server, tmp_path):
    if "CHAT_CRASH_POINTS:BOOL=ON" not in (SANITIZED / "CMakeCache.txt").read_text(encoding="utf-8"):
        pytest.skip("this build has no clock that could be put forward")
    clock = ShiftedClock(tmp_path / "shift")
    server = start_server({"accounts.register": '"open"', "accounts.guests": '"no"'}, environment=clock.environment)
    robin = server.connect_raw()
    robin.expect("welcome")
    assert robin.ask("/login Robin").kind == "renamed"
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    robin.expect("online", name="Robin", account="yes")
    stranger = server.connect_raw()
    welcome = stranger.expect("welcome")
    clock.forward(20)
    assert stranger.ask("/whoami").kind == "client", "twenty seconds are not too long"
    wait_until(lambda: clock.forward(4) or stranger.readable(0.3), "the stranger is disconnected")
    stranger.expect("offline", id=welcome["id"], reason="timeout")
    stranger.expect_end()
    assert robin.ask("/whoami")["account"] == "yes"
    assert not robin.lines, "nobody learns of a stranger"
