"""Writes traffic.csv: an empty cell and ID:NAME of each receiver, then a row a sender with the characters to each.

It has as many cells as there are pairs of sessions, nearly all of them 0, so it is written row by row and the runs of
zeros are cut from one string."""

import csv
import io
from typing import BinaryIO

from chat_report.summarise import Summary


def write_matrix(summary: Summary, file: BinaryIO) -> None:
    """UTF-8; a row ends in LF. Raises OSError."""
    cells = [_quoted(cell) for cell in summary.clients["cell"]]
    file.write(b",".join([b"" if cells else b'""', *cells]) + b"\n")
    zeros = b",0" * len(cells)
    pairs = summary.pairs.itertuples(index=False)
    pair = next(pairs, None)
    for row, cell in enumerate(cells):
        file.write(cell)
        begin = 0
        while pair is not None and pair.row == row:
            file.write(zeros[: 2 * (pair.column - begin)])
            file.write(b",%d" % pair.characters)
            begin = pair.column + 1
            pair = next(pairs, None)
        file.write(zeros[: 2 * (len(cells) - begin)])
        file.write(b"\n")


def matrix_bytes(summary: Summary) -> int:
    """About the size of the file, rather too little than too much."""
    cells = summary.clients["cell"]
    return 2 * len(cells) ** 2 + 2 * int(cells.str.len().sum())


def _quoted(cell: str) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([cell])
    return line.getvalue().encode("utf-8")
