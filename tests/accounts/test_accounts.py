"""Accounts over the protocol: names that belong to somebody."""
import re

import pytest
from deadline import wait_until
from history_pages import opened

pytestmark = [pytest.mark.sanitized]
OPEN = pytest.mark.settings(accounts__register='"open"')
PASSWORD = "correct-horse-battery"


def registered(server, name="Robin", password=PASSWORD):
    client = server.connect(name)
    answer = client.ask(f"/register {password}")
    assert (answer.kind, answer["name"]) == ("account", name), answer
    return client


def test_welcome_says_how_to_register(server):
    assert server.connect().welcome["accounts"] == "invite"


@pytest.mark.requirement("N09")
@OPEN
def test_a_registered_name_belongs_to_its_owner(server):
    robin = server.connect("Robin")
    answer = robin.ask(f"/register {PASSWORD}")
    assert answer.kind == "account" and answer["name"] == "Robin" and re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", answer["since"])
    assert answer.get("failed") is None and answer.get("kept") is None
    assert robin.ask("/whoami")["account"] == "yes"
    thief = server.connect("Thief")
    assert thief.ask("/login robin")["code"] == "password-required"
    assert thief.ask("/login Robin wrong-password")["code"] == "wrong-secret"
    assert thief.ask("/whoami").get("account") is None
    robin.send("/quit")
    thief.expect("offline", id=robin.id)
    assert thief.ask("/login Robin")["code"] == "password-required"


@OPEN
def test_login_gives_the_name_and_tells_everyone(server):
    registered(server).close()
    watcher = server.connect("Watcher")
    robin = server.connect_raw()
    tag = robin.tagged(f"/login ROBIN {PASSWORD}")      # at once: it is announced under its own name
    welcome = robin.expect("welcome")
    account = robin.expect("account", name="Robin", failed=0, kept=0, tag=tag)
    assert account["since"]
    robin.expect("renamed", id=welcome["id"], old=welcome["name"], name="Robin", account="yes", tag=None)
    robin.expect("online", id=welcome["id"], name="Robin", account="yes")
    watcher.wait_for("online", id=welcome["id"], name="Robin", account="yes")
    robin.ask("/broadcast hello")
    watcher.expect("message", "hello", name="Robin", account="yes")
    watcher.ask("/broadcast hello")
    robin.expect("message", "hello", name="Watcher", account=None)
    clients, _ = watcher.listing("/active")
    assert {line["name"]: line.get("account") for line in clients} == {"Watcher": None, "Robin": "yes"}


@OPEN
def test_wrong_passwords_are_counted_for_the_owner(server):
    robin = registered(server)
    other = server.connect()
    for _ in range(2):
        assert other.ask("/login Robin wrong-password")["code"] == "wrong-secret"
    robin.close()
    answer = server.connect().ask(f"/login Robin {PASSWORD}")
    assert (answer.kind, answer["failed"]) == ("account", "2")


@OPEN
def test_a_second_login_moves_the_name(server):
    first = registered(server)
    second = server.connect("Second")
    first.expect("online", id=second.id)
    answer = second.ask(f"/login Robin {PASSWORD}")
    assert answer.kind == "account"
    given = first.expect("renamed", id=first.id, old="Robin", account=None)
    first.expect("renamed", id=second.id, old="Second", name="Robin", account="yes")
    second.expect("renamed", id=first.id, old="Robin", name=given["name"])
    second.expect("renamed", id=second.id, old="Second", name="Robin", account="yes")
    assert first.ask("/whoami")["name"] == given["name"] and first.ask("/whoami").get("account") is None
    assert second.ask("/whoami")["account"] == "yes"


@OPEN
def test_another_name_or_logout_ends_the_use_of_the_account(server):
    robin = registered(server)
    assert robin.ask("/login Bruce").get("account") is None
    assert robin.ask("/whoami").get("account") is None
    assert robin.ask("/logout")["code"] == "no-such-account"
    assert robin.ask(f"/login Robin {PASSWORD}").kind == "account"
    robin.expect("renamed", old="Bruce", name="Robin", account="yes")
    answer = robin.ask("/logout")
    assert (answer.kind, answer["old"]) == ("renamed", "Robin") and answer.get("account") is None
    line = robin.ask("/whoami")
    assert line["name"] == answer["name"] and line.get("account") is None


