"""The command: its arguments, the order of the work, and the one place where a failure becomes a line and a status."""

import argparse
import os
import signal
import sqlite3
import sys
import tempfile
import unicodedata
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from chat_report import VERSION, ReportError


def main() -> int:
    """The exit status: 0 done, 1 failed with one line on stderr, 2 wrong arguments, 128 + n stopped by signal n."""
    arguments = _arguments()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _stop)
    try:
        with ExitStack() as stack:
            _give_matplotlib_a_home(stack)
            make_report(arguments.database, arguments.output)
    except OSError as error:
        return _failed(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except sqlite3.Error as error:
        return _failed(f"{arguments.database}: {error}")
    except MemoryError:
        return _failed("out of memory")
    except ImportError as error:
        return _failed(f"{error} (Debian: python3-pandas, python3-matplotlib)")
    except ReportError as error:
        return _failed(str(error))
    return 0


def make_report(database: Path, output: Path) -> None:
    """Raises ReportError, OSError or sqlite3.Error; then the old report is as it was."""
    # These take matplotlib and pandas with them, a second or more: not for --help.
    from chat_report.draw import draw_load, draw_traffic
    from chat_report.matrix import matrix_bytes, write_matrix
    from chat_report.page import page
    from chat_report.read import read_log
    from chat_report.summarise import summarise
    from chat_report.write import Files

    made = datetime.now().astimezone()
    summary = summarise(read_log(database))
    load_png = draw_load(summary.load, summary.others)
    traffic_png = draw_traffic(summary.traffic, len(summary.clients))

    with Files(output) as files:
        # The log is likely to be on the same disk, and the chat stops when it has no room: the report takes at most half of it.
        if matrix_bytes(summary) > files.free_bytes() // 2:
            raise ReportError(f"{output}: traffic.csv of {len(summary.clients):,} clients would take more than half of the space left")
        with files.new("load.png") as file:
            file.write(load_png)
        with files.new("traffic.png") as file:
            file.write(traffic_png)
        with files.new("traffic.csv") as file:
            write_matrix(summary, file)
        with files.new("index.html") as file:
            file.write(page(summary, load_png, traffic_png, made).encode("utf-8"))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="chat-report",
        description="Makes the load report of a chat server from its log: load.png, traffic.png, traffic.csv and index.html.",
        allow_abbrev=False,
    )
    parser.add_argument("--database", metavar="FILE", type=Path, required=True, help="the log of the server, chat.db in its state directory; only read")
    parser.add_argument("--output", metavar="DIR", type=Path, required=True, help="where the report is put; made if missing, an older report is replaced")
    parser.add_argument("--version", action="version", version=f"chat-report {VERSION}")
    return parser.parse_args()


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
    line = "".join("?" if unicodedata.category(c) in ("Cc", "Cs") else c for c in line)
    print(f"chat-report: {line}", file=sys.stderr)
    return 1
