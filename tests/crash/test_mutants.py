"""The mutants match the code: each text that one replaces exists, and so does each test that should catch it."""
import re
import subprocess
import sys

import pytest
from crash_control import names_of_points
from mutants import MUTANTS, ROOT


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name.replace(" ", "-"))
def test_mutant_applies(mutant):
    assert mutant.apply(ROOT) != mutant.source(ROOT).read_text(encoding="utf-8")
    assert mutant.points or mutant.unit or mutant.tests
    assert all(name in names_of_points(daemon) for daemon, name in mutant.points)


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("unit", sorted({mutant.unit for mutant in MUTANTS if mutant.unit}))
def test_the_unit_tests_of_a_mutant_exist(unit):
    """A tag of Catch2, or a test's name; Catch2 runs nothing, with success, if there is none."""
    cases = re.findall(r'TEST_CASE\(\s*"((?:[^"\\\\]|\\\\.)*)"(?:\s*"[^"]*")*(?:,\s*"([^"]*)")?', "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests" / "unit").glob("*.cpp")))
    assert len(cases) > 100
    assert any(unit in tags if unit.startswith("[") else unit == name for name, tags in cases)


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("test", sorted({test for mutant in MUTANTS for test in mutant.tests}))
def test_the_tests_of_a_mutant_exist(test):
    done = subprocess.run([sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *test.split()], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and "::test_" in done.stdout, done.stdout[-1000:]
