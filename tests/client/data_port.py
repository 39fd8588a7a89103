"""A data port controlled by the test: it requests and abandons files when the test says so."""
import hashlib

from deadline import Deadline
from scripted_server import End, ScriptedServer


class DataPeer(End):
    """The server's end of one data connection."""

    def read(self, count):
        """The next `count` bytes, or fewer where the stream ends."""
        deadline = Deadline()
        while len(self.buffer) < count and self.receive(deadline):
            pass
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    def read_line(self):
        deadline = Deadline()
        while b"\n" not in self.buffer and self.receive(deadline):
            pass
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode()

    def expect(self, line):
        assert (got := self.read(len(line) + 1)) == line.encode() + b"\n", got

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode() + b"\n")


class DataPort(ScriptedServer):
    peer = DataPeer

    # ── the lines on the chat connection that belong to it ──
    def ticket(self, number=77):
        """The answer to /sendfile; {tag} is for Peer.answer()."""
        return f"upload file={number} ticket=abc port={self.port} {{tag}}"

    def offer(self, content, name, number=77):
        """The line that offers a file from Robin."""
        return f"file id={number} from=51990 name=Robin size={len(content)} sha256={hashlib.sha256(content).hexdigest()} ticket=abc port={self.port} to=48213 :{name}"


def sendfile(target, path):
    """The command that the client must send for this file."""
    content = path.read_bytes()
    return f"/sendfile {target} {len(content)} {hashlib.sha256(content).hexdigest()} {path.name}"