@OPEN
def test_the_owner_may_spell_the_name_in_another_way(server):
    robin = registered(server)
    answer = robin.ask("/login ROBIN")
    assert (answer.kind, answer["name"], answer["account"]) == ("renamed", "ROBIN", "yes")
    assert robin.ask("/whoami")["account"] == "yes"


@OPEN
def test_password_changes(server):
    robin = registered(server)
    assert robin.ask("/password wrong-password new-password")["code"] == "wrong-secret"
    assert robin.ask(f"/password {PASSWORD} short")["code"] == "weak-secret"
    assert robin.ask(f"/password {PASSWORD} new-password").kind == "ok"
    assert robin.ask("/whoami")["account"] == "yes"
    other = server.connect("Other")
    assert other.ask("/password a-password new-password")["code"] == "no-such-account"
    assert other.ask(f"/login Robin {PASSWORD}")["code"] == "wrong-secret"
    assert other.ask("/login Robin new-password").kind == "account"


def test_refusals_come_in_order(server):
    client = server.connect()
    assert client.ask("/register short wrong")["code"] == "bad-name"
    assert client.ask("/login Robin")["name"] == "Robin"
    assert client.ask("/register short wrong")["code"] == "weak-secret"
    assert client.ask(f"/register {PASSWORD} wrong")["code"] == "not-invited"
    assert client.ask(f"/register {PASSWORD}")["code"] == "not-invited"
    assert client.ask(f"/login Nobody {PASSWORD}")["code"] == "no-such-account"
    assert client.ask(f"/login 1abc {PASSWORD}")["code"] == "bad-name"
    assert client.ask("/register")["code"] == "bad-arguments"
    assert client.ask("/register one two three")["code"] == "bad-arguments"
    assert client.ask("/password one")["code"] == "bad-arguments"
    assert client.ask("/whoami")["name"] == "Robin"


@pytest.mark.parametrize("policy", ["off", "operator"])
def test_registering_can_be_left_to_the_operator(start_server, policy):
    server = start_server({"accounts.register": f'"{policy}"'})
    client = server.connect("Robin")
    assert client.welcome["accounts"] == policy
    assert client.ask(f"/register {PASSWORD}")["code"] == "forbidden"


@OPEN
def test_too_many_wrong_passwords(server):
    registered(server)
    client = server.connect()
    codes = [client.ask("/login Robin wrong-password")["code"] for _ in range(6)]
    assert codes == ["wrong-secret"] * 5 + ["too-fast"]
    assert client.ask(f"/login Robin {PASSWORD}")["code"] == "too-fast"


@pytest.mark.requirement("N09")
@OPEN
def test_accounts_outlive_the_server(server):
    registered(server)
    server.stop()
    server.start()
    client = server.connect()
    assert client.ask("/login Robin")["code"] == "password-required"
    assert client.ask(f"/login Robin {PASSWORD}").kind == "account"


@OPEN
def test_a_login_waits_for_chat_auth_and_later_lines_wait_behind_it(server):
    registered(server).close()
    server.kill("auth")
    client = server.connect()
    client.send(f"/login Robin {PASSWORD}\n/whoami")
    assert client.expect("account")["name"] == "Robin"
    client.expect("renamed", name="Robin")
    client.expect("online", name="Robin")
    assert client.expect("client")["account"] == "yes"


@pytest.mark.requirement("N09")
@OPEN
def test_an_account_survives_the_daemons(server):
    robin = registered(server)
    for daemon in ("acceptor", "delivery", "auth"):
        server.kill(daemon)
        assert robin.ask("/whoami")["account"] == "yes"
    robin.ask("/broadcast still here")


