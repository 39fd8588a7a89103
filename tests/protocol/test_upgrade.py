"""An upgrade from an earlier release to this one while people write: their connections, the data on its way to them,
and all that the server knows about them survive.

The daemons of the earlier release run under its own stand-in for systemd; then their programs are replaced, and SIGUSR2
makes them hand over to the new ones."""
import os
import re
import shutil
import signal
import socket
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from chat_server import BUILD, ROOT
from data_connection import DataConnection, download, offer, stored
from deadline import Deadline, wait_until
from logged_sessions import have_ended
from older_release import DAEMONS, older_release, program_in
from shared_segment import SharedSegment

sys.path.append(str(Path(__file__).resolve().parents[1] / "crash"))
from chaos import Killer, check_log     # noqa: E402 - of tests/crash
from crash_control import CrashControl, Crash    # noqa: E402
from crowd import Crowd     # noqa: E402

pytestmark = pytest.mark.timeout(1800)      # the first test waits for the build of the earlier release
CLIENTS = 100
PACE = 0.1              # seconds between the lines of a client
SETTINGS = {"limits.max_clients": 2 * CLIENTS + 100, "limits.lines_per_second": 0, "limits.announce_up_to": 1_000_000}
BESIDE = 0.7            # seconds for which an old and a new daemon run together
CONTENT = os.urandom((1 << 20) + 5)
NEW = re.search(r"project\(chat VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")).group(1)
UPGRADED = "both daemons are of the new release and have taken over"

# What happens to the daemons once the programs are replaced: (signal, daemons) or a pause in seconds.
HANDING_OVER = (signal.SIGUSR2, DAEMONS)
ORDERS = {
    "both": [HANDING_OVER],
    "acceptor, delivery": [(signal.SIGUSR2, ["acceptor"]), BESIDE, (signal.SIGUSR2, ["delivery"])],
    "delivery, acceptor": [(signal.SIGUSR2, ["delivery"]), BESIDE, (signal.SIGUSR2, ["acceptor"])],
    # As systemd restarts a daemon that dies between the unpacking of a package and the end of its installation.
    "acceptor died before": [(signal.SIGKILL, ["acceptor"]), BESIDE, HANDING_OVER],
    "delivery died before": [(signal.SIGKILL, ["delivery"]), BESIDE, HANDING_OVER],
    "both died before": [(signal.SIGKILL, DAEMONS), BESIDE, HANDING_OVER],
}


@pytest.fixture
def older(start_server, tmp_path):
    """A function that starts a server of release 0.1.0 whose programs can be replaced: older(settings)."""
    release = older_release("0.1.0")

    def start(settings, **options):
        build = tmp_path / "build"
        for daemon in DAEMONS:
            program_in(build, daemon).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(release.program(daemon), program_in(build, daemon))
        return start_server(settings, build=build, standalone=release.standalone, **options)
    return start


def replace_programs(server):
    """As dpkg does: the new file takes the name, and running processes keep the old one."""
    for daemon in DAEMONS:
        place = program_in(server.build, daemon)
        shutil.copy2(program_in(BUILD, daemon), place.with_suffix(".dpkg-new"))
        place.with_suffix(".dpkg-new").rename(place)


def is_upgraded(server):
    """Both daemons run the new programs and have taken over what the old ones left."""
    try:
        running = [os.readlink(f"/proc/{server.pid(daemon)}/exe") for daemon in DAEMONS]
    except (OSError, ValueError):       # one has just died
        return False
    return running == [str(program_in(server.build, daemon)) for daemon in DAEMONS] and \
        all(f"chat-{daemon} {NEW} {works}" in server.text() for daemon, works in zip(DAEMONS, ("serves", "delivers")))


