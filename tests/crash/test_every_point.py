"""SIGKILL at every marked step of either daemon, one after the other: nobody notices, and nothing is lost, doubled or out of order.

The short form kills a daemon at every step: once in the first scene that reaches it, and once at another pass in a
scene chosen at random from the seed in the summary, which CHAT_CRASH_SEED sets. The long form (CHAT_LONG=1) performs
every scene once for each time that its play passes a step; CHAT_CRASH_PASSES=N stops at the N-th. Most of the time is
spent waiting, so run several in parallel with pytest-xdist.

To add to it: a new marked step in services/ is discovered automatically; its test fails until some scene reaches it. A
new scene goes into scenes.py and into SCENES there; it needs nothing else, because its undisturbed performance defines
what is right.
"""
import os
import random

import pytest
from crash_control import Crash, names_of_points
from scenes import SCENES, Arriving, Crowding, Leaving, Owning, Talking, Unsent
from theatre import DAEMONS, EVERY_DAEMON, Theatre, Violation

LONG = os.environ.get("CHAT_LONG") == "1"
SEED = os.environ["CHAT_CRASH_SEED"]        # set by conftest.py unless it is given
ONLY_IN_RECOVERY = ["publisher: record applied again"]
NOW_AND_THEN = ["history index: blocks written", "history index: committed"]     # seconds after a scene; tests/unit/history_pages_test.cpp
IN_A_CONVERSION = "conversion:"      # these have their own test
OF_AN_OPERATOR = ["accounts: before commit of an added account", "accounts: added account committed", "accounts: before commit of a disabled account",
                  "accounts: before commit of a deleted account"]      # of calls without a key
POINTS = [(daemon, name) for daemon in EVERY_DAEMON for name in names_of_points(daemon) if name not in ONLY_IN_RECOVERY + NOW_AND_THEN + OF_AN_OPERATOR and not name.startswith(IN_A_CONVERSION)]
MOST_OF_A_RECOVERY = 25     # points; a recovery passes fewer, the rest is normal operation
MOST_PASSES = int(os.environ.get("CHAT_CRASH_PASSES", 1_000_000))     # of one step in one scene, in the long form
ATTEMPTS = 3        # in which a step is reached that not every play passes
MOST_VIOLATIONS = int(os.environ.get("CHAT_MOST_VIOLATIONS", 5))     # of one test before it gives up
SAMPLES = 40 if LONG else 10    # of each kind of two crashes
WITHOUT_STORE = {"limits.fd_store_max": 0}


class Theatres:
    """The theatres of one process: tests share them as long as nothing goes wrong."""

    def __init__(self, directory):
        self.directory, self.open, self.opened = directory, {}, 0

    def get(self, settings):
        key = tuple(settings.items())
        if key not in self.open:
            self.opened += 1
            self.open[key] = Theatre(self.directory / f"theatre{self.opened}", settings)
        return self.open[key]

    def drop(self, settings):
        if theatre := self.open.pop(tuple(settings.items()), None):
            theatre.drop()

    def close(self):
        for theatre in self.open.values():
            theatre.close()


@pytest.fixture(scope="session")
def theatres(tmp_path_factory):
    theatres = Theatres(tmp_path_factory.mktemp("crash"))
    yield theatres
    theatres.close()


class Tally:
    """Counts what was tried, for the summary at the end of the test run."""

    def __init__(self, theatres, record_property, name):
        self.theatres, self.record_property = theatres, record_property
        self.random = random.Random(f"{SEED} {name}")
        self.performances = self.crashes = self.not_reached = 0
        self.violations = []
        self.settings = {}
        self.is_finished = False

    def passes(self, scene, daemon):
        """How often an undisturbed play passes each point."""
        return self.theatres.get(self.settings).model(scene).passes[daemon]

    def try_points(self, scene, **orders):
        """Returns whether a daemon died. After a violation it continues with a new server."""
        self.performances += 1
        try:
            crashes = sum(self.theatres.get(self.settings).try_points(scene, **orders).values())
        except Violation as violation:
            self.note([violation])
            return True
        self.crashes += crashes
        self.not_reached += not crashes
        return crashes > 0

    def note(self, violations):
        self.violations += map(str, violations)
        if violations:
            self.theatres.drop(self.settings)
            assert len(self.violations) < MOST_VIOLATIONS, self.text()

    def finish(self, name):
        if tuple(self.settings.items()) in self.theatres.open:
            self.note(self.theatres.get(self.settings).compare_log())
        self.record_property("crash points", f"{name}: {self.performances} performances, {self.crashes} crashes, "
                                             f"{self.not_reached} points not reached, {len(self.violations)} violations")
        self.is_finished = True
        assert not self.violations, self.text()

    def text(self):
        return "\n\n".join(self.violations)


@pytest.fixture
def tally(theatres, record_property, request):
    tally = Tally(theatres, record_property, request.node.name)
    yield tally
    if not tally.is_finished:
        theatres.drop(tally.settings)


def every_pass(tally, daemon, name):
    """Kills when the step is passed for the n-th time, n = 1, 2, 3 …, in every scene that passes it."""
    for scene in SCENES:
        time = 1
        while time <= MOST_PASSES and tally.passes(scene, daemon)[name] and tally.try_points(scene, **{daemon: Crash(time, only=name)}):
            time += 1


