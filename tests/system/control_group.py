"""A control group for a machine on a host without systemd. Without one, the machines of two test runs would share theirs:
each systemd would see, and end, the other's processes."""
import contextlib
import os
from pathlib import Path

# Where hierarchies are mounted that systemd in a container uses: all in one, or the two of a hybrid set-up.
HIERARCHIES = ("/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified")


class ControlGroup:
    def __init__(self, name):
        """Makes the group in each hierarchy in which that is possible."""
        self.groups = []
        for hierarchy in map(Path, HIERARCHIES):
            if (hierarchy / "cgroup.procs").exists():
                with contextlib.suppress(OSError):
                    (hierarchy / name).mkdir(exist_ok=True)
                    self.groups.append(hierarchy / name)

    def enter(self):
        """Moves the calling process into it; for preexec_fn."""
        for group in self.groups:
            (group / "cgroup.procs").write_text(str(os.getpid()))

    def remove(self):
        """Removes it with all groups in it. Processes must have ended."""
        for group in self.groups:
            for inner, _, _ in os.walk(group, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(inner)
