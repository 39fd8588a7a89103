"""The tests' IRC client: one connection, lines in and out, with deadlines."""
import re
import socket
from collections import deque

from deadline import PATIENCE, Deadline

IRC, IRC_TLS = 1667, 1697   # from the port of a server to that of IRC, without and with TLS


# What a client is offered that asks with CAP LS 302.
OFFERED = ("account-notify account-tag away-notify batch cap-notify draft/chathistory draft/event-playback draft/message-redaction "
           "draft/metadata-3=before-connect,max-subs=12,max-keys=12,max-value-bytes=300 draft/multiline=max-bytes=4096,max-lines=24 draft/read-marker echo-message "
           "extended-join extended-monitor invite-notify labeled-response message-tags multi-prefix sasl=PLAIN,EXTERNAL server-time setname standard-replies userhost-in-names")

# The same where anybody may register a name.
OFFERED_OPEN = OFFERED.replace("draft/chathistory", "draft/account-registration=before-connect draft/chathistory")


class Line:
    """One line from the server: source, command and parameters."""

    def __init__(self, raw):
        self.raw = raw
        match = re.fullmatch(r"(?:@(?P<tags>\S+) )?(?::(?P<source>\S+) )?(?P<command>\S+)(?P<rest>.*)", raw, re.DOTALL)
        self.tags = dict(tag.partition("=")[::2] for tag in (match["tags"] or "").split(";") if tag)
        self.source, self.command = match["source"], match["command"]
        rest, separator, trailing = match["rest"].partition(" :")
        self.params = rest.split() + ([trailing] if separator else [])

    @property
    def nick(self):
        return self.source.partition("!")[0]

    def __repr__(self):
        return repr(self.raw)


class IrcClient:
    def __init__(self, port, source=None, context=None):
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.buffer, self.lines, self.probes, self.nick = bytearray(), deque(), 0, None

    def raw(self, data):
        self.socket.sendall(data)

    def send(self, *lines):
        self.raw("".join(line + "\r\n" for line in lines).encode())

    def read(self):
        """The next line."""
        deadline = Deadline()
        while (end := self.buffer.find(b"\r\n")) < 0:
            assert self._receive(deadline), f"{self.nick}: end of stream; unread: {bytes(self.buffer)!r}"
        raw = bytes(self.buffer[:end])
        del self.buffer[:end + 2]
        body = raw.partition(b" ")[2] if raw.startswith(b"@") else raw
        assert len(body) <= 510 and len(raw) - len(body) <= 8191 and b"\n" not in raw, raw
        return Line(raw.decode())

    def _receive(self, deadline):
        self.socket.settimeout(deadline.left() or 0.001)
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout:
            raise AssertionError(f"{self.nick}: nothing came within the deadline; unread so far: {bytes(self.buffer)!r}") from None
        self.buffer += data
        return bool(data)

    def expect(self, wanted):
        """The next line, which must match this regular expression, in which :S stands for the server."""
        line = self.read()
        assert re.fullmatch(wanted.replace(":S ", r":[\w.-]+ "), line.raw), f"{self.nick}: wanted {wanted}, not {line}"
        return line

    def wait_for(self, command, *params):
        """The next line with this command and these first parameters, whatever comes before it."""
        while True:
            line = self.read()
            if line.command == command and line.params[:len(params)] == list(params):
                return line

    def drain(self):
        """All lines up to the answer to a PING sent now."""
        self.probes += 1
        word, lines = f"probe{self.probes}", []
        self.send(f"PING {word}")
        while (line := self.read()).command != "PONG" or line.params[-1] != word:
            lines.append(line)
        return lines

    def ask(self, *lines):
        """The lines that answer these."""
        self.send(*lines)
        return self.drain()

    def expect_end(self):
        assert not self.buffer and not self._receive(Deadline()), f"unexpected: {bytes(self.buffer)!r}"

    def register(self, nick):
        """Returns the lines of the greeting."""
        self.nick = nick
        return self.ask(f"NICK {nick}", "USER user 0 * :Real Name")

    def close(self):
        self.socket.close()


def connect_irc(server, nick=None, **options):
    """A new connection; with a nick, it is registered."""
    client = IrcClient(server.port + (IRC_TLS if options.get("context") else IRC), **options)
    server.clients.append(client)
    if nick:
        greeting = client.register(nick)
        assert [line.command for line in greeting[:4]] == ["001", "002", "003", "004"], greeting
    return client


def connect_with(server, nick, capabilities):
    """A registered client that has asked for these capabilities and has been given them."""
    client = connect_irc(server)
    assert client.ask(f"CAP REQ :{capabilities}")[0].params[1] == "ACK"
    client.register(nick)
    client.ask("CAP END")
    return client


def commands(lines):
    return [line.command for line in lines]


def after_source(lines):
    return [line.raw.partition(" ")[2] for line in lines]


def meet(*clients, room="#cave"):
    """They join the channel, the first of them as its operator if it opens it."""
    for client in clients:
        client.ask(f"JOIN {room}")
    for client in clients:
        client.drain()


def members(server, *nicks, channel="#films"):
    """IRC clients in a channel that the first of them has opened."""
    clients = [connect_irc(server, nick) for nick in nicks]
    meet(*clients, room=channel)
    return clients
