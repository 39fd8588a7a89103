"""Tickets, with which users of the server's host log in without a password."""
import json
import os
import pwd
import re
import socket
import sqlite3
import stat
import tempfile

import pytest
from auth_daemon import AuthDaemon, line

pytestmark = [pytest.mark.sanitized]
USER = pwd.getpwuid(os.getuid()).pw_name
PASSWORD = "correct-horse-battery"
OPEN = pytest.mark.settings(accounts__register='"open"')
as_root = pytest.mark.skipif(os.getuid() != 0, reason="needs calls of other users")


@pytest.fixture
def daemon(tmp_path):
    one = AuthDaemon(tmp_path / "state").start()
    yield one
    one.close()


@pytest.mark.requirement("N09")
def test_a_ticket_logs_in_once(server):
    name, ticket = server.ticket()
    assert name == USER and re.fullmatch("ticket:[0-9a-f]{32}", ticket)
    client = server.connect("Somebody")
    answer = client.ask(f"/login {USER} {ticket}")
    assert (answer.kind, answer["name"], answer["failed"], answer["kept"]) == ("account", USER, "0", "0") and answer["since"]
    client.expect("renamed", id=client.id, old="Somebody", name=USER, account="yes", tag=None)
    assert client.ask("/whoami")["account"] == "yes"
    other = server.connect()
    assert other.ask(f"/login {USER}")["code"] == "password-required"
    assert other.ask(f"/login {USER} {ticket}")["code"] == "wrong-secret"
    assert other.ask(f"/login {USER.upper()} {server.ticket()[1]}")["name"] == USER


@pytest.mark.requirement("N09")
def test_a_ticket_is_only_for_its_users_name(server):
    _, ticket = server.ticket()
    client = server.connect()
    assert client.ask(f"/login Batman {ticket}")["code"] == "no-such-account"
    server.operate("AddAccount", name="Batman")
    assert client.ask(f"/login Batman {ticket}")["code"] == "wrong-secret"
    assert client.ask(f"/login {USER} ticket:{'0' * 32}")["code"] == "no-such-account"
    assert client.ask(f"/login {USER} {ticket}").kind == "account"


@pytest.mark.requirement("N09")
@pytest.mark.settings(accounts__register='"invite"')
def test_needs_no_invitation(server):
    assert server.connect().ask(f"/login {USER} {server.ticket()[1]}").kind == "account"


@pytest.mark.requirement("N09")
@pytest.mark.parametrize("policy", ["off", "operator"])
def test_where_only_the_operator_adds_accounts(start_server, policy):
    server = start_server({"accounts.register": f'"{policy}"'})
    client = server.connect()
    _, ticket = server.ticket()
    assert client.ask(f"/login {USER} {ticket}")["code"] == "no-such-account"
    server.operate("AddAccount", name=USER)
    assert client.ask(f"/login {USER} {ticket}").kind == "account"     # it was not used up


@pytest.mark.requirement("N09")
@OPEN
def test_the_first_password_of_a_local_user(server):
    client = server.connect()
    assert client.ask(f"/login {USER} {server.ticket()[1]}").kind == "account"
    client.drain()
    assert client.ask("/register short")["code"] == "weak-secret"
    assert client.ask(f"/register {PASSWORD}").kind == "account"
    assert client.ask(f"/register {PASSWORD}-2")["code"] == "name-taken"
    assert server.connect().ask(f"/login {USER} {PASSWORD}").kind == "account"


@pytest.mark.requirement("N09")
@OPEN
def test_a_registered_name_of_a_local_user(server):
    """Whoever registered it: the users of this host are the operator's to choose."""
    robin = server.connect(USER)
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    assert server.connect().ask(f"/login {USER} {server.ticket()[1]}").kind == "account"
    robin.wait_for("renamed", id=robin.id)
    assert server.connect().ask(f"/login {USER} {PASSWORD}").kind == "account"


@pytest.mark.requirement("N09")
def test_a_disabled_account(server):
    assert server.connect().ask(f"/login {USER} {server.ticket()[1]}").kind == "account"
    server.operate("DisableAccount", name=USER)
    assert server.connect().ask(f"/login {USER} {server.ticket()[1]}")["code"] == "account-disabled"


@pytest.mark.requirement("N09")
def test_a_ticket_is_accepted_from_everywhere_without_tls(start_server):
    server = start_server(front="proxied")
    client = server.connect_proxied(host="192.0.2.7", tls=b"")
    client.expect("welcome")
    assert client.ask(f"/login {USER} {PASSWORD}")["code"] == "needs-tls"
    assert client.ask(f"/login {USER} {server.ticket()[1]}").kind == "account"


