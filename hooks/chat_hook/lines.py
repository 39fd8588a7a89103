"""Texts from outside as lines that the chat server accepts: each line of a text is one message."""

import re
import unicodedata

BIDIRECTIONAL = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
TAGS = "\U000e0000-\U000e007f"
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xFFFE, 0xFFFF))
DROPPED = re.compile(f"[{BIDIRECTIONAL}{TAGS}]")
REPLACED = re.compile(f"[\ud800-\udfff{NONCHARACTERS}]")


def lines_of(text: str) -> list[str]:
    """Its lines without empty ones. Python's idea of a line end includes all that docs/protocol.md refuses in a line."""
    return [line for line in map(clean, text.splitlines()) if line]


def one_line(text: str) -> str:
    """The same text as one line, for what belongs together."""
    return clean(" ".join(text.split()))


def clean(line: str) -> str:
    """What the server would answer with bad-text becomes a space or U+FFFD, or is dropped if it is invisible."""
    line = REPLACED.sub("\ufffd", DROPPED.sub("", line))
    return "".join(" " if c != "\t" and unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in line).rstrip()


def cut(line: str, most: int) -> str:
    """At most this many bytes of UTF-8, and an ellipsis where something is missing."""
    encoded = line.encode("utf-8")
    if len(encoded) <= most:
        return line
    return encoded[: most - len("…".encode("utf-8"))].decode("utf-8", "ignore") + "…"


def bounded(lines: list[str], most_lines: int, most_bytes: int) -> list[str]:
    """At most this many lines; the last one says how many are missing."""
    if len(lines) > most_lines:
        kept = lines[: most_lines - 1]
        lines = [*kept, f"… and {len(lines) - len(kept)} more lines"]
    return [cut(line, most_bytes) for line in lines]
