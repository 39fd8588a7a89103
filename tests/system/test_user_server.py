"""A server of a user's own, without root: the installed units under `systemctl --user`, for a user who is not logged in."""
import contextlib

import pytest
from deadline import wait_until

USER = "bruce"


class OwnServer:
    def __init__(self, machine):
        self.machine = machine
        self.uid = machine.run("id", "-u", USER).stdout.strip()
        self.runtime = f"/run/user/{self.uid}"

    def run(self, *command, check=True):
        """A command of the user's."""
        return self.machine.run("runuser", "-u", USER, "--", "env", f"HOME=/home/{USER}", f"XDG_RUNTIME_DIR={self.runtime}", f"CHAT_ADMIN_SOCKET={self.runtime}/chat/admin.sock", *command, check=check)

    def systemctl(self, *arguments, check=True):
        return self.run("systemctl", "--user", *arguments, check=check).stdout.strip()

    def pid(self, unit):
        return int(self.systemctl("show", "--value", "-p", "MainPID", unit))


@pytest.fixture
def own(machine):
    """Bruce, whose service manager runs without a login, and starts the server."""
    machine.systemctl("stop", "chat.socket", "chat-data.socket", "chat-irc.socket", "chat-tls.socket", "chat-acceptor", "chat-delivery")
    machine.run("useradd", "--create-home", "--shell", "/bin/sh", USER)
    uid = machine.run("id", "-u", USER).stdout.strip()
    # Where libpam-systemd is not installed, nobody says where the runtime directory is.
    drop_in = machine.path(f"/run/systemd/system/user@{uid}.service.d/runtime.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text(f"[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/{uid}\n")
    linger = machine.path(f"/var/lib/systemd/linger/{USER}")
    linger.parent.mkdir(parents=True, exist_ok=True)
    linger.touch()
    machine.systemctl("daemon-reload")
    machine.systemctl("start", f"user@{uid}.service")
    server = OwnServer(machine)
    wait_until(lambda: server.systemctl("is-system-running", check=False) in ("running", "degraded"), "the user's service manager", 60)
    server.systemctl("enable", "--now", "chat.socket")
    yield server
    server.systemctl("disable", "--now", "chat.socket", check=False)
    machine.systemctl("stop", f"user@{uid}.service", f"user-runtime-dir@{uid}.service", check=False)
    linger.unlink()
    drop_in.unlink()
    machine.systemctl("daemon-reload")
    machine.run("userdel", "--remove", USER, check=False)
    machine.systemctl("reset-failed")
    machine.systemctl("start", "chat.socket", "chat-tls.socket")


def test_a_server_without_root_keeps_its_clients_through_restarts_and_deaths(own):
    assert own.machine.run("systemctl", "--global", "is-enabled", "chat.socket", check=False).stdout.strip() == "disabled"
    with contextlib.closing(own.machine.connect()) as client, contextlib.closing(own.machine.connect()) as other:
        for one, name in ((client, "Batman"), (other, "Robin")):
            welcome = one.expect("welcome")
            one.id = welcome["id"]
            one.ask(f"/login {name}")
        assert own.run("stat", "-c", "%U", f"/proc/{own.pid('chat-acceptor')}").stdout.strip() == USER
        for number, disturb in enumerate((lambda: own.systemctl("restart", "chat-acceptor", "chat-delivery"),
                                          lambda: own.run("sh", "-c", f"kill -9 {own.pid('chat-acceptor')}"), lambda: own.run("sh", "-c", f"kill -9 {own.pid('chat-delivery')}"),
                                          lambda: own.run("sh", "-c", f"kill -9 {own.pid('chat-acceptor')} {own.pid('chat-delivery')}"))):
            disturb()
            assert client.ask(f"/say lobby text {number}").kind == "ok"
            assert other.wait_for("message", name="Batman").text == f"text {number}"
        assert "Batman" in own.run("chatctl", "clients").stdout
        wait_until(lambda: "text 3" in own.run("chatctl", "log", "--database", f"/home/{USER}/.local/state/chat/chat.db").stdout, "the log")
        # The settings are the user's, and accounts work.
        own.run("sh", "-c", "mkdir -p ~/.config/chat/conf.d && printf '[limits]\\nmax_clients = 7\\n[accounts]\\nregister = \"open\"\\n' >~/.config/chat/conf.d/own.toml")
        own.systemctl("reload", "chat-acceptor", "chat-delivery")
        wait_until(lambda: own.run("chatctl", "config").stdout.split("limits.max_clients")[1].split()[0] == "7", "the setting")
        assert client.ask("/register correct-horse").kind == "account"
        backup = own.run("chatctl", "backup", "--database", f"/home/{USER}/.local/state/chat/chat.db", "/tmp/own.tar", check=False)
        assert backup.returncode == 0, backup.stderr
        own.run("sh", "-c", "echo nonsense >~/.config/chat/conf.d/own.toml")
        assert own.run("systemctl", "--user", "reload", "chat-acceptor", check=False).returncode != 0
        assert client.ask("/whoami")["id"] == client.id
        own.run("rm", f"/home/{USER}/.config/chat/conf.d/own.toml")
        own.systemctl("stop", "chat.socket")
        assert client.wait_for("offline", id=client.id)["reason"] == "shutdown"
    assert own.run("stat", "-c", "%a", f"/home/{USER}/.local/state/chat").stdout.strip() == "700"
