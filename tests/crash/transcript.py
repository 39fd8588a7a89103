"""What each client was sent and what the log holds about it, in a form that is equal for two correct performances of a
scene.

Values that always differ (ids, assigned names, times) are replaced by what they stand for: a role, a rank, a word.
"""
import re

NUMBERED = {"ok", "message", "undelivered", "kept", "history"}     # kinds whose id is that of a message


def message_number(line):
    """The id of the message that a line is about, or None."""
    kind, _, rest = line.partition(" ")
    match = re.search(r"\bid=(\d+)", rest.split(" :")[0]) if kind in NUMBERED else None
    return int(match[1]) if match else None


class Plain:
    """Replaces ids by roles, assigned names by their owners, message ids by their rank, and times by a letter."""

    def __init__(self, actors, numbers):
        self.words = {actor.id: actor.role for actor in actors if actor.id} | {actor.name: f"name-of-{actor.role}" for actor in actors if actor.name}
        self.known = re.compile(r"(?<![\w.-])(" + "|".join(map(re.escape, self.words)) + r")(?![\w-])")
        self.groups = {}            # number of a group: what it stands for
        self.ranks = {number: f"m{rank}" for rank, number in enumerate(sorted(numbers))}

    def group(self, match):
        """Groups are numbered in the order in which they appear."""
        return match[1] + self.groups.setdefault(match[2], f"g{len(self.groups) + 1}")

    def line(self, line):
        number = message_number(line)
        line = re.sub(r"\b(at|connected)=\S+", r"\1=T", line)
        line = re.sub(r"^((?:time|date)\b.* value=)\S+", r"\1T", line)
        if number is None:
            line = re.sub(r"(\bgroup=|^group\b.*? id=|\bgroup:|\bgroup |/joingroup or /declinegroup |/approve or /reject )(\d{4})\b", self.group, line)
        else:
            line = re.sub(r"(\bto=group:)(\d{4})\b", self.group, line)
            line = re.sub(r"\bid=\d+", f"id={self.ranks[number]}", line, count=1)
        return self.known.sub(lambda match: self.words[match[1]], line)


def origin(line):
    """The sender of a plain line, for scenes in which several act at once."""
    match = re.search(r"^message .*\bfrom=(\S+)", line) or re.search(r"^(?:online|offline|renamed) .*\bid=(\S+)", line)
    return match[1] if match else ""


def transcript(scene, received, actors):
    """Returns role: list of plain lines. `received` has the lines of each role, `actors` are all the clients involved."""
    numbers = {number for lines in received.values() for line in lines if (number := message_number(line)) is not None}
    plain = Plain(actors, numbers)
    result = {}
    for role, lines in received.items():
        lines = scene.plain(role, [plain.line(line) for line in lines])
        if scene.independent:
            # stable: keeps the order of each origin
            lines = sorted((re.sub(r"\bid=m\d+", "id=m", line) for line in lines), key=origin)
        result[role] = lines
    return result


def check_order(received):
    """Checks rules that need no comparison: a client receives messages in the order of the queue, and none twice. So
    all members of the lobby see the same order."""
    for role, lines in received.items():
        numbers = [message_number(line) for line in lines if line.startswith("message ")]
        assert numbers == sorted(set(numbers)), f"{role} got messages out of order or twice: {numbers}"
