"""What a request says, as lines: JSON of Alertmanager, Grafana, GitHub or in the form of Slack, a form, or plain text."""

import html
import json
import re
from urllib.parse import parse_qs

from chat_hook.alerts import alert_lines, are_alerts, is_older_grafana, older_grafana_lines
from chat_hook.github import event_lines
from chat_hook.lines import clean, lines_of
from chat_hook.web import Answer, Request

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
SLACK_LINK = re.compile(r"<((?:https?|mailto):[^<>|\s]+)(?:\|([^<>|]*))?>")
EVENT = re.compile(r"[a-z_]{1,60}")
MOST_FIELDS = 100


def check_type(request: Request) -> None:
    """Raises Answer for a type that is never understood, before the body is read."""
    kind = request.content_type
    if kind and kind not in (JSON, FORM, "text/plain") and not kind.endswith("+json"):
        raise Answer(415, "unsupported-type", f"expected {JSON} or text/plain")


def lines_from(request: Request, body: bytes) -> list[str]:
    """The lines to write, at least one. Raises Answer."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Answer(400, "bad-text", "the body is not UTF-8") from None
    kind = request.content_type
    is_json = kind == JSON or kind.endswith("+json") or "x-github-event" in request.headers
    if kind == FORM:
        fields = _form(text)
        is_json = "payload" in fields
        text = fields.get("payload") or fields.get("text") or text
    elif not kind and not is_json:
        is_json = text.lstrip().startswith("{")
    lines = [clean(line) for line in _lines_of_json(request, text)] if is_json else lines_of(text)
    if not (lines := [line for line in lines if line.strip()]):
        raise Answer(400, "empty", "there is no text to write")
    return lines


def _form(text: str) -> dict[str, str]:
    """The fields of a form. Text that curl --data sends has this type too, and usually no fields."""
    try:
        return {key: values[0] for key, values in parse_qs(text, max_num_fields=MOST_FIELDS).items()}
    except ValueError:
        return {}


def _lines_of_json(request: Request, text: str) -> list[str]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise Answer(400, "bad-json", "the body is not JSON") from None
    if not isinstance(document, dict):
        raise Answer(400, "unknown-payload", "expected a JSON object")
    event = request.headers.get("x-github-event", "")
    if EVENT.fullmatch(event):
        return event_lines(event, document)
    if are_alerts(document):
        return alert_lines(document)
    if is_older_grafana(document):
        return older_grafana_lines(document)
    if isinstance(slack := _of_slack(document), str):
        return lines_of(slack)
    raise Answer(400, "unknown-payload", "neither alerts, nor an event of GitHub, nor a text")


def _of_slack(document: dict) -> str | None:
    """The text as Slack's incoming webhooks take it, None if there is none."""
    attachments = document.get("attachments") if isinstance(document.get("attachments"), list) else []
    texts = [document.get("text"), *(attachment.get("text") or attachment.get("fallback") for attachment in attachments if isinstance(attachment, dict))]
    found = [text for text in texts if isinstance(text, str)]
    return html.unescape(SLACK_LINK.sub(_link, "\n".join(found))) if found else None


def _link(match: re.Match) -> str:
    return f"{match[2]} ({match[1]})" if match[2] and match[2] != match[1] else match[1]
