"""Tells a daemon at which of its marked steps to die: the test's side of services/shared/system/crash_point.h."""
import ctypes
import mmap
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

SERVICES = Path(__file__).resolve().parents[2] / "services"


TRACE_SIZE = 8192


class Words(ctypes.Structure):
    _fields_ = [("passed", ctypes.c_uint64), ("countdown", ctypes.c_uint64), ("next", ctypes.c_uint64), ("crashes", ctypes.c_uint64), ("name", ctypes.c_char * 96),
                ("only", ctypes.c_char * 96), ("line", ctypes.c_char * 96), ("tracing", ctypes.c_uint64), ("traced", ctypes.c_uint64), ("trace", (ctypes.c_char * 64) * TRACE_SIZE)]


def names_of_points(daemon):
    """All marked steps of a daemon, from its source. Those in shared rooms belong to the acceptor, which alone writes
    the queue and the rows of clients."""
    rooms = ["chat-acceptor", "shared"] if daemon == "acceptor" else [f"chat-{daemon}"]
    files = [path for room in rooms for path in sorted([*(SERVICES / room).rglob("*.h"), *(SERVICES / room).rglob("*.cpp")])]
    return [name for path in files for name in re.findall(r'CHAT_CRASH_POINT\("([^"]+)"\)', path.read_text(encoding="utf-8"))]



@dataclass(frozen=True)
class Crash:
    """When a daemon dies: at the `countdown`-th point from now, and its next process at its `again`-th; 0 means never.
    With `only`, just the points of that name are counted. With `now` it is killed at once, wherever it is."""
    countdown: int = 0
    again: int = 0
    only: str = ""
    now: bool = False

    def __str__(self):
        first = "at once" if self.now else f"at point {self.countdown}" if self.countdown else ""
        return ", ".join(filter(None, [first, f"again at point {self.again}" if self.again else "", f"counting '{self.only}'" if self.only else ""]))


class CrashControl:
    """Controls one daemon. The file must exist before the daemon starts."""

    def __init__(self, directory, daemon):
        self.daemon = daemon
        directory.mkdir(parents=True, exist_ok=True)
        with open(directory / f"chat-{daemon}", "w+b") as file:
            file.truncate(ctypes.sizeof(Words))
            self.memory = mmap.mmap(file.fileno(), ctypes.sizeof(Words))
        self.words = Words.from_buffer(self.memory)

    def arm(self, crash):
        self.words.countdown = 0
        self.words.only = crash.only.encode()
        self.words.next = crash.again
        self.words.countdown = crash.countdown

    def disarm(self):
        self.arm(Crash())

    def die_at_lines(self, text):
        """From now on each process dies whenever it processes a line with this text; "" ends that."""
        self.words.line = text.encode()

    def trace(self):
        """Starts recording the names of points."""
        ctypes.memset(self.words.trace, 0, ctypes.sizeof(self.words.trace))
        self.words.traced = 0
        self.words.tracing = 1

    def passes(self):
        """Ends the recording. Returns how often each point was passed."""
        self.words.tracing = 0
        assert self.words.traced <= TRACE_SIZE, f"{self.words.traced} points: more than there is room for"
        return Counter(name.value.decode() for name in self.words.trace[:self.words.traced] if name.value)

    @property
    def crashes(self):
        return self.words.crashes

    @property
    def last(self):
        """The name of the point at which it last died."""
        return self.words.name.decode()
