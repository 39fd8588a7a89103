"""Accounts with the installed packages: tokens of operators, registrations and logins, through restarts, kills and an
upgrade; tickets of local users; and that no secret is left anywhere."""
import contextlib
import json
import re

import pytest
from deadline import wait_until

AUTH, ACCEPTOR, DELIVERY = "chat-auth", "chat-acceptor", "chat-delivery"
TICKET = """
import socket
with socket.socket(socket.AF_UNIX) as peer:
    peer.settimeout(30)
    peer.connect("/run/chat/login.sock")
    peer.sendall(b'{"method":"org.chat.Login.Ticket"}\\0')
    print(peer.makefile("rb").read1(4096).rstrip(b"\\0").decode())
"""
# Words that no file of the machine contains by chance.
SECRETS = {name: f"{name}-secret-5d8fa1c27e90b364" for name in ("first", "second", "wrong", "reset")}


@pytest.fixture
def account(machine, chat):
    """A function that makes an account and returns its client: account("Robin", "correct-horse-9")."""
    made = []

    def make(name, secret):
        token = machine.run("chatctl", "invite").stdout.strip()
        client = chat(name)
        answer = until_answered(client, f"/register {secret} {token}")
        assert (answer.kind, answer["name"]) == ("account", name), answer
        made.append(name)
        return client

    yield make
    for name in made:
        machine.run("chatctl", "account", "delete", name, check=False)


@pytest.fixture(autouse=True)
def no_earlier_failures(machine):
    """Earlier wrong passwords came from the same address, which chat-auth slows down."""
    machine.forget_wrong_passwords()


def until_answered(client, line):
    """The answer, once chat-auth has one: during its restart it may say `busy`."""
    def answered():
        answer = client.ask(line)
        return answer if answer.get("code") != "busy" else None
    return wait_until(answered, f"an answer to {line.split()[0]}")


def token_of(machine, *words):
    token = machine.run("chatctl", *words).stdout
    assert re.fullmatch(r"\S+\n", token), "the token alone"
    return token.strip()


@pytest.mark.requirement("N09")
def test_people_redeem_tokens_and_own_their_names(machine, chat):
    robin = chat("Robin")
    assert robin.ask(f"/register {SECRETS['first']}")["code"] == "not-invited"
    assert robin.ask(f"/register {SECRETS['first']} {token_of(machine, 'invite')}").kind == "account"
    ann = chat("Somebody")
    answer = ann.ask(f"/register {SECRETS['first']} {token_of(machine, 'account', 'add', 'Ann')}")
    assert (answer.kind, answer["name"]) == ("account", "Ann")
    ann.wait_for("renamed", old="Somebody", name="Ann", account="yes")
    other = chat()
    assert other.ask("/login Robin")["code"] == "password-required"
    assert other.ask(f"/login Robin {SECRETS['wrong']}")["code"] == "wrong-secret"
    assert other.ask(f"/reset Ann {token_of(machine, 'account', 'reset', 'Ann')} {SECRETS['second']}").kind in ("ok", "account")
    answer = other.ask(f"/login Robin {SECRETS['first']}")
    assert (answer.kind, answer["failed"]) == ("account", "1")
    assert [row["name"] for row in json.loads(machine.run("chatctl", "--json", "account", "list").stdout)["accounts"]] == ["Ann", "Robin"]
    for name in ("Ann", "Robin"):
        machine.run("chatctl", "account", "delete", name)
    assert chat().ask("/login Robin").kind == "renamed", "the name is free again"


@pytest.mark.requirement("N09", "N05")
@pytest.mark.parametrize("command", [["restart", AUTH], ["kill", "-s", "KILL", AUTH], ["restart", AUTH, ACCEPTOR, DELIVERY],
                                     ["kill", "-s", "KILL", ACCEPTOR, DELIVERY], ["kill", "-s", "KILL", AUTH, ACCEPTOR, DELIVERY]], ids=" ".join)
def test_accounts_survive_restarts_and_kills(machine, chat, account, command):
    robin = account("Robin", SECRETS["first"])
    other = chat()
    assert other.ask(f"/login Robin {SECRETS['wrong']}")["code"] == "wrong-secret"      # so that chat-auth runs
    machine.systemctl(*command)
    assert robin.ask("/whoami")["account"] == "yes", "who was logged in still is"
    answer = until_answered(other, f"/login Robin {SECRETS['first']}")
    assert (answer.kind, answer["failed"]) == ("account", "1")
    other.wait_for("renamed", id=other.id, name="Robin", account="yes")
    robin.wait_for("renamed", id=robin.id, old="Robin")
    assert until_answered(other, f"/password {SECRETS['first']} {SECRETS['second']}").kind == "ok"
    machine.systemctl(*command)
    assert until_answered(robin, f"/login Robin {SECRETS['first']}")["code"] == "wrong-secret"
    assert until_answered(robin, f"/login Robin {SECRETS['second']}").kind == "account"


