"""The socket of journald as a server under test sees it: the test takes the entries, or does not."""
import fcntl
import os
import socket

from deadline import wait_until
from mounting import needs_mount_namespace

# In a mount namespace of its own: /run/systemd/journal is the test's directory, and stderr counts as the journal.
INSIDE = """mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && mount --bind "$0" /run/systemd/journal &&
JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) && export JOURNAL_STREAM && exec "$@\""""
F_SETPIPE_SZ = 1031
CAUSED_BY_CLIENTS = {"client-connected", "client-left", "client-renamed", "client-refused", "calculated"}


class JournalSocket:
    def __init__(self, directory):
        needs_mount_namespace()
        directory.mkdir()
        self.directory = directory
        self.entries = []       # dictionaries of fields, oldest first
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        opened = os.open(directory, os.O_PATH | os.O_DIRECTORY)
        try:
            self.socket.bind(f"/proc/self/fd/{opened}/socket")      # a socket address has room only for a short path
        finally:
            os.close(opened)

    def command(self, command):
        """The command of a server that writes to this journal."""
        return ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", INSIDE, str(self.directory), *command]

    def read(self):
        """Takes all entries that are there. Returns all so far."""
        while True:
            try:
                datagram = self.socket.recv(1 << 20)
            except BlockingIOError:
                return self.entries
            self.entries.append(dict(line.split("=", 1) for line in datagram.decode().splitlines() if "=" in line))

    def wait_for(self, event):
        return wait_until(lambda: [entry for entry in self.read() if entry["CHAT_EVENT"] == event], f"an entry {event}")

    def by_clients(self):
        """How many entries that clients cause were written, and how many were left out."""
        self.read()
        written = sum(entry["CHAT_EVENT"] in CAUSED_BY_CLIENTS for entry in self.entries)
        return written, sum(int(entry["CHAT_ENTRIES"]) for entry in self.entries if entry["CHAT_EVENT"] == "journal-limited")

    def close(self):
        self.socket.close()


def pipe_that_nobody_reads(directory):
    """Its path, and a descriptor that keeps it open. It has room for one page."""
    path = directory / "unread"
    os.mkfifo(path)
    held = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    fcntl.fcntl(held, F_SETPIPE_SZ, 4096)
    return path, held
