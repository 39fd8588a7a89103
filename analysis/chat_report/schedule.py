"""When a timer unit elapses next. Read from the unit's files with systemd's own tool, without asking the service
manager, which the report's service cannot reach."""

import re
import subprocess
from datetime import datetime, timedelta, timezone

SECONDS = 10  # time limit for the tool


def next_due(unit: str, now: datetime) -> datetime | None:
    """None if it has no calendar, or that cannot be determined. The unit's drop-ins count, as they do for systemd."""
    calendars: list[str] = []
    for line in _said("cat-config", f"systemd/system/{unit}").splitlines():
        if setting := re.fullmatch(r"\s*OnCalendar\s*=\s*(.*?)\s*", line):
            calendars = [*calendars, setting[1]] if setting[1] else []  # an empty one clears those before it
    found = [moment for calendar in calendars[:10] if (moment := _next(calendar, now))]
    return min(found, default=None)


def _next(calendar: str, now: datetime) -> datetime | None:
    # The second that has begun is over.
    base = (now + timedelta(seconds=1)).astimezone(timezone.utc)
    said = _said("calendar", f"--base-time={base:%Y-%m-%d %H:%M:%S} UTC", calendar)
    # UTC is on a line of its own, unless that is the local zone.
    for words in (r"\(in UTC\): \w+ (\S+ \S+) UTC", r"Next elapse: \w+ (\S+ \S+) UTC"):
        if match := re.search(words, said):
            return datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=timezone.utc).astimezone()
    return None


def _said(*arguments: str) -> str:
    try:
        done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""
