"""What Alertmanager and Grafana post: a message for each alert."""

from chat_hook.lines import one_line

HIDDEN = ("alertname", "grafana_folder")  # labels that would say nothing new
MOST_LABELS = 8


def text_at(value: object, *path: str) -> str:
    """The text (or number) at this place of a JSON document, empty if there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return one_line(str(value))


def are_alerts(document: dict) -> bool:
    return isinstance(document.get("alerts"), list)


def alert_lines(document: dict) -> list[str]:
    """A line for each alert."""
    alerts = [alert for alert in document["alerts"] if isinstance(alert, dict)]
    lines = [_alert(alert, text_at(document, "status")) for alert in alerts]
    missing = document.get("truncatedAlerts")
    if isinstance(missing, int) and missing > 0:
        lines.append(f"… and {missing} more alerts, which Alertmanager left out")
    return lines


def _alert(alert: dict, status_of_all: str) -> str:
    status = (text_at(alert, "status") or status_of_all or "alert").upper()
    name = text_at(alert, "labels", "alertname") or "alert"
    summary = next(filter(None, (text_at(alert, "annotations", key) for key in ("summary", "description", "message"))), "")
    labels = alert.get("labels") if isinstance(alert.get("labels"), dict) else {}
    shown = [f"{one_line(key)}={text_at(labels, key)}" for key in sorted(labels) if key not in HIDDEN and text_at(labels, key)]
    link = next(filter(None, (text_at(alert, key) for key in ("panelURL", "dashboardURL"))), "")
    return " ".join(filter(None, (f"{status} {name}:" if summary else f"{status} {name}", summary, f"({', '.join(shown[:MOST_LABELS])})" if shown else "", link)))


def is_older_grafana(document: dict) -> bool:
    """Before Grafana 9, with its old kind of alerts."""
    return "ruleName" in document and "state" in document


def older_grafana_lines(document: dict) -> list[str]:
    words = (text_at(document, "title") or f"[{text_at(document, 'state')}] {text_at(document, 'ruleName')}", text_at(document, "message"), text_at(document, "ruleUrl"))
    return [" ".join(filter(None, words))]
