"""A clock that a test can put forward, for servers of a build with crash points: hours pass in no time."""
import mmap
import struct


class ShiftedClock:
    def __init__(self, path):
        path.write_bytes(bytes(8))
        self.environment = {"CHAT_CLOCK_SHIFT": str(path)}
        with path.open("r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 8)
        self.seconds = 0.0

    def forward(self, seconds):
        self.seconds += seconds
        self.memory[:] = struct.pack("=q", int(self.seconds * 1_000_000))