@pytest.mark.requirement("N09")
def test_wrong_tickets_are_throttled(server):
    client = server.connect()
    codes = [client.ask(f"/login {USER} ticket:{number:032x}")["code"] for number in range(6)]
    assert codes == ["no-such-account"] * 5 + ["too-fast"]
    assert client.ask(f"/login {USER} {server.ticket()[1]}")["code"] == "too-fast"


@pytest.mark.requirement("N09")
def test_tickets_survive_the_daemons(server):
    _, ticket = server.ticket()
    client = server.connect("Somebody")
    server.kill("acceptor", "delivery", "auth")
    assert client.ask(f"/login {USER} {ticket}").kind == "account"


@pytest.mark.requirement("N09")
def test_everybody_may_reach_the_socket(server):
    path = server.state / "login.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o666
    assert stat.S_IMODE((server.state / "auth.sock").stat().st_mode) == 0o600


@pytest.mark.requirement("N09")
def test_users_can_make_no_other_call(daemon):
    assert daemon.ticket("org.chat.Auth.Names")["error"] == "org.varlink.service.InterfaceNotFound"
    assert daemon.ticket("org.chat.Login.Dance")["error"] == "org.varlink.service.MethodNotFound"
    assert daemon.ticket(uid=0) == {"error": "org.varlink.service.InvalidParameter", "parameters": {"parameter": "uid"}}
    description = daemon.ticket("org.varlink.service.GetInterfaceDescription", interface="org.chat.Login")["parameters"]["description"]
    assert "method Ticket() -> (name: string, ticket: string)" in description
    assert daemon.ticket("org.varlink.service.GetInterfaceDescription", interface="org.chat.Auth")["error"] == "org.varlink.service.InterfaceNotFound"
    with daemon.connect() as peer:
        daemon.send(peer, "org.chat.Login.Ticket")
        assert daemon.reply(peer)["error"] == "org.varlink.service.InterfaceNotFound"


@pytest.mark.requirement("N09")
def test_unused_tickets_are_bounded(daemon):
    tickets = [daemon.ticket()["parameters"]["ticket"] for _ in range(8)]
    assert daemon.ticket() == {"error": "org.chat.Login.TooMany", "parameters": {}}
    assert daemon.login(USER, tickets[0], line(1), policy="open")["outcome"] == "ok"
    assert daemon.login(USER, tickets[0], line(1), policy="open")["outcome"] == "ok"        # the call is repeated
    assert "ticket" in daemon.ticket()["parameters"]


@pytest.mark.requirement("N09")
def test_expired_tickets(daemon):
    ticket = daemon.ticket()["parameters"]["ticket"]
    with sqlite3.connect(daemon.state / "auth.db", timeout=10) as accounts:
        assert accounts.execute("UPDATE ticket SET expires_at = expires_at - 30000000").rowcount == 1
    accounts.close()
    assert daemon.login(USER, ticket, line(1), policy="open")["outcome"] == "no-such-account"


@pytest.mark.requirement("N09")
def test_those_who_call_do_not_keep_the_acceptor_out(daemon):
    idle = [daemon.connect(daemon.login_path) for _ in range(40)]
    assert daemon.call("Names")["outcome"] == "ok"
    assert "ticket" in daemon.ticket()["parameters"]
    assert idle[0].recv(1) == b"", "the oldest has made room"
    for peer in idle:
        peer.close()


def ask_as(uid, path):
    """The reply to a call of that user."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            os.setuid(uid)
            with socket.socket(socket.AF_UNIX) as peer:
                peer.connect(str(path))
                peer.sendall(b'{"method":"org.chat.Login.Ticket"}\0')
                received = b""
                while not received.endswith(b"\0"):
                    received += peer.recv(65536)
            theirs.sendall(received)
        finally:
            os._exit(0)
    theirs.close()
    ours.settimeout(60)
    received = ours.recv(65536)
    os.waitpid(pid, 0)
    ours.close()
    return json.loads(received[:-1])


@pytest.mark.requirement("N09")
@as_root
def test_the_kernel_says_who_calls():
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o711)
        daemon = AuthDaemon(directory + "/state").start()
        try:
            os.chmod(daemon.state, 0o711)
            os.chmod(daemon.login_path, 0o666)
            games = pwd.getpwnam("games")
            assert ask_as(games.pw_uid, daemon.login_path)["parameters"]["name"] == "games"
            assert ask_as(65534, daemon.login_path)["error"] == "org.chat.Login.NoName"     # it may be anybody
            assert ask_as(54321, daemon.login_path)["error"] == "org.chat.Login.NoName"     # no such user
        finally:
            daemon.close()