@OPEN
def test_the_log_has_the_account_of_a_sender(server):
    robin = registered(server)
    guest = server.connect("Guest")
    robin.ask("/broadcast from robin")
    guest.ask("/broadcast from guest")
    wait_until(lambda: len(server.query("SELECT id FROM message")) == 2, "both are in the log")
    rows = server.query("SELECT text, sender_account, sender_name_then FROM message_log ORDER BY id")
    assert [tuple(row) for row in rows] == [("from robin", 1, "Robin"), ("from guest", None, "Guest")]


@pytest.mark.settings(accounts__register='"open"', accounts__guests='"no"')
def test_without_guests_only_account_holders_chat(server):
    stranger = server.connect_raw()
    stranger.expect("welcome")
    stranger.send("hello")
    stranger.expect("error", code="guests-not-allowed")
    for line in ("/send Robin hello", "/active", "/rooms", "/join cave", "/broadcast hello", "/echo hello"):
        assert stranger.ask(line)["code"] == "guests-not-allowed", line
    assert stranger.ask("/whoami").kind == "client"
    assert stranger.listing("/help")[1]["of"] == "help"
    robin = server.connect_raw()
    robin.expect("welcome")
    assert robin.ask("/login Robin").kind == "renamed"
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    robin.expect("online", name="Robin", account="yes")
    assert robin.ask("/broadcast nobody else may read this").kind == "ok"
    robin.expect_nothing()
    stranger.tag_number += 1
    assert stranger.ask("/whoami").kind == "client"
    assert not stranger.lines, "it received what others said"
    listed, end = robin.listing("/active")
    assert [row["name"] for row in listed] == ["Robin"] and end["count"] == "1"
    assert [row["name"] for row in robin.listing("/members lobby")[0]] == ["Robin"]
    assert robin.listing("/rooms")[0][0]["count"] == "1"
    stranger.send("/quit")
    stranger.expect("bye")
    robin.expect_nothing()


@pytest.mark.requirement("N09")
@OPEN
def test_a_registration_is_finished_although_the_log_is_busy(server):
    """It has happened, so it must not be answered as if it had not; after ten seconds the log is not waited for."""
    robin = server.connect("Robin")
    with opened(server) as database:
        database.execute("BEGIN IMMEDIATE")
        robin.ask("/broadcast not in the log yet")
        assert robin.ask(f"/register {PASSWORD}").kind == "account"
        database.execute("ROLLBACK")
    assert robin.ask("/whoami")["account"] == "yes"


SECRETS = ["a-secret-0-that-occurs-nowhere-else", "a-secret-1-that-occurs-nowhere-else", "a-secret-2-that-occurs-nowhere-else"]


@pytest.mark.requirement("N10")
@OPEN
def test_secrets_stay_nowhere(server):
    """Not in shared memory, the databases, any other file of the server, or its log."""
    robin = server.connect("Robin")
    assert robin.ask(f"/register {SECRETS[0]}").kind == "account"
    assert robin.ask(f"/login Robin {SECRETS[1]}")["code"] == "wrong-secret"
    assert robin.ask(f"/password {SECRETS[0]} {SECRETS[2]}").kind == "ok"
    assert robin.ask(f"/password {SECRETS[0]}")["code"] == "bad-arguments"
    assert robin.ask(f"/reset Robin {SECRETS[0]} {SECRETS[1]} {SECRETS[2]}")["code"] == "bad-arguments"
    assert robin.ask(f"/login Robin {SECRETS[0]}" + "x" * 4096)["code"] == "line-too-long"
    robin.ask("/broadcast this stays")
    server.wait_for_rows(1, "SELECT id FROM message")
    server.kill("acceptor")
    assert robin.ask("/whoami").kind == "client"

    def holders():
        files = [server.segment, *(path for path in server.state.rglob("*") if path.is_file())]
        return [str(path) for path in files for content in [path.read_bytes()] if any(secret.encode() in content for secret in SECRETS)]
    server.wait_for_log("failed: wrong-secret")
    assert b"this stays" in server.segment.read_bytes(), "the search finds what is there"
    assert holders() == []
    assert not any(secret in server.text() for secret in SECRETS)