@pytest.mark.requirement("N09", "N05")
def test_an_upgrade_keeps_accounts_and_logins(machine, chat, account):
    robin = account("Robin", SECRETS["first"])
    before = machine.pid(ACCEPTOR)
    machine.run("sh", "-c", "dpkg -i /packages/chat-server_*.deb")
    assert machine.pid(ACCEPTOR) != before
    assert robin.ask("/whoami")["account"] == "yes"
    other = chat()
    assert until_answered(other, "/login Robin")["code"] == "password-required"
    assert until_answered(other, f"/login Robin {SECRETS['first']}").kind == "account"
    assert machine.run("stat", "-c", "%U %a", "/var/lib/chat-auth", "/var/lib/chat-auth/auth.db").stdout.split() == ["_chat-auth", "700", "_chat-auth", "600"]


@pytest.fixture
def alice(machine):
    if machine.run("getent", "passwd", "alice", check=False).returncode:
        machine.run("useradd", "--no-create-home", "alice")


def as_user(machine, name, *command, check=True):
    return machine.run("setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", *command, check=check)


@pytest.mark.requirement("N09")
def test_local_users_log_in_by_a_ticket(stopped, alice):
    """The first one starts chat-auth and the chat."""
    machine = stopped
    machine.systemctl("stop", AUTH)
    machine.systemctl("start", "chat.socket")
    assert machine.pid(AUTH) == 0
    said = json.loads(as_user(machine, "alice", "python3", "-c", TICKET).stdout)["parameters"]
    assert said["name"] == "alice" and said["ticket"].startswith("ticket:")
    with contextlib.closing(machine.connect()) as client:
        client.expect("welcome")
        assert until_answered(client, f"/login Robin {said['ticket']}")["code"] in ("no-such-account", "wrong-secret")
        answer = until_answered(client, f"/login alice {said['ticket']}")
        assert (answer.kind, answer["name"]) == ("account", "alice")
        assert until_answered(client, f"/login alice {said['ticket']}").kind == "error", "it is good once"
    machine.run("chatctl", "account", "delete", "alice")
    nobody = machine.run("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "python3", "-c", TICKET)
    assert json.loads(nobody.stdout)["error"] == "org.chat.Login.NoName"


@pytest.mark.requirement("N09")
def test_only_the_acceptor_reaches_the_accounts(machine, chat, account, alice):
    account("Robin", SECRETS["first"])
    assert machine.run("stat", "-c", "%U %a", "/run/chat/auth.sock", "/run/chat/login.sock").stdout.split() == ["_chat", "600", "root", "666"]
    for user in ("alice", "_chat", "_chat-report"):
        assert as_user(machine, user, "ls", "/var/lib/chat-auth", check=False).returncode != 0
    status = dict(line.split(":\t", 1) for line in machine.run("cat", f"/proc/{machine.pid(AUTH)}/status").stdout.splitlines() if ":\t" in line)
    assert status["Uid"].split() == [machine.run("id", "-u", "_chat-auth").stdout.strip()] * 4
    assert {int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"


def places_with(machine, *secrets):
    return machine.files_with(*secrets) + ["journal"] * any(machine.is_in_journal(secret) for secret in secrets)


@pytest.mark.requirement("N09")
def test_secrets_are_nowhere_afterwards(machine, chat, account):
    robin = account("Robin", SECRETS["first"])
    other = chat()
    assert other.ask(f"/login Robin {SECRETS['wrong']}")["code"] == "wrong-secret"
    assert robin.ask(f"/password {SECRETS['first']} {SECRETS['second']}").kind == "ok"
    assert other.ask(f"/reset Robin {token_of(machine, 'account', 'reset', 'Robin')} {SECRETS['reset']}").kind in ("ok", "account")
    assert other.ask(f"/login Robin {SECRETS['reset']}").kind == "account"
    robin.send("a text that is not a secret c41d")
    wait_until(lambda: machine.query("SELECT 1 FROM message WHERE text LIKE '%c41d'"), "a text in the log")
    assert "/var/lib/chat/chat.db" in "".join(places_with(machine, "a text that is not a secret c41d")), "what is looked for would be found"
    assert places_with(machine, *SECRETS.values()) == []
    # What a crash leaves behind.
    for unit in (AUTH, ACCEPTOR, DELIVERY):
        assert other.ask(f"/login Robin {SECRETS['reset']}").kind in ("account", "error")
        machine.systemctl("kill", "-s", "SEGV", unit)
        assert until_answered(other, "/whoami").kind == "client"
    until_answered(other, f"/login Robin {SECRETS['reset']}")
    assert machine.run("find", "/", "-xdev", "-name", "core*", "-type", "f", "-newer", "/run/systemd/units", "-not", "-path", "/proc/*", "-not", "-path", "/usr/*", check=False).stdout == ""
    assert places_with(machine, *SECRETS.values()) == []
