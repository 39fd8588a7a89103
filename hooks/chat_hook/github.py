"""What GitHub (and Gitea or Forgejo, which send the same) posts: one message for each event, and one for each commit of
a push."""

from chat_hook.alerts import text_at

MOST_COMMITS = 5
ZERO = "0" * 40


def event_lines(event: str, document: dict) -> list[str]:
    repository = text_at(document, "repository", "full_name") or text_at(document, "organization", "login") or "GitHub"
    who = text_at(document, "sender", "login") or text_at(document, "pusher", "name") or "somebody"
    first, *rest = KINDS.get(event, _other)(document, who, event)
    return [f"[{repository}] {first}", *(f"[{repository}] {line}" for line in rest)]


def _push(document: dict, who: str, _event: str) -> list[str]:
    branch = text_at(document, "ref").removeprefix("refs/heads/").removeprefix("refs/tags/")
    if text_at(document, "after") == ZERO:
        return [f"{who} deleted {branch}"]
    commits = [commit for commit in document["commits"] if isinstance(commit, dict)] if isinstance(document.get("commits"), list) else []
    forced = "force-pushed" if document.get("forced") is True else "pushed"
    count = f"{len(commits)} commit{'' if len(commits) == 1 else 's'}"
    lines = [_with_link(f"{who} {forced} {count} to {branch}", text_at(document, "compare"))]
    for commit in commits[:MOST_COMMITS]:
        message = commit.get("message")
        subject = message.strip().split("\n")[0] if isinstance(message, str) else ""
        author = text_at(commit, "author", "name")
        lines.append(f"{text_at(commit, 'id')[:8]} {text_at({'subject': subject}, 'subject')}{f' — {author}' if author else ''}")
    if len(commits) > MOST_COMMITS:
        lines.append(f"… and {len(commits) - MOST_COMMITS} more commits")
    return lines


def _numbered(key: str, what: str):
    """Of events about an issue or a pull request: `Batman opened issue #7: the title URL`."""
    def say(document: dict, who: str, _event: str) -> list[str]:
        action = text_at(document, "action").replace("_", " ")
        if key == "pull_request" and action == "closed" and document.get(key, {}) and isinstance(document[key], dict) and document[key].get("merged") is True:
            action = "merged"
        return [_with_link(f"{who} {action} {what} #{text_at(document, key, 'number')}: {text_at(document, key, 'title')}", text_at(document, key, "html_url"))]
    return say


def _comment(key: str, what: str):
    def say(document: dict, who: str, _event: str) -> list[str]:
        about = document.get("issue") or document.get("pull_request")
        verb = {"edited": "edited a comment on", "deleted": "deleted a comment on", "dismissed": "dismissed a review of"}.get(text_at(document, "action"), what)
        return [_with_link(f"{who} {verb} #{text_at(about, 'number')}: {text_at(about, 'title')}", text_at(document, key, "html_url"))]
    return say


def _release(document: dict, who: str, _event: str) -> list[str]:
    name = text_at(document, "release", "name") or text_at(document, "release", "tag_name")
    return [_with_link(f"{who} {text_at(document, 'action')} release {name}", text_at(document, "release", "html_url"))]


def _run(document: dict, _who: str, event: str) -> list[str]:
    run = document.get(event)
    result = (text_at(run, "conclusion") or text_at(run, "status") or text_at(document, "action")).replace("_", " ")
    branch = text_at(run, "head_branch")
    return [_with_link(f"{text_at(run, 'name') or event}{f' on {branch}' if branch else ''}: {result}", text_at(run, "html_url"))]


def _reference(document: dict, who: str, event: str) -> list[str]:
    return [f"{who} {event}d {text_at(document, 'ref_type')} {text_at(document, 'ref')}"]


def _ping(document: dict, who: str, _event: str) -> list[str]:
    return [f"{who} set up this webhook: {text_at(document, 'zen')}"]


def _other(document: dict, who: str, event: str) -> list[str]:
    return [" ".join(filter(None, (f"{event.replace('_', ' ')}:", text_at(document, "action").replace("_", " "), f"by {who}")))]


def _with_link(text: str, link: str) -> str:
    return f"{text} {link}" if link else text


KINDS = {
    "push": _push,
    "pull_request": _numbered("pull_request", "pull request"),
    "issues": _numbered("issue", "issue"),
    "issue_comment": _comment("comment", "commented on"),
    "pull_request_review": _comment("review", "reviewed"),
    "pull_request_review_comment": _comment("comment", "commented on"),
    "release": _release,
    "workflow_run": _run,
    "check_run": _run,
    "create": _reference,
    "delete": _reference,
    "ping": _ping,
}
