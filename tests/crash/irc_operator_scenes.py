"""Scenes of an operator over IRC, and of what IRC clients read again."""
import re

from irc_scenes import OverIrc


class Removing(OverIrc):
    """OPER with a wrong and the right password, KILL of a native client and of one over IRC, WALLOPS, and a message to everybody."""

    def prepare(self, stage):
        self.ann, self.ben = stage.connect_irc("A", "Ann"), stage.connect_irc("B", "Ben")
        self.cid = stage.connect("C", "Cid")

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ben.send("MODE Ben +w")
        stage.expect_line(ben, r"\S+ MODE Ben \+w")
        ann.send("OPER Gordon wrong-horse\nOPER Gordon correct-horse")
        stage.expect_line(ann, r"\S+ 381 Ann :.*")
        ann.send("WALLOPS :one goes\nNOTICE $* :mind the gap\nKILL Cid :spam\nPING 1")
        stage.expect_line(ben, r"\S+ WALLOPS :one goes")
        stage.expect_line(ben, r"\S+ NOTICE \$\* :mind the gap")
        stage.expect_line(ann, r"\S+ PONG \S+ :1")
        stage.expect_end(cid)
        stage.expect_all("offline id=" + cid.id)
        ann.send("KILL Ben\nMODE Ann -o\nKILL Ann :x")
        stage.expect_end(ben)
        stage.expect_all("offline id=" + ben.id)
        stage.expect_line(ann, r"\S+ 481 Ann :.*")


class ReadingAgain(OverIrc):
    """Pages of a channel, one of them in several parts, marks, and the places where something was said."""

    def prepare(self, stage):
        self.ann, self.dan = stage.connect_irc("A"), stage.connect("D", "Dan")
        self.ann.send("CAP REQ :batch draft/chathistory draft/read-marker\nNICK Ann\nUSER ann 0 * :Ann\nCAP END")
        stage.expect_registered(self.ann, "Ann")

    def play(self, stage):
        ann, dan = self.ann, self.dan
        dan.send("@join /join attic")
        stage.expect(dan, "joined tag=join")
        ann.send("JOIN #attic")
        stage.expect_line(ann, r"\S+ 366 Ann #attic :.*")
        for number in range(12):
            dan.send(f"@{number} /say attic {number} " + 700 * "abcde ")
            stage.expect(dan, f"ok tag={number}")
        dan.send("@last /say attic the end")
        stage.expect_line(ann, r"\S+ PRIVMSG #attic :the end")
        ann.send("CHATHISTORY LATEST #attic * 50\nMARKREAD #attic timestamp=2020-01-01T00:00:00.000Z\nMARKREAD #attic")
        for _ in range(2):
            stage.expect_line(ann, r"\S+ MARKREAD #attic timestamp=2020-01-01T00:00:00.000Z")
        ann.send("CHATHISTORY TARGETS timestamp=2001-01-01T00:00:00.000Z timestamp=2101-01-01T00:00:00.000Z 5\nCHATHISTORY LATEST #none * 5")
        stage.expect_line(ann, r"\S+ FAIL CHATHISTORY INVALID_TARGET .*")

    def plain(self, role, lines):
        return [re.sub(r"( CHATHISTORY TARGETS \S+) \S+", r"\1 T", line) for line in super().plain(role, lines)]


IRC_OPERATOR_SCENES = [Removing, ReadingAgain]
