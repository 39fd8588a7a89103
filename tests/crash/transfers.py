"""Files on the stage: sent and fetched while a daemon dies at any step, by clients that retry with their tickets as the
protocol allows."""
import re
import socket
import time

CONTENT = bytes(range(256)) * 1200      # more than one piece of a transfer
PATIENCE = 60.0
GO = re.compile(rb"go offset=(\d+)( size=\d+)?\n")


def fields_of(line):
    return dict(pair.split("=", 1) for pair in line.split(" :")[0].split(" ")[1:])


def until_done(attempt):
    """Retries; returns the result of the first attempt that was not interrupted."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if (result := attempt()) is not None:
                return result
        except OSError:
            pass
        time.sleep(0.02)
    raise AssertionError("a transfer does not come to its end")


def read_line(stream):
    line = stream.readline(200)
    return line if line.endswith(b"\n") else None


def connect(port, line):
    connection = socket.create_connection(("127.0.0.1", int(port)), timeout=PATIENCE)
    connection.sendall(line.encode() + b"\n")
    return connection


class Uploading:
    """An upload that resumes where it was interrupted, as often as necessary."""

    def __init__(self, line, content, wish=""):
        """With the wish " receipts" its sender is told what became of the file."""
        self.fields, self.content, self.sent, self.wish = fields_of(line), content, 0, wish

    def attempt(self):
        with connect(self.fields["port"], f"/upload {self.fields['ticket']} {self.sent}{self.wish}") as connection, connection.makefile("rb") as stream:
            first = read_line(stream)
            if first is None or first.startswith(b"error code=busy"):
                return None
            if not (match := GO.fullmatch(first)):
                return first
            offset = int(match[1])
            assert offset <= self.sent, "the server wants more bytes than were announced"
            connection.sendall(self.content[offset:])
            self.sent = len(self.content)
            return read_line(stream)


class Downloading:
    def __init__(self, line):
        self.fields, self.content = fields_of(line), b""

    def attempt(self):
        with connect(self.fields["port"], f"/download {self.fields['ticket']} {len(self.content)}") as connection, connection.makefile("rb") as stream:
            first = read_line(stream)
            if first is None or not (match := GO.fullmatch(first)):
                assert first is None or first.startswith(b"error code=busy"), first
                return None
            assert int(match[1]) == len(self.content), "it resumes where it was"
            while len(self.content) < int(self.fields["size"]):
                piece = stream.read1(1 << 20)
                if not piece:
                    return None
                self.content += piece
            connection.sendall(b"/done\n")
            stream.read()
            return self.content


def decline(line):
    """A function that attempts to decline a file; a repetition finds that the ticket is no longer valid."""
    fields = fields_of(line)

    def attempt():
        with connect(fields["port"], f"/decline {fields['ticket']}") as connection, connection.makefile("rb") as stream:
            answer = read_line(stream)
            return None if answer is None or answer.startswith(b"error code=busy") else answer
    return attempt


def without_numbers(line):
    return re.sub(r"\b(file|id|ticket|port)=\w+", r"\1=?", line) if line.startswith(("upload", "file", "receipt", "undelivered")) else line
