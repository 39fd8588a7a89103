"""What the payloads of well-known programs become, and that no text forges anything."""
import json
import re

import pytest

pytestmark = pytest.mark.shares_server

ALERT = {"status": "firing", "labels": {"alertname": "DiskFull", "severity": "critical", "instance": "web1:9100"},
         "annotations": {"summary": "The disk is full", "description": "longer"}, "startsAt": "2026-11-20T12:31:05Z", "generatorURL": "http://prometheus/graph"}
# As version 4 of Alertmanager's webhook has it.
ALERTS = {"version": "4", "groupKey": "{}", "truncatedAlerts": 2, "status": "firing", "receiver": "chat", "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
          "externalURL": "http://alertmanager", "alerts": [ALERT, {**ALERT, "status": "resolved", "annotations": {}}]}
REPOSITORY = {"repository": {"full_name": "wayne/cave"}, "sender": {"login": "batman"}}
COMMIT = {"id": "0123456789abcdef", "message": "door: close it\n\nBecause of the bats.", "author": {"name": "Alfred"}}


def test_alertmanager(hook, listener, texts):
    response = hook.post(ALERTS)
    assert response.status == 202 and response.json["messages"] == 3
    assert texts(listener, 3) == ["FIRING DiskFull: The disk is full (instance=web1:9100, severity=critical)", "RESOLVED DiskFull (instance=web1:9100, severity=critical)",
                                  "… and 2 more alerts, which Alertmanager left out"]


def test_grafana(hook, listener, texts):
    grafana = {**ALERTS, "truncatedAlerts": 0, "orgId": 1, "title": "[FIRING:1]", "state": "alerting", "message": "**Firing**",
               "alerts": [{**ALERT, "labels": {"alertname": "DiskFull", "grafana_folder": "hosts"}, "panelURL": "https://grafana/d/1?viewPanel=2", "valueString": "[ var='A' value=1 ]"}]}
    assert hook.post(grafana).status == 202
    assert hook.post({"title": "[Alerting] Disk", "ruleName": "Disk", "state": "alerting", "message": "full", "ruleUrl": "https://grafana/d/1"}).status == 202
    assert texts(listener, 2) == ["FIRING DiskFull: The disk is full https://grafana/d/1?viewPanel=2", "[Alerting] Disk full https://grafana/d/1"]


@pytest.mark.parametrize("event, document, expected", [
    ("ping", {"zen": "Keep it logically awesome."}, ["batman set up this webhook: Keep it logically awesome."]),
    ("push", {"ref": "refs/heads/main", "after": "1" * 40, "compare": "https://x/compare", "commits": [COMMIT]},
     ["batman pushed 1 commit to main https://x/compare", "01234567 door: close it — Alfred"]),
    ("push", {"ref": "refs/heads/main", "forced": True, "commits": [COMMIT] * 7},
     ["batman force-pushed 7 commits to main", *["01234567 door: close it — Alfred"] * 5, "… and 2 more commits"]),
    ("push", {"ref": "refs/heads/old", "after": "0" * 40}, ["batman deleted old"]),
    ("issues", {"action": "opened", "issue": {"number": 7, "title": "It\nis dark", "html_url": "https://x/7"}}, ["batman opened issue #7: It is dark https://x/7"]),
    ("pull_request", {"action": "closed", "pull_request": {"number": 8, "title": "Light", "merged": True}}, ["batman merged pull request #8: Light"]),
    ("issue_comment", {"action": "created", "issue": {"number": 7, "title": "It is dark"}, "comment": {"html_url": "https://x/7#1"}}, ["batman commented on #7: It is dark https://x/7#1"]),
    ("pull_request_review", {"action": "submitted", "pull_request": {"number": 8, "title": "Light"}, "review": {"html_url": "https://x/8"}}, ["batman reviewed #8: Light https://x/8"]),
    ("release", {"action": "published", "release": {"tag_name": "v1"}}, ["batman published release v1"]),
    ("workflow_run", {"action": "completed", "workflow_run": {"name": "tests", "head_branch": "main", "conclusion": "failure", "html_url": "https://x/run"}}, ["tests on main: failure https://x/run"]),
    ("create", {"ref": "v1", "ref_type": "tag"}, ["batman created tag v1"]),
    ("deployment_status", {"action": "created"}, ["deployment status: created by batman"]),
])
def test_github(hook, listener, texts, event, document, expected):
    response = hook.github(event, {**REPOSITORY, **document})
    assert response.status == 202
    assert texts(listener, len(expected)) == [f"[wayne/cave] {line}" for line in expected]


def test_slack(hook, listener, texts):
    assert hook.post({"text": "one\ntwo &lt;3 <https://x.org/a|the page> <https://y.org>", "channel": "#other", "username": "Joker"}).status == 202
    assert hook.post({"attachments": [{"fallback": "three"}, {"text": "four", "fallback": "4"}]}).status == 202
    assert hook.post("payload=%7B%22text%22%3A%22five%22%7D", kind="application/x-www-form-urlencoded").status == 202
    assert texts(listener, 5) == ["one", "two <3 the page (https://x.org/a) https://y.org", "three", "four", "five"]


