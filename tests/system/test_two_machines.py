"""The recipe for two machines with its real parts: keepalived gives an address to one of two booted machines, and the log is
copied over SSH. The machine of the other tests is where people are; a bridge in its network connects all three."""
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from deadline import wait_until
from machine import Machine     # of this directory

sys.path.append(str(Path(__file__).resolve().parents[1] / "client"))
from window import Window       # noqa: E402 - of tests/client

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operate" / "scaling.md").read_text()
CHAT, FIRST, SECOND, PEOPLE = "192.0.2.10", "192.0.2.11", "192.0.2.12", "192.0.2.20"
PASSWORD = "correct-horse-9"
COPY = "/var/lib/chat-copy/chat.tar"
STEPS = re.split(r"^\d\. ", PAGE.partition("## The recipe")[2], flags=re.MULTILINE)
INSTALL = "dpkg -i /packages/chat-server_*.deb /var/cache/packages/standby/*.deb"


def ip(machine, *arguments):
    """Changes the network of a machine from outside: it needs no program for that."""
    subprocess.run(["nsenter", "-t", str(machine.leader), "-n", "ip", *map(str, arguments)], check=True, timeout=60)


def lines_of(step):
    """The commands of a step of the recipe, but for those that open an editor."""
    (lines,) = re.findall(r"^   ```\n(.*?)   ```$", STEPS[step], re.MULTILINE | re.DOTALL)
    return "".join(line for line in lines.splitlines(keepends=True) if " edit " not in line)


