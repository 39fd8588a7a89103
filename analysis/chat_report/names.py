"""How clients and people are called in the report."""

import unicodedata

LONGEST = 32


def cell(session: int, client_id: int | None, name: str | None) -> str:
    """A client as the CSV files have it: ID:NAME. Some may not be in the log yet, which has two writers."""
    return f"{client_id or 0}:{printable(name) if name is not None else f'unknown-{session}'}"


def label(session: int, client_id: int | None, name: str | None) -> str:
    """A client as people read it: NAME (ID)."""
    return f"{shortened(printable(name)) if name is not None else f'unknown-{session}'} ({client_id or 0})"


def shortened(name: str) -> str:
    """The server allows no longer ones."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def printable(name: str) -> str:
    """The name without characters that would break a line or change the text direction; the server rejects such
    names."""
    return "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)
