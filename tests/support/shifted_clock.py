"""A clock that a test can advance or stop, for servers of a build with crash points: hours pass at once, or no time
passes."""
import mmap
import struct
import time

WORDS = struct.Struct("=3q")        # microseconds to add; the steady clock and the wall clock, where they stand still


class ShiftedClock:
    def __init__(self, path, held=False):
        """`held`: only forward() advances the time, so that no time-out of the server elapses, however slow the machine
        is."""
        self.environment = {"CHAT_CLOCK_SHIFT": str(path)}
        self.seconds = 0.0
        self.stands_at = (time.monotonic_ns() // 1000, time.time_ns() // 1000) if held else (0, 0)
        with path.open("w+b") as file:
            file.truncate(WORDS.size)
            self.memory = mmap.mmap(file.fileno(), WORDS.size)
        self.forward(0)

    def forward(self, seconds):
        self.seconds += seconds
        self.memory[:] = WORDS.pack(int(self.seconds * 1_000_000), *self.stands_at)
