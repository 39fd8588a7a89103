"""The mutants match the code: each text that one replaces exists, and so does each test that should catch it."""
import pytest
from crash_control import names_of_points
from mutants import MUTANTS, ROOT


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_mutant_applies(mutant):
    assert mutant.apply(ROOT) != mutant.source(ROOT).read_text(encoding="utf-8")
    assert mutant.points or mutant.unit or mutant.tests
    assert all(name in names_of_points(daemon) for daemon, name in mutant.points)
