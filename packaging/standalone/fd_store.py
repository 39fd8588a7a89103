"""The descriptors that a daemon has stored (FDSTORE=1), passed to it again at each start.

As in systemd: a descriptor of a connection that ended (EPOLLHUP or EPOLLERR) is dropped, the same open socket is kept
only once, and beyond the limit nothing is accepted.
"""
import os

DEFAULT_BOUND = 1024
DEFAULT_NAME = "stored"


def identity(descriptor):
    """What distinguishes two open files, even duplicated ones: device and inode, which are unique to each socket."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


class FdStore:
    """Owns its descriptors; `epoll` reports hang-ups, which the loop passes to drop()."""

    def __init__(self, epoll, bound=DEFAULT_BOUND):
        self.epoll = epoll
        self.bound = bound
        self.entries = {}       # descriptor: (name, identity), oldest first
        self.identities = set()

    def add(self, descriptor, name):
        """Takes the descriptor, or closes it if it is already there or the store is full. Returns whether it was
        taken."""
        key = identity(descriptor)
        if key in self.identities or len(self.entries) >= self.bound:
            os.close(descriptor)
            return False
        try:
            self.epoll.register(descriptor, 0)      # only hang-ups and errors
        except PermissionError:
            pass                                    # a plain file: nothing to watch
        self.entries[descriptor] = (name or DEFAULT_NAME, key)
        self.identities.add(key)
        return True

    def drop(self, descriptor):
        _, key = self.entries.pop(descriptor)
        self.identities.discard(key)
        try:
            self.epoll.unregister(descriptor)       # before the close: the daemon's copy would keep it registered
        except OSError:
            pass
        os.close(descriptor)

    def remove(self, name):
        """Drops every descriptor of that name (FDSTOREREMOVE=1)."""
        for descriptor in [d for d, (stored_name, _) in self.entries.items() if stored_name == name]:
            self.drop(descriptor)

    def named_descriptors(self):
        return [(name, descriptor) for descriptor, (name, _) in self.entries.items()]

    def close(self):
        for descriptor in list(self.entries):
            self.drop(descriptor)
