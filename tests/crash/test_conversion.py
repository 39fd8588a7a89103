"""SIGKILL at every step of converting a segment of an earlier version to this one: nobody notices."""
import pytest
from crash_control import CrashControl, Crash, names_of_points
from deadline import wait_until
from held_server import HeldServer

POINTS = [name for name in names_of_points("acceptor") if name.startswith("conversion:")]
ORDERS = {"acceptor first": ("acceptor", "delivery"), "delivery first": ("delivery", "acceptor")}
SETTINGS = {"limits.lines_per_second": 0, "limits.max_clients": 10, "limits.outbox_kib": 16384}


class Party:
    """Four clients before and after an upgrade, with a group, a room and half a line; one of them does not read."""

    def __init__(self, server):
        self.server = server
        self.ann, self.ben, self.cem = self.people = server.people("Ann", "Ben", "Cem")
        self.lazy = server.connect("Lazy", receive_buffer=4096)
        for one in self.people:
            one.expect("online", id=self.lazy.id)
        self.group = self.ann.ask(f"/makegroup {self.ben.id} {self.cem.id}")["id"]
        for one in (self.ben, self.cem):
            one.expect("group", id=self.group)
        self.ann.ask("/join cave")
        self.ben.ask("/join cave")
        self.ann.expect("joined", room="cave", id=self.ben.id)
        self.unread = [self.ann.ask(f"/send Lazy {number} {'x' * 400}")["id"] for number in range(300)]
        self.ben.raw(b"/send Ann half of it and")
        self.messages = 300

    def notices_nothing(self):
        """Everything begun continues, in order, and everybody keeps their identity."""
        self.ben.raw(b" the rest\n")
        self.ann.expect("message", "half of it and the rest", from_=self.ben.id)
        answer = self.cem.ask(f"/sendgroup {self.group} to us")
        for one in (self.ann, self.ben):
            one.expect("message", "to us", id=answer["id"])
        self.ann.send("/say cave echo")
        self.ben.expect("message", "echo", to="room:cave")
        for unread in self.unread:
            assert self.lazy.wait_for("message", from_=self.ann.id)["id"] == unread
        assert self.lazy.ask("/whoami")["name"] == "Lazy"
        self.messages += 3
        for one in self.people:
            one.expect_nothing()
        rows = self.server.wait_for_rows(self.messages, "SELECT id, discarded FROM message ORDER BY id")
        ids = [row["id"] for row in rows]
        assert len(ids) == self.messages and ids == sorted(set(ids)) and not any(row["discarded"] for row in rows)


@pytest.fixture
def held(tmp_path):
    crash = tmp_path / "crash"
    control = CrashControl(crash, "acceptor")
    CrashControl(crash, "delivery")
    server = HeldServer(tmp_path / "state", tmp_path / "programs", SETTINGS, environment={"CHAT_CRASH_DIRECTORY": str(crash)})
    server.control = control
    try:
        yield server.start()
    finally:
        server.close()
        left = server.unfinished.exists()
        server.unfinished.unlink(missing_ok=True)
        assert not left, "an unfinished conversion was left behind"


@pytest.mark.requirement("N01", "N03")
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("point", POINTS, ids=lambda name: name.replace(":", "").replace(" ", "-"))
def test_killed_in_a_conversion(held, point, order):
    party = Party(held)
    held.hold("acceptor", "delivery")
    held.make_segment_older()
    held.control.arm(Crash(1, only=point))
    held.release(*order)
    wait_until(lambda: held.control.crashes == 1, f"a crash at '{point}'")
    party.notices_nothing()
    assert "set aside" not in held.text()


@pytest.mark.requirement("N01", "N03")
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_killed_in_one_conversion_after_the_other(held, order):
    party = Party(held)
    for point in POINTS:
        held.hold("acceptor", "delivery")
        held.make_segment_older()
        held.control.arm(Crash(1, only=point))
        before = held.control.crashes
        held.release(*order)
        wait_until(lambda: held.control.crashes == before + 1, f"a crash at '{point}'")
        party.ann.ask("/echo there")
    party.notices_nothing()


BATCH = 250         # messages between two checks of how much the kernel has taken
WAITING = 1_000_000     # bytes that must be left in the outbox


@pytest.mark.parametrize("crash", [None, "conversion: ledgers made"])
def test_what_never_left_before_a_conversion_is_reported_after_it(held, crash):
    """The segment of 0.1.0 holds only lines; the sender is notified of each message among them, and the log marks the
    same ones."""
    ann = held.connect("Ann")
    lazy = held.connect("Lazy", receive_buffer=4096)
    ann.expect("online", id=lazy.id)
    accepted = []

    def write():
        tags = [ann.tagged(f"/send Lazy {'x' * 3900}") for _ in range(BATCH)]
        accepted.extend(ann.expect("ok", tag=tag)["id"] for tag in tags)
    held.fill_outbox(lazy, write, WAITING)
    held.hold("acceptor", "delivery")
    held.make_segment_older()
    if crash:
        held.control.arm(Crash(1, only=crash))
    held.release("acceptor", "delivery")
    wait_until(lambda: held.text().count("was converted") == 1, "the segment is converted")
    later = ann.ask("/send Lazy after the conversion")["id"]
    lazy.reset()
    reported = [ann.wait_for("undelivered", to=lazy.id)["id"]]
    while reported[-1] != later:
        reported.append(ann.wait_for("undelivered", to=lazy.id)["id"])
    assert 1 < len(reported) <= len(accepted) and reported == [*accepted, later][-len(reported):]
    discarded = "SELECT id FROM message WHERE discarded = 1 ORDER BY id"
    wait_until(lambda: [str(row["id"]) for row in held.query(discarded)] == reported, "the log marks the same messages")


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_upgrade_without_a_death(held, order):
    party = Party(held)
    held.upgrade(*order)
    party.notices_nothing()
    assert held.text().count("was converted") == 1
