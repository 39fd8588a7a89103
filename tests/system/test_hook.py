"""Webhooks with the installed package: the first request starts the service, which gets its tokens from systemd."""
import http.client
import json
import re

import pytest
from deadline import wait_until

TOKEN = "a-token-of-the-booted-hook"
UNITS = ["chat-hook.socket", "chat-hook.service"]


def post(machine, text, token=TOKEN, path="/ops"):
    with machine.network():
        connection = http.client.HTTPConnection("127.0.0.1", 9568, timeout=60)
        connection.request("POST", path, text, {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


@pytest.fixture
def hook(machine, chat):
    configuration, secret = machine.path("/etc/chat/hook.toml"), machine.path("/etc/chat/hook.secrets/ops")
    conffile = configuration.read_text()
    configuration.write_text(conffile + '[hooks.ops]\nroom = "ops"\n')
    secret.write_text(TOKEN + "\n")
    secret.chmod(0o600)
    machine.systemctl("enable", "--now", "chat-hook.socket")
    yield machine
    machine.systemctl("disable", "--now", "chat-hook.socket")
    machine.systemctl("stop", *UNITS)
    machine.systemctl("reset-failed")
    configuration.write_text(conffile)
    secret.unlink()


def test_it_is_not_enabled_by_the_installation(machine):
    assert machine.run("systemctl", "is-enabled", "chat-hook.socket", check=False).stdout.strip() == "disabled"
    assert not machine.is_active("chat-hook.socket")
    assert "/etc/chat/hook.toml" in machine.run("dpkg-query", "-W", "-f", "${Conffiles}", "chat-client").stdout
    assert machine.run("systemd-analyze", "verify", "--man=no", *(f"/lib/systemd/system/{unit}" for unit in UNITS)).stderr == ""


def test_a_request_starts_it_and_becomes_a_message(hook, chat):
    batman = chat("Batman")
    batman.ask("/join ops")
    assert hook.pid("chat-hook") == 0
    assert post(hook, "hello")[0] == 202
    assert batman.wait_for("message", name="hook").text == "hello"
    pid = hook.pid("chat-hook")
    hook.systemctl("restart", "chat-acceptor", "chat-delivery")
    assert post(hook, "hello again")[0] == 202 and hook.pid("chat-hook") == pid
    assert batman.wait_for("message", name="hook").text == "hello again"
    assert post(hook, "hello", token="wrong")[0] == 401
    listening = {row.split()[1] for row in hook.run("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout.splitlines() if row.split()[3] == "0A"}
    assert {address for address in listening if address.endswith(f":{9568:04X}")} == {f"0100007F:{9568:04X}"}
    entries = wait_until(lambda: [entry for entry in hook.journal("_SYSTEMD_UNIT=chat-hook.service") if "401" in entry["MESSAGE"]], "the journal's entry")
    assert entries[0]["PRIORITY"] == "4" and not hook.is_in_journal(TOKEN) and not hook.is_in_journal("hello again")
    hook.systemctl("stop", "chat-hook.service")
    assert batman.wait_for("offline", name="hook")["reason"] == "quit"
    assert hook.property("chat-hook.service", "Result") == "success"
    assert post(hook, "back")[0] == 202, "the socket starts it again"


def test_only_root_can_read_the_token(hook):
    post(hook, "hello")
    user = hook.property("chat-hook.service", "User")
    uid = hook.run("stat", "-c", "%u", f"/proc/{hook.pid('chat-hook')}").stdout.strip()
    assert user == "_chat-hook" and uid != "0"
    assert hook.run("setpriv", f"--reuid={uid}", "--clear-groups", "cat", "/etc/chat/hook.secrets/ops", check=False).returncode == 1


def test_a_wrong_configuration_is_named_and_not_retried(hook):
    hook.path("/etc/chat/hook.toml").write_text("nonsense")
    assert hook.run("systemctl", "restart", "chat-hook.service", check=False).returncode != 0
    assert hook.property("chat-hook.service", "ExecMainStatus") == "78" and hook.property("chat-hook.service", "ActiveState") == "failed"
    assert hook.run("chat-hook", "--check", check=False).returncode == 78


def test_the_service_has_no_privilege(hook):
    report = hook.run("systemd-analyze", "security", "--no-pager", "chat-hook.service", check=False).stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", report)[1])
    print(f"chat-hook.service: exposure {exposure}")
    assert exposure <= 1.0, "\n".join(line for line in report.splitlines() if line.startswith("✗"))


def test_it_is_restarted_however_often_it_dies(hook, chat):
    """By default systemd gives up at the sixth start within ten seconds, and closes the socket."""
    batman = chat("Batman")
    batman.ask("/join ops")
    assert post(hook, "hello")[0] == 202
    assert batman.wait_for("message", name="hook").text == "hello"
    for _ in range(5):
        pid = hook.pid("chat-hook")
        hook.systemctl("kill", "-s", "KILL", "chat-hook.service")
        wait_until(lambda pid=pid: hook.pid("chat-hook") not in (0, pid) and hook.is_active("chat-hook.service"), "the restart")
    assert post(hook, "still here")[0] == 202
    assert batman.wait_for("message", name="hook").text == "still here"
    assert hook.property("chat-hook.service", "RestartUSec") == "3s", "on a slow machine, the limit would not be reached anyway"
