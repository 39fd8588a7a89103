"""Writes traffic.csv: an empty cell and ID:NAME of each receiver, then a row a sender with the characters to each.

It has as many cells as there are pairs of sessions, nearly all of them 0, so it is written row by row and the runs of
zeros are cut from one string."""

import csv
import io
from typing import TextIO

from chat_report.summarise import Summary


def write_matrix(summary: Summary, file: TextIO) -> None:
    """file must not translate line ends; a row ends in LF."""
    cells = list(summary.clients["cell"])
    csv.writer(file, lineterminator="\n").writerow(["", *cells])
    zeros = ",0" * len(cells)
    filled: dict[int, list[tuple[int, int]]] = {}
    for row, column, characters in summary.pairs.itertuples(index=False):
        filled.setdefault(row, []).append((column, characters))
    for row, cell in enumerate(cells):
        file.write(_quoted(cell))
        begin = 0
        for column, characters in filled.get(row, ()):
            file.write(zeros[: 2 * (column - begin)])
            file.write(f",{characters}")
            begin = column + 1
        file.write(zeros[: 2 * (len(cells) - begin)])
        file.write("\n")


def matrix_bytes(summary: Summary) -> int:
    """About the size of the file, rather too little than too much."""
    cells = summary.clients["cell"]
    return 2 * len(cells) ** 2 + 2 * int(cells.str.len().sum())


def _quoted(cell: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([cell])
    return line.getvalue()