def two_passes(tally, daemon, name):
    """Kills at the first pass in the first scene that passes the step, and at a random pass in a random scene. Not
    every play passes the steps of the log's threads."""
    for scene in SCENES:
        if tally.passes(scene, daemon)[name] and tally.try_points(scene, **{daemon: Crash(1, only=name)}):
            break
    for scene in tally.random.sample(SCENES, len(SCENES)):
        if passes := tally.passes(scene, daemon)[name]:
            tally.try_points(scene, **{daemon: Crash(tally.random.randint(1, passes), only=name)})
            break


@pytest.mark.requirement("N01", "N03", "N15")
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("daemon", "name"), POINTS, ids=lambda text: text.replace(":", "").replace(" ", "-"))
def test_every_point(daemon, name, tally):
    (every_pass if LONG else two_passes)(tally, daemon, name)
    if not tally.crashes:       # a step of which it depends on the time whether a play passes it
        any(tally.try_points(scene, **{daemon: Crash(1, only=name)}) for _ in range(ATTEMPTS) for scene in SCENES)
    tally.finish(f"{daemon} at '{name}'")
    assert tally.crashes, "no scene ever comes to this step"


@pytest.mark.requirement("N01", "N03")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("daemon", DAEMONS)
def test_every_point_of_a_recovery(daemon, tally):
    """The daemon is killed, and for n = 1, 2, 3 … its successor dies at the n-th point that it passes: in each of these
    scenes, or in one of them."""
    scenes = [Arriving, Leaving, Unsent]
    if LONG:
        for scene in scenes:
            time = 1
            while time <= MOST_OF_A_RECOVERY and tally.try_points(scene, **{daemon: Crash(again=time, now=True)}):
                time += 1
    else:
        tally.random.shuffle(scenes)
        for time in range(1, MOST_OF_A_RECOVERY + 1):
            tally.try_points(scenes[time % len(scenes)], **{daemon: Crash(again=time, now=True)})
    tally.finish(f"{daemon} in recovery")
    assert tally.crashes > (MOST_OF_A_RECOVERY if LONG else MOST_OF_A_RECOVERY // 2)


@pytest.mark.requirement("N01", "N03")
@pytest.mark.timeout(600)
def test_all_three_die_during_a_scene_with_accounts(tally):
    """At random points; the registration, the login and the change of the password happen once."""
    for _ in range(2 * SAMPLES):
        passes = {daemon: sum(tally.passes(Owning, daemon).values()) for daemon in EVERY_DAEMON}
        tally.try_points(Owning, **{daemon: Crash(tally.random.randint(1, passes[daemon])) for daemon in EVERY_DAEMON if passes[daemon]})
    tally.finish("three with accounts")
    assert tally.crashes > SAMPLES


@pytest.mark.requirement("N01")
def test_every_point_of_a_recovery_is_known(tally):
    """Every step that only a recovery reaches is reached."""
    for name in ONLY_IN_RECOVERY:
        assert tally.try_points(Talking, acceptor=Crash(5, again=1, only=name, now=True)), f"the recovery does not come to '{name}'"
    tally.finish("steps of a recovery")


@pytest.mark.requirement("N01")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("daemon", DAEMONS)
def test_sockets_come_back_from_the_other_daemon(daemon, tally):
    """Without the service manager's store: at each step, in both of these scenes, or in one of them that reaches it."""
    tally.settings = WITHOUT_STORE
    for name in names_of_points(daemon):
        scenes = [scene for scene in (Crowding, Leaving) if tally.passes(scene, daemon)[name]]
        for scene in scenes if LONG else tally.random.sample(scenes, min(len(scenes), 1)):
            tally.try_points(scene, **{daemon: Crash(1, only=name)})
    tally.finish(f"{daemon}, without the store")
    assert tally.crashes > (10 if LONG else 5)


def samples(tally, *daemons):
    """SAMPLES random scenes, each with a crash of each of these daemons at a random one of the first points that it
    passes."""
    for _ in range(SAMPLES):
        scene = tally.random.choice(SCENES)
        yield scene, {daemon: tally.random.randint(1, max(1, min(60, sum(tally.passes(scene, daemon).values())))) for daemon in daemons}


@pytest.mark.requirement("N01", "N03")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("daemon", DAEMONS)
def test_a_second_death_soon_after_the_first(daemon, tally):
    for scene, first in samples(tally, daemon):
        tally.try_points(scene, **{daemon: Crash(first[daemon], again=tally.random.randint(1, 24))})
    tally.finish(f"{daemon} twice")
    assert tally.crashes > SAMPLES


@pytest.mark.requirement("N01", "N03")
@pytest.mark.timeout(600)
def test_both_die(tally):
    """Each dies at its own point, often at the same time; some of them twice."""
    for scene, first in samples(tally, *DAEMONS):
        again = tally.random.choice([0, 0, 1, 2, 5, 11])
        tally.try_points(scene, **{daemon: Crash(first[daemon], again) for daemon in DAEMONS})
    tally.finish("both")
    assert tally.crashes > SAMPLES
