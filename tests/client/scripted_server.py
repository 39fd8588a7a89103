"""Servers for the client's tests: one that sends what the test tells it to, and a small lobby that answers
automatically."""
import re
import select
import socket
import threading
import time

from deadline import Deadline

WELCOME = "welcome id=48213 name=q7mzxtrplw connected=2026-11-20T12:31:05.123Z limit=5 version=1 :Welcome! You are q7mzxtrplw (48213). /help lists the commands."


OWN_TAG = re.compile(r"@(c\d+) (/.*)", re.DOTALL)      # as the client tags what is typed
LOBBY = "/say lobby "
BYE = "bye :Session ended"
TO_LOBBY = "message id=1 from=51990 name=Robin to=room:lobby at=2026-11-20T12:31:05.123Z :"     # and what Robin says


class End:
    """The server's end of one connection, independent of the protocol."""

    def __init__(self, connection):
        self.socket = connection
        self.buffer = b""

    def receive(self, deadline):
        """Receives what comes next; false at the end of the stream."""
        self.socket.settimeout(deadline.left() or 0.001)
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def end_output(self):
        """Says that nothing more will come, and goes on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def close(self):
        self.socket.close()


class Peer(End):
    """A server's end that speaks the chat protocol."""

    def send(self, *lines):
        self.socket.sendall(b"".join((line.encode() if isinstance(line, str) else line) + b"\n" for line in lines))

    def send_until_it_stands_still(self, line, most):
        """Sends the line repeatedly, `most` times or until the client stops reading."""
        pending = (line.encode() + b"\n") * most
        while pending and select.select([], [self.socket], [], 1)[1]:
            pending = pending[self.socket.send(pending[:4096]):]

    def read(self):
        """The next line as it was typed: the client's own tag is answered with `ok`, and a lobby message is returned as
        plain text."""
        match = OWN_TAG.fullmatch(line := self.read_raw())
        if not match:
            return line
        self.tag, command = match.groups()
        self.send(f"ok tag={self.tag}")
        return command.removeprefix(LOBBY)

    def read_raw(self):
        """The next line from the client, without its line end; fails at the deadline and at the end of the stream."""
        deadline = Deadline()
        while b"\n" not in self.buffer:
            assert self.receive(deadline), f"the client has closed; unread: {self.buffer!r}"
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.decode()

    def expect(self, line):
        assert (got := self.read()) == line, f"wanted {line!r}, got {got!r}"

    def expect_end(self):
        self.socket.settimeout(Deadline().left())
        assert self.buffer == b"" and self.socket.recv(65536) == b"", "the client said more"

    def nothing_comes(self, seconds):
        return not self.buffer and not select.select([self.socket], [], [], seconds)[0]

    def welcome(self):
        self.send(WELCOME)

    def refuse(self, why):
        """Refuses the connection, and closes it."""
        self.send(f"refused {why}")
        self.close()

    def say_goodbye(self, *last):
        """Sends these lines and the goodbye, and closes the connection."""
        self.send(*last, BYE)
        self.close()

    def welcome_nobody(self):
        """Sends the welcome to a client that has to ask for a name first: it wants to stay unseen until then."""
        self.welcome()
        self.expect("@quiet /quiet")
        self.send("ok tag=quiet")

    def accept_login(self, name, window=False):
        """Sends the welcome and accepts a login under this name. In a window the client asks for what Tab can
        complete."""
        self.welcome()
        self.take_login(name, window)

    def take_login(self, name, window=False):
        """The same after the welcome."""
        self.expect(f"/login {name}")
        self.send(f"renamed id=48213 old=q7mzxtrplw name={name}", f"online id=48213 name={name} count=1 :{name} has joined.")
        if window:
            self.answer("/help", "help command=/send {tag} :/send ID|NAME TEXT — writes to one client", "help command=/active {tag} :/active — lists who is connected",
                        "help command=/join {tag} :/join ROOM — goes into a room", "help command=/help {tag} :/help [COMMAND] — this", "end of=help count=4 {tag}")
            self.answer("/active", "client id=48213 name=Batman connected=2026-11-20T12:31:05.123Z you=yes {tag}",
                        "client id=51990 name=Robin connected=2026-11-20T12:31:05.123Z {tag}", "end of=active count=2 {tag}")

    def answer(self, command, *answers):
        """Reads the next line, which must be this command, and answers it; {tag} in an answer becomes the command's
        tag."""
        tag, got = self.read_raw().split(" ", 1)
        assert got == command, f"wanted {command!r}, got {got!r}"
        self.send(*(answer.format(tag=f"tag={tag[1:]}") for answer in answers))


