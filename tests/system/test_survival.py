"""Nobody notices when the services are restarted, killed or upgraded: connections stay, and each message arrives once
and in order."""
import os
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from deadline import wait_until

PACE = 0.025        # seconds between messages: below the 50 lines a second that a client may send
ACCEPTOR, DELIVERY = "chat-acceptor", "chat-delivery"
DISTURBANCES = {
    "restart of the acceptor": ((ACCEPTOR,), ["systemctl", "restart", ACCEPTOR]),
    "restart of delivery": ((DELIVERY,), ["systemctl", "restart", DELIVERY]),
    "restart of both": ((ACCEPTOR, DELIVERY), ["systemctl", "restart", ACCEPTOR, DELIVERY]),
    "restart of the sockets": ((ACCEPTOR, DELIVERY), ["systemctl", "restart", "chat.socket"]),
    "SIGKILL of the acceptor": ((ACCEPTOR,), ["systemctl", "kill", "-s", "KILL", ACCEPTOR]),
    "SIGKILL of delivery": ((DELIVERY,), ["systemctl", "kill", "-s", "KILL", DELIVERY]),
    "SIGKILL of both": ((ACCEPTOR, DELIVERY), ["systemctl", "kill", "-s", "KILL", ACCEPTOR, DELIVERY]),
    "reexecution of systemd": ((), ["systemctl", "daemon-reexec"]),
}


class Stream:
    """A sender that continually sends numbered messages to a receiver."""

    def __init__(self, sender, receiver):
        self.sender, self.receiver = sender, receiver
        self.sent = 0
        self.received = 0
        self.ids = []
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._send)

    def _send(self):
        while not self.ending.wait(PACE):
            self.sender.tags.add(f"m{self.sent + 1}")
            self.sender.send(f"@m{self.sent + 1} /send {self.receiver.id} number {self.sent + 1}")
            self.sent += 1

    def _receive(self):
        line = self.receiver.expect("message", f"number {self.received + 1}", from_=self.sender.id)
        self.received += 1
        self.ids.append(int(line["id"]))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join()

    def send_more(self, count=20):
        """Receives `count` messages that were sent after this call."""
        for _ in range(self.sent + count - self.received):
            self._receive()

    def finish(self, machine):
        """Stops sending; every message must have arrived, been acknowledged once, and be in the log once."""
        self.__exit__()
        while self.received < self.sent:
            self._receive()
        self.receiver.expect_nothing()
        for number, message_id in enumerate(self.ids, 1):
            self.sender.expect("ok", tag=f"m{number}", id=message_id)
        self.sender.expect_nothing()
        assert self.ids == sorted(set(self.ids))
        logged = [(message_id, f"number {number}", 0) for number, message_id in enumerate(self.ids, 1)]
        query = "SELECT id, text, discarded FROM message_log WHERE id BETWEEN ? AND ? ORDER BY id"
        wait_until(lambda: machine.query(query, self.ids[0], self.ids[-1]) == logged, "each message in the log once")


def open_stream(sender, receiver):
    sender.wait_for("online", name=receiver.name)
    receiver.wait_for("online", name=receiver.name)
    return Stream(sender, receiver)


@pytest.fixture
def stream(chat):
    """From a client over TLS to one without."""
    with open_stream(chat("Batman", tls=True), chat("Robin")) as stream:
        yield stream


@pytest.fixture
def plain_stream(chat):
    with open_stream(chat("Batman"), chat("Robin")) as stream:
        yield stream


@pytest.mark.requirement("N01", "N15")
@pytest.mark.parametrize("name", DISTURBANCES)
def test_clients_survive(machine, stream, name):
    units, command = DISTURBANCES[name]
    stream.send_more()
    before = {unit: machine.pid(unit) for unit in units}
    machine.run(*command)
    stream.send_more()
    for unit in units:
        wait_until(lambda unit=unit: machine.is_active(f"{unit}.service"), f"{unit} to be active again")
        assert machine.pid(unit) != before[unit], f"{unit} was not disturbed at all"
    stream.finish(machine)


def repacked(package, suffix, place, scratch):
    """Repacks the package as another version in the directory `place`. Returns that version."""
    tree = scratch / "tree"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    version, = (line.partition(": ")[2] for line in control.read_text().splitlines() if line.startswith("Version: "))
    lines = (line.replace(version, version + suffix) if line.startswith(("Version: ", "Depends: ")) else line for line in control.read_text().splitlines())
    control.write_text("".join(f"{line}\n" for line in lines))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, place / f"{package.name.partition('_')[0]}{suffix}.deb"], check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return version + suffix


def upgrade_under_load(machine, stream, command):
    stream.send_more()
    pids = {unit: machine.pid(unit) for unit in (ACCEPTOR, DELIVERY)}
    listening_since = machine.property("chat.socket", "ActiveEnterTimestampMonotonic")
    machine.run("sh", "-c", command)
    stream.send_more()
    assert all(machine.pid(unit) not in (0, pid) for unit, pid in pids.items()), "the services still run the old programs"
    assert machine.property("chat.socket", "ActiveEnterTimestampMonotonic") == listening_since, "the socket was closed"
    stream.finish(machine)


def installed_version(machine):
    return machine.run("dpkg-query", "-W", "-f", "${Version}", "chat-server").stdout


@pytest.mark.requirement("N01", "N15")
def test_clients_survive_an_upgrade(machine, packages, stream, tmp_path):
    server, = packages.glob("chat-server_*.deb")
    later = repacked(server, "+later", packages, tmp_path)
    upgrade_under_load(machine, stream, "dpkg -i /packages/chat-server+later.deb")
    assert installed_version(machine) == later


@pytest.fixture
def older(machine, packages, tmp_path):
    """The machine with all packages of an earlier state of the source, from the directory CHAT_OLDER_PACKAGES."""
    if not (directory := os.environ.get("CHAT_OLDER_PACKAGES")):
        pytest.skip("needs packages of an earlier state of the source: CHAT_OLDER_PACKAGES=DIR")
    (packages / "older").mkdir()
    versions = {repacked(package, "~older", packages / "older", tmp_path) for package in Path(directory).glob("*.deb")}
    machine.run("dpkg", "--purge", "chat-auth-pam", "chat-client", "chat-report", "chat-tls", "chat-server")
    machine.run("sh", "-c", "dpkg -i /packages/older/*.deb")
    assert {installed_version(machine)} == versions
    yield versions.pop()
    machine.run("sh", "-c", "dpkg -i /packages/*_*.deb")


@pytest.mark.requirement("N01")
def test_clients_survive_an_upgrade_from_an_earlier_state(older, machine, plain_stream, chat):
    upgrade_under_load(machine, plain_stream, "dpkg -i /packages/*_*.deb")
    assert chat("Ann", tls=True).welcome["tls"] == "yes"
    assert installed_version(machine) == older.removesuffix("~older")
