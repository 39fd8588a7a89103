"""What each client was sent and what the log has of it, in a form in which two performances of one scene are equal when nothing went wrong.

What differs without meaning (ids, assigned names, times) is replaced by what it stands for: a role, a rank, a word.
"""
import re

NUMBERED = {"ok", "message", "undelivered"}     # kinds whose id is that of a message


def message_number(line):
    """The id of the message that a line is about; None where it is about none."""
    kind, _, rest = line.partition(" ")
    match = re.search(r"\bid=(\d+)", rest.split(" :")[0]) if kind in NUMBERED else None
    return int(match[1]) if match else None


class Plain:
    """Replaces ids by roles, assigned names by whose they are, message ids by their rank, and times by a letter."""

    def __init__(self, actors, numbers):
        self.words = {actor.id: actor.role for actor in actors if actor.id} | {actor.name: f"name-of-{actor.role}" for actor in actors if actor.name}
        self.known = re.compile(r"(?<![\w.-])(" + "|".join(map(re.escape, self.words)) + r")(?![\w-])")
        self.groups = {}            # number of a group: what it stands for
        self.ranks = {number: f"m{rank}" for rank, number in enumerate(sorted(numbers))}

    def group(self, match):
        """Groups are known by the order in which they are heard of."""
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
    """Whom a plain line comes from, for scenes in which several act at once."""
    match = re.search(r"^message .*\bfrom=(\S+)", line) or re.search(r"^(?:online|offline|renamed) .*\bid=(\S+)", line)
    return match[1] if match else ""


def transcript(scene, heard, actors):
    """Role: list of plain lines. `heard` has the lines of each role, `actors` are all who have to do with it."""
    numbers = {number for lines in heard.values() for line in lines if (number := message_number(line)) is not None}
    plain = Plain(actors, numbers)
    result = {}
    for role, lines in heard.items():
        lines = scene.plain(role, [plain.line(line) for line in lines])
        if scene.independent:
            lines = sorted((re.sub(r"\bid=m\d+", "id=m", line) for line in lines), key=origin)     # stable: the order of one origin stays
        result[role] = lines
    return result


def check_order(heard):
    """Rules that need no comparison: what comes to one client comes in the order of the queue, and no message twice. So all members of the lobby see one order."""
    for role, lines in heard.items():
        numbers = [message_number(line) for line in lines if line.startswith("message ")]
        assert numbers == sorted(set(numbers)), f"{role} got messages out of order or twice: {numbers}"
