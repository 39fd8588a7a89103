"""TLS certificates that log in without a password."""
import os

import pytest
from certificates import Certificate
from chat_server import Server
from proxy_header import tls_tlv

pytestmark = [pytest.mark.sanitized]
PASSWORD = "correct-horse-battery"
ONE, OTHER = "0123456789abcdef" * 4, "fedcba9876543210" * 4


@pytest.fixture
def server(start_server):
    return start_server({"accounts.register": '"open"', "limits.max_per_address": 50, "limits.max_clients": 50}, front="proxied")


def connect(server, fingerprint="", **facts):
    """A client that speaks TLS, with a certificate if there is a fingerprint."""
    client = server.connect_proxied(fingerprint=fingerprint, **facts)
    client.welcome = client.expect("welcome")
    client.id = client.welcome["id"]
    return client


def owner(server, fingerprint=ONE):
    client = connect(server, fingerprint)
    assert client.ask("/login Robin").kind == "renamed"
    assert client.ask(f"/register {PASSWORD}").kind == "account"
    assert client.ask("/certificate add").kind == "ok"
    return client


@pytest.mark.requirement("N09")
def test_a_certificate_logs_in_without_a_password(server):
    robin = owner(server)
    assert robin.ask("/certificate add").kind == "ok"
    robin.close()
    watcher = server.connect("Watcher")
    again = connect(server, ONE)
    answer = again.ask("/login ROBIN")
    assert (answer.kind, answer["name"], answer["failed"], answer["kept"]) == ("account", "Robin", "0", "0") and answer["since"]
    again.expect("renamed", id=again.id, name="Robin", account="yes", tag=None)
    again.expect("online", id=again.id, name="Robin", account="yes")
    watcher.wait_for("online", id=again.id, account="yes")


@pytest.mark.requirement("N09")
def test_the_name_moves_to_the_session_with_the_certificate(server):
    robin, second = owner(server), connect(server, ONE)
    assert second.ask("/login Robin").kind == "account"
    given = robin.wait_for("renamed", id=robin.id, old="Robin")
    assert given.get("account") is None and robin.ask("/whoami").get("account") is None


@pytest.mark.requirement("N09")
def test_another_certificate_or_none_needs_the_password(server):
    owner(server)
    for client in (connect(server, OTHER), connect(server), server.connect()):
        for _ in range(7):      # no attempt counts as a wrong password
            assert client.ask("/login Robin")["code"] == "password-required"
        assert client.ask("/login Batman").kind == "renamed"
        assert client.ask("/login Bat").kind == "renamed"
        client.close()
    assert connect(server).ask(f"/login Robin {PASSWORD}")["failed"] == "0"


@pytest.mark.requirement("N09")
def test_a_certificate_with_a_wrong_password_is_refused(server):
    owner(server).close()
    assert connect(server, ONE).ask("/login Robin wrong-password")["code"] == "wrong-secret"


@pytest.mark.requirement("N09")
def test_a_certificate_belongs_to_one_account(server):
    owner(server)
    batman = connect(server, ONE)
    assert batman.ask("/login Batman").kind == "renamed"
    assert batman.ask(f"/register {PASSWORD}").kind == "account"
    assert batman.ask("/certificate add")["code"] == "forbidden"
    assert batman.ask("/certificate remove").kind == "ok"       # none of its own
    batman.ask("/logout")
    assert batman.ask("/login Robin").kind == "account"


@pytest.mark.requirement("N09")
def test_removed_certificates(server):
    robin = owner(server)
    assert robin.ask("/certificate remove").kind == "ok"
    assert robin.ask("/certificate remove").kind == "ok"
    assert connect(server, ONE).ask("/login Robin")["code"] == "password-required"
    assert robin.ask("/certificate add").kind == "ok"
    other = connect(server, OTHER)
    assert other.ask(f"/login Robin {PASSWORD}").kind == "account"
    assert other.ask("/certificate add").kind == "ok"
    assert other.ask("/certificate remove").kind == "ok"        # its own alone
    assert connect(server, ONE).ask("/login Robin").kind == "account"
    plain = server.connect()
    assert plain.ask(f"/login Robin {PASSWORD}").kind == "account"
    assert plain.ask("/certificate remove").kind == "ok"        # it has none: those of the account
    assert connect(server, ONE).ask("/login Robin")["code"] == "password-required"


@pytest.mark.requirement("N09")
def test_refusals(server):
    guest = connect(server, ONE)
    assert guest.ask("/certificate add")["code"] == "no-such-account"
    assert guest.ask("/certificate remove")["code"] == "no-such-account"
    for line in ("/certificate", "/certificate give", "/certificate add it"):
        assert guest.ask(line)["code"] == "bad-arguments"
    robin = owner(server)
    assert robin.ask("/CERTIFICATE ADD ").kind == "ok"
    for client in (connect(server), server.connect()):
        assert client.ask(f"/login Robin {PASSWORD}").kind == "account"
        assert client.ask("/certificate add")["code"] == "needs-tls"


@pytest.mark.requirement("N09")
def test_an_account_has_a_bounded_number(server):
    owner(server)
    codes = []
    for number in range(17):
        client = connect(server, f"{number + 1:064x}")
        assert client.ask(f"/login Robin {PASSWORD}").kind == "account"
        codes.append(client.ask("/certificate add").get("code"))
        client.close()
    assert codes == [None] * 15 + ["forbidden"] * 2


@pytest.mark.requirement("N09")
def test_a_reset_takes_the_account_away_from_its_certificates(server):
    owner(server).close()
    token = server.operate("ResetAccount", name="Robin")["token"]
    client = connect(server, ONE)
    assert client.ask(f"/reset Robin {token} better-horse-battery").kind == "ok"
    assert client.ask("/login Robin")["code"] == "password-required"


@pytest.mark.requirement("N09")
def test_a_disabled_account(server):
    owner(server).close()
    server.operate("DisableAccount", name="Robin")
    assert connect(server, ONE).ask("/login Robin")["code"] == "account-disabled"


@pytest.mark.requirement("N09")
def test_certificates_outlive_the_daemons(server):
    robin = owner(server)
    server.kill("acceptor", "delivery", "auth")
    assert robin.ask("/whoami")["account"] == "yes"
    first = connect(server, ONE)        # nobody has asked for the names yet
    assert first.ask("/login Robin").kind == "account"
    server.kill("acceptor")
    assert connect(server, OTHER).ask("/login Batman").kind == "renamed"


@pytest.mark.requirement("N09")
def test_the_name_of_a_certificate_proves_nothing(server):
    owner(server).close()
    assert connect(server, OTHER, tls=tls_tlv("Robin")).ask("/login Robin")["code"] == "password-required"


@pytest.mark.requirement("N09")
@pytest.mark.skipif(not os.access("/usr/sbin/haproxy", os.X_OK), reason="needs HAProxy (Debian: haproxy)")
def test_a_certificate_over_tls(start_server, tmp_path):
    server: Server = start_server({"accounts.register": '"open"'}, front="tls")
    context = server.tls_context()
    context.load_cert_chain(Certificate(tmp_path, "robin").path)
    robin = server.connect_tls("Robin", context)
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    assert robin.ask("/certificate add").kind == "ok"
    robin.close()
    again = server.connect_tls(context=context)
    assert again.ask("/login Robin").kind == "account"
    assert server.connect_tls().ask("/login Robin")["code"] == "password-required"