class ScriptedServer:
    peer = Peer         # what it wraps a connection in

    def __init__(self, family=socket.AF_INET, host="127.0.0.1", port=0, tls=None):
        """`tls`: the context of its end of TLS, if it speaks that."""
        self.socket = socket.create_server((host, port), family=family)
        self.port = self.socket.getsockname()[1]
        self.tls = tls
        self.peers = []

    def accept(self):
        connection = self.accept_raw()
        if self.tls:
            connection.settimeout(Deadline().left())
            connection = self.tls.wrap_socket(connection, server_side=True, suppress_ragged_eofs=False)
        peer = self.peer(connection)
        self.peers.append(peer)
        return peer

    def accept_raw(self):
        """The next connection, on which nothing has been said."""
        self.socket.settimeout(Deadline().left())
        return self.socket.accept()[0]

    def close(self):
        for peer in self.peers:
            peer.close()
        self.socket.close()


class Datagrams:
    """A UDP service that sends only the test's answers; `answers` maps a question to its successive answers."""

    def __init__(self, answers):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.answers = {question: list(turns) for question, turns in answers.items()}
        self.asked = []             # (when, question)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                question, sender = self.socket.recvfrom(65536)
            except OSError:
                return
            self.asked.append((time.monotonic(), question))
            turns = self.answers.get(question, [])
            if turns and (answer := turns.pop(0)) is not None:
                self.socket.sendto(answer, sender)

    def close(self):
        self.socket.close()


class Lobby:
    """The part of a server that the transcript needs: logins, plain lines, leaving."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.lock = threading.Lock()
        self.names = {}             # connection → name, of those who have logged in
        self.acceptor = threading.Thread(target=self._accept, daemon=True)
        self.acceptor.start()

    def _accept(self):
        for number in range(100):
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection, 10000 + number), daemon=True)
            thread.start()

    def _tell(self, line, but=None):
        for connection in self.names:
            if connection is not but:
                connection.sendall(f"{line}\n".encode())

    def _serve(self, connection, client_id):
        with connection, connection.makefile(encoding="utf-8", newline="\n") as lines:
            connection.sendall(f"welcome id={client_id} name=aaaaaaaaaa connected=2026-11-20T12:31:05.123Z limit=5 version=1 :Welcome!\n".encode())
            for number, line in enumerate(lines):
                line = line.rstrip("\n")
                tag = ""
                if match := OWN_TAG.fullmatch(line):
                    tag, line = match.group(1), match.group(2).removeprefix(LOBBY)
                with self.lock:
                    if line.startswith("/login "):
                        name = self.names[connection] = line.split()[1]
                        connection.sendall(f"renamed id={client_id} old=aaaaaaaaaa name={name}\n".encode())
                        self._tell(f"online id={client_id} name={name} count={len(self.names)} :{name} has joined.")
                    elif line == "quit" or line.startswith("/quit"):
                        connection.sendall(f"{BYE}\n".encode())
                        name = self.names.pop(connection)
                        self._tell(f"offline id={client_id} name={name} reason=quit count={len(self.names)} :{name} has left.")
                        return
                    elif line.startswith("/"):
                        connection.sendall(f"end of={line[1:]} tag={tag} count=0\n".encode())
                    else:
                        if tag:
                            connection.sendall(f"ok tag={tag} id={number + 1}\n".encode())
                        self._tell(f"message id={number + 1} from={client_id} name={name} to=room:lobby at=2026-11-20T12:31:05.123Z :{line}", but=connection)

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