def hand_over(server, order):
    """A generator: each `next` performs one step and returns how many seconds to wait before the following one."""
    for step in order:
        if isinstance(step, float):
            yield step
            continue
        number, daemons = step
        before = {daemon: server.pid(daemon) for daemon in daemons}
        for daemon in daemons:
            os.kill(before[daemon], number)
        while not all(server.pid(daemon) != before[daemon] for daemon in daemons):
            yield 0.01


def upgrade(server, order):
    replace_programs(server)
    for pause in hand_over(server, order):
        time.sleep(pause)
    wait_until(lambda: is_upgraded(server), UPGRADED)


class Plan:
    """Call it continually: it performs the next step when it is due."""

    def __init__(self, steps):
        self.steps, self.at, self.is_done = steps, time.monotonic(), False

    def __call__(self):
        if not self.is_done and time.monotonic() >= self.at:
            pause = next(self.steps, None)
            self.is_done = pause is None
            self.at = time.monotonic() + (pause or 0.0)


# ── many who write ──
def check_promises(server, crowd):
    """Everything accepted has arrived once and in order, nobody was disconnected, and the log has all of it once."""
    crowd.settle(SharedSegment(server.segment))
    members = list(crowd.members)
    crowd.close()
    crowd.members = members
    wait_until(lambda: have_ended(server.query, crowd.ids()), "all sessions end in the log")
    server.stop()
    with closing(sqlite3.connect(server.database)) as database:
        check_log(crowd, lambda statement: database.execute(statement).fetchall())
        assert database.execute("PRAGMA user_version").fetchone()[0] >= 1
        names = database.execute("SELECT count(*) FROM message_log WHERE sender_name_then <> sender_name").fetchone()[0]
        assert names == 0, "everyone wrote under the name that they still had at the end"
    assert "set aside" not in server.text()
    assert not crowd.violations, "\n".join(violation[:500] for violation in crowd.violations[:20])


def crowd_of(server, seed):
    return Crowd(lambda: socket.create_connection(("127.0.0.1", server.port), timeout=30), CLIENTS, seed, pace=PACE)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.requirement("N05")
def test_nobody_of_many_notices_an_upgrade_from_0_1(older, order):
    server = older(SETTINGS)
    crowd = crowd_of(server, seed=7)
    crowd.run(0.5, lambda: None)
    replace_programs(server)
    run_until_upgraded(server, crowd, Plan(hand_over(server, order)))
    crowd.run(1.0, lambda: None)
    check_promises(server, crowd)


def run_until_upgraded(server, crowd, plan):
    deadline = Deadline()
    while not (plan.is_done and is_upgraded(server)):
        assert not deadline.passed(), f"timed out waiting for: {UPGRADED}\n{server.text()}"
        crowd.run(0.2, plan)


@pytest.mark.parametrize("seed", range(int(os.environ.get("CHAT_UPGRADE_SEEDS", 2))))
@pytest.mark.requirement("N05")
def test_nobody_notices_that_the_new_daemons_are_killed_in_the_upgrade(older, seed):
    server = older(SETTINGS)
    crowd = crowd_of(server, seed)
    crowd.run(0.3, lambda: None)
    replace_programs(server)
    handing_over = Plan(hand_over(server, [HANDING_OVER]))
    killer = Killer(server, seed)       # spares those whose program was replaced: the old ones

    def strike():
        handing_over()
        killer()
    crowd.run(3.0, strike)
    assert killer.kills > 0
    run_until_upgraded(server, crowd, handing_over)
    check_promises(server, crowd)


