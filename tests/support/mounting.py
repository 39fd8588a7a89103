"""Full file systems, and mounts that only one test sees."""
import shutil
import subprocess

import pytest


def fill(directory):
    """Takes all the space that is left there; returns the file that takes it."""
    filler = directory / "filler"
    with open(filler, "wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return filler


def with_own_memory(server, size):
    """The server, not started yet, gets a /dev/shm of its own, of this size."""
    needs_mount_namespace()
    inside = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", f'mount -t tmpfs -o size={size} tmpfs /dev/shm && exec "$@"', "sh"]
    command = server.command()
    server.command = lambda: inside + command
    return server


def needs_mount_namespace():
    """Skips the test if none can be made."""
    if not shutil.which("unshare") or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("cannot make a mount namespace")
