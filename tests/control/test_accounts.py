"""Accounts and invitations: what operators do, and that they never see a password."""
import pytest

pytestmark = pytest.mark.sanitized
PASSWORD = "correct-horse-battery"


def token(control, *words):
    """The token that a command prints: alone, so that a script can pass it on."""
    done = control.run(*words)
    assert len(done.stdout) == 33 and not done.stderr
    return done.stdout.strip()


def test_an_added_account_gets_its_password_from_its_owner(server, control):
    assert control.run("account", "list").stdout == "There is no account.\n"
    eve = server.connect()
    invitation = token(control, "account", "add", "Eve")
    assert control.json("account", "list")["accounts"][0]["pending"] is True
    assert eve.ask("/login Eve")["code"] == "password-required"
    assert eve.ask(f"/register short {invitation}")["code"] == "weak-secret"
    answer = eve.ask(f"/register {PASSWORD} {invitation}")
    assert (answer.kind, answer["name"]) == ("account", "Eve")
    eve.expect("renamed", name="Eve", account="yes", old=eve.name)
    account = control.json("account", "list")["accounts"][0]
    assert (account["name"], account["pending"], account["disabled"], account["failed"]) == ("Eve", False, False, 0)
    refused = control.run("account", "add", "eve", check=False)
    assert refused.returncode == 1 and "there is an account eve already" in refused.stderr


def test_an_invitation_lets_someone_register(server, control):
    one, two = server.connect("One"), server.connect("Two")
    invitation = token(control, "invite", "--uses", "1", "--days", "2")
    assert one.ask(f"/register {PASSWORD} {invitation}").kind == "account"
    assert two.ask(f"/register {PASSWORD} {invitation}")["code"] == "not-invited"


def test_a_reset_replaces_a_forgotten_password(server, control):
    one = server.connect("One")
    assert one.ask(f"/register {PASSWORD} {token(control, 'invite')}").kind == "account"
    reset = token(control, "account", "reset", "One")
    other = server.connect("Other")
    assert other.ask("/reset One wrong-token new-password")["code"] == "wrong-secret"
    assert other.ask(f"/reset One {reset} new-password").kind == "ok"
    assert one.ask("/whoami")["account"] == "yes", "a reset ends nothing"
    assert other.ask(f"/reset One {reset} newer-password")["code"] == "wrong-secret"
    assert other.ask("/login One new-password").kind == "account"


@pytest.mark.parametrize("act", ["disable", "delete"])
def test_a_disabled_or_deleted_account_loses_its_name_at_once(server, control, act):
    one, other = server.people("One", "Other")
    assert one.ask(f"/register {PASSWORD} {token(control, 'invite')}").kind == "account"
    assert control.run("account", act, "ONE").stdout == f"The account One is {act}d.\n"
    given = one.expect("renamed", old="One", account=None)["name"]
    other.expect("renamed", old="One", name=given)
    assert one.ask("/whoami").get("account") is None
    if act == "disable":
        assert one.ask(f"/login One {PASSWORD}")["code"] == "account-disabled"
        assert one.ask("/login One")["code"] == "password-required"
        control.run("account", "enable", "One")
        assert one.ask(f"/login One {PASSWORD}").kind == "account"
    else:
        assert one.ask(f"/login One {PASSWORD}")["code"] == "no-such-account"
        assert one.ask("/login One").kind == "renamed"


def test_wrong_use_is_refused(server, control):
    for words, status, text in ((("account", "delete", "Nobody"), 1, "there is no account Nobody"), (("account", "disable"), 2, "with a name"),
                                (("account", "dance", "One"), 2, "account needs"), (("account", "add", "no name"), 1, "name")):
        refused = control.run(*words, check=False)
        assert refused.returncode == status and text in refused.stderr and not refused.stdout, (words, refused)


def test_a_name_with_an_account_bans_the_account(server, control):
    joker = server.connect("Joker", source="127.0.0.2")
    watcher = server.connect("Watcher")
    assert joker.ask(f"/register {PASSWORD} {token(control, 'invite')}").kind == "account"
    answer = control.json("ban", "JOKER", "--reason", "no jokes")
    assert (answer["name"], answer["kicked"], answer.get("address")) == ("Joker", 1, None) and answer["account"] >= 1
    joker.wait_for("offline", id=joker.id, reason="kicked")
    watcher.wait_for("offline", id=joker.id, reason="kicked")
    other = server.connect("Other", source="127.0.0.2")     # the address is not banned
    refused = other.ask(f"/login Joker {PASSWORD}")
    assert (refused["code"], refused.text) == ("banned", "no jokes")
    assert other.ask("/login Joker wrong-password")["code"] == "wrong-secret", "only the owner learns of the ban"
    server.kill("acceptor")
    assert control.json("bans")["bans"][0]["name"] == "Joker"
    assert other.ask(f"/login Joker {PASSWORD}")["code"] == "banned"
    assert control.run("unban", "joker").stdout == "The account Joker is no longer banned.\n"
    assert other.ask(f"/login Joker {PASSWORD}").kind == "account"


def test_an_account_can_be_banned_while_it_is_away(server, control):
    joker = server.connect("Joker")
    assert joker.ask(f"/register {PASSWORD} {token(control, 'invite')}").kind == "account"
    joker.close()
    server.kill("acceptor")     # the names are not loaded then
    assert control.run("ban", "Joker", "--for", "1h").stdout.startswith("The account Joker is banned until ")
    assert server.connect().ask(f"/login Joker {PASSWORD}")["code"] == "banned"
    assert "(account)  Joker" in control.run("bans").stdout
    assert control.run("ban", "Nobody", check=False).returncode == 1


def test_the_id_of_someone_who_is_logged_in_bans_the_account(server, control):
    joker = server.connect("Joker")
    assert joker.ask(f"/register {PASSWORD} {token(control, 'invite')}").kind == "account"
    assert control.json("ban", joker.id)["name"] == "Joker"
    joker.wait_for("offline", id=joker.id, reason="kicked")
    assert server.connect("Other").ask("/whoami").kind == "client"
