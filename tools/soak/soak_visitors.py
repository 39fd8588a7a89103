"""The visitors of `soak`: each thread is two friends who log in, join rooms, make groups, write, ask, send each other
files, and leave, and who notice if anything goes wrong, is lost, or arrives twice.
"""
import random
import threading
import time

from chat_client import Client
from data_connection import GO_DOWN, GO_UP, DataConnection, offer, sha256

PATIENCE = 30.0     # seconds allowed for a file to arrive


class Friends(threading.Thread):
    """Runs until `stop` is set. `complaints`: texts; `accepted`: message ids; `waited`: longest wait for an answer."""

    def __init__(self, number, port, seed, stop):
        super().__init__(daemon=True)
        self.number, self.port, self.stop = number, port, stop
        self.random = random.Random(f"{seed}-{number}")
        self.visits, self.files, self.waited = 0, 0, 0.0
        self.accepted, self.complaints = [], []

    def run(self):
        self.stop.wait(self.random.uniform(0, 3))
        while not self.stop.is_set() and len(self.complaints) < 3:
            try:
                self.visit()
            except (AssertionError, OSError, KeyError, ValueError) as error:
                self.complaints.append(f"visitor {self.number}, visit {self.visits}: {type(error).__name__}: {error}"[:500])

    # ── one visit ──
    def visit(self):
        self.visits += 1
        friends = [self.connect("A"), self.connect("B")]
        a, b = friends
        room = f"visitors{self.number}"
        for friend in friends:
            self.ask(friend, f"/join {room}", "joined", room=room)
            self.ask(friend, f"/join square{self.number % 4}", "joined")
        group = self.make_group(a, b)
        ways = [lambda: self.write(a, b, f"/send {b.id} "), lambda: self.write(a, b, f"/send {b.name} "), lambda: self.write(b, a, f"/say {room} "),
                lambda: self.write(a, b, f"/say square{self.number % 4} "), lambda: self.write(b, a, f"/sendgroup {group} "),
                lambda: self.ask(a, "/date", "date"), lambda: self.ask(b, "/calc 12 + 30", "result", value="42"), lambda: self.ask(a, "/whoami", "client", id=a.id),
                lambda: self.ask(b, "/echo anyone there?", "echo"), lambda: self.send_file(a, b, b.id), lambda: self.send_file(b, a, f"group:{group}")]
        for _ in range(self.random.randrange(5, 60)):
            if self.stop.wait(self.random.expovariate(4)):
                break
            self.random.choice(ways)()
        a.drain(), b.drain()
        self.leave(friends)

    def connect(self, side):
        client = Client(self.port)
        client.welcome = client.expect("welcome")
        client.id = client.welcome["id"]
        client.name = f"V{self.number}{side}{self.visits}"
        self.ask(client, f"/login {client.name}", "renamed", name=client.name)
        return client

    def make_group(self, a, b):
        if self.random.random() < 0.5:
            return self.ask(a, f"/makegroup {b.id}", "group")["id"]
        group = self.ask(a, f"/makegroupreq {b.id}", "group")["id"]
        b.wait_for("invite", group=group)
        self.ask(b, f"/joingroup {group}", "group-joined", group=group)
        return group

    def leave(self, friends):
        for friend in friends:
            way = self.random.randrange(3)
            if way == 0:
                friend.send("/quit")
                friend.wait_for("bye")
                friend.read_all()
            if way == 1:
                friend.reset()
            friend.close()

    # ── what they do ──
    def ask(self, client, command, kind, **fields):
        begin = time.monotonic()
        answer = client.ask(command)
        self.waited = max(self.waited, time.monotonic() - begin)
        assert answer.kind == kind and all(answer.get(key) == value for key, value in fields.items()), f"{command}: {answer}"
        return answer

    def write(self, sender, receiver, command):
        """The receiver gets the message exactly once, as the next one from this sender."""
        sender.drain()      # what others have sent in the meantime
        text = f"{self.visits} {len(self.accepted)} " + "y" * self.random.randrange(200)
        number = self.ask(sender, command + text, "ok")["id"]
        self.accepted.append(int(number))
        line = receiver.wait_for("message", from_=sender.id)
        assert line["id"] == number and line.text == text, f"wanted message {number}, got {line}"

    def send_file(self, sender, receiver, target):
        content = self.random.randbytes(self.random.choice([1, 1000, 30_000, 300_000]))
        answer = offer(sender, target, content, name=f"file {self.files}")
        assert answer.kind == "upload", f"/sendfile {target}: {answer}"
        deadline = time.monotonic() + PATIENCE
        while not self.carried(lambda: self.put(answer, content)):
            assert time.monotonic() < deadline, "a file could not be uploaded"
        line = receiver.wait_for("file", seconds=PATIENCE, id=answer["file"])
        got = bytearray()
        while len(got) < len(content):
            self.carried(lambda: self.fetch(line, got))
            assert time.monotonic() < deadline, f"a file could not be downloaded: {len(got)} of {len(content)} bytes came"
        assert sha256(bytes(got)) == line["sha256"] == sha256(content), "a file is not as it was sent"
        self.files += 1

    @staticmethod
    def carried(transfer):
        """Whether it completed. A data connection does not survive a kill of delivery; its ticket lets it resume."""
        try:
            return transfer()
        except OSError:
            time.sleep(0.2)
            return False

    @staticmethod
    def put(answer, content):
        with DataConnection(answer["port"], f"/upload {answer['ticket']} {len(content)}") as connection:
            line = connection.line()
            if line.startswith(b"error code=bad-ticket "):
                return True     # stored, and the answer was lost; otherwise the receiver will miss it
            if not (go := GO_UP.fullmatch(line)):
                raise ConnectionResetError(line)
            connection.send(content[int(go[1]):])
            if not connection.line().startswith(b"stored "):
                raise ConnectionResetError
            return True

    @staticmethod
    def fetch(line, got):
        with DataConnection(line["port"], f"/download {line['ticket']} {len(got)}") as connection:
            if not (go := GO_DOWN.fullmatch(said := connection.line())):
                raise ConnectionResetError(said)
            left = int(go[2]) - int(go[1])
            del got[int(go[1]):]
            while left > 0 and (data := connection.bytes(min(left, 1 << 16))):
                got += data
                left -= len(data)
            connection.send(b"/done\n")
            connection.ends()
            return True
