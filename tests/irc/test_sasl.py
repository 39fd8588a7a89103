"""SASL: messages in several lines, after the registration, and what does not succeed."""
import base64

import pytest
from irc_client import after_source, commands, connect_irc, meet

LONG = "correct-horse-" * 30        # 420 bytes: more than one line of AUTHENTICATE takes
EVEN = "x" * (300 - len("\0Batman\0"))      # a message of exactly 400 bytes of base64
pytestmark = [pytest.mark.sanitized, pytest.mark.settings(accounts__register='"open"')]


def chunks_of(name, secret):
    """Lines of AUTHENTICATE, the last of which has less than 400 bytes."""
    text = base64.b64encode(f"\0{name}\0{secret}".encode()).decode()
    return [f"AUTHENTICATE {text[at:at + 400] or '+'}" for at in range(0, len(text) + 1, 400)]


def register(server, secret, name="Batman"):
    client = server.connect(name)
    assert client.ask(f"/register {secret}").kind == "account"
    client.send("/quit")
    client.wait_for("bye")


def start(server, nick="Batman"):
    client = connect_irc(server)
    client.ask("CAP REQ :sasl", f"NICK {nick}", "USER u 0 * :r")
    assert after_source(client.ask("AUTHENTICATE PLAIN")) == ["AUTHENTICATE +"]
    return client


@pytest.mark.parametrize("secret", [LONG, EVEN, "x" * 512], ids=["two lines", "one full line", "the longest"])
def test_a_long_message_comes_in_several_lines(server, secret):
    register(server, secret)
    client, lines = start(server), chunks_of("Batman", secret)
    assert len(lines) == 2 and (secret != EVEN or lines[-1] == "AUTHENTICATE +")
    for line in lines[:-1]:
        client.send(line)
    assert commands(client.ask(lines[-1])) == ["900", "903"]
    assert client.ask("CAP END")[0].params[0] == "Batman"


def test_a_message_without_an_end_is_refused_by_the_next_command(server):
    register(server, LONG)
    client, (first, last) = start(server), chunks_of("Batman", LONG)
    assert commands(client.ask(first)) == ["904"]       # PING came instead
    assert commands(client.ask("AUTHENTICATE PLAIN", first, "AUTHENTICATE *")) == ["AUTHENTICATE", "906"]
    assert commands(client.ask("AUTHENTICATE PLAIN", first, first, first)) == ["AUTHENTICATE", "904"]
    assert commands(client.ask("AUTHENTICATE PLAIN", "AUTHENTICATE " + 401 * "A")) == ["AUTHENTICATE", "905"]
    assert commands(client.ask("AUTHENTICATE PLAIN", first, last)) == ["AUTHENTICATE", "900", "903"]


@pytest.mark.parametrize("rest", [8192 * b"A", 8192 * b"\n", b"@" + 4000 * b"t" + b" AUTHENTICATE AAAA\r\n" + 200 * b"\n"], ids=["no end of a line", "blank lines", "long tags"])
def test_what_has_no_end_is_given_up(server, rest):
    """Otherwise the inbox would be full, and the client would never get another turn."""
    client = start(server)
    client.raw(chunks_of("Batman", LONG)[0].encode() + b"\r\n" + rest)
    client.wait_for("904")
    client.send("", "PING alive")
    client.wait_for("PONG")


def test_who_leaves_in_the_middle_of_a_message_is_gone(server):
    client = start(server)
    client.send(chunks_of("Batman", LONG)[0])
    client.socket.shutdown(1)
    client.wait_for("ERROR")
    client.expect_end()


@pytest.mark.parametrize("killed", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_a_message_in_several_lines_survives_the_death_of_the_daemons(server, killed):
    register(server, LONG)
    client, (first, last) = start(server), chunks_of("Batman", LONG)
    client.send(first)
    server.kill(*killed)
    client.send(last[:100])
    server.kill(*killed)
    assert commands(client.drain()) == ["904"]
    client.send("AUTHENTICATE PLAIN", first)
    server.kill(*killed)
    client.send(last)
    assert commands(client.drain()) == ["AUTHENTICATE", "900", "903"]


def test_no_line_of_a_long_secret_stays_in_shared_memory(server):
    register(server, LONG)
    client = start(server)
    lines = chunks_of("Batman", LONG)
    assert commands(client.ask(*lines)) == ["900", "903"]
    memory = server.segment.read_bytes()
    assert not any(line[20:60].encode() in memory for line in lines)


def test_a_client_logs_in_after_its_registration(server):
    register(server, LONG)
    bob, client = connect_irc(server, "bob"), connect_irc(server, "somebody")
    robin = server.connect("Robin")
    assert robin.ask("/send Batman are you there?").kind == "kept"
    meet(bob, client)
    client.ask("CAP REQ :sasl")
    lines = client.ask("AUTHENTICATE PLAIN", *chunks_of("Batman", LONG))
    assert commands(lines) == ["AUTHENTICATE", "900", "903", "NICK", "PRIVMSG"] and lines[-1].params[-1] == "are you there?"
    assert [line.raw.partition(" ")[2] for line in bob.drain()] == ["NICK :Batman"]
    assert commands(client.ask("AUTHENTICATE PLAIN")) == ["907"]
    assert [line.params[1:3] for line in bob.ask("WHOIS Batman") if line.command == "330"] == [["Batman", "Batman"]]


def test_a_failed_login_after_the_registration_changes_nothing(server):
    register(server, LONG)
    client = connect_irc(server, "somebody")
    for answer in ("AUTHENTICATE " + base64.b64encode(b"\0Batman\0wrong-horse").decode(), "AUTHENTICATE " + base64.b64encode(b"\0Batman\0a\0b").decode()):
        assert commands(client.ask("AUTHENTICATE PLAIN", answer)) == ["AUTHENTICATE", "904"]
    assert commands(client.ask("AUTHENTICATE PLAIN", "AUTHENTICATE *", "AUTHENTICATE NONSENSE")) == ["AUTHENTICATE", "906", "908", "904"]
    assert "330" not in commands(client.ask("WHOIS somebody"))
    assert commands(client.ask("AUTHENTICATE PLAIN", *chunks_of("Batman", LONG))) == ["AUTHENTICATE", "900", "903", "NICK"]
