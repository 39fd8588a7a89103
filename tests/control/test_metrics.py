"""chatctl metrics: the numbers for monitoring systems, as text and over HTTP."""
import os
import re
import socket
import subprocess
import time
from pathlib import Path

import open_metrics
import pytest
from chat_server import SANITIZER_OPTIONS
from deadline import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: localhost:9567\r\nAccept: application/openmetrics-text\r\n\r\n"


def metrics_of(control):
    return open_metrics.read(control.run("metrics").stdout)


def value(metrics, name, **labels):
    return metrics[name][tuple(sorted(labels.items()))]


@pytest.mark.requirement("N18")
def test_metrics_count_what_there_is(server, control):
    batman, robin = server.people("Batman", "Robin")
    server.connect("Joker").close()
    batman.wait_for("offline", name="Joker")
    batman.ask("/broadcast hello")
    batman.ask("/send Robin hello")
    batman.ask("/send Joker hello")
    batman.ask("/nonsense")
    robin.ask("/quit")
    batman.wait_for("offline", name="Robin")
    metrics = metrics_of(control)
    assert value(metrics, "chat_clients") == 1 and value(metrics, "chat_client_limit") == 5
    assert value(metrics, "chat_connections_total") == 3
    assert value(metrics, "chat_departures_total", reason="quit") == 1
    assert sum(metrics["chat_departures_total"].values()) == 2
    assert value(metrics, "chat_messages_total", scope="broadcast", outcome="accepted") == 1
    assert value(metrics, "chat_messages_total", scope="direct", outcome="accepted") == 1
    assert value(metrics, "chat_messages_total", scope="direct", outcome="undelivered") == 1
    assert value(metrics, "chat_errors_total", code="unknown-command") == 1
    assert sum(metrics["chat_errors_total"].values()) == 1
    assert value(metrics, "chat_delivery_connected") == 1 and value(metrics, "chat_troubles") == 0
    assert value(metrics, "chat_received_bytes_total") > 100 < value(metrics, "chat_sent_bytes_total")
    assert abs(value(metrics, "chat_start_time_seconds") - time.time()) < 3600
    assert 1 << 20 < value(metrics, "chat_memory_shared_bytes") < value(metrics, "chat_memory_bound_bytes")
    assert metrics["chat_build_info"] == {(("version", re.search(r"chat VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text())[1]),): 1}


@pytest.mark.requirement("N18")
@pytest.mark.settings(limits__max_clients=1)
def test_refusals_have_their_reason(server, control):
    server.people("Batman")
    server.connect_raw().expect("refused", code="limit")
    metrics = metrics_of(control)
    assert value(metrics, "chat_refusals_total", reason="limit") == 1
    assert sum(metrics["chat_refusals_total"].values()) == 1


@pytest.mark.requirement("N09", "N18")
@pytest.mark.settings(accounts__register='"open"')
def test_logins_and_their_failures_are_counted(server, control):
    robin, other = server.people("Robin", "Joker")
    assert robin.ask("/register correct-horse").kind == "account"
    assert other.ask("/login Robin wrong-horse")["code"] == "wrong-secret"
    assert other.ask("/login Robin correct-horse").kind == "account"
    metrics = metrics_of(control)
    assert value(metrics, "chat_registrations_total") == 1 and value(metrics, "chat_logins_total") == 2
    assert value(metrics, "chat_errors_total", code="wrong-secret") == 1
    assert value(metrics, "chat_questions", asked="accounts") == 0


@pytest.mark.requirement("N18")
def test_output_that_waits_is_seen(server, control):
    """And bytes are not counted again when a client has left."""
    writer, = server.people("Writer")
    silent = server.connect("Silent", receive_buffer=4096)
    server.fill_outbox(silent, lambda: writer.ask("/send Silent " + "x" * 4000), 1 << 15)
    writer.drain()
    metrics = metrics_of(control)
    assert value(metrics, "chat_outbox_bytes") >= value(metrics, "chat_outbox_largest_bytes") >= 1 << 15
    received = value(metrics, "chat_received_bytes_total")
    silent.close()
    writer.wait_for("offline", name="Silent")
    metrics = metrics_of(control)
    assert value(metrics, "chat_outbox_bytes") < 1 << 15
    assert received <= value(metrics, "chat_received_bytes_total") < received + 1000


@pytest.mark.requirement("N18")
def test_a_restart_is_seen_and_the_counters_begin_again(server, control):
    batman, = server.people("Batman")
    batman.ask("/broadcast hello")
    before = metrics_of(control)
    server.kill("delivery")
    control.wait_for_both()
    assert value(metrics_of(control), "chat_messages_total", scope="broadcast", outcome="accepted") == 1
    server.kill("acceptor")
    control.wait_for_both()
    after = metrics_of(control)
    assert value(after, "chat_start_time_seconds") > value(before, "chat_start_time_seconds")
    assert value(after, "chat_messages_total", scope="broadcast", outcome="accepted") == 0
    assert value(after, "chat_clients") == 1 and value(after, "chat_recovery_seconds") > 0
    assert after.keys() == before.keys()


@pytest.mark.requirement("N18")
def test_every_metric_is_on_the_page_about_monitoring(server, control):
    page = (ROOT / "docs" / "operate" / "monitoring.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(chat_\w+)", page, re.MULTILINE))
    assert described - {"chat_memory_limit_bytes"} == metrics_of(control).keys() - {"chat_memory_limit_bytes"}


@pytest.mark.requirement("N18")
def test_rules_and_dashboard_use_metrics_that_exist(server, control):
    known = metrics_of(control).keys() | {"chat_memory_limit_bytes"}
    for name in ("chat.rules.yml", "chat-dashboard.json"):
        used = set(re.findall(r"\bchat_\w+", (ROOT / "packaging" / "monitoring" / name).read_text(encoding="utf-8")))
        assert used and used <= known, name


# ── HTTP ──
def over_http(control, request, end=True):
    """The response to bytes on a connection, as systemd passes it to the program."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.settimeout(2 * PATIENCE)
        process = subprocess.Popen(control.command("metrics", "--http"), stdin=theirs, stdout=subprocess.DEVNULL, env={**os.environ, **SANITIZER_OPTIONS})
        theirs.close()
        ours.sendall(request)
        if end:
            ours.shutdown(socket.SHUT_WR)
        received = b""
        while some := ours.recv(65536):
            received += some
    assert process.wait(2 * PATIENCE) == 0
    head, _, body = received.partition(b"\r\n\r\n")
    return head.decode(), body.decode()


@pytest.mark.requirement("N18")
def test_metrics_over_http(server, control):
    head, body = over_http(control, REQUEST)
    assert head.startswith("HTTP/1.1 200 OK\r\n") and "\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n" in head
    assert f"\r\nContent-Length: {len(body)}\r\n" in head
    assert value(open_metrics.read(body), "chat_clients") == 0


@pytest.mark.requirement("N18")
@pytest.mark.parametrize("request_line, status", [(b"POST /metrics HTTP/1.1", 405), (b"GET /etc/passwd HTTP/1.1", 404), (b"nonsense", 400), (b"GET /metrics HTTP/1.1\r\nX: " + b"x" * 20_000, 400)])
def test_other_requests_are_refused(server, control, request_line, status):
    head, body = over_http(control, request_line + b"\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ") and "chat_" not in body


@pytest.mark.requirement("N18")
def test_a_request_that_never_ends_is_given_up(server, control):
    head, _ = over_http(control, b"GET /metrics HT", end=False)
    assert head.startswith("HTTP/1.1 400 ")


@pytest.mark.requirement("N18")
def test_a_server_that_is_away_is_unavailable(server, control, control_at, tmp_path):
    head, body = over_http(control_at(tmp_path / "nothing.sock"), REQUEST)
    assert head.startswith("HTTP/1.1 503 ") and "nothing.sock" in body
    wait_until(lambda: over_http(control, REQUEST)[0].startswith("HTTP/1.1 200 "), "the one that is there")
