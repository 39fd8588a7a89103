"""Half a minute of kills at random moments under load."""
import chaos
import pytest

SECONDS, CLIENTS = 30, 40


@pytest.mark.timeout(180)
def test_N01_N03_kills_at_random(record_property):
    outcome, violations = chaos.run(SECONDS, CLIENTS, seed=3)
    record_property("crash points", f"chaos: {outcome}")
    assert not violations, "\n".join(violation[:500] for violation in violations[:20])