class Twin(Machine):
    """One of the two, set up as the page says."""

    def set_up(self, people, own, other, priority):
        self.people, self.own, self.cable = people, own, f"to-{priority}"
        ip(people, "link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.leader)
        ip(people, "link", "set", self.cable, "master", "bridge", "up")
        ip(self, "address", "add", f"{own}/24", "dev", "eth0")
        ip(self, "link", "set", "eth0", "up")
        self.run("sh", "-c", INSTALL, timeout=600)
        self.path("/etc/chat/conf.d").mkdir(exist_ok=True)
        self.path("/etc/chat/conf.d/50-local.toml").write_text("[accounts]\nplaintext = true\n")
        self.run("sh", "-ec", lines_of(1))
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/root/.ssh/id_ed25519")
        self.run("sh", "-ec", lines_of(3))
        drop_in = self.path("/etc/systemd/system/chat-copy.service.d/override.conf")
        drop_in.parent.mkdir()
        drop_in.write_text(f"[Service]\nEnvironment=STANDBY={other}\n")
        text = self.path("/usr/share/chat/standby/keepalived.conf").read_text()
        if own == SECOND:
            text = text.replace(FIRST, "first").replace(SECOND, FIRST).replace("first", SECOND).replace("priority 100", "priority 90")
        assert f"unicast_src_ip {own}\n" in text and f"priority {priority}\n" in text
        self.path("/etc/keepalived/keepalived.conf").write_text(text)

    def die(self):
        """As if its power failed: not even its kernel says anything more."""
        ip(self.people, "link", "delete", self.cable)
        self.process.kill()
        os.kill(self.leader, signal.SIGKILL)
        self.process.wait()

    def trust(self, other):
        self.path("/root/.ssh/authorized_keys").write_text(other.path("/root/.ssh/id_ed25519.pub").read_text())
        other.run("ssh", "-o", "StrictHostKeyChecking=accept-new", f"root@{self.own}", "true")

    def serves(self):
        return self.is_active("chat.socket") and CHAT in self.run("cat", "/proc/net/fib_trie").stdout

    def texts(self):
        return [text for text, in self.query("SELECT text FROM message ORDER BY id")]


@pytest.fixture
def twins(machine, tmp_path):
    """The machine with the address first."""
    ip(machine, "link", "add", "bridge", "type", "bridge")
    ip(machine, "address", "add", f"{PEOPLE}/24", "dev", "bridge")
    ip(machine, "link", "set", "bridge", "up")
    twins = []
    try:
        for own, other, priority in ((FIRST, SECOND, 100), (SECOND, FIRST, 90)):
            twins.append(Twin(machine.root, tmp_path / f"{priority}.log", machine.share).boot())
            twins[-1].set_up(machine, own, other, priority)
        first, second = twins
        first.trust(second)
        second.trust(first)
        for twin in twins:
            twin.run("sh", "-ec", lines_of(4))
            wait_until(first.serves, "the first machine serves", 60)
        yield first, second
    finally:
        for twin in twins:
            twin.power_off()
        ip(machine, "link", "delete", "bridge")


def connect(machine, name):
    client = machine.connect(host=CHAT)
    client.welcome = client.expect("welcome")
    client.ask(f"/login {name}")
    return client


def is_there(name, client):
    return name in [line.get("name") for line in client.listing("/active")[0]]


def until_served(machine):
    """Seconds until a new connection is welcomed at the address."""
    begin = time.monotonic()

    def welcomed():
        with suppress(OSError), machine.network():
            with socket.create_connection((CHAT, 5000), timeout=0.25) as one:
                return one.recv(8) == b"welcome "
    wait_until(welcomed, "the other machine serves", 120)
    return time.monotonic() - begin


@pytest.fixture
def robin(machine, tmp_path):
    """A function that opens chat-client at a terminal."""
    windows = []

    def start(*arguments):
        windows.append(Window(tmp_path, ["nsenter", "-t", machine.leader, "-a", "env", "HOME=/root", "TERM=xterm", "chat-client", "--server", CHAT, *arguments], width=160))
        return windows[-1]
    yield start
    for window in windows:
        window.close()
    machine.run("rm", "-rf", "/root/password", "/root/.local/state/chat")


def test_the_other_machine_takes_over_from_one_that_stops_or_dies(machine, twins, robin, record_property):
    first, second = twins
    # Robin has an account; Batman, a guest, writes what may get lost.
    machine.path("/root/password").write_text(PASSWORD + "\n")
    machine.run("chmod", "600", "/root/password")
    account = connect(machine, "Robin")
    assert account.ask(f"/register {PASSWORD} {first.run('chatctl', 'invite').stdout.strip()}").kind == "account"
    account.ask("/quit")
    account.close()
    window = robin("--tls=false", "--name", "Robin", "--password-file", "/root/password")
    batman = connect(machine, "Batman")
    wait_until(lambda: is_there("Robin", batman), "Robin is there", 60)

    # On purpose, after a copy: nothing is lost.
    assert batman.ask("/say lobby before the change").kind == "ok"
    wait_until(lambda: "before the change" in first.texts(), "the log")
    first.systemctl("start", "chat-copy")
    begin = time.monotonic()
    first.systemctl("stop", "keepalived")
    assert batman.wait_for("offline", name="Batman")["reason"] == "shutdown"
    until_served(machine)
    changed = time.monotonic() - begin
    assert second.serves() and "before the change" in second.texts()
    assert not any(first.is_active(unit) for unit in ("chat.socket", "chat-acceptor.service", "chat-copy.timer"))
    first.systemctl("start", "keepalived")      # from now on it is the standby
    batman = connect(machine, "Batman")
    wait_until(lambda: is_there("Robin", batman), "Robin is there again", 60)

    # Not on purpose: what came after the copy is lost.
    assert batman.ask("/say lobby before the copy").kind == "ok"
    wait_until(lambda: "before the copy" in second.texts(), "the log")
    second.systemctl("stop", "chat-copy.timer")     # which would copy what is to be lost
    second.systemctl("start", "chat-copy")
    assert first.run("test", "-s", COPY, check=False).returncode == 0
    assert batman.ask("/say lobby after the copy").kind == "ok"
    begin = time.monotonic()
    second.die()
    window.enter("is anybody there?")
    welcomed = until_served(machine)
    assert first.serves()
    batman = connect(machine, "Batman")
    wait_until(lambda: is_there("Robin", batman), "Robin is there again", 60)
    returned = time.monotonic() - begin
    assert [text for text in first.texts() if text.startswith(("before", "after"))] == ["before the change", "before the copy"]
    assert batman.ask("/say lobby it goes on").kind == "ok"
    wait_until(lambda: any("it goes on" in line for line in window.lines()), "Robin reads it")

    # A machine that is shut down ends the chat while it has the address, and does not wait for itself.
    first.systemctl("--no-block", "poweroff")
    assert batman.wait_for("offline", name="Batman")["reason"] == "shutdown"
    assert first.process.wait(60) == 0
    batman.close()
    record_property("silence", f"two machines: {1000 * changed:.0f} ms for a change on purpose; after a death {1000 * welcomed:.0f} ms until new connections are "
                               f"served, {1000 * returned:.0f} ms until chat-client is back")
