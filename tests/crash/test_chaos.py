"""Kills at random moments under load: for half a minute in the long form (CHAT_LONG=1), otherwise for a few seconds and
with little load."""
import os

import chaos
import pytest

SECONDS, CLIENTS, PACE = (30, 40, 0.0) if os.environ.get("CHAT_LONG") == "1" else (5, 12, 0.05)


@pytest.mark.requirement("N01", "N03")
@pytest.mark.timeout(180)
def test_kills_at_random(record_property):
    outcome, violations = chaos.run(SECONDS, CLIENTS, seed=3, pace=PACE)
    record_property("crash points", f"chaos: {outcome}")
    assert not violations, "\n".join(violation[:500] for violation in violations[:20])
