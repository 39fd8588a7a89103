"""Metrics with the installed packages: the socket for Prometheus, and a real one that scrapes it and loads the rules."""
import http.client
import json
import re
import shutil

import open_metrics
import pytest
from deadline import wait_until

MONITORING = "/usr/share/chat/monitoring"
PROMETHEUS = "/var/cache/packages/prometheus"
TARGETS, ALERTS = "/api/v1/targets", "/api/v1/rules"


def get(machine, path, port=9567):
    with machine.network():
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", path)
        response = connection.getresponse()
    return response.status, response.read().decode()


@pytest.fixture
def metrics(machine, chat):
    machine.systemctl("enable", "--now", "chat-metrics.socket")
    yield machine
    machine.systemctl("disable", "--now", "chat-metrics.socket")


@pytest.mark.requirement("N18")
def test_it_is_not_enabled_by_the_installation(machine):
    assert machine.run("systemctl", "is-enabled", "chat-metrics.socket", check=False).stdout.strip() == "disabled"
    assert not machine.is_active("chat-metrics.socket")
    assert machine.run("ls", MONITORING).stdout.split() == ["chat-dashboard.json", "chat.rules.yml", "prometheus.yml"]
    assert machine.run("systemd-analyze", "verify", "--man=no", "/lib/systemd/system/chat-metrics.socket", "/lib/systemd/system/chat-metrics@.service").stderr == ""


@pytest.mark.requirement("N18")
def test_metrics_are_served_to_this_host_alone(metrics, chat):
    chat("Batman")
    status, body = get(metrics, "/metrics")
    assert status == 200 and open_metrics.read(body)["chat_clients"] == {(): 1}
    assert get(metrics, "/")[0] == 404
    listening = {row.split()[1] for row in metrics.run("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout.splitlines() if row.split()[3] == "0A"}
    assert {address for address in listening if address.endswith(f":{9567:04X}")} == {f"0100007F:{9567:04X}"}
    # A request leaves nothing behind, neither units nor entries in the journal.
    wait_until(lambda: metrics.systemctl("list-units", "--all", "--plain", "--no-legend", "chat-metrics@*") == "", "the end of its service")
    assert metrics.journal("_SYSTEMD_UNIT=chat-metrics@.service") == []


@pytest.mark.requirement("N18")
def test_a_stopped_server_is_unavailable(metrics):
    metrics.systemctl("stop", "chat.socket", "chat-acceptor", "chat-delivery")
    assert get(metrics, "/metrics")[0] == 503
    metrics.systemctl("start", "chat.socket")
    assert get(metrics, "/metrics")[0] == 200, "the first request starts the server"


@pytest.mark.requirement("N18")
def test_the_service_has_no_privilege(metrics):
    report = metrics.run("systemd-analyze", "security", "--no-pager", "chat-metrics@1.service", check=False).stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", report)[1])
    assert exposure <= 0.5, "\n".join(line for line in report.splitlines() if line.startswith("✗"))


@pytest.fixture
def prometheus(metrics):
    """Debian's Prometheus, with the configuration that the package has for it."""
    machine = metrics
    if not list(machine.path(PROMETHEUS).glob("prometheus_*.deb")):
        pytest.skip("the package prometheus could not be downloaded when the machine's root was made")
    machine.run("sh", "-c", f"DEBIAN_FRONTEND=noninteractive dpkg -i --force-confnew {PROMETHEUS}/*.deb", timeout=600)
    configuration = machine.path("/etc/prometheus/prometheus.yml")
    shutil.copyfile(machine.path(f"{MONITORING}/prometheus.yml"), configuration)
    configuration.write_text("global: {scrape_interval: 1s, evaluation_interval: 1s}\n" + configuration.read_text())
    machine.systemctl("restart", "prometheus")
    yield machine
    machine.systemctl("stop", "prometheus", "prometheus-node-exporter", check=False)
    machine.run("sh", "-c", "dpkg --purge prometheus", check=False)


def asked(machine, path):
    try:
        status, body = get(machine, path, 9090)
    except OSError:
        return None
    return json.loads(body)["data"] if status == 200 else None


def of_query(machine, expression):
    data = asked(machine, "/api/v1/query?query=" + expression)
    return [(series["metric"], float(series["value"][1])) for series in data["result"]] if data else []


def rules_of(machine):
    data = asked(machine, ALERTS)
    return [rule for group in data["groups"] for rule in group["rules"]] if data else []


@pytest.mark.requirement("N18")
def test_prometheus_scrapes_it_and_knows_the_rules(prometheus, chat):
    machine = prometheus
    assert "SUCCESS" in machine.run("promtool", "check", "rules", f"{MONITORING}/chat.rules.yml").stdout
    machine.run("promtool", "check", "config", "/etc/prometheus/prometheus.yml")
    chat("Batman").ask("/broadcast hello")
    target, = wait_until(lambda: (data := asked(machine, TARGETS)) and [target for target in data["activeTargets"] if target["health"] != "unknown"], "a scrape", 120)
    assert (target["health"], target["lastError"]) == ("up", "")
    wait_until(lambda: [value for _, value in of_query(machine, "chat_clients")] == [1], "the client")
    found = {(metric["scope"], metric["outcome"]): value for metric, value in of_query(machine, "chat_messages_total")}
    assert found["broadcast", "accepted"] == 1 and len(found) == 8
    wait_until(lambda: (rules := rules_of(machine)) and len(rules) >= 10 and {rule["health"] for rule in rules} == {"ok"}, "every rule to be evaluated")
    machine.systemctl("stop", "chat.socket", "chat-acceptor", "chat-delivery")
    wait_until(lambda: [value for _, value in of_query(machine, "up%7Bjob%3D%22chat%22%7D")] == [0], "the target to be down", 60)
    machine.systemctl("start", "chat.socket")
    wait_until(lambda: [value for _, value in of_query(machine, "up%7Bjob%3D%22chat%22%7D")] == [1], "the target to be up", 60)
