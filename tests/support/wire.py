"""Lines from the server, read strictly by the protocol: a malformed line fails the test that received it."""
import re
from dataclasses import dataclass, field

WORD = r"[a-z][a-z0-9]*(?:-[a-z]+)*"
LINE = re.compile(rf"({WORD})((?: {WORD}=[^ ]+)*)(?: :(.*))?", re.DOTALL)
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
NONCHARACTERS = "\ufdd0-\ufdef" + "".join(chr(plane << 16 | end) for plane in range(17) for end in (0xfffe, 0xffff))
FORBIDDEN = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\U000e0000-\U000e007f" + NONCHARACTERS + "]")
FIELD_FORMS = {
    "id": re.compile(r"[1-9]\d*"),
    "from": re.compile(r"[1-9]\d{4}"),
    "name": re.compile(r"[A-Za-z\[\]{}\\|^_`][A-Za-z0-9_.\-\[\]{}\\|^`]{0,31}|[A-Za-z0-9\u0080-\U0010ffff][^ ,/\t]{0,31}"),   # of a client or room
    "count": re.compile(r"0|[1-9]\d*"),
    "at": TIME,
    "connected": TIME,
    "group": re.compile(r"[1-9]\d{3}"),
    "admin": re.compile(r"[1-9]\d{4}"),
    "members": re.compile(r"[1-9]\d{4}(,[1-9]\d{4})*"),
    "room": re.compile(r"[A-Za-z0-9\u0080-\U0010ffff][^ ,/\t]{0,31}"),
    "tag": re.compile(r"[A-Za-z0-9._-]{1,32}"),
    "you": re.compile(r"yes|no"),
    "account": re.compile("yes"),
    "accounts": re.compile("off|invite|open|operator"),
}
REQUIRED = {    # fields that a kind always has; others are allowed, so that a later version may add some
    "welcome": {"id", "name", "connected", "limit", "version"},
    "refused": {"code"},
    "online": {"id", "name", "count"},
    "offline": {"id", "name", "reason", "count"},
    "renamed": {"id", "old", "name"},
    "account": {"name", "since"},
    "client": {"id", "name", "connected"},
    "upload": {"file", "ticket", "port"},
    "file": {"id", "from", "name", "size", "sha256", "ticket", "port", "to"},
    "receipt": {"id", "from", "name", "outcome"},
    "message": {"id", "from", "name", "to", "at"},
    "deleted": {"id", "to", "by"},
    "history": {"id", "from", "name", "to", "at"},
    "announcement": {"id", "at"},
    "undelivered": {"id", "to", "reason"},
    "kept": {"id", "name"},
    "away": {"id", "name"},
    "unread": {"place", "count", "first", "last"},
    "seen": {"place", "id"},
    "error": {"code"},
    "ok": {"tag"},
    "joined": {"room", "id", "name", "count"},
    "left": {"room", "id", "name", "count"},
    "room": {"name", "count", "you"},
    "topic": {"room"},
    "kicked": {"room", "id", "name", "by"},
    "op": {"room", "id", "name", "value"},
    "group": {"id", "admin", "members"},
    "invite": {"from", "name"},
    "group-joined": {"group", "id", "name", "count"},
    "pending": {"group"},
    "join-request": {"group", "id", "name"},
    "declined": {"group", "id", "name"},
    "rejected": {"group"},
    "group-left": {"group", "id", "name", "count"},
    "group-admin": {"group", "id", "name"},
    "end": {"of", "count"},
    "help": {"command"},
    "date": {"value"},
    "time": {"value"},
    "echo": set(),
    "result": {"value"},
    "bye": set(),
}
ERROR_CODES = set(
    "unknown-command bad-arguments bad-text line-too-long empty-name bad-name name-taken no-such-client no-such-room no-such-group not-a-member "
    "not-admin already-member group-full not-invited no-such-request too-many-groups too-many-rooms self too-fast bad-expression divide-by-zero "
    "file-too-large bad-file-name bad-size hash-mismatch bad-ticket no-space forbidden busy internal-error "
    "password-required wrong-secret needs-tls weak-secret no-such-account account-disabled guests-not-allowed banned history-off no-such-message".split())
REASONS = {"quit", "killed", "lost", "timeout", "kicked", "slow", "shutdown", "no-memory"}


@dataclass
class Line:
    kind: str
    fields: dict = field(default_factory=dict)
    text: str = None
    raw: bytes = b""

    def __getitem__(self, key):
        return self.fields[key]

    def get(self, key, default=None):
        return self.fields.get(key, default)

    @property
    def tag(self):
        return self.fields.get("tag")

    def __repr__(self):
        return repr(self.raw)


def parse(raw):
    """Reads one line with its LF. Raises AssertionError for anything that the protocol does not allow."""
    assert raw.endswith(b"\n"), f"no line end: {raw!r}"
    text = raw[:-1].decode("utf-8")
    assert not FORBIDDEN.search(text), f"a control character: {raw!r}"
    match = LINE.fullmatch(text)
    assert match, f"malformed: {raw!r}"
    kind, middle, trailing = match.groups()
    fields = {}
    for pair in middle.split():
        key, _, value = pair.partition("=")
        assert key not in fields, f"a field twice: {raw!r}"
        form = FIELD_FORMS.get(key)
        assert form is None or form.fullmatch(value), f"field {key} is not of its form: {raw!r}"
        fields[key] = value
    assert kind in REQUIRED, f"an unknown kind: {raw!r}"
    assert REQUIRED[kind] <= fields.keys(), f"fields are missing: {raw!r}"
    if kind == "error":
        assert fields["code"] in ERROR_CODES, f"an unknown code: {raw!r}"
        assert trailing, f"an error without an explanation: {raw!r}"
    if kind == "offline":
        assert fields["reason"] in REASONS, f"an unknown reason: {raw!r}"
    return Line(kind, fields, trailing, raw)
