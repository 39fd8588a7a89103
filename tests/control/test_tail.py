"""chatctl tail: clients that connect, leave, are renamed or refused, also across the death of the server."""
import json
import os
import signal
import subprocess
import threading

import pytest
from deadline import PATIENCE, wait_until

FOLLOW = "org.chat.Admin.Follow"


class Tail:
    """A running `chatctl tail`; its lines as they arrive."""

    def __init__(self, control, *options):
        self.lines, self.errors = [], []
        self.process = subprocess.Popen(control.command("tail", *options), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for stream, lines in ((self.process.stdout, self.lines), (self.process.stderr, self.errors)):
            threading.Thread(target=self._read, args=(stream, lines), daemon=True).start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line)

    def events(self):
        return [json.loads(line) for line in self.lines]

    def stop(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def tail(control):
    """A function that starts a tail: tail("--json")."""
    started = []

    def start(*options):
        started.append(Tail(control, *options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.mark.requirement("R84", "R85")
def test_entry_and_exit_are_shown_with_their_names(server, tail):
    shown = tail("--json")
    batman, = server.people("Batman")
    batman.send("/login Robin")
    batman.wait_for("renamed", name="Robin")
    batman.send("exit")
    wait_until(lambda: shown.lines and shown.events()[-1]["event"] == "left", "all is shown")
    events = shown.events()
    assert [event["event"] for event in events] == ["connected", "renamed", "joined", "renamed", "left"]
    assert [event["name"] for event in events] == [batman.welcome["name"], "Batman", "Batman", "Robin", "Robin"]
    assert (events[-1]["client"], events[-1]["reason"], events[-1]["peer"]) == (int(batman.id), "quit", batman.address)
    assert shown.stop() == 0


@pytest.mark.requirement("R84")
def test_the_latest_events_come_first(server, control):
    batman, = server.people("Batman")
    events = [json.loads(line) for line in control.run("--json", "tail", "--count", 3).stdout.splitlines()]
    assert [event["event"] for event in events] == ["connected", "renamed", "joined"]
    assert events[0]["peer"] == batman.address and events[1]["old"] == batman.welcome["name"] and events[1]["name"] == "Batman"
    assert all(a["number"] < b["number"] for a, b in zip(events, events[1:]))
    assert batman.welcome["connected"] == events[0]["at"] <= events[1]["at"] <= events[2]["at"]
    last, = control.run("tail", "-n", 1, "-c", 1).stdout.splitlines()
    assert last.endswith(f"joined    Batman ({batman.id}) at {batman.address}")


@pytest.mark.settings(limits__max_clients=1)
def test_refusals_and_acts_are_shown(server, control, tail):
    batman, = server.people("Batman")
    refused = server.connect_raw()
    refused.read_all()
    control.run("announce", "hello")
    control.run("kick", "Batman", "bye")
    text = control.run("tail", "-n", 3, "-c", 3).stdout
    assert [line.split(maxsplit=2)[2] for line in text.splitlines()] == [
        f"refused   {refused.address}", f"announced by uid {os.getuid()}",
        f"left      Batman ({batman.id}) at {batman.address} reason kicked by uid {os.getuid()}"]


def test_tail_continues_after_the_server_died(server, tail):
    """Each entry and each exit is shown once, however often the acceptor dies."""
    shown = tail("--json", "--last", "100")
    for _ in range(4):
        client = server.connect()
        client.ask("/whoami")
        os.kill(server.acceptor_pid(), signal.SIGKILL)
        assert client.ask("/whoami").kind == "client"
        client.ask("/quit")
        client.read_all()
    wait_until(lambda: sum(event["event"] == "left" for event in shown.events()) >= 4, "all exits are shown")
    found = shown.events()
    assert [event["event"] for event in found if event["event"] in ("connected", "left")] == ["connected", "left"] * 4
    assert len({event["number"] for event in found}) == len(found)
    assert any("reconnecting" in line for line in shown.errors)
    assert shown.process.poll() is None and shown.stop(signal.SIGTERM) == 0


def test_tail_ends_with_its_reader(server, control):
    server.people("Batman")
    tail = subprocess.Popen(control.command("tail"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    assert tail.stdout.readline()
    tail.stdout.close()
    server.people("Robin")
    assert tail.wait(PATIENCE) == -signal.SIGPIPE


def test_tail_gives_up_where_the_server_is_gone(server, control):
    tail = Tail(control, "--timeout", "1", "--json")
    server.people("Batman")
    wait_until(lambda: tail.lines, "it follows")
    server.stop()
    assert tail.process.wait(PATIENCE) == 69


@pytest.mark.settings(limits__lines_per_second=0)
def test_a_follower_that_never_reads_delays_nobody(server, control, peer):
    """A follower that does not read is disconnected, or costs nothing; the acceptor's memory stays flat and others are
    served."""
    followers = [peer() for _ in range(8)]
    for one in followers:
        one.call(FOLLOW, {"last": 0}, more=True)
        assert one.reply()["parameters"]["ready"] is True
    client = server.connect("Batman")
    client.ask("/whoami")
    before = server.resident("acceptor")
    for number in range(30):
        client.raw(b"".join(b"/login Name%d\n" % n for n in range(number * 100, number * 100 + 100)))
        client.drain()
    assert server.resident("acceptor") - before < 32 << 20
    assert control.json("status")["clients"] == 1
    assert control.run("--json", "tail", "-n", 1, "-c", 1).stdout


def test_every_follower_receives_the_events(server, peer):
    followers = [peer() for _ in range(5)]
    for one in followers:
        one.call(FOLLOW, more=True)
        one.reply()
    batman, = server.people("Batman")
    for one in followers:
        kinds = [one.reply()["parameters"]["event"]["event"] for _ in range(3)]
        assert kinds == ["connected", "renamed", "joined"]


def test_a_half_closed_follower_still_receives_events(server, peer):
    one = peer()
    one.call(FOLLOW, more=True)
    one.reply()
    one.socket.shutdown(1)
    server.people("Batman")
    assert one.reply()["parameters"]["event"]["event"] == "connected"
