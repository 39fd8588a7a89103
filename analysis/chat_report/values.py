"""What the options accept as values. Each function raises argparse.ArgumentTypeError with the mistake in words."""

import re
from argparse import ArgumentTypeError
from pathlib import Path

LONGEST_SHOWN = 60


def path(text: str) -> Path:
    """An empty one would be the current directory."""
    if not text:
        raise ArgumentTypeError("expected a path, but it is empty")
    return Path(text)


def client(text: str) -> str:
    if re.fullmatch(r"[-+]?[0-9]+", text) and not re.fullmatch(r"[0-9]{5}", text):
        raise ArgumentTypeError(f"not an id, which has five digits: {shown(text)}")
    if not text.strip():
        raise ArgumentTypeError("expected an id or a name, but it is empty")
    return text


def room(text: str) -> str:
    name = text.removeprefix("#")
    if not name.strip():
        raise ArgumentTypeError("expected a room or the number of a group, but it is empty")
    if re.fullmatch(r"[-+][0-9]+|[0-9]{19,}", name):
        raise ArgumentTypeError(f"not the number of a group: {shown(text)}")
    return text


def timer(text: str) -> str:
    """The name of a unit; never a path, which would be read as a file of units."""
    if not re.fullmatch(r"[A-Za-z0-9:_.@\\-]{1,249}\.timer", text):
        raise ArgumentTypeError(f"not the name of a timer unit: {shown(text)}")
    return text


def size(text: str) -> int:
    """In MiB, at most 9,999,999."""
    if not re.fullmatch("[0-9]{1,7}", text):
        raise ArgumentTypeError(f"not a size in MiB: {shown(text)}")
    return int(text)


def shown(text: str) -> str:
    return repr(text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…")
