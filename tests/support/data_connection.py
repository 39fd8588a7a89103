"""A client's second connection, which carries the bytes of files; sending and fetching files, step by step or in one
call."""
import hashlib
import re
import socket

from deadline import PATIENCE

GO_UP = re.compile(rb"go offset=(\d+)\n")
GO_DOWN = re.compile(rb"go offset=(\d+) size=(\d+)\n")


def size_of(server, answer):
    """How much of an upload has come."""
    path = server.state / "files" / answer["file"]
    return path.stat().st_size if path.exists() else 0


class DataConnection:
    """Connects to the data port and sends one line. `context`: over TLS, with this ssl.SSLContext."""

    def __init__(self, port, line=None, context=None):
        self.socket = socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="127.0.0.1")
        self.rest = b""
        if line is not None:
            self.send(line.encode() + b"\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        """The next line with its LF; if the stream ends first, what came before the end."""
        while b"\n" not in self.rest and (data := self.socket.recv(1 << 16)):
            self.rest += data
        end = self.rest.find(b"\n") + 1 or len(self.rest)
        line, self.rest = self.rest[:end], self.rest[end:]
        return line

    def bytes(self, count):
        """Exactly `count` bytes, or fewer if the stream ends."""
        pieces, got = [self.rest], len(self.rest)
        while got < count and (data := self.socket.recv(min(count - got, 1 << 20))):
            pieces.append(data)
            got += len(data)
        data = b"".join(pieces)
        self.rest = data[count:]
        return data[:count]

    def error(self):
        """The code of the error that comes next, after which the stream ends."""
        match = re.fullmatch(rb"error code=([a-z-]+) :[^\n]+\n", line := self.line())
        assert match, f"wanted an error, got {line!r}"
        assert self.line() == b"", "something after the error"
        return match[1].decode()

    def ends(self):
        """The end of the stream, without a reset."""
        assert self.line() == b""

    # ── uploading ──
    def upload_offset(self):
        """The offset from which the server wants the bytes."""
        match = GO_UP.fullmatch(line := self.line())
        assert match, f"wanted `go`, got {line!r}"
        return int(match[1])

    # ── downloading ──
    def download_range(self):
        """The (offset, size) of the bytes that follow."""
        match = GO_DOWN.fullmatch(line := self.line())
        assert match, f"wanted `go`, got {line!r}"
        return int(match[1]), int(match[2])


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def offer(sender, target, content, name="notes.txt", size=None, digest=None):
    """Asks to send a file; returns the answer, `upload` or `error`."""
    return sender.ask(f"/sendfile {target} {len(content) if size is None else size} {digest or sha256(content)} {name}")


def upload(answer, content, offset=0, context=None, receipts=False):
    """Sends all of it and returns the server's final line."""
    with DataConnection(answer["port"], f"/upload {answer['ticket']} {offset}{' receipts' if receipts else ''}", context) as connection:
        start = connection.upload_offset()
        assert start <= offset
        connection.send(content[start:])
        line = connection.line()
        connection.ends()
        return line


def stored(answer, content):
    return f"stored file={answer['file']} size={len(content)} sha256={sha256(content)}\n".encode()


def download(line, offset=0, answer=b"/done\n", context=None):
    """Fetches what a `file` line offers and confirms it; returns the bytes from `offset` on."""
    with DataConnection(line["port"], f"/download {line['ticket']} {offset}", context) as connection:
        start, size = connection.download_range()
        assert (start, size) == (offset, int(line["size"]))
        content = connection.bytes(size - start)
        connection.send(answer)
        connection.ends()
        return content


def send_file(sender, target, content, name="notes.txt", receipts=False):
    """Offers and uploads; returns the answer to /sendfile."""
    answer = offer(sender, target, content, name)
    assert answer.kind == "upload", answer
    assert upload(answer, content, receipts=receipts) == stored(answer, content)
    return answer


def decline(line):
    """Declines what a `file` line offers; returns the server's answer."""
    with DataConnection(line["port"], f"/decline {line['ticket']}") as connection:
        answer = connection.line()
        connection.ends()
        return answer


def refused(port, line):
    """The code of the error that answers this line."""
    with DataConnection(port, line) as connection:
        return connection.error()


def spool(server):
    """The names of the files that the server holds for delivery."""
    directory = server.state / "files"
    return sorted(path.name for path in directory.iterdir()) if directory.exists() else []