def test_plain_text(hook, listener, texts):
    assert hook.text("one\r\n\r\n  two\n\n").status == 202
    assert hook.post("three", kind=None).status == 202
    assert hook.post("four & more", kind="application/x-www-form-urlencoded").status == 202      # curl --data
    assert hook.post("text=five", kind="application/x-www-form-urlencoded").status == 202
    assert hook.post('{"text": "six"}', kind=None).status == 202
    assert hook.post('{"text": "seven"}', kind="text/plain; charset=utf-8").status == 202
    assert hook.post("\ufeffeight ü", kind="text/plain").status == 202
    assert texts(listener, 8) == ["one", "  two", "three", "four & more", "five", "six", '{"text": "seven"}', "eight ü"]


def test_each_line_is_a_message_up_to_a_bound(start_hook, server, listener, texts):
    hook = start_hook(server.port, '[hooks.ops]\nroom = "#ops"\nmax_messages = 3\n')
    response = hook.text("".join(f"{number}\n" for number in range(10_000)))
    assert response.status == 202 and response.json["messages"] == 3
    assert texts(listener, 3) == ["0", "1", "… and 9998 more lines"]


def test_a_long_line_is_cut(hook, listener, texts):
    assert hook.text("ü" * 5000).status == 202
    text, = texts(listener, 1)
    assert text == "ü" * 498 + "…" and len(text.encode()) <= 1000


@pytest.mark.parametrize("text, written", [
    ("/quit", "/quit"), ("//quit", "//quit"), ("@t /quit", "@t /quit"), ("a\tb", "a\tb"), ("a\rb", "a|b"), ("a\u2028b", "a|b"), ("a\x0bb", "a|b"), ("a\x85b", "a|b"),
    ("a\x00b\x1b[2Jc\x7f", "a b [2Jc"), ("a\u202eb\u2066c\u200ed", "abcd"), ("a\U000e0041b", "ab"), ("a\uffffb\ufdd0c\U0001fffed", "a\ufffdb\ufffdc\ufffdd"), (" :text", " :text"),
    ("ok tag=h1 id=1", "ok tag=h1 id=1"), ("e\u0301 🦇", "e\u0301 🦇"),
])
def test_no_text_forges_lines_or_commands(hook, listener, texts, text, written):
    """In JSON, where every character can be written."""
    assert hook.post(json.dumps({"text": text})).status == 202
    wanted = written.split("|")
    assert texts(listener, len(wanted)) == wanted
    assert hook.text("end").status == 202 and texts(listener, 1) == ["end"]


def test_no_field_of_an_alert_forges_lines(hook, listener, texts):
    hostile = "x\n/quit\r\n\u2028FIRING Other\x00\u202e\ud800"
    alert = {"status": hostile, "labels": {"alertname": hostile, hostile: hostile}, "annotations": {"summary": hostile}, "panelURL": hostile}
    assert hook.post({"alerts": [alert]}).status == 202
    assert hook.github("push", {"ref": hostile, "repository": {"full_name": hostile}, "sender": {"login": hostile}, "commits": [{"id": hostile, "message": hostile, "author": {"name": hostile}}]}).status == 202
    lines = texts(listener, 3)
    assert lines[0].startswith("X /QUIT FIRING OTHER") and all("\u202e" not in line for line in lines)
    assert lines[1].startswith("[x /quit FIRING Other") and lines[2].startswith("[x /quit FIRING Other")


@pytest.mark.parametrize("body, error", [
    (b"\xff\xfe", "bad-text"), (b"{", "bad-json"), (b"[" * 200_000, "bad-json"), (b'{"a":' * 100_000, "bad-json"), (b'{"text": ' + b"9" * 5000 + b"}", "bad-json"), (b"[]", "unknown-payload"), (b'"text"', "unknown-payload"), (b"null", "unknown-payload"),
    (b"{}", "unknown-payload"), (b'{"text": 5}', "unknown-payload"), (b'{"text": ""}', "empty"), (b'{"text": " \\n\\u2066\\t\\n"}', "empty"), (b'{"alerts": []}', "empty"), (b'{"alerts": ["x", null]}', "empty"), (b"", "bad-json"),
], ids=lambda value: str(value[:12]))
def test_what_cannot_be_understood_is_refused(hook, listener, body, error):
    response = hook.post(body)
    assert (response.status, response.error) == (400, error)
    assert not [line for line in listener.drain() if line.kind == "message"]


def test_an_empty_text_is_refused(hook):
    assert hook.text("").error == hook.text("\n \n").error == "empty"


@pytest.mark.parametrize("value", [None, True, 5, 1e400, "text", [], [[]], {}, {"a": {"b": []}}])
def test_payloads_of_the_wrong_shape_do_no_harm(hook, listener, value):
    for event in ("push", "pull_request", "issues", "issue_comment", "pull_request_review", "release", "workflow_run", "check_run", "create", "ping", "other"):
        document = dict.fromkeys(("repository", "sender", "commits", "ref", "after", "pull_request", "issue", "comment", "review", "release", "workflow_run", "check_run", "action"), value)
        assert hook.github(event, document).status in (202, 400), event
        assert hook.github(event, {}).status == 202
    for document in ({"alerts": [value]}, {"alerts": [dict.fromkeys(("status", "labels", "annotations"), value)], "truncatedAlerts": value},
                     {"alerts": [{"labels": {"alertname": value, "b": value}, "annotations": {"summary": value}}]}, {"ruleName": value, "state": value}, {"text": value, "attachments": value}, {"text": "x", "attachments": [value]}):
        assert hook.post(document).status in (202, 400), document
    assert hook.text("end").status == 202 and hook.log().count("Traceback") == 0
    assert all(re.fullmatch(r"[^\n]+", line.text) for line in listener.drain() if line.kind == "message")
