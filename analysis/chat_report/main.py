"""The command: its arguments, the order of the work, and the only place that turns a failure into a line and a
status."""

import argparse
import logging
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import unicodedata
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from chat_report import VERSION, ReportError, values
from chat_report.selection import Selection, lost_detail, moment, select

DATABASE = Path("/var/lib/chat/chat.db")
MATRIX_MB = 256

USAGE = """chat-report --output DIR [OPTION]...
       chat-report show [--json] [OPTION]..."""
DESCRIPTION = "Make the load report of a chat server from its log; show prints the tables."
EPILOG = """
TIME is a day (2026-11-20), a time (2026-11-20T08:00), today, yesterday, or how long ago (90m, 12h, 7d, 4w); full hours count. Exit status: 0 done, 1 failed, 2 usage error.
"""


class _Parser(argparse.ArgumentParser):
    """A mistake is one line on stderr, and the output of --help and --version counts as written only if it is."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"chat-report: {_one_line(message)} (usage: chat-report --help)\n")

    def print_help(self, file: object = None) -> None:
        _print(self.format_help())


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        _print(f"chat-report {VERSION}\n")
        parser.exit()


class _Screen(argparse.HelpFormatter):
    """The help fits a screen of 80 columns and 24 lines."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=20, width=80)


def main(argv: list[str] | None = None) -> int:
    """The exit status: 0 done, 1 failed with one line on stderr, 2 wrong arguments, 128 + n stopped by signal n."""
    database = DATABASE
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        with ExitStack() as stack:
            arguments = _arguments(argv)
            database = arguments.database
            rollup = _sums(stack, arguments.database, arguments.rollup, arguments.rebuild)
            select(rollup, arguments.selection)
            if arguments.what == "show":
                _show(rollup, arguments)
            else:
                _give_matplotlib_a_home(stack)
                make_report(rollup, arguments.output, arguments.selection, arguments.timer, arguments.matrix_mb)
    except BrokenPipeError:
        # The reader of the tables has stopped reading.
        _discard_output()
        return 128 + signal.SIGPIPE
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except sqlite3.Error as error:
        return _failed(f"{database}: {error}")
    except MemoryError:
        return _failed("out of memory")
    except ImportError as error:
        return _failed(f"{error} (Debian: python3-numpy, python3-matplotlib)")
    except ReportError as error:
        return _failed(str(error))
    return 0


def make_report(rollup, output: Path, selection: Selection = Selection(), timer: str | None = None, matrix_mb: int = MATRIX_MB) -> None:
    """rollup: the sums, narrowed to the selection. Raises ReportError, OSError or sqlite3.Error; then the old report is
    unchanged."""
    # On a slow machine, its first run reports that it searches for fonts, which is not a problem to fix.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    # These import matplotlib, which takes half a second or more: not for --help and show.
    from chat_report import draw, lists, matrix, plain, style, vector
    from chat_report.captions import alternative
    from chat_report.page import Occasion, page
    from chat_report.schedule import next_due
    from chat_report.summarise import summarise
    from chat_report.write import Files

    made = datetime.now().astimezone()
    occasion = Occasion(made, next_due(timer, made) if timer else None)
    summary = summarise(rollup, selection.words() + lost_detail(rollup, selection), selection.until)
    with style.style():
        figures = {name: draw.draw(name, summary) for name in draw.NAMES}
        svgs = {name: style.as_svg(figure) for name, figure in figures.items()}
        pngs = {name: style.as_png(figure) for name, figure in figures.items()}

    with Files(output) as files:
        for name in draw.NAMES:
            with files.new(f"{name}.png") as file:
                file.write(pngs[name])
            with files.new(f"{name}.svg") as file:
                file.write(vector.standing_alone(svgs[name], name, alternative(name, summary)).encode("utf-8"))
        left_out = _matrix_too_large(summary.clients, matrix_mb)
        if left_out:
            print(f"chat-report: {left_out}", file=sys.stderr)
            files.without(matrix.NAME)
        else:
            # The log is probably on the same disk, and the chat stops when that is full: the report takes at most half
            # of the free space.
            if matrix.matrix_bytes(summary.clients) > files.free_bytes() // 2:
                raise ReportError(f"{output}: traffic.csv of {summary.clients:,} clients would take more than half of the space left")
            with files.new(matrix.NAME) as file:
                matrix.write_matrix(rollup, file)
        for name in lists.LISTS:
            with files.new(name) as file:
                lists.write_list(rollup, name, file)
        with files.new("report.json") as file:
            file.write(plain.as_json(summary, made, occasion.due).encode("utf-8"))
        with files.new("index.html") as file:
            file.write(page(summary, svgs, occasion, left_out).encode("utf-8"))


def _matrix_too_large(clients: int, matrix_mb: int) -> str:
    from chat_report.matrix import matrix_bytes

    megabytes = matrix_bytes(clients) >> 20
    return f"traffic.csv is left out: for {clients:,} clients it would take {megabytes:,} MiB; pairs.csv has the same numbers" if megabytes > matrix_mb else ""


