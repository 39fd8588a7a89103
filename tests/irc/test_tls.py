"""IRC over TLS: HAProxy in front, as for native clients."""
import os

import pytest
from certificates import Certificate
from irc_client import commands, connect_irc

pytestmark = pytest.mark.skipif(not os.access("/usr/sbin/haproxy", os.X_OK), reason="needs HAProxy (Debian: haproxy)")


@pytest.fixture
def server(start_server):
    return start_server({"limits.max_clients": 30}, front="tls")


@pytest.mark.requirement("N08", "N14")
def test_clients_with_and_without_tls_share_a_channel(server):
    alice, bob = connect_irc(server, "alice", context=server.tls_context()), connect_irc(server, "bob")
    for client in (alice, bob):
        client.ask("JOIN #films")
    assert "671" in commands(bob.ask("WHOIS alice")) and "671" not in commands(alice.ask("WHOIS bob"))
    alice.drain()
    bob.send("PRIVMSG #films :hello")
    assert alice.read().params == ["#films", "hello"]
    alice.send("QUIT :so long")
    alice.expect(r"ERROR :Closing Link: alice \(Quit: so long\)")
    alice.expect_end()


@pytest.mark.requirement("N08", "N14")
def test_the_address_and_the_certificate_are_those_of_the_client(server, tmp_path):
    robin, context = Certificate(tmp_path, "robin"), server.tls_context()
    context.load_cert_chain(robin.path)
    context.set_alpn_protocols(["irc"])
    client = connect_irc(server, "Robin", context=context)
    assert client.socket.selected_alpn_protocol() == "irc"
    [row] = server.connected()
    assert (row["peer"], row["dialect"]) == ("{}:{}".format(*client.socket.getsockname()), "irc")
    assert row["tls"] == {"fingerprint": robin.fingerprint}


@pytest.mark.requirement("N08", "N14", "N15")
@pytest.mark.parametrize("killed", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_nobody_notices_the_death_of_the_daemons(server, killed):
    alice, bob = connect_irc(server, "alice", context=server.tls_context()), connect_irc(server, "bob")
    for number in range(5):
        alice.send(f"PRIVMSG bob :{number}")
        server.kill(*killed)
    alice.drain()
    assert [line.params[1] for line in bob.drain()] == [str(number) for number in range(5)]
