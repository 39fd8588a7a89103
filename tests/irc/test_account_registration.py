"""REGISTER: a nick becomes that of an account (draft/account-registration)."""
import pytest
from irc_client import commands, connect_irc, connect_with

pytestmark = [pytest.mark.sanitized]
OPEN = pytest.mark.settings(accounts__register='"open"')
SECRET = "correct-horse"


def offered(client):
    [line] = client.ask("CAP LS 302")
    return dict(word.partition("=")[::2] for word in line.params[-1].split())


def failure(client, line):
    [answer] = client.ask(line)
    assert answer.command == "FAIL" and answer.params[0] == line.split()[0], answer
    return answer.params[1:-1]


@OPEN
def test_a_registered_client_registers_its_nick(server):
    alice, bob = connect_with(server, "alice", "draft/account-registration account-notify"), connect_with(server, "bob", "account-notify")
    assert offered(alice)["draft/account-registration"] == "before-connect"
    for client in (alice, bob):
        client.ask("JOIN #films")
    alice.drain()
    lines = alice.ask(f"REGISTER ALICE someone@example.org {SECRET}")
    assert commands(lines) == ["ACCOUNT", "REGISTER", "900"]
    assert lines[1].params[:2] == ["SUCCESS", "alice"] and lines[2].params[2] == "alice"
    assert [line.params for line in bob.drain()] == [["alice"]]
    assert failure(alice, f"REGISTER * * {SECRET}") == ["ALREADY_AUTHENTICATED", "*"]
    assert failure(alice, "VERIFY alice 12345") == ["ALREADY_AUTHENTICATED", "alice"]
    again = connect_irc(server)
    assert "900" in commands(again.ask(f"PASS alice:{SECRET}"))


@OPEN
def test_before_the_registration_of_the_client(server):
    alice = connect_irc(server)
    alice.ask("CAP LS 302", "CAP REQ :draft/account-registration")
    assert failure(alice, f"REGISTER * * {SECRET}") == ["NEED_NICK", "*"]
    alice.ask("NICK Alice")
    lines = alice.ask(f"REGISTER * * :{SECRET} battery")
    assert commands(lines) == ["REGISTER", "900"] and lines[0].params[:2] == ["SUCCESS", "Alice"]
    assert failure(alice, f"REGISTER * * {SECRET}") == ["ALREADY_AUTHENTICATED", "*"]
    lines = alice.ask("USER alice 0 * :r", "CAP END")
    assert commands(lines)[0] == "001" and lines[0].params[0] == "Alice"
    [row] = [line for line in alice.ask("WHOIS Alice") if line.command == "330"]
    assert row.params[1:3] == ["Alice", "Alice"]
    other = connect_irc(server, "bob")
    assert "900" in commands(other.ask(f"PRIVMSG NickServ :IDENTIFY Alice {SECRET} battery"))


@OPEN
def test_refusals(server):
    alice = connect_irc(server, "alice")
    assert failure(alice, f"REGISTER bob * {SECRET}") == ["ACCOUNT_NAME_MUST_BE_NICK", "bob"]
    assert failure(alice, f"REGISTER * nonsense {SECRET}") == ["INVALID_EMAIL", "alice"]
    assert failure(alice, "REGISTER * * short") == ["WEAK_PASSWORD", "alice"]
    assert failure(alice, "VERIFY alice 12345") == ["INVALID_CODE", "alice"]
    assert commands(alice.ask("REGISTER * *")) == commands(alice.ask("VERIFY alice")) == ["461"]
    assert commands(alice.ask(f"REGISTER * * {SECRET}")) == ["REGISTER", "900"]
    other = connect_irc(server)
    other.ask("CAP LS 302", "NICK alice")
    assert failure(other, f"REGISTER * * {SECRET}") == ["ACCOUNT_EXISTS", "alice"]


@OPEN
def test_a_nick_that_somebody_took_meanwhile(server):
    early = connect_irc(server)
    early.ask("CAP LS 302", "NICK carol")
    connect_irc(server, "carol")
    assert failure(early, f"REGISTER * * {SECRET}") == ["ACCOUNT_EXISTS", "carol"]


@pytest.mark.parametrize("policy", ["invite", "operator", "off"])
def test_where_registrations_are_not_open(start_server, policy):
    server = start_server({"accounts.register": f'"{policy}"'})
    alice = connect_irc(server, "alice")
    assert "draft/account-registration" not in offered(alice)
    assert failure(alice, f"REGISTER * * {SECRET}") == ["TEMPORARILY_UNAVAILABLE", "alice"]


@pytest.mark.settings(accounts__register='"open"', irc__password='"sesame"')
def test_the_password_of_the_server_comes_first(server):
    alice = connect_irc(server)
    alice.ask("CAP LS 302", "NICK alice")
    assert failure(alice, f"REGISTER * * {SECRET}") == ["TEMPORARILY_UNAVAILABLE", "alice"]
    alice.ask("PASS sesame")
    assert commands(alice.ask(f"REGISTER * * {SECRET}")) == ["REGISTER", "900"]


@OPEN
def test_the_password_is_nowhere_in_shared_memory(server):
    alice = connect_irc(server, "alice")
    secret = "correct-horse-" + "battery"
    assert commands(alice.ask(f"REGISTER * * {secret}")) == ["REGISTER", "900"]
    assert secret.encode() not in server.segment.read_bytes()


@OPEN
def test_a_nick_that_the_server_chose_cannot_be_registered(server):
    alice = connect_irc(server, "alice")
    assert "900" in commands(alice.ask(f"REGISTER * * {SECRET}"))
    again = connect_irc(server)
    again.send(f"PASS alice:{SECRET}")
    again.register("alice")
    renamed = alice.wait_for("NICK").params[0]
    alice.drain()
    assert failure(alice, f"REGISTER * * {SECRET}") == ["BAD_ACCOUNT_NAME", renamed]
