"""The words by which a test tells a daemon at which of its marked steps to die: the other side of services/shared/crash_point.h."""
import ctypes
import mmap


class Words(ctypes.Structure):
    _fields_ = [("passed", ctypes.c_uint64), ("countdown", ctypes.c_uint64), ("next", ctypes.c_uint64), ("deaths", ctypes.c_uint64), ("name", ctypes.c_char * 96)]


class CrashControl:
    """Of one daemon. The file must be there before the daemon starts."""

    def __init__(self, directory, daemon):
        self.daemon = daemon
        directory.mkdir(parents=True, exist_ok=True)
        with open(directory / f"chat-{daemon}", "w+b") as file:
            file.truncate(ctypes.sizeof(Words))
            self.memory = mmap.mmap(file.fileno(), ctypes.sizeof(Words))
        self.words = Words.from_buffer(self.memory)

    def arm(self, countdown, after_restart=0):
        """The daemon dies at the `countdown`-th point from now; its next process at its `after_restart`-th. 0: not at all."""
        self.words.next = after_restart
        self.words.countdown = countdown

    def disarm(self):
        self.arm(0)

    @property
    def passed(self):
        """Points passed so far."""
        return self.words.passed

    @property
    def deaths(self):
        return self.words.deaths

    @property
    def last(self):
        """Name of the point at which it died last."""
        return self.words.name.decode()
