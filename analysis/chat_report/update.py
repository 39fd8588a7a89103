"""Brings the sums up to date with the log: piece by piece, each read in a short transaction of the log and added in
one transaction of the sums."""

import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from chat_report import ReportError
from chat_report.database import Log, look_into
from chat_report.read import MESSAGES_AT_ONCE, check_tables, highest_message, lowest_message, read_piece
from chat_report.rollup import Rollup

PROGRESS_SECONDS = 2  # between two progress lines


def update(rollup: Rollup, database: Path, rebuild: bool = False, at_once: int = MESSAGES_AT_ONCE) -> None:
    """rebuild: deletes the old sums first. Raises ReportError, sqlite3.Error or OSError; what was added until then
    stays, and the next update resumes there."""
    # Requested once, done once: a repeated reading continues.
    fresh = [rebuild]
    look_into(database, lambda log: _catch_up(rollup, log, database, fresh, at_once))
    rollup.trim()


def _catch_up(rollup: Rollup, log: Log, database: Path, fresh: list[bool], at_once: int) -> None:
    check_tables(log.connection, database)
    progress = _Progress(rollup, log)
    first = True
    while True:
        # The lock comes before reading the marks: of two concurrent updates, each resumes where the other was.
        with rollup.change():
            if fresh[0]:
                rollup.forget()
            piece = read_piece(log.connection, database, rollup.marks(), rollup.open_sessions() if first else [], at_once)
            try:
                rollup.add(piece)
            except (sqlite3.IntegrityError, TypeError) as error:
                raise ReportError(f"{database}: not a chat log: a number was expected where something else stands") from error
            log.check()
        fresh[0] = first = False
        progress.show(piece.marks.message, piece.complete)
        if piece.complete:
            return


class _Progress:
    """Lines on stderr about a long update; none about a short one, or one with a single piece."""

    def __init__(self, rollup: Rollup, log: Log, say: Callable[[str], None] | None = None) -> None:
        self.begin = max(rollup.marks().message, lowest_message(log.connection) - 1)
        self.end = highest_message(log.connection)
        self.next = time.monotonic() + PROGRESS_SECONDS
        self.shown = -1
        self.say = say or (lambda line: print(line, file=sys.stderr, flush=True))

    def show(self, message: int, complete: bool) -> None:
        now = time.monotonic()
        if now < self.next or self.end <= self.begin or (complete and self.shown < 0):
            return
        self.next = now + PROGRESS_SECONDS
        percent = min(100, 100 * (message - self.begin) // (self.end - self.begin))
        if percent > self.shown:
            self.shown = percent
            self.say(f"chat-report: reading the log: {percent} %")
