"""Floods that are not answered, on the release build: only there is reading them fast enough to matter."""
import time
from threading import Thread

import pytest


@pytest.mark.requirement("R80", "N06")
def test_flood_of_empty_lines_is_read_at_a_pace_that_costs_nobody(server):
    """They are not answered and cost no line of the rate, so they are read slowly: an inbox of them at a time."""
    flooder, other = server.people("Flooder", "Other")
    begin = time.monotonic()
    talker = Thread(target=flooder.raw, args=(b"\n" * 3_000_000 + b"/echo end\n",))
    talker.start()
    for number in range(20):
        assert other.ask(f"/echo {number}").text == str(number)
    flooder.expect("echo", "end")
    talker.join()
    assert time.monotonic() - begin > 0.5, "3 MB in pieces of 32 KiB, with pauses of 10 ms"
