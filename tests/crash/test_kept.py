"""SIGKILL while messages are kept, delivered at a login, and found unsent: each session receives each of them once, and
its sender is notified once."""
import os

import pytest
import test_every_point
from crash_control import Crash
from kept_scenes import Away, Marking, UnsentToAccount
from theatre import DAEMONS

theatres = test_every_point.theatres        # a fixture
ALL = os.environ.get("CHAT_LONG") == "1"
SAMPLES = 12


@pytest.fixture
def tally(theatres, record_property, request):
    tally = test_every_point.Tally(theatres, record_property, request.node.name)
    yield tally
    if not tally.is_finished:
        theatres.drop(tally.settings)


@pytest.mark.requirement("N01", "N03", "N12", "N13")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("daemon", DAEMONS)
@pytest.mark.parametrize("scene", [Away, UnsentToAccount, Marking])
def test_a_death_at_each_step(daemon, scene, tally):
    """In the short form at some of them, each at a pass chosen at random."""
    passes = {name: times for name, times in tally.passes(scene, daemon).items() if times}
    names = sorted(passes) if ALL else tally.random.sample(sorted(passes), min(SAMPLES, len(passes)))
    for name in names:
        tally.try_points(scene, **{daemon: Crash(tally.random.randint(1, passes[name]), only=name)})
    tally.finish(f"{daemon} in {scene.__name__}")
    assert tally.crashes > len(names) // 2


@pytest.mark.requirement("N01", "N03", "N12", "N13")
@pytest.mark.timeout(900)
@pytest.mark.parametrize("scene", [Away, UnsentToAccount, Marking])
def test_both_die(scene, tally):
    for _ in range(SAMPLES):
        times = {daemon: tally.random.randint(1, sum(tally.passes(scene, daemon).values())) for daemon in DAEMONS}
        tally.try_points(scene, **{daemon: Crash(time, again=tally.random.choice([0, 1, 5])) for daemon, time in times.items()})
    tally.finish(f"both in {scene.__name__}")
    assert tally.crashes > SAMPLES // 2
