"""Puts the files of a report in place: all are complete and on disk before the first one appears under its name,
so that a failure leaves the old report as it was, and a reader sees an old or a new file, never half of one."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from chat_report import ReportError

PREFIX = ".chat-report-"
LEFT_OVER_AFTER_SECONDS = 3600


class Files:
    """Files to be put into one directory. Used in a with statement: on leaving it without an exception, all are put in
    place in the order they were made; with one, nothing changes."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._finished: list[tuple[str, Path]] = []  # temporary file, final path
        self._outdated: list[Path] = []

    def __enter__(self) -> "Files":
        if os.path.lexists(self.directory) and not self.directory.is_dir():
            raise ReportError(f"{self.directory}: not a directory")
        self.directory.mkdir(parents=True, exist_ok=True)
        _remove_left_over(self.directory)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self._put_in_place()
        finally:
            for temporary, _place in self._finished:
                _remove(temporary)

    @contextmanager
    def new(self, name: str) -> Iterator[BinaryIO]:
        """A file to write the contents of name into. Raises ReportError if it cannot be written, or if something else
        is in its place."""
        place = self.directory / name
        if os.path.lexists(place) and (place.is_symlink() or not place.is_file()):
            raise ReportError(f"{place}: not a regular file, so it is not replaced")
        try:
            descriptor, temporary = tempfile.mkstemp(prefix=PREFIX, suffix=f"-{name}", dir=self.directory)
            self._finished.append((temporary, place))
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fchmod(descriptor, 0o666 & ~_umask())
                os.fsync(descriptor)
        except OSError as error:
            raise ReportError(f"{place}: {error.strerror}") from error

    def without(self, name: str) -> None:
        """Removes an older file of that name when the new ones are put in place."""
        self._outdated.append(self.directory / name)

    def free_bytes(self) -> int:
        """What an unprivileged process may still write there."""
        status = os.statvfs(self.directory)
        return status.f_bavail * status.f_frsize

    def _put_in_place(self) -> None:
        for temporary, place in self._finished:
            os.replace(temporary, place)
        for place in self._outdated:
            place.unlink(missing_ok=True)
        descriptor = os.open(self.directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _remove_left_over(directory: Path) -> None:
    """Removes files of a run that was killed. A recent one may belong to a run that is still busy."""
    for path in directory.glob(PREFIX + "*"):
        try:
            if time.time() - path.lstat().st_mtime > LEFT_OVER_AFTER_SECONDS:
                path.unlink()
        except OSError:
            continue  # already gone, or not ours: it does not harm the report


def _remove(temporary: str) -> None:
    try:
        os.unlink(temporary)
    except FileNotFoundError:
        pass  # already in place


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
