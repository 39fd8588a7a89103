"""`systemctl reload`: new settings without losing a client; a mistake changes nothing and is reported in three places.
And what journalctl -x explains."""
import re
from pathlib import Path

import pytest
from deadline import wait_until

SOURCE = Path(__file__).resolve().parents[2]
DAEMONS = ("chat-acceptor", "chat-delivery")


def pids(machine):
    return [machine.pid(daemon) for daemon in DAEMONS]


@pytest.mark.requirement("D06")
def test_reload_applies_settings_and_keeps_everybody(machine, chat, configuration):
    first = chat("Batman")
    before = pids(machine)
    configuration("[limits]\nmax_clients = 2")
    machine.systemctl("reload", *DAEMONS)
    wait_until(lambda: machine.journal("_SYSTEMD_UNIT=chat-acceptor.service", "CHAT_EVENT=reloaded"), "the acceptor's word on its new settings")
    chat("Robin")
    third = machine.connect()
    third.expect("refused", "Connection Limit Exceeded !!", code="limit")
    third.close()
    assert first.ask("/whoami")["name"] == "Batman"
    assert pids(machine) == before


@pytest.mark.requirement("D06")
def test_mistake_in_a_reload_is_reported_and_changes_nothing(machine, chat, configuration):
    client = chat("Batman")
    before = pids(machine)
    configuration("[limits]\nmax_clients = 2\nmax_client = 3")
    for daemon in DAEMONS:
        assert machine.run("systemctl", "reload", daemon, check=False).returncode != 0
        wait_until(lambda: "test.toml:3: limits.max_client" in machine.property(daemon, "StatusText"), f"STATUS= of {daemon}")
        complaint = machine.journal(f"_SYSTEMD_UNIT={daemon}.service", "CHAT_EVENT=reload-refused")[-1]
        assert "/etc/chat/conf.d/test.toml:3: limits.max_client: there is no such setting" in complaint["MESSAGE"]
        assert machine.is_active(daemon)
    for _ in range(3):
        chat()
    assert client.ask("/whoami")["name"] == "Batman"
    assert pids(machine) == before
    configuration("")
    machine.systemctl("reload", *DAEMONS)
    for daemon in DAEMONS:
        wait_until(lambda: "not reloaded" not in machine.property(daemon, "StatusText"), f"STATUS= of {daemon}")


@pytest.mark.requirement("D06")
def test_settings_that_wait_are_named(machine, chat, configuration):
    chat()
    configuration("[limits]\nmax_line = 1024")
    machine.systemctl("reload", "chat-acceptor")
    wait_until(lambda: any("limits.max_line" in entry["MESSAGE"] for entry in machine.journal("CHAT_EVENT=reloaded")), "the setting that waits")


@pytest.mark.requirement("D04")
def test_journal_explains_the_events(machine, chat):
    client = chat("Ada")
    client.send("/calc 12 + 42")
    client.wait_for("result", value="54")
    client.close()
    wait_until(lambda: machine.journal(f"CHAT_CLIENT_ID={client.id}", "CHAT_EVENT=client-left"), "the entry on the departure")
    explained = machine.run("journalctl", "-x", "-q", "-b", "--no-pager", f"CHAT_CLIENT_ID={client.id}").stdout
    assert "Defined-By: chat" in explained and "man:chat-acceptor(8)" in explained
    for subject in (f"Subject: {client.welcome['name']} has connected", "Subject: Ada has left", "Subject: Ada used the calculator"):
        assert subject in explained, explained
    numbers = set(re.findall(r"^-- ([0-9a-f]{32})$", (SOURCE / "packaging" / "systemd" / "chat.catalog").read_text(), re.MULTILINE))
    known = machine.run("journalctl", "--list-catalog").stdout
    assert numbers <= set(re.findall(r"^([0-9a-f]{32}) chat: ", known, re.MULTILINE))


@pytest.mark.requirement("D06")
def test_manual_pages_and_conffile_are_installed(machine):
    installed = machine.run("dpkg", "-L", "chat-server").stdout.split()
    for path in ("/usr/share/man/man5/chat.toml.5.gz", "/usr/share/man/man8/chat-acceptor.8.gz", "/usr/share/man/man8/chat-delivery.8.gz", "/usr/lib/systemd/catalog/chat.catalog"):
        assert path in installed
    assert any(path.startswith("/usr/share/doc/chat-server/README.Debian") for path in installed)
    assert "man:chat-acceptor(8)" in machine.property("chat-acceptor", "Documentation")


@pytest.mark.requirement("D06")
def test_removal_keeps_log_and_configuration(stopped):
    """And stops everything, also what the installation did not start."""
    machine = stopped
    machine.systemctl("start", "chat.socket", "chat-metrics.socket", "chat-hook.socket", "chat-auth-pam.service")
    client = machine.connect()
    client.expect("welcome")
    machine.run("dpkg", "--remove", "chat-auth-pam", "chat-client", "chat-report", "chat-tls", "chat-server")
    client.read_all()
    client.close()
    left = machine.run("sh", "-c", "ls -d /etc/chat/chat.toml /var/lib/chat/chat.db; find /dev/shm /run/chat -mindepth 1; systemctl list-units --plain --no-legend 'chat*'", check=False).stdout.split()
    processes = machine.run("ps", "-u", "_chat", check=False).stdout if machine.run("which", "ps", check=False).returncode == 0 else ""
    machine.run("sh", "-c", "dpkg -i /packages/*_*.deb")
    assert left == ["/etc/chat/chat.toml", "/var/lib/chat/chat.db"]
    assert "chat-" not in processes
    client = machine.connect()
    client.expect("welcome")
    client.close()
    assert machine.query("SELECT count(*) > 0 FROM session") == [(1,)]


@pytest.mark.requirement("D06")
@pytest.mark.parametrize("name", ["smoke", "restart", "upgrade"])
def test_tests_of_the_package_pass(machine, name):
    """What Debian's autopkgtest would run."""
    script = (SOURCE / "packaging" / "deb" / "tests" / name).read_text()
    machine.run("python3", "-", stdin=script, timeout=120)
    if name == "upgrade":
        machine.run("sh", "-c", "dpkg -i /packages/*_*.deb")
