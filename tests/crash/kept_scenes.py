"""The scenes in which messages are kept for an account that is away, and what it has read is marked."""
import re

from account_scenes import without_chance
from scene import Scene
from scenes_unread import Unsent

PIECE = 15_000      # bytes of a long message: three of them are more than one record about kept messages has


class Away(Scene):
    """Messages to an account that is away are kept, come at its next login in several parts, and do not come again
    after that session has ended; what another session of it has received does not come again either."""

    def prepare(self, stage):
        stage.theatre.renew_accounts()
        self.ann, una = stage.connect("A", "Ann"), stage.connect("B", "Una")
        una.send("@1 /register correct-horse")
        stage.expect(una, "account tag=1")
        una.send("@2 /quit")
        stage.expect_end(una)
        stage.expect_all("offline id=" + una.id)
        stage.theatre.until_logged(una.id)

    def play(self, stage):
        ann = self.ann
        ann.send("@1 /send Una first\n" + "".join(f"@{n} /send una {n} {'x' * PIECE}\n" for n in (2, 3, 4)) + "@5 /send Una last")
        stage.expect(ann, "ok tag=5 kept=yes")
        una = self.log_in(stage, "C", 5)
        una.send("@2 /logout")
        stage.expect_all("renamed old=Una")
        una.send("@4 /login Carl")
        stage.expect_all("renamed name=Carl")
        ann.send("@6 /send Una after it")
        stage.expect(ann, "ok tag=6 kept=yes")
        again = self.log_in(stage, "D", 1)
        una.send("@3 /quit")
        stage.expect_end(una)
        stage.expect_all("offline id=" + una.id)
        again.send("@2 /quit")
        stage.expect_end(again)
        stage.expect_all("offline id=" + again.id)
        self.log_in(stage, "E", 0)

    def log_in(self, stage, role, count):
        una = stage.connect(role)
        una.send("@1 /login Una correct-horse")
        stage.expect(una, f"account tag=1 kept={count}")
        for _ in range(count):
            stage.expect(una, "message kept=yes")
        stage.expect_all("online id=" + una.id)
        return una

    def plain(self, role, lines):
        """Not how many digits an id has."""
        return [re.sub(r"x{20,}.*$", "…", line) for line in without_chance(lines)]


class UnsentToAccount(Unsent):
    """A receiver with an account that stops reading vanishes: what was never sent is kept, its sender is notified of each
    message once, and all of it comes at the next login."""

    def prepare(self, stage):
        stage.theatre.renew_accounts()
        self.ann = stage.connect("A", "Ann")
        self.ben = stage.connect("B", "Una", small_buffer=True)
        self.ben.send("@1 /register correct-horse")
        stage.expect(self.ben, "account tag=1")
        self.write_to_ben(stage)
        stage.expect(self.ben, "message")
        self.ben.reading = False
        while stage.theatre.unsent_bytes(self.ben.id) < self.backlog:
            self.write_to_ben(stage)
            self.ann.send("@full /echo")
            stage.expect(self.ann, "echo tag=full")

    def write_to_ben(self, stage):
        self.ann.send(f"@{self.count} /send Una {self.count} " + "x" * PIECE)
        stage.expect(self.ann, f"ok tag={self.count}")
        self.count += 1

    def play(self, stage):
        self.write_to_ben(stage)
        self.ben.reset()
        stage.expect(self.ann, "offline id=" + self.ben.id)
        una = stage.connect("C")
        una.send("@1 /login Una correct-horse")
        account = stage.expect(una, "account tag=1")
        self.kept = int(re.search(r"kept=(\d+)", account)[1])
        for _ in range(self.kept):
            stage.expect(una, "message kept=yes")
        self.una = una
        stage.until(lambda: len(self.ann.of_kind("kept")) >= self.kept, "the sender is notified of what was kept")

    def check(self, outcomes):
        accepted = [line.split("id=")[1] for line in self.ann.of_kind("ok")]
        reported = [re.search(r"id=(\d+)", line)[1] for line in self.ann.of_kind("kept")]
        received = [re.search(r"id=(\d+)", line)[1] for line in self.una.of_kind("message")]
        assert 0 < len(reported) < self.count and accepted[-len(reported):] == reported == received, f"accepted {accepted}, reported {reported}, received {received}"
        assert not self.ann.of_kind("undelivered") and not any(discarded for discarded, _ in outcomes.values())

    def plain(self, role, lines):
        return [line for line in lines if not line.startswith(("ok", "kept", "echo tag=full"))] if role == "A" else []


class Marking(Scene):
    """An account marks what it has read in a room, and lists where there is more; the mark holds in its next session."""

    def prepare(self, stage):
        stage.theatre.renew_accounts()
        self.una, self.ben = stage.connect("A", "Una"), stage.connect("B", "Ben")
        self.una.send("@1 /register correct-horse\n@2 /join Attic")
        stage.expect(self.una, "joined tag=2")
        self.ben.send("@1 /join Attic")
        stage.expect(self.una, "joined id=" + self.ben.id)

    def play(self, stage):
        una, ben = self.una, self.ben
        ben.send("@2 /say attic first\n@3 /say attic second\n@4 /send Una third")
        first = re.search(r"\bid=(\d+)", stage.expect(una, "message to=room:Attic"))[1]
        stage.expect(una, "message to=" + una.id)
        una.send(f"@3 /unread\n@4 /seen attic {first}\n@5 /unread")
        stage.expect(una, "end of=unread tag=3 count=1")
        stage.expect(una, "unread tag=5 place=room:Attic count=1")
        una.send("@6 /quit")
        stage.expect_end(una)
        stage.expect(ben, "offline id=" + una.id)
        ben.send("@5 /say attic fourth")
        stage.expect(ben, "ok tag=5")
        again = stage.connect("C")
        again.send(f"@1 /login Una correct-horse\n@2 /join attic\n@3 /unread\n@4 /seen attic {first}\n@5 /unread")
        stage.expect(ben, "joined id=" + again.id)
        stage.expect(again, "unread tag=3 place=room:Attic count=2")
        stage.expect(again, "unread tag=5 place=room:Attic count=2")

    def plain(self, role, lines):
        """Numbers differ between performances."""
        return [re.sub(r"\b(first|last)=\d+", r"\1=N", line) for line in without_chance(lines)]
