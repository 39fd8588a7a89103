"""SIGKILL at every marked step of either daemon, one after the other: nobody notices, and nothing is lost, doubled or out of order.

Every scene is performed again for each time that its play passes a step; CHAT_CRASH_PASSES=N stops at the N-th, for less time. Nearly all of the time is
waiting, so run many side by side with pytest-xdist.

To add to it: a new marked step in services/ is found by itself, and its test fails until a scene comes to it. A new scene goes into scenes.py and into SCENES
there; it needs nothing else, as what is right is what its undisturbed performance leaves.
"""
import os
import random

import pytest
from crash_control import Death, names_of_points
from scenes import SCENES, Arriving, Crowding, Leaving, Talking, Unsent
from theatre import DAEMONS, Theatre, Violation

QUICK = [scene for scene in SCENES if not scene.slow]
ONLY_IN_RECOVERY = ["publisher: record applied again"]
IN_A_CONVERSION = "conversion:"      # these have a test of their own
POINTS = [(daemon, name) for daemon in DAEMONS for name in names_of_points(daemon) if name not in ONLY_IN_RECOVERY and not name.startswith(IN_A_CONVERSION)]
MOST_OF_A_RECOVERY = 25     # points; a recovery passes fewer, the rest is ordinary life
MOST_PASSES = int(os.environ.get("CHAT_CRASH_PASSES", 1_000_000))     # of one step in one scene
MOST_VIOLATIONS = int(os.environ.get("CHAT_MOST_VIOLATIONS", 5))     # of one test, before it gives up
SAMPLES = 40                # of each kind of two deaths


class Tally:
    """What was tried, for the summary at the end of the test run."""

    def __init__(self, theatres, record_property):
        self.theatres, self.record_property = theatres, record_property
        self.performances = self.deaths = self.not_reached = 0
        self.violations = []
        self.settings = {}
        self.theatre = None

    def count(self, scene, daemon, name):
        if self.theatre is None:
            self.theatre = self.theatres(self.settings)
        self.theatre.model(scene)
        return self.theatre.count(scene, daemon, name)

    def try_points(self, scene, **orders):
        """Returns whether a daemon died. After a violation it goes on with a new server."""
        self.performances += 1
        try:
            if self.theatre is None:
                self.theatre = self.theatres(self.settings)
            deaths = sum(self.theatre.try_points(scene, **orders).values())
        except Violation as violation:
            self.violations.append(str(violation))
            self.theatre = None
            assert len(self.violations) < MOST_VIOLATIONS, self.text()
            return True
        self.deaths += deaths
        self.not_reached += not deaths
        return deaths > 0

    def finish(self, name):
        if self.theatre is not None:
            self.violations += map(str, self.theatre.close())
        self.record_property("crash points", f"{name}: {self.performances} performances, {self.deaths} deaths, "
                                             f"{self.not_reached} points not reached, {len(self.violations)} violations")
        assert not self.violations, self.text()

    def text(self):
        return "\n\n".join(self.violations)


@pytest.fixture
def tally(tmp_path, record_property):
    numbers = iter(range(100))
    return Tally(lambda settings: Theatre(tmp_path / f"theatre{next(numbers)}", settings), record_property)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("daemon", "name"), POINTS, ids=lambda text: text.replace(":", "").replace(" ", "-"))
def test_N01_N03_every_point(daemon, name, tally):
    """For n = 1, 2, 3 …: the daemon dies when it comes to that step for the n-th time, in every scene that passes it."""
    for scene in SCENES:
        if not tally.count(scene, daemon, name):
            continue
        time = 1
        while time <= MOST_PASSES and tally.try_points(scene, **{daemon: Death(time, only=name)}):
            time += 1
    tally.finish(f"{daemon} at '{name}'")
    assert tally.deaths, "no scene ever comes to this step"


@pytest.mark.timeout(600)
@pytest.mark.parametrize("daemon", DAEMONS)
def test_N01_N03_every_point_of_a_recovery(daemon, tally):
    """The daemon is killed, and for n = 1, 2, 3 … the next one dies at the n-th point that it passes."""
    for scene in (Arriving, Leaving, Unsent):
        time = 1
        while time <= MOST_OF_A_RECOVERY and tally.try_points(scene, **{daemon: Death(again=time, now=True)}):
            time += 1
    tally.finish(f"{daemon} in recovery")
    assert tally.deaths > MOST_OF_A_RECOVERY


def test_N01_every_point_of_a_recovery_is_known(tally):
    """A step that only a recovery comes to is come to."""
    for name in ONLY_IN_RECOVERY:
        assert tally.try_points(Talking, acceptor=Death(5, again=1, only=name, now=True)), f"the recovery does not come to '{name}'"
    tally.finish("steps of a recovery")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("daemon", DAEMONS)
def test_N01_sockets_come_back_from_the_other_daemon(daemon, tally):
    """Without the service manager's store."""
    tally.settings = {"limits.fd_store_max": 0}
    for name in names_of_points(daemon):
        for scene in (Crowding, Leaving):
            tally.try_points(scene, **{daemon: Death(1, only=name)})
    tally.finish(f"{daemon}, without the store")
    assert tally.deaths > 10


def shuffled(seed, *choices):
    """SAMPLES random tuples of these choices, the same in every run."""
    source = random.Random(seed)
    return [tuple(source.choice(choice) for choice in choices) for _ in range(SAMPLES)]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("daemon", DAEMONS)
def test_N01_N03_a_second_death_soon_after_the_first(daemon, tally):
    for scene, first, second in shuffled(daemon, QUICK, range(1, 60), range(1, 25)):
        tally.try_points(scene, **{daemon: Death(first, again=second)})
    tally.finish(f"{daemon} twice")
    assert tally.deaths > SAMPLES


@pytest.mark.timeout(600)
def test_N01_N03_both_die(tally):
    """Each at a point of its own, often at the same time; and some of them twice."""
    for scene, acceptor, delivery, again in shuffled("both", QUICK, range(1, 60), range(1, 60), [0, 0, 1, 2, 5, 11]):
        tally.try_points(scene, acceptor=Death(acceptor, again), delivery=Death(delivery, again))
    tally.finish("both")
    assert tally.deaths > SAMPLES
