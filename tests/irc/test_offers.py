"""Capabilities that come and go: a reload changes what is offered, and those who asked for cap-notify learn of it."""
import os
import signal

import pytest
from deadline import wait_until
from irc_client import OFFERED, IrcClient, commands, connect_irc

pytestmark = [pytest.mark.sanitized]


class Configured:
    def __init__(self, start_server, directory):
        self.file = directory / "chat.toml"
        self.write(False)
        self.server = start_server({"limits.queue_mib": None, "accounts.register": '"open"'}, config=self.file, front="proxied")

    def write(self, plaintext):
        self.file.write_text(f"[accounts]\nplaintext = {str(plaintext).lower()}\n", encoding="utf-8")

    def allow_plaintext(self, plaintext):
        self.write(plaintext)
        before = self.server.text().count("Configuration reloaded")
        os.kill(self.server.acceptor_pid(), signal.SIGHUP)
        wait_until(lambda: self.server.text().count("Configuration reloaded") > before, "the configuration was read again")

    def connect_from_elsewhere(self, nick, *lines):
        """Without TLS, and not from this host."""
        client = IrcClient(self.server.port + 4)
        self.server.clients.append(client)
        client.raw(self.server.proxy_header(tls=b""))
        client.ask(*lines)
        client.register(nick)
        client.ask("CAP END")
        return client


@pytest.fixture
def configured(start_server, tmp_path):
    return Configured(start_server, tmp_path)


def test_a_reload_offers_a_capability_and_takes_it_back(configured):
    alice = configured.connect_from_elsewhere("alice", "CAP LS 302")
    asked, plain = configured.connect_from_elsewhere("asked", "CAP REQ :cap-notify"), configured.connect_from_elsewhere("plain", "CAP LS")
    local = connect_irc(configured.server)
    local.ask("CAP LS 302", "NICK local", "USER u 0 * :r", "CAP END")
    configured.allow_plaintext(True)
    for client in (alice, asked):
        assert client.wait_for("CAP").params == [client.nick, "NEW", "draft/account-registration=before-connect sasl=PLAIN,EXTERNAL"]
    assert alice.ask("CAP REQ :sasl")[0].params[1] == "ACK"
    configured.allow_plaintext(False)
    assert alice.wait_for("CAP").params == ["alice", "DEL", "draft/account-registration sasl"]
    assert [line.params[1:] for line in alice.ask("CAP LIST", "CAP REQ :sasl")] == [["LIST", "cap-notify"], ["NAK", "sasl"]]
    assert plain.drain() == [] and local.drain() == []


@pytest.mark.parametrize("killed", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_a_change_is_told_once_whatever_dies(configured, killed):
    alice = configured.connect_from_elsewhere("alice", "CAP LS 302")
    configured.write(True)
    configured.server.kill("acceptor")      # it reads the file when it starts
    assert alice.wait_for("CAP").params[1:] == ["NEW", "draft/account-registration=before-connect sasl=PLAIN,EXTERNAL"]
    configured.server.kill(*killed)
    assert alice.drain() == []
    assert commands(alice.ask("CAP REQ :sasl")) == ["CAP"]


@pytest.mark.settings(irc__server_name='"' + 58 * "a" + '.test"')
def test_a_list_takes_as_many_lines_as_it_needs(server):
    client = connect_irc(server, "a-nick-as-long-as-a-nick-can-be-")
    lines = client.ask("CAP LS 302")
    assert len(lines) > 1
    assert [line.params[1:-1] for line in lines] == [["LS", "*"]] * (len(lines) - 1) + [["LS"]]
    assert [word for line in lines for word in line.params[-1].split()] == OFFERED.split()
    [line] = client.ask("CAP LS")       # of which others understand one line only
    assert line.params[1:-1] == ["LS"] and line.params[-1].split() == [word.partition("=")[0] for word in OFFERED.split()]
