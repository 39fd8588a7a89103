"""Writes traffic.csv: an empty cell and ID:NAME of each receiver, then one row per sender with the characters to each.

It has as many cells as there are pairs of sessions, nearly all of them 0, so it is written row by row and the runs of
zeros are cut from one string."""

import csv
import io
from typing import BinaryIO

from chat_report.names import cell
from chat_report.rollup import Rollup
from chat_report.summarise import BY_CONNECTING

NAME = "traffic.csv"


def write_matrix(rollup: Rollup, file: BinaryIO) -> None:
    """UTF-8; a row ends in LF. Raises OSError."""
    sessions = rollup.connection.execute(f"SELECT session, client_id, name FROM session {BY_CONNECTING}").fetchall()
    cells = [_quoted(cell(*row)) for row in sessions]
    place = {row[0]: position for position, row in enumerate(sessions)}
    file.write(b",".join([b"" if cells else b'""', *cells]) + b"\n")
    zeros = b",0" * len(cells)
    query = "SELECT receiver, characters FROM pair WHERE sender = ? AND characters <> 0 AND receiver <> 0"
    for row, session in zip(cells, place):
        file.write(row)
        begin = 0
        for column, characters in sorted((place[receiver], characters) for receiver, characters in rollup.connection.execute(query, (session,))):
            file.write(zeros[: 2 * (column - begin)])
            file.write(b",%d" % characters)
            begin = column + 1
        file.write(zeros[: 2 * (len(cells) - begin)])
        file.write(b"\n")


def matrix_bytes(clients: int) -> int:
    """About the size of the file; if in doubt too small."""
    return 2 * clients**2


def _quoted(words: str) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([words])
    return line.getvalue().encode("utf-8")
