"""People on a stage: clients with fixed roles that act together once, and a transcript of everything that each was
sent.

Transcripts of different performances are compared, so values that always differ (ids, assigned names, times) are
replaced by what they stand for.
"""
import re
import select
import socket
import struct
import time

PATIENCE = 60.0         # seconds; a passing test never waits this long, however busy the machine is
END_OF_STREAM, RESET = "(end of stream)", "(reset)"
IRC = 1667              # from the port of a server to that of IRC
NUMBERED = {"ok", "message", "undelivered", "kept"}     # kinds whose id is that of a message


class Missed(AssertionError):
    """Something expected did not arrive."""


class Actor:
    """One client. What it was sent, line by line, is in `lines`; the end of the connection is an entry of its own."""

    speaks_irc = False

    def __init__(self, role, port, small_buffer, begin=()):
        """`begin`: pieces that it sends first."""
        self.role = role
        self.lines, self.rest, self.cursor, self.reading = [], b"", 0, True
        self.ended = False
        self.socket = socket.socket()
        if small_buffer:        # so that the kernel holds little for a client that does not read
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.id = self.name = None
        for piece in begin:
            self.send(piece)

    def send(self, data):
        """Sends: a str as a line, bytes as they are."""
        self.socket.sendall(data if isinstance(data, bytes) else data.encode() + b"\n")

    def receive(self):
        try:
            data = self.socket.recv(1 << 18, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except ConnectionError:
            return self._end(RESET)
        if not data:
            return self._end(END_OF_STREAM)
        *lines, self.rest = (self.rest + data).split(b"\n")
        self.lines += [shortened(line.decode().removesuffix("\r")) for line in lines]

    def _end(self, how):
        if self.rest:
            self.lines.append(f"(half a line: {self.rest[:80]!r})")
        self.lines.append(how)
        self.socket.close()
        self.ended = True

    def end_sending(self):
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self):
        """Ends with a reset, like a machine that crashed. What it was sent by then belongs to the transcript."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()
        self.ended = True

    def of_kind(self, kind):
        return [line for line in self.lines if line.split(" ", 1)[0] == kind]


class IrcActor(Actor):
    speaks_irc = True


def shortened(line):
    return line if len(line) < 500 else f"{line[:160]}… {len(line)} characters"


class Stage:
    def __init__(self, theatre):
        self.theatre = theatre
        self.actors = {}
        self.unwelcomed = 0         # connections that ended before the server had said anything

    # ── acting ──
    def connect(self, role, name=None, small_buffer=False):
        """A new client, which is welcomed; with a name, it logs in and everyone present is notified."""
        [actor] = self.connect_together(role, small_buffer=small_buffer)
        if name:
            actor.send(f"@enter /login {name}")
            self.expect_all(f"online id={actor.id} name={name}")
        return actor

    def connect_together(self, *roles, small_buffer=False, headers=None):
        """New clients that connect at the same time. Returns them when all are welcomed (or refused). `headers`: they
        come from a TLS terminator, and begin with these pieces."""
        def connect(role):
            port = self.theatre.port + (2 if headers else 0)
            return Actor(role, port, small_buffer, headers or ())
        unwelcomed = {role: connect(role) for role in roles}
        while unwelcomed:
            self.until(lambda: any(actor.lines for actor in unwelcomed.values()), f"{' or '.join(unwelcomed)} is welcomed", unwelcomed.values())
            for role, actor in list(unwelcomed.items()):
                if not actor.lines:
                    continue
                if actor.lines[0] not in (END_OF_STREAM, RESET):
                    self.actors[role] = unwelcomed.pop(role)
                    if match := re.match(r"welcome id=(\d+) name=(\S+)", actor.lines[0]):
                        actor.id, actor.name = match.groups()
                    continue
                unwelcomed[role] = connect(role)
                self.unwelcomed += 1
                assert self.unwelcomed < 10, "nobody is let in"
        return [self.actors[role] for role in roles]

    def connect_irc(self, role, nick=None, small_buffer=False):
        """A new IRC client, which has asked for the capabilities; with a nick, it registers, and all native clients are
        notified."""
        while True:
            actor = IrcActor(role, self.theatre.port + IRC, small_buffer, ["CAP LS 302"])
            self.until(lambda actor=actor: actor.lines, f"{role} is answered", [actor])
            if actor.lines[0] not in (END_OF_STREAM, RESET):
                break
            self.unwelcomed += 1
            assert self.unwelcomed < 10, "nobody is let in"
        self.actors[role] = actor
        if nick:
            actor.send(f"NICK {nick}\nUSER user 0 * :Real Name\nCAP END")
            self.expect_registered(actor, nick)
        return actor

    def expect_registered(self, actor, nick):
        self.expect_line(actor, rf"\S+ 221 {nick} \+")
        for native in self.natives():
            line = self.expect(native, f"online name={nick}")
        actor.id, actor.name = re.search(r" id=(\d+)", line)[1], nick

    def present(self):
        return [actor for actor in self.actors.values() if not actor.ended and actor.reading]

    def natives(self):
        return [actor for actor in self.present() if not actor.speaks_irc]

    def expect(self, actor, wanted):
        """Waits for the actor's next line of this kind and with these fields, after those already waited for. Returns
        it."""
        kind, *fields = wanted.split()
        found = []

        def look():
            while actor.cursor < len(actor.lines) and not found:
                line = actor.lines[actor.cursor]
                actor.cursor += 1
                first, *rest = line.split(" :")[0].split(" ")
                if first == kind and set(fields) <= set(rest):
                    found.append(line)
            return found

        self.until(look, f"{actor.role} receives {wanted!r}")
        return found[0]

    def expect_line(self, actor, pattern):
        """Waits for the actor's next line that matches all of this regular expression. Returns it."""
        found = []

        def look():
            while actor.cursor < len(actor.lines) and not found:
                line = actor.lines[actor.cursor]
                actor.cursor += 1
                if re.fullmatch(pattern, line):
                    found.append(line)
            return found

        self.until(look, f"{actor.role} receives {pattern!r}")
        return found[0]

    def expect_all(self, wanted, but=()):
        """Every native client."""
        for actor in self.natives():
            if actor not in but:
                self.expect(actor, wanted)

    def expect_end(self, actor):
        """Waits for the end of the actor's connection."""
        self.until(lambda: actor.ended, f"the connection of {actor.role} ends")

    def settle(self, word):
        """Waits until everyone present has received everything that earlier acts caused."""
        for actor in self.present():
            actor.send(f"PING {word}" if actor.speaks_irc else f"@{word} /echo {word}")
        self.expect_all(f"echo tag={word}")
        for actor in self.present():
            if actor.speaks_irc:
                self.expect_line(actor, rf"\S+ PONG \S+ :{word}")

    def until(self, condition, what, newcomers=(), meanwhile=None):
        """Reads from everyone until the condition is true. `meanwhile` is called ten times a second until then."""
        begin = time.monotonic()
        while not condition():
            listening = {actor.socket: actor for actor in [*self.present(), *newcomers]}
            left = begin + PATIENCE - time.monotonic()
            if left <= 0:
                received = "\n".join(f"  {actor.role}: {actor.lines[-6:]}" for actor in self.actors.values())
                raise Missed(f"timed out after {PATIENCE:g} s waiting until {what}; the last lines that each received:\n{received}")
            if meanwhile:
                meanwhile()
                left = min(left, 0.1)
            for ready in select.select(list(listening), [], [], left)[0]:
                listening[ready].receive()

    def disconnect_others(self, keep):
        """All but `keep` leave, and everyone sees them leave."""
        for actor in [actor for actor in self.present() if actor is not keep]:
            actor.send("QUIT" if actor.speaks_irc else "@leave /quit")
            self.expect_end(actor)
            if actor.id:
                self.expect_all(f"offline id={actor.id}")