def _show(rollup, arguments: argparse.Namespace) -> None:
    from chat_report.plain import as_json, as_text
    from chat_report.summarise import summarise

    summary = summarise(rollup, arguments.selection.words() + lost_detail(rollup, arguments.selection), arguments.selection.until)
    made = datetime.now().astimezone()
    width = max(40, shutil.get_terminal_size((100, 24)).columns) if sys.stdout and sys.stdout.isatty() else 100
    text = as_json(summary, made, None) if arguments.json else as_text(summary, width)
    _print(text)


def _sums(stack: ExitStack, database: Path, given: Path | None, rebuild: bool):
    """The sums, up to date as far as the caller's permissions allow: a caller that may not read the log or write the
    sums sees them as of the timer's last run."""
    from chat_report.rollup import Rollup
    from chat_report.update import update

    path = given or Path(f"{os.path.realpath(database)}.rollup")
    there = os.path.lexists(path)
    writable = os.access(path, os.R_OK | os.W_OK) if there else True
    if (writable and os.access(path.parent, os.W_OK | os.X_OK)) or given or rebuild:
        if not there:
            os.stat(database)  # no sums of a log that does not exist
        rollup = stack.enter_context(Rollup(str(path), log=database))
        update(rollup, database, rebuild)
    elif there and os.access(path, os.R_OK):
        rollup = stack.enter_context(Rollup(str(path), write=False))
    else:
        rollup = stack.enter_context(Rollup(""))
        update(rollup, database)
    return rollup


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="chat-report", usage=USAGE, description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False, formatter_class=_Screen)
    now = datetime.now().astimezone()

    def time(text: str) -> datetime:
        try:
            return moment(text, now)
        except ValueError:
            raise argparse.ArgumentTypeError(f"not a time: {values.shown(text)}") from None

    parser.add_argument("what", nargs="?", choices=["show"], metavar="show", help=argparse.SUPPRESS)
    parser.add_argument("--output", metavar="DIR", type=values.path, help="where to write the report; replaces an older one")
    parser.add_argument("--database", metavar="FILE", type=values.path, default=DATABASE, help=f"the server's log, only read ({DATABASE})")
    parser.add_argument("--rollup", metavar="FILE", type=values.path, help="where the totals are kept (the log's name with .rollup)")
    parser.add_argument("--rebuild", action="store_true", help="discard the totals and compute them again from the log")
    parser.add_argument("--since", metavar="TIME", type=time, help="only what happened from then on")
    parser.add_argument("--until", metavar="TIME", type=time, help="only what happened before")
    parser.add_argument("--client", metavar="ID|NAME", type=values.client, help="only what this client sent or received")
    parser.add_argument("--room", metavar="ROOM|GID", type=values.room, help="only what was written in this room or group")
    parser.add_argument("--json", action="store_true", help="with show: print the contents of report.json")
    parser.add_argument("--timer", metavar="UNIT", type=values.timer, help="the timer that runs this: the page shows when it is due")
    parser.add_argument("--matrix-mb", metavar="MIB", type=values.size, default=MATRIX_MB, help=f"leave traffic.csv out if it would be larger ({MATRIX_MB})")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    arguments = parser.parse_args(argv)
    if arguments.what is None and arguments.output is None:
        parser.error("expected --output DIR or show")
    if arguments.json and arguments.what is None:
        parser.error("--json requires show")
    if arguments.since and arguments.until and arguments.since >= arguments.until:
        parser.error("--since must be before --until")
    arguments.selection = Selection(arguments.since, arguments.until, arguments.client, arguments.room)
    return arguments


def _give_matplotlib_a_home(stack: ExitStack) -> None:
    """A directory for its font cache: what the caller or the service manager gives, else the home directory, else one
    for this run only. Without it matplotlib warns and leaves a directory behind."""
    if "MPLCONFIGDIR" not in os.environ and "CACHE_DIRECTORY" in os.environ:
        os.environ["MPLCONFIGDIR"] = os.environ["CACHE_DIRECTORY"].split(":")[0]
    given = os.environ.get("MPLCONFIGDIR")
    if not (_usable(given) if given else _usable(os.path.expanduser("~"))):
        os.environ["MPLCONFIGDIR"] = stack.enter_context(tempfile.TemporaryDirectory(prefix="chat-report-"))


def _usable(directory: str) -> bool:
    return os.path.isdir(directory) and os.access(directory, os.W_OK | os.X_OK)


def _stop(number: int, _frame: object) -> None:
    # An exception, so that temporary files are removed on the way out.
    raise SystemExit(128 + number)


def _failed(line: str) -> int:
    print(f"chat-report: {_one_line(line)}", file=sys.stderr)
    return 1


def _one_line(words: str) -> str:
    return "".join("?" if unicodedata.category(c) in ("Cc", "Cs") else c for c in words)


def _print(text: str) -> None:
    """To standard output, at once. Raises ReportError, or BrokenPipeError if nobody reads it."""
    if sys.stdout is None:
        raise ReportError("standard output is closed")
    try:
        sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "replace"))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_output()
        raise ReportError(f"standard output: {error.strerror}") from error


def _discard_output() -> None:
    """What is still buffered would be written at the exit, and fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
