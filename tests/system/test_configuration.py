"""The configuration as an administrator changes it: right, and wrong."""
import json
import re
import shutil
import socket
import tomllib
from pathlib import Path

import pytest
from chat_client import Client
from data_connection import offer, upload
from deadline import wait_until

SOURCE = Path(__file__).resolve().parents[2]
README = (SOURCE / "packaging" / "deb" / "chat-server.README.Debian").read_text()


def starts(machine, unit):
    return len(machine.journal(f"UNIT={unit}.service", "MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5"))     # "Starting …"


def gave_up(machine):
    """Whether the acceptor has ended and its socket is closed."""
    return machine.systemctl("show", "--value", "-p", "ActiveState", "chat.socket", "chat-acceptor.service").split() == ["inactive", "failed"]


@pytest.mark.requirement("D06")
def test_setting_takes_effect_at_a_restart(machine, chat, configuration):
    first = chat()
    configuration("[limits]\nmax_clients = 2")
    machine.systemctl("restart", "chat-acceptor", "chat-delivery")
    chat()
    assert first.ask("/whoami").kind == "client"
    third = machine.connect()
    third.expect("refused", "Connection Limit Exceeded !!", code="limit")
    third.close()


@pytest.mark.requirement("D06")
def test_installed_file_shows_every_setting_with_its_default(machine, chat, configuration):
    client = chat()
    shown = re.sub(r"^#(?=\w+ = )", "", machine.path("/etc/chat/chat.toml").read_text(), flags=re.MULTILINE)
    settings = {f"{section}.{key}": value for section, keys in tomllib.loads(shown).items() for key, value in keys.items()}
    header, table = ((SOURCE / "services/shared/system" / name).read_text() for name in ("config.h", "settings.cpp"))
    defaults = {member: value or '""' for member, value in re.findall(r"(?:int64_t|bool|string) (\w+)(?: = (\w+|\".*\"))?;", header)}
    defaults |= {member: f"[{words}]" for member, words in re.findall(r"vector<std::string> (\w+)(?: = \{(.*)\})?;", header)}
    defaults |= {member: "{}" for member in re.findall(r"SecretsByName (\w+);", header)}
    members = dict(re.findall(r'Setting\{\s*"([a-z_.]+)", &Config::(\w+)', table))
    assert settings == {key: json.loads(defaults[member]) for key, member in members.items()}
    configuration(shown)
    machine.systemctl("restart", "chat-acceptor", "chat-delivery")
    assert client.ask("/whoami")["id"] == client.id


@pytest.mark.requirement("D06")
def test_wrong_configuration_keeps_the_clients(machine, chat, configuration):
    batman, robin = chat("Batman"), chat("Robin")
    robin.drain()
    configuration("[limits]\nmax_clients = 'many'")
    assert machine.run("systemctl", "restart", "chat-acceptor", check=False).returncode != 0
    wait_until(lambda: gave_up(machine), "the acceptor to give up")
    complaint, = machine.journal("_SYSTEMD_UNIT=chat-acceptor.service", "CHAT_EVENT=configuration")
    assert "/etc/chat/conf.d/test.toml:2: limits.max_clients" in complaint["MESSAGE"]
    batman.send(f"/send {robin.id} Are you still there?")
    configuration("[limits]\nmax_clients = 5")
    machine.systemctl("start", "chat.socket", "chat-acceptor")
    robin.expect("message", "Are you still there?", name="Batman")


@pytest.mark.requirement("D06")
def test_wrong_configuration_does_not_cause_a_crash_loop(stopped, configuration):
    machine = stopped
    configuration("[limits]\nmax_client = 5")
    before = starts(machine, "chat-acceptor")
    machine.systemctl("start", "chat.socket")
    with machine.network():
        waiting = socket.create_connection(("127.0.0.1", 5000), timeout=20)
    with waiting:
        try:
            assert waiting.recv(100) == b""
        except ConnectionResetError:
            pass
    wait_until(lambda: gave_up(machine), "the acceptor to give up")
    assert starts(machine, "chat-acceptor") - before == 1
    configuration("")
    machine.systemctl("start", "chat.socket")
    client = machine.connect()
    client.expect("welcome")
    client.close()


@pytest.fixture
def sockets_of_the_readme(stopped):
    """A function that writes a drop-in of README.Debian, to the letter, and restarts the sockets. Undone after the
    test."""
    def write(unit, lines):
        directory = stopped.path(f"/etc/systemd/system/{unit}.d")
        directory.mkdir()
        (directory / "override.conf").write_text("".join(f"{line.strip()}\n" for line in lines.splitlines()))

    def restart():
        stopped.systemctl("daemon-reload")
        stopped.systemctl("restart", "chat.socket")

    yield write, restart
    for unit in ("chat.socket", "chat-data.socket"):
        shutil.rmtree(stopped.path(f"/etc/systemd/system/{unit}.d"), ignore_errors=True)
    restart()


def is_open(machine, port, host="127.0.0.1", kind=socket.SOCK_STREAM):
    with machine.network(), socket.socket(socket.AF_INET, kind) as visitor:
        if visitor.connect_ex((host, port)) != 0:
            return False
        if kind == socket.SOCK_DGRAM:
            visitor.settimeout(20)
            visitor.send(b"ECHO here")
            try:
                assert visitor.recv(100) == b"here"
            except ConnectionRefusedError:
                return False
        return True


@pytest.mark.requirement("D01")
def test_other_ports_as_the_readme_says(machine, sockets_of_the_readme):
    write, restart = sockets_of_the_readme
    drop_ins = re.findall(r"^ +systemctl edit (\S+)\n((?: {8}\S.*\n)+)", README, re.MULTILINE)
    assert sorted(unit for unit, _ in drop_ins) == ["chat-data.socket", "chat.socket"]
    for unit, lines in drop_ins:
        write(unit, lines)
    restart()
    assert not is_open(machine, 5000) and not is_open(machine, 5001) and not is_open(machine, 5000, kind=socket.SOCK_DGRAM)
    assert is_open(machine, 6000, kind=socket.SOCK_DGRAM)
    with machine.network():
        sender, receiver = Client(6000), Client(6000)
        sender.expect("welcome")
        answer = offer(sender, receiver.expect("welcome")["id"], b"hello")
        assert answer["port"] == "6001"
        assert upload(answer, b"hello").startswith(b"stored ")
    receiver.wait_for("file", port="6001")
    for client in (sender, receiver):
        client.close()


@pytest.mark.requirement("D01")
def test_some_addresses_only_as_the_readme_says(machine, sockets_of_the_readme):
    write, restart = sockets_of_the_readme
    lines, = re.findall(r"or in the drop-in:\n((?: {8}\S.*\n)+)", README)
    write("chat.socket", lines.replace("192.0.2.7", "127.0.0.7"))
    restart()
    assert is_open(machine, 5000) and is_open(machine, 5000, "127.0.0.7")
    assert not is_open(machine, 5000, "127.0.0.8") and not is_open(machine, 5000, kind=socket.SOCK_DGRAM)
