"""Each IRC client while the daemons are killed, restarted and replaced by other programs: it notices nothing."""
import re
import signal
from pathlib import Path

import builds
import pytest
from deadline import wait_until
from programs import CHANNEL, PATIENCE

DAEMONS = ("acceptor", "delivery")
SERVICES = ("chat-acceptor", "chat-delivery", "chat-auth")


def point_to(programs, build):
    """Makes these the programs of a build, as dpkg replaces them: running processes keep the old ones."""
    for name in SERVICES:
        link = build / "services" / name / name
        link.parent.mkdir(parents=True, exist_ok=True)
        new = link.with_suffix(".dpkg-new")
        new.symlink_to(programs / "services" / name / name)
        new.rename(link)


@pytest.fixture
def server(program, start_server, tmp_path):
    """A server whose programs can be replaced."""
    program.require()
    point_to(builds.RELEASE, tmp_path / "build")
    return start_server(build=tmp_path / "build", front="tls" if program.tls else None)


@pytest.mark.requirement("N01")
def test_it_notices_nothing(alice, robin, server):
    address = address_of(server, "Alice")
    said, heard = [], []

    def talk():
        """Each says something; what Robin says is only awaited at the end."""
        alice.say(f"from Alice {len(said)}")
        robin.send(f"/say {CHANNEL} from Robin {len(heard)}")
        said.append(str(len(said)))
        heard.append(str(len(heard)))

    talk()
    for _ in range(2):
        server.kill(*DAEMONS)
        talk()
    for daemon in DAEMONS:
        server.kill(daemon, number=signal.SIGUSR2)
        talk()
    point_to(builds.SANITIZED, server.build)
    server.kill(*DAEMONS, number=signal.SIGUSR2)
    talk()
    wait_until(lambda: all(is_of(builds.SANITIZED, server, daemon) for daemon in DAEMONS), "the daemons are replaced")

    texts = [robin.wait_for("message", PATIENCE, name="Alice").text for _ in said]
    assert texts == [f"from Alice {number}" for number in said]
    alice.see(rf"from Robin {heard[-1]}\b")
    shown = alice.shown()
    assert re.findall(r"from Robin (\d+)", shown) == heard
    assert not (gone := re.search(alice.GONE, shown)), f"{gone}\n{shown}"
    assert address_of(server, "Alice") == address


def is_of(build, server, daemon):
    try:
        return Path(f"/proc/{server.pid(daemon)}/exe").resolve().is_relative_to(build)
    except OSError:     # it has just ended
        return False


def address_of(server, name):
    return next(row["peer"] for row in server.connected() if row["name"] == name)
