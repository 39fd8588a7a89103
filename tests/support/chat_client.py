"""The tests' client: speaks the protocol over one TCP connection and reads the answers line by line, with deadlines."""
import fcntl
import select
import socket
import struct
import termios
from collections import deque

from deadline import PATIENCE, Deadline
from wire import parse


class Client:
    def __init__(self, port, receive_buffer=None, max_line=4096, source=None, context=None, host="127.0.0.1"):
        """Connects. `receive_buffer` in bytes makes the kernel hold little for a client that does not read; `source` is
        the address to connect from, such as 127.0.0.2; `context`: speak TLS with this ssl.SSLContext."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect((host, port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.address = "%s:%d" % self.socket.getsockname()
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname=host)
        self.longest_line = max_line + 512
        self.buffer = bytearray()
        self.lines = deque()        # read ahead, not yet returned
        self.tags = set()           # the tags that it has sent
        self.tag_number = 0
        self.welcome = None
        self.id = None
        self.name = None

    # ── bytes ──
    def raw(self, data):
        self.socket.sendall(data)

    def read_bytes(self, count):
        """The next `count` bytes as received; only before any line was read ahead."""
        assert not self.lines
        deadline = Deadline()
        while len(self.buffer) < count:
            assert self._receive(deadline), f"end of stream after {bytes(self.buffer)!r}"
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def read_all(self):
        """Everything up to the end of the stream."""
        deadline = Deadline()
        while self._receive(deadline):
            pass
        data, self.buffer = bytes(self.buffer), bytearray()
        return data

    def _receive(self, deadline):
        self.socket.settimeout(deadline.left() or 0.001)
        try:
            data = self.socket.recv(1 << 18)
        except socket.timeout:
            raise AssertionError(f"{self.name}: nothing came within the deadline; unread so far: {bytes(self.buffer)!r}") from None
        self.buffer += data
        return bool(data)

    # ── lines ──
    def send(self, line):
        """Sends one line; str or bytes, without its line end."""
        self.raw((line.encode() if isinstance(line, str) else line) + b"\n")

    def read(self, seconds=PATIENCE):
        """The next line. Fails at the end of the stream, at the deadline and on a malformed line."""
        if self.lines:
            return self.lines.popleft()
        return self._read_from_socket(Deadline(seconds))

    def _read_from_socket(self, deadline):
        while (end := self.buffer.find(b"\n")) < 0:
            assert len(self.buffer) < self.longest_line, "the server sends a line that is too long"
            assert self._receive(deadline), f"{self.name}: end of stream, wanted a line; unread: {bytes(self.buffer)!r}"
        raw = bytes(self.buffer[:end + 1])
        del self.buffer[:end + 1]
        assert len(raw) <= self.longest_line, "the server sent a line that is too long"
        line = parse(raw)
        assert line.tag is None or line.tag in self.tags, f"a tag that this client never sent: {line}"
        return line

    def expect(self, kind, text=None, **fields):
        """The next line, which must be this one. A field called `from` is passed as `from_`; None means that it must be
        absent."""
        line = self.read()
        check(line, kind, text, fields)
        return line

    def wait_for(self, kind, seconds=PATIENCE, **fields):
        """The next line of this kind with these fields, whatever comes before it."""
        deadline = Deadline(seconds)
        while True:
            line = self.read(deadline.left())
            if line.kind == kind and all(line.get(key.rstrip("_")) == str(value) for key, value in fields.items()):
                return line

    def expect_end(self):
        """The end of the stream, without a reset and with nothing before it."""
        assert not self.lines, f"unexpected: {list(self.lines)}"
        assert not self._receive(Deadline()), f"unexpected: {bytes(self.buffer)!r}"

    def expect_nothing(self):
        """Nothing has arrived or is on its way: anything that the server sent before would precede the answer to this
        probe."""
        tag = self.tagged("/echo probe")
        self.expect("echo", "probe", tag=tag)

    def tagged(self, command):
        """Sends the command with a new tag and returns the tag."""
        self.tag_number += 1
        tag = f"t{self.tag_number}"
        self.tags.add(tag)
        self.send(f"@{tag} ".encode() + (command.encode() if isinstance(command, str) else command))
        return tag

    def ask(self, command):
        """Sends the command with a tag and returns the one line that answers it; other lines remain to be read."""
        return self.answer(self.tagged(command))

    def answer(self, tag, seconds=PATIENCE):
        """The one line that answers the command with this tag; other lines remain to be read."""
        return self._answer(tag, lambda line: True, seconds)[0]

    def listing(self, command):
        """Like ask(), for a command that answers with lines up to `end`: returns (lines before it, the `end` line)."""
        *lines, end = self._answer(self.tagged(command), lambda line: line.kind in ("end", "error"))
        return lines, end

    def _answer(self, tag, is_last, seconds=PATIENCE):
        deadline, answer, others = Deadline(seconds), [], []
        while not answer or not is_last(answer[-1]):
            line = self.read(deadline.left())
            (answer if line.tag == tag else others).append(line)
        self.lines.extendleft(reversed(others))
        return answer

    def drain(self):
        """Reads and returns all lines up to the answer to a probe sent now."""
        tag, lines = self.tagged("/echo drain"), []
        while (line := self.read()).tag != tag:
            lines.append(line)
        return lines

    def readable(self, seconds=0.0):
        return bool(self.lines or self.buffer or select.select([self.socket], [], [], seconds)[0])

    # ── leaving ──
    def unacknowledged(self):
        """Bytes that the server's side has not acknowledged yet."""
        return struct.unpack("i", fcntl.ioctl(self.socket, termios.TIOCOUTQ, bytes(4)))[0]

    def reset(self):
        """Ends with a RST, as a crashed machine's peer would see it."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self):
        self.socket.close()


def check(line, kind, text, fields):
    assert line.kind == kind, f"wanted {kind} {fields}, got {line}"
    assert text is None or line.text == text, f"wanted the text {text!r}, got {line}"
    for key, value in fields.items():
        got = line.get(key.rstrip("_"))
        assert got == (None if value is None else str(value)), f"wanted {key}={value}, got {line}"
