"""Lets the tests of this directory import the modules in it."""
import os
import random
import re
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))
# set here, so that all workers share it
os.environ.setdefault("CHAT_CRASH_SEED", str(random.SystemRandom().randrange(1_000_000)))


def pytest_terminal_summary(terminalreporter):
    """Reports how many points there were, and how many crashes."""
    lines = [value for reports in terminalreporter.stats.values() for report in reports for key, value in getattr(report, "user_properties", []) if key == "crash points"]
    if lines:
        terminalreporter.section("crashes of daemons")
        for line in sorted(set(lines)):
            terminalreporter.write_line(line)
        total = [sum(int(number) for line in set(lines) for number in re.findall(rf"(\d+) {what}\b", line)) for what in ("performances", "crashes", "kills", "violations")]
        terminalreporter.write_line("together: {} performances with {} crashes; {} random kills; {} violations".format(*total) +
                                       f" (CHAT_CRASH_SEED={os.environ['CHAT_CRASH_SEED']})")
