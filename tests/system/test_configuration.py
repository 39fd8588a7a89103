"""The configuration as an administrator changes it: right, and wrong."""
import json
import re
import socket
import tomllib
from pathlib import Path

from deadline import wait_until

SOURCE = Path(__file__).resolve().parents[2]


def starts(machine, unit):
    return len(machine.journal(f"UNIT={unit}.service", "MESSAGE_ID=7d4958e842da4a758f6c1cdc7b36dcc5"))     # "Starting …"


def gave_up(machine):
    """Whether the acceptor has ended and its socket is closed."""
    return machine.systemctl("show", "--value", "-p", "ActiveState", "chat.socket", "chat-acceptor.service").split() == ["inactive", "failed"]


def test_D06_setting_takes_effect_at_a_restart(machine, chat, configuration):
    first = chat()
    configuration("[limits]\nmax_clients = 2")
    machine.systemctl("restart", "chat-acceptor", "chat-delivery")
    chat()
    assert first.ask("/whoami").kind == "client"
    third = machine.connect()
    third.expect("refused", "Connection Limit Exceeded !!", code="limit")
    third.close()


def test_D06_installed_file_shows_every_setting_with_its_default(machine, chat, configuration):
    client = chat()
    shown = re.sub(r"^#(?=\w+ = )", "", machine.path("/etc/chat/chat.toml").read_text(), flags=re.MULTILINE)
    settings = {f"{section}.{key}": value for section, keys in tomllib.loads(shown).items() for key, value in keys.items()}
    header, table = ((SOURCE / "services" / "shared" / name).read_text() for name in ("config.h", "config.cpp"))
    defaults = dict(re.findall(r"(?:int64_t|bool) (\w+) = (\w+);", header))
    members = dict(re.findall(r'Setting\{"([a-z_.]+)", &Config::(\w+)', table))
    assert settings == {key: json.loads(defaults.get(member, "[]")) for key, member in members.items()}
    configuration(shown)
    machine.systemctl("restart", "chat-acceptor", "chat-delivery")
    assert client.ask("/whoami")["id"] == client.id


def test_D06_wrong_configuration_keeps_the_clients(machine, chat, configuration):
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


def test_D06_wrong_configuration_is_no_crash_loop(stopped, configuration):
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
