"""Waiting for events: every wait in the tests has a deadline, and none is a fixed sleep."""
import os
import time

# Seconds; sanitizer builds on a busy machine are slow, emulated processors slower, and a passing test never waits this long.
PATIENCE = float(os.environ.get("CHAT_PATIENCE", "20"))


class Deadline:
    def __init__(self, seconds=PATIENCE):
        self.at = time.monotonic() + seconds

    def left(self):
        """Seconds left, never negative."""
        return max(0.0, self.at - time.monotonic())

    def passed(self):
        return time.monotonic() >= self.at


def wait_until(condition, what, seconds=PATIENCE):
    """Polls until `condition()` is true and returns its value; fails with `what` after the deadline."""
    deadline = Deadline(seconds)
    while not (value := condition()):
        assert not deadline.passed(), f"timed out after {seconds:g} s waiting for: {what}"
        time.sleep(0.01)
    return value


def seconds_since(begin, clock=time.localtime):
    """Each second from `begin` to now, as local date and time: an answer given meanwhile shows one of them."""
    return [clock(second) for second in range(int(begin), int(time.time()) + 1)]
