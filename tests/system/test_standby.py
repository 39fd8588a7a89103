"""The recipe for two machines: what its script does on one of them when it takes over and when it gives up."""
import pytest
from deadline import wait_until

TAKEOVER = "/usr/share/chat/standby/takeover"
COPY = "/var/lib/chat-copy/chat.tar"


@pytest.fixture
def standby(machine):
    machine.run("mkdir", "-m", "0700", "-p", "/var/lib/chat-copy")
    yield machine
    machine.run("rm", "-rf", "/var/lib/chat-copy")
    machine.systemctl("start", "chat.socket", "chat-auth.socket", "chat-login.socket")


def texts(machine):
    return [text for text, in machine.query("SELECT text FROM message WHERE text LIKE 'standby %' ORDER BY id")]


def test_a_machine_that_takes_over_continues_with_the_copy(standby, chat):
    batman = chat("Batman")
    batman.ask("/say lobby standby one")
    wait_until(lambda: texts(standby) == ["standby one"], "the log")
    standby.run("chatctl", "backup", COPY)
    batman.ask("/say lobby standby two")
    wait_until(lambda: len(texts(standby)) == 2, "the log")
    standby.run(TAKEOVER, "standby")
    assert batman.wait_for("offline", id=batman.id)["reason"] == "shutdown"
    assert not any(standby.is_active(unit) for unit in ("chat.socket", "chat-irc.socket", "chat-acceptor.service", "chat-delivery.service", "chat-auth.socket"))
    standby.run(TAKEOVER, "master")
    assert texts(standby) == ["standby one"], "the copy is there, and its end is lost"
    assert standby.run("stat", "-c", "%U", "/var/lib/chat/chat.db", "/var/lib/chat-auth/auth.db").stdout.split() == ["_chat", "_chat-auth"]
    robin = chat("Robin")
    assert robin.ask("/say lobby standby three").kind == "ok"
    wait_until(lambda: texts(standby) == ["standby one", "standby three"], "the log")
    # What this machine had before is kept, and the copy is not used twice.
    aside = standby.run("sh", "-c", "ls /var/lib/chat-copy/before-*").stdout.split()
    assert "chat.db" in aside and "chat.tar" in aside
    robin.ask("/quit")
    standby.run(TAKEOVER, "standby")
    standby.run(TAKEOVER, "master")
    assert texts(standby) == ["standby one", "standby three"]


@pytest.fixture
def keepalived(standby):
    """A service in the place of keepalived, with the file for it, and the units of the copy, which reaches nobody."""
    units = "/etc/systemd/system"
    service = "[Service]\nExecStart=/usr/bin/sleep infinity\nKillMode=process\n"
    standby.run("sh", "-c", f"cat > {units}/keepalived.service", stdin=service)
    standby.run("sh", "-c", f"cp /usr/share/chat/standby/chat-copy.* {units}")
    standby.run("install", "-D", "-m", "0644", "/usr/share/chat/standby/keepalived.service.conf", f"{units}/keepalived.service.d/chat.conf")
    standby.systemctl("daemon-reload")
    standby.systemctl("start", "keepalived.service")
    yield standby
    standby.systemctl("stop", "keepalived.service", "chat-copy.timer", "chat-copy.service", check=False)
    standby.run("sh", "-c", f"rm -r {units}/keepalived.service* {units}/chat-copy.*")
    standby.systemctl("daemon-reload")


@pytest.mark.parametrize("end", [["stop", "keepalived.service"], ["kill", "--signal=KILL", "keepalived.service"]], ids=["stopped", "killed"])
def test_a_machine_without_keepalived_neither_serves_nor_copies(keepalived, chat, end):
    keepalived.run(TAKEOVER, "master")
    batman = chat("Batman")
    assert keepalived.is_active("chat-copy.timer")
    keepalived.systemctl(*end)
    assert batman.wait_for("offline", id=batman.id)["reason"] == "shutdown"
    wait_until(lambda: not any(keepalived.is_active(unit) for unit in ("keepalived.service", "chat.socket", "chat-acceptor.service", "chat-copy.timer", "chat-copy.service")), "the end")


def test_the_files_of_the_recipe_are_installed_and_its_script_is_valid(standby):
    directory = standby.path("/usr/share/chat/standby")
    assert sorted(path.name for path in directory.iterdir()) == ["chat-copy.service", "chat-copy.timer", "keepalived.conf", "keepalived.service.conf", "takeover"]
    assert standby.run(TAKEOVER, "nonsense", check=False).returncode == 2
    standby.run("sh", "-n", TAKEOVER)
