"""SIGHUP, which `systemctl reload` sends: new settings without losing a client, and a configuration with a mistake changes nothing."""
import os
import signal
import socket
import subprocess

import pytest
from builds import program
from deadline import wait_until


class Configured:
    """A server with a configuration file that can be rewritten."""

    def __init__(self, start_server, directory):
        self.file = directory / "chat.toml"
        self.write("")
        self.server = start_server({"limits.queue_mib": None}, config=self.file)

    def write(self, text):
        self.file.write_text(text, encoding="utf-8")

    def reload(self, *daemons, outcome="Configuration reloaded"):
        for daemon in daemons or ("acceptor", "delivery"):
            before = self.server.text().count(outcome)
            os.kill(self.server.pid(daemon), signal.SIGHUP)
            wait_until(lambda: self.server.text().count(outcome) > before, f"{daemon} has read its configuration again: {outcome}")
        return self.server.text()


@pytest.fixture
def configured(start_server, tmp_path):
    return Configured(start_server, tmp_path)


@pytest.mark.requirement("N01")
def test_limits_change_and_nobody_leaves(configured):
    server = configured.server
    people = server.people("A1", "A2", "A3", "A4", "A5")
    sixth = server.connect_raw()
    assert sixth.expect("refused")["code"] == "limit"
    pids = [server.acceptor_pid(), server.delivery_pid()]

    configured.write("[limits]\nmax_clients = 6\nlines_per_second = 1\nburst = 3\n")
    log = configured.reload()
    assert log.count("changed limits.max_clients, limits.lines_per_second, limits.burst") == 2
    assert [server.acceptor_pid(), server.delivery_pid()] == pids

    assert server.connect().welcome["limit"] == "6"
    assert server.connect_raw().expect("refused")["code"] == "limit"
    people[0].raw(b"/whoami\n" * 10)
    people[0].wait_for("error", code="too-fast")
    assert people[1].ask("/whoami")["name"] == "A2"


def test_a_lower_limit_disconnects_nobody(configured):
    people = configured.server.people("A1", "A2", "A3")
    configured.write("limits.max_clients = 1")
    configured.reload()
    assert configured.server.connect_raw().expect("refused")["code"] == "limit"
    for client in people:
        assert client.ask("/whoami").kind == "client"


@pytest.mark.parametrize("mistake, problem", [
    ("[limits]\nmax_clients = 6\nmax_client = 7\n", r"chat.toml:3: limits.max_client: there is no such setting"),
    ("[limits]\nmax_clients = 0\n", r"chat.toml:2: limits.max_clients: expected a number from 1 to 60000, not 0"),
    ("[limits\n", r"chat.toml:1: "),
])
def test_a_mistake_changes_nothing_and_is_named(configured, mistake, problem):
    server = configured.server
    people = server.people("A1", "A2", "A3", "A4", "A5")
    pids = [server.acceptor_pid(), server.delivery_pid()]
    configured.write(mistake)
    log = configured.reload(outcome="The configuration was not changed")
    assert log.count(problem) == 2
    assert server.connect_raw().expect("refused")["code"] == "limit"
    assert [server.acceptor_pid(), server.delivery_pid()] == pids
    for client in people:
        assert client.ask("/whoami").kind == "client"
    configured.write("limits.max_clients = 6")
    configured.reload()
    assert server.connect().welcome["limit"] == "6"


def test_settings_that_wait_are_named_and_keep_their_values(configured):
    client = configured.server.connect("Batman")
    configured.write("[limits]\nmax_line = 512\noutbox_kib = 64\nqueue_mib = 2\nburst = 300\n")
    log = configured.reload()
    assert log.count("changed limits.burst; needs a restart while no client is connected: limits.max_line, limits.outbox_kib, limits.queue_mib") == 2
    assert len(client.ask("/echo " + "x" * 4000).text) == 4000


def test_log_settings_change_from_then_on(configured):
    server = configured.server
    a, b = server.people("Batman", "Robin")
    a.ask("/send Robin first")
    server.wait_for_rows(1, "SELECT * FROM message")
    configured.write("log.text = false")
    configured.reload()
    a.ask("/send Robin second")
    rows = server.wait_for_rows(2, "SELECT text, characters FROM message ORDER BY id")
    assert [tuple(row) for row in rows] == [("first", 5), (None, 6)]
    configured.write("log.messages = false")
    configured.reload()
    a.ask("/send Robin third")
    configured.write("")
    configured.reload()
    for _ in range(2):
        b.wait_for("message")
    b.wait_for("message")
    a.ask("/send Robin fourth")
    assert server.wait_for_rows(3, "SELECT text FROM message ORDER BY id")[-1]["text"] == "fourth"


def test_reload_under_way_while_people_write(configured):
    a, b = configured.server.people("Batman", "Robin")
    number = 0
    for settings in ("limits.burst = 1000", "nonsense", "limits.burst = 2000", "") * 5:
        configured.write(settings)
        for daemon in ("acceptor", "delivery"):
            os.kill(configured.server.pid(daemon), signal.SIGHUP)
        for _ in range(5):
            a.send(f"/send Robin {number}")
            b.expect("message", str(number))
            number += 1


@pytest.mark.parametrize("daemon", ["acceptor", "delivery"])
def test_the_service_manager_is_notified(daemon, tmp_path):
    """RELOADING=1 with the time, and the check that gives `systemctl reload` its exit status."""
    file = tmp_path / "chat.toml"
    check = [program(f"chat-{daemon}"), "--config", file, "--config-directory", tmp_path / "none", "--check-configuration"]
    file.write_text("limits.max_clients = 6", encoding="utf-8")
    assert subprocess.run(check, capture_output=True).returncode == 0
    file.write_text("limits.max_clients = -6", encoding="utf-8")
    refused = subprocess.run(check, capture_output=True, text=True)
    assert refused.returncode == 78 and "chat.toml:1: limits.max_clients" in refused.stderr


def test_delivery_tells_the_service_manager_how_the_reload_went(tmp_path):
    file, messages = tmp_path / "chat.toml", []
    file.write_text("limits.max_clients = 6", encoding="utf-8")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager, socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as link:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(30)
        link.bind(str(tmp_path / "link"))
        link.listen()
        os.set_inheritable(link.fileno(), True)
        script = 'exec 3<&"$1"; export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=link; shift; exec "$@"'
        daemon = subprocess.Popen(["bash", "-c", script, "-", str(link.fileno()), program("chat-delivery"), "--config", file, "--state", tmp_path, "--instance", f"reload-{os.getpid()}"],
                                  close_fds=False, env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}, stderr=subprocess.PIPE)
        try:
            def next_message(beginning):
                while not (message := manager.recv(65536).decode()).startswith(beginning):
                    messages.append(message)
                return message

            next_message("READY=1")
            for text, status in (("limits.burst = 1", None), ("burst = 1", "configuration not reloaded: "), ("", None)):
                file.write_text(text, encoding="utf-8")
                daemon.send_signal(signal.SIGHUP)
                reloading = next_message("RELOADING=1").splitlines()
                assert reloading[1].startswith("MONOTONIC_USEC=") and int(reloading[1].split("=")[1]) > 0
                ready = next_message("READY=1")
                assert (status in ready) if status else "not reloaded" not in ready
        finally:
            daemon.terminate()
            daemon.communicate(timeout=30)
        assert daemon.returncode == 0
