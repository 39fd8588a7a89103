"""A server whose daemons can be held back before they restart, so that a test can change what they find."""
import os
import signal
import subprocess

from chat_server import BUILD, Server
from deadline import wait_until
from instance import instance_name

SCRIPT = """#!/bin/sh
while [ -e '{hold}' ]; do sleep 0.01; done
exec '{program}' "$@"
"""


class HeldServer(Server):
    """`programs` maps a daemon to the directory of its build if that is not the one under test."""

    def __init__(self, state, directory, settings=None, programs=None, **options):
        super().__init__(state, settings, build=directory, **options)
        self.directory = directory
        for daemon in ("acceptor", "delivery"):
            self.install(daemon, (programs or {}).get(daemon, BUILD))

    def install(self, daemon, build=BUILD):
        """The daemon comes from this build from its next start on."""
        name = f"chat-{daemon}"
        script = self.directory / "services" / name / name
        script.parent.mkdir(parents=True, exist_ok=True)
        new = script.with_suffix(".new")
        new.write_text(SCRIPT.format(hold=self._hold(daemon), program=build / "services" / name / name), encoding="utf-8")
        new.chmod(0o755)
        os.replace(new, script)

    def _hold(self, daemon):
        return self.directory / f"hold-{daemon}"

    def hold_first(self, *daemons):
        """Call before spawn(): these daemons do not start before release(). Their sockets are open."""
        for daemon in daemons:
            self._hold(daemon).touch()

    def hold(self, *daemons, number=signal.SIGKILL):
        """Ends these daemons; the next ones do not start before release()."""
        for daemon in daemons:
            self._hold(daemon).touch()
        self.kill(*daemons, number=number)

    def release(self, *daemons):
        for daemon in daemons:
            self._hold(daemon).unlink()

    def make_segment_older(self):
        """Turns the segment into one of 0.1.0; call it while both are held."""
        subprocess.run([BUILD / "tests" / "unit" / "older_segment", instance_name(self.state)], check=True, timeout=60)

    @property
    def unfinished(self):
        """Where a conversion makes the new object."""
        return self.segment.with_name(self.segment.name + ".new")

    def upgrade(self, *order, between=lambda: None):
        """Restarts both, released in this order, with a segment of 0.1.0."""
        self.hold("acceptor", "delivery")
        self.make_segment_older()
        self.release(order[0])
        between()
        self.release(order[1])
        wait_until(lambda: self.text().count("was converted") > 0, "the segment is converted")