# ── a few clients with every kind of state ──
class Scene:
    """Clients with rooms, groups, invitations, file transfers and half a line, and one that does not read."""

    def __init__(self, server):
        self.server = server
        self.people = server.people("Ann", "Ben", "Cem", "Dot", "Eve")
        self.ann, self.ben, self.cem, self.dot, self.eve = self.people
        # A client that was here before: for a while, anyone who writes to them is told that they are gone.
        self.gone = server.connect("Gone")
        assert self.gone.ask("/quit bye").kind == "bye"
        self.gone.expect_end()
        for client in self.people[:3]:
            assert client.ask("/join help").kind == "joined"
        self.group = self.ann.ask(f"/makegroup {self.ben.id}")["id"]
        self.invited = self.ben.ask(f"/makegroupreq {self.cem.id} {self.dot.id}")["id"]     # both have not answered
        assert self.eve.ask(f"/joingroup {self.group}").kind == "pending"                   # Ann has not answered
        self.sleepy = server.connect("Sleepy", receive_buffer=4096)
        for number in range(300):       # more than the kernel holds, so some of it waits in the outbox
            self.ann.send(f"/send {self.sleepy.id} {number} " + "z" * 900)
        self.ann.drain()
        self.upload = offer(self.ann, "Ben", CONTENT, "up.bin")
        with DataConnection(self.upload["port"], f"/upload {self.upload['ticket']} 0") as connection:
            connection.upload_offset()
            connection.send(CONTENT[:500_000])
            spooled = server.state / "files" / self.upload["file"]
            wait_until(lambda: spooled.stat().st_size == 500_000, "the first part is there")
        other = offer(self.cem, "Dot", CONTENT, "down.bin")
        with DataConnection(other["port"], f"/upload {other['ticket']} 0") as connection:
            connection.upload_offset()
            connection.send(CONTENT)
            assert connection.line() == stored(other, CONTENT)
        self.download = self.dot.wait_for("file")
        with DataConnection(self.download["port"], f"/download {self.download['ticket']} 0") as connection:
            connection.download_range()
            self.first_part = connection.bytes(400_000)
        for client in self.people:
            client.drain()
        self.dot.raw(b"@half /send Eve one half")
        self.dot.tags.add("half")
        self.before = self.query_everything()

    def query_everything(self):
        """Answers about clients, rooms and groups, without what differs from one query to the next, and without what 0.1 does
        not say."""
        commands = ["/active", "/rooms", "/members lobby", "/members help", "/activeallgroups", "/activegroups"]
        def answer(client, command):
            return sorted(line.raw.replace(line.tag.encode(), b"").replace(b" op=yes", b"") for line in client.listing(command)[0])
        return {(client.name, command): answer(client, command) for client in self.people[:3] for command in commands}

    def check(self):
        """All of it survives."""
        assert self.query_everything() == self.before
        self.check_writing()
        self.check_groups()
        self.check_files()
        self.check_departed()
        self.check_sleepy()
        for client in self.people:
            client.expect_nothing()

    def check_writing(self):
        self.dot.raw(b" and the other\n")
        message = self.eve.expect("message", "one half and the other", from_=self.dot.id)
        self.dot.expect("ok", tag="half", id=message["id"])
        said = self.ann.ask("/say help still here?")
        for client in (self.ben, self.cem):
            client.expect("message", "still here?", from_=self.ann.id, to="room:help", id=said["id"])

    def check_groups(self):
        assert self.cem.ask(f"/joingroup {self.invited}").kind == "group-joined"
        self.ben.expect("group-joined", group=self.invited, id=self.cem.id)
        assert self.dot.ask(f"/declinegroup {self.invited}").kind == "ok"
        self.ben.expect("declined", group=self.invited, id=self.dot.id)
        assert self.ann.ask(f"/approve {self.group} {self.eve.id}").kind == "ok"
        for client in (self.ann, self.ben, self.eve):
            client.expect("group-joined", group=self.group, id=self.eve.id)
        said = self.eve.ask(f"/sendgroup {self.group} let me in")
        for client in (self.ann, self.ben):
            client.expect("message", "let me in", from_=self.eve.id, id=said["id"])

    def check_files(self):
        with DataConnection(self.upload["port"], f"/upload {self.upload['ticket']} 500000") as connection:
            assert connection.upload_offset() == 500_000
            connection.send(CONTENT[500_000:])
            assert connection.line() == stored(self.upload, CONTENT)
        assert download(self.ben.expect("file")) == CONTENT
        assert self.first_part + download(self.download, 400_000) == CONTENT

    def check_departed(self):
        answer = self.ben.ask("/send Gone are you there?")
        assert answer.kind == "undelivered" and answer["to"] == self.gone.id, answer

    def check_sleepy(self):
        got = [line for line in self.sleepy.drain() if line.kind == "message" and line["from"] == self.ann.id]
        assert [int(line.text.split()[0]) for line in got] == list(range(300))

    def check_log(self):
        """Checks the log after the stop."""
        server, everyone = self.server, {client.id: client.name for client in (*self.people, self.sleepy, self.gone)}
        rows = server.query("SELECT * FROM message_log ORDER BY id")
        before, after = rows[:300], rows[300:]
        assert [int(row["text"].split()[0]) for row in before] == list(range(300))
        assert [(row["text"], row["sender_name_then"]) for row in after] == \
            [("one half and the other", "Dot"), ("still here?", "Ann"), ("let me in", "Eve"), ("are you there?", "Ben")]
        sessions = server.query("SELECT client_id, name, reason FROM session ORDER BY session")
        assert {str(row["client_id"]): row["name"] for row in sessions} == everyone and len(sessions) == len(everyone)
        assert [row["outcome"] for row in server.query("SELECT outcome FROM file ORDER BY id")] == ["delivered"] * 2


