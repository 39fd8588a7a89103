"""Fixtures for the tests in a booted systemd: the packages are built and installed once, and all tests share the
machine."""
import os
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from deadline import wait_until     # noqa: E402 - of tests/support
from debian_root import debian_root     # noqa: E402
from logged_sessions import have_ended  # noqa: E402
from machine import Machine, why_not    # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 30 * 60      # seconds; the first test waits for the build of the packages and of the root
UNITS = ["chat.socket", "chat-data.socket", "chat-irc.socket", "chat-delivery.socket", "chat-acceptor.service", "chat-delivery.service"]


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(PATIENCE))


def pytest_terminal_summary(terminalreporter):
    """Prints how long clients waited for an answer."""
    lines = [value for reports in terminalreporter.stats.values() for report in reports for key, value in getattr(report, "user_properties", [])
             if key == "silence" and report.when == "call"]
    if lines:
        terminalreporter.section("longest silence that a client saw, in ms")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def packages(tmp_path_factory):
    """A directory with the .deb files of this source, or CHAT_PACKAGES=DIR if that is set."""
    if reason := why_not():
        pytest.skip(f"no booted systemd: {reason}")
    if not (there := os.environ.get("CHAT_PACKAGES")):
        build_packages()
    directory = tmp_path_factory.mktemp("packages")
    for package in Path(there or ROOT / "build" / "deb").glob("*.deb"):
        shutil.copy(package, directory)
    return directory


def build_packages():
    built = subprocess.run([ROOT / "packaging" / "deb" / "build", "--keep"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert built.returncode == 0, f"the packages could not be built:\n{built.stdout[-5000:]}"


@pytest.fixture(scope="session")
def machine(packages):
    """A machine with the packages installed, running only what the installation starts."""
    root = debian_root(ROOT / "build" / "system", sorted(packages.glob("*.deb")))
    machine = Machine(root, root.parent / "console.log", packages).boot()
    try:
        machine.installation = machine.run("sh", "-c", "dpkg -i /packages/*.deb 2>&1").stdout
        yield machine
    finally:
        machine.power_off()


@pytest.fixture
def stopped(machine):
    """The machine with every unit of the chat stopped."""
    machine.systemctl("stop", *UNITS)
    machine.systemctl("reset-failed")
    return machine


@pytest.fixture
def chat(machine):
    """A function that connects a client: chat() or chat("Batman"), or chat("Batman", tls=True). All of them are gone before
    the next test."""
    machine.systemctl("start", "chat.socket")
    ids = []
    with ExitStack() as at_the_end:
        def connect(name=None, tls=False):
            client = machine.connect_tls() if tls else machine.connect()
            at_the_end.callback(client.close)
            client.welcome = client.expect("welcome")
            client.id, client.name = client.welcome["id"], client.welcome["name"]
            ids.append(client.id)
            if name:
                client.ask(f"/login {name}")
                client.name = name
            return client

        yield connect
    wait_until(lambda: have_ended(machine.query, ids), "every client's departure")


@pytest.fixture
def configuration(machine):
    """A function that puts settings into effect: configuration("limits.max_clients = 3"). Undone after the test."""
    place = machine.path("/etc/chat/conf.d/test.toml")

    def write(text):
        place.parent.mkdir(exist_ok=True)
        place.write_text(text + "\n")

    yield write
    place.unlink(missing_ok=True)
    wait_until(lambda: "activating" not in machine.systemctl("list-units", "--all", "chat-*"), "the services to come to rest")
    machine.systemctl("reset-failed")
    machine.systemctl("start", "chat.socket")
    machine.systemctl("try-restart", "chat-delivery", "chat-acceptor")
