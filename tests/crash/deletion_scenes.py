"""The scenes in which messages are deleted, over the native protocol and over IRC."""
import re

from account_scenes import without_chance
from irc_scenes import ThreeOverIrc
from kept_scenes import Away
from scene import Scene, Three


def id_in(line):
    return re.search(r"\bid=(\d+)", line)[1]


def without_numbers(lines):
    """Numbers differ between performances; which message is which, the rows say."""
    return [re.sub(r"^(deleted id)=\d+|\b(first|last|upto)=\d+", r"\1\2=N", line) for line in lines]


class Deleting(Three):
    """A sender and an operator delete messages of a room, one of them twice, and a direct one; a page shows the rest."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        for member in (ann, ben, cid):
            member.send("@1 /join Attic")
            stage.expect(member, "joined tag=1")
        stage.expect(ann, "joined id=" + cid.id)
        ben.send("@2 /say attic first\n@3 /say attic second\n@4 /say attic third")
        first, second = (id_in(stage.expect(cid, "message to=room:Attic")) for _ in range(2))
        stage.expect(cid, "message to=room:Attic")
        ben.send(f"@5 /delete attic {first} wrong room\n@6 /delete attic {first}\n@7 /delete attic 1")
        stage.expect(ben, "error tag=7 code=no-such-message")
        stage.expect(cid, f"deleted id={first} by=Ben")
        cid.send(f"@2 /delete attic {second}\n@3 /send Ann psst")
        stage.expect(cid, "error tag=2 code=forbidden")
        secret = id_in(stage.expect(cid, "ok tag=3"))
        ann.send(f"@2 /delete attic {second} spam\n@3 /history attic")
        stage.expect(cid, f"deleted id={second} by=Ann")
        stage.expect(ann, "end of=history tag=3 count=1")
        cid.send(f"@4 /delete Ann {secret}")
        stage.expect(ann, f"deleted id={secret} by=Cid")
        stage.expect(cid, "ok tag=4")

    def plain(self, role, lines):
        return without_numbers(lines)


class DeletingKept(Scene):
    """A message that waits for an account is deleted before its login, which receives the others."""

    def prepare(self, stage):
        Away.prepare(self, stage)

    def play(self, stage):
        ann = self.ann
        ann.send("@1 /send Una first\n@2 /send Una second\n@3 /send Una third")
        stage.expect(ann, "ok tag=1 kept=yes")
        second = id_in(stage.expect(ann, "ok tag=2 kept=yes"))
        stage.expect(ann, "ok tag=3 kept=yes")
        ann.send(f"@4 /delete Una {second}")
        stage.expect(ann, "ok tag=4")
        Away.log_in(self, stage, "C", 2)

    def plain(self, role, lines):
        return without_chance(lines)


class Redacting(ThreeOverIrc):
    """REDACT, echoed to the one who sends it, for a member with the capability, one without, and a native one."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        self.enter_the_attic(stage, "CAP REQ :draft/message-redaction echo-message message-tags\n")
        stage.expect_line(ben, r":Cid!\S+ JOIN #attic")
        ben.send("PRIVMSG #attic :not here")
        number = id_in(stage.expect(cid, "message to=room:attic"))
        msgid = re.search(r"msgid=([\w-]+)", stage.expect_line(ann, r"\S+ :Ben!\S+ PRIVMSG #attic :not here"))[1]
        ann.send(f"REDACT #attic {msgid} :please\nREDACT #attic 1-1\nREDACT #none 1-1")
        stage.expect_line(ann, rf":Ann!\S+ REDACT #attic {msgid} :please")
        stage.expect_line(ann, r"\S+ FAIL REDACT INVALID_TARGET #none :.*")
        stage.expect(cid, f"deleted id={number} by=Ann")

    def plain(self, role, lines):
        return [re.sub(r"( REDACT #attic |msgid=)\d+-\d+", r"\1N", line) for line in without_numbers(super().plain(role, lines))]


DELETION_SCENES = [Deleting, DeletingKept, Redacting]