SCENE = {"limits.max_clients": 20, "limits.lines_per_second": 0}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.requirement("N05")
def test_everything_that_the_server_knows_outlives_an_upgrade_from_0_1(older, order):
    server = older(SCENE)
    scene = Scene(server)
    upgrade(server, order)
    assert f"was converted for {NEW}" in server.text(), "nothing was converted: this tests less than it should"
    scene.check()
    server.stop()
    scene.check_log()
    assert "set aside" not in server.text()


@pytest.mark.requirement("N05")
def test_what_never_left_before_an_upgrade_is_reported_after_it(older):
    """0.1.0 wrote the lines; the sender is notified of each message of which no byte was sent, and the log marks the
    same ones."""
    server = older({**SCENE, "limits.outbox_kib": 16384})
    ann, sleepy = server.connect("Ann"), server.connect("Sleepy", receive_buffer=4096)
    ann.expect("online", id=sleepy.id)
    accepted = []

    def write():
        tags = [ann.tagged(f"/send Sleepy {'x' * 3900}") for _ in range(250)]
        accepted.extend(ann.expect("ok", tag=tag)["id"] for tag in tags)
    server.fill_outbox(sleepy, write, 1_000_000)
    upgrade(server, [HANDING_OVER])
    sleepy.reset()
    reported = []
    while reported[-1:] != accepted[-1:]:
        reported.append(ann.wait_for("undelivered", to=sleepy.id)["id"])
    assert reported == accepted[-len(reported):]
    discarded = "SELECT id FROM message WHERE discarded = 1 ORDER BY id"
    wait_until(lambda: [str(row["id"]) for row in server.query(discarded)] == reported, "the log marks the same messages")


@pytest.mark.parametrize("daemon", DAEMONS)
@pytest.mark.parametrize("point", [1, 2, 3, 5, 8, 13])
@pytest.mark.requirement("N05")
def test_a_death_at_a_marked_step_of_the_first_start_after_an_upgrade_changes_nothing(older, tmp_path, daemon, point):
    controls = {name: CrashControl(tmp_path / "crash", name) for name in DAEMONS}
    server = older(SCENE, environment={"CHAT_CRASH_DIRECTORY": str(tmp_path / "crash")})
    scene = Scene(server)
    controls[daemon].arm(Crash(again=point))
    upgrade(server, [HANDING_OVER])
    scene.check()
    assert controls[daemon].crashes == 1
    server.stop()
    scene.check_log()
    assert "set aside" not in server.text()
