"""Scenes with a client that does not read: what waits for it, and what it never receives."""
import re

from scene import Scene

PIECE = 15_000      # bytes of a long message: the kernel's buffers and an outbox hold a few of them
# bytes in the outbox of a client that does not read: more than the kernel still takes, but too few to disconnect it as
# slow
BACKLOG = 3 * PIECE
MOST_PIECES = 100   # more than the kernel's buffers and an outbox hold


class Unsent(Scene):
    """A receiver that stops reading vanishes: its sender is notified of what was never sent. How much that is depends
    on the kernel."""
    outcome_varies = True
    count = 0           # of messages to the receiver
    backlog = BACKLOG

    def prepare(self, stage):
        self.ann, self.ben = stage.connect("A", "Ann"), self.connect_receiver(stage)
        self.write_to_ben(stage)
        self.expect_first(stage)
        self.ben.reading = False
        while stage.theatre.unsent_bytes(self.ben.id) < self.backlog:
            assert self.count < MOST_PIECES, "the kernel takes all that is sent to one who does not read"
            self.write_to_ben(stage)
            self.ann.send("@full /echo")       # when this is answered, the kernel has taken its part of the message
            stage.expect(self.ann, "echo tag=full")

    def connect_receiver(self, stage):
        return stage.connect("B", "Ben", small_buffer=True)

    def expect_first(self, stage):
        stage.expect(self.ben, "message")

    def write_to_ben(self, stage):
        self.ann.send(f"@{self.count} /send Ben {self.count} " + "x" * PIECE)
        stage.expect(self.ann, f"ok tag={self.count}")
        self.count += 1

    def play(self, stage):
        self.write_to_ben(stage)       # a message that the kernel cannot take
        self.ben.reset()
        stage.expect(self.ann, "offline id=" + self.ben.id)
        stage.expect(self.ann, "undelivered")
        self.expect_released_memory(stage)

    def expect_released_memory(self, stage):
        """Once the log has marked what was unsent, the outbox is no longer needed."""
        segment, ben = stage.theatre.segment, int(self.ben.id)
        stage.until(lambda: segment.outbox_memory(ben) == 0, "the memory of the outbox is released", meanwhile=lambda: stage.theatre.clock.forward(1))

    def check(self, outcomes):
        """Each unsent message is reported once and in order, after all that were sent; the log agrees."""
        accepted = [line.split("id=")[1] for line in self.ann.of_kind("ok")]
        reported = [re.search(r"id=(\d+)", line)[1] for line in self.ann.of_kind("undelivered")]
        assert 0 < len(reported) < self.count and accepted[-len(reported):] == reported, f"accepted {accepted}, reported {reported}"
        assert [str(number) for number, (discarded, _) in outcomes.items() if discarded] == reported, f"reported {reported}, in the log {outcomes}"

    def plain(self, role, lines):
        return [line for line in lines if not line.startswith(("ok", "undelivered", "echo tag=full"))] if role == "A" else []


class Slow(Unsent):
    """A receiver that does not read is disconnected, and its sender is notified of what it did not receive, at once or
    after its departure."""
    count = 12

    def prepare(self, stage):
        self.ann, self.ben = stage.connect("A", "Ann"), stage.connect("B", "Ben", small_buffer=True)
        self.ben.reading = False

    def play(self, stage):
        self.ann.send("\n".join(f"@{n} /send Ben {n} " + "x" * PIECE for n in range(self.count)))
        stage.until(self.all_is_answered, "all is answered")
        while not self.ann.of_kind("undelivered"):
            assert self.count < MOST_PIECES, "a receiver who does not read is never given up"
            self.ann.send(f"@{self.count} /send Ben {self.count} " + "x" * PIECE)
            self.count += 1
            stage.until(self.all_is_answered, "all is answered")
        stage.expect(self.ann, "offline id=" + self.ben.id)
        self.ann.send("@over /send Ben is it over?")
        stage.expect(self.ann, "undelivered tag=over")
        stage.until(lambda: any(" tag=" not in line for line in self.ann.of_kind("undelivered")), "it is notified of what was accepted and never left")
        self.ben.reading = True
        stage.expect_end(self.ben)

    def all_is_answered(self):
        return sum(" tag=" in line for kind in ("ok", "undelivered") for line in self.ann.of_kind(kind)) == self.count

    def check(self, outcomes):
        """Each tagged line has one answer; no message is both received and reported; the received ones come first, in
        order, and the log agrees."""
        fates, tags = {}, []
        for line in self.ann.lines:
            if match := re.match(r"(ok|undelivered)(?: tag=(\w+))? id=(\d+)(?:.*? tag=(\w+))?", line.split(" :")[0]):
                kind, tag, number = match[1], match[2] or match[4], match[3]
                if tag and tag != "enter":
                    tags.append(tag)
                fates.setdefault(number, []).append(kind)
        assert tags == [str(n) for n in range(self.count)] + ["over"], f"answers to {tags}"
        assert all(fate in (["ok"], ["undelivered"], ["ok", "undelivered"]) for fate in fates.values()), fates
        received = [re.search(r"id=(\d+)", line)[1] for line in self.ben.of_kind("message")]
        reported = [number for number, fate in fates.items() if "undelivered" in fate]
        kept = [number for number, fate in fates.items() if fate == ["ok"]]
        assert sorted(fates, key=int) == [str(number) for number in outcomes], f"answers {fates}, in the log {outcomes}"
        assert received == kept[:len(received)] and list(fates) == kept + reported, f"received {received}, answers {fates}"
        assert [str(number) for number, (discarded, _) in outcomes.items() if discarded] == reported, f"reported {reported}, in the log {outcomes}"

    def plain(self, role, lines):
        return [line for line in lines if not line.startswith(("ok", "undelivered"))] if role == "A" else []


class Listing(Unsent):
    """A list in parts to a client that reads late: its other lines wait behind the list, nobody else does."""
    backlog = 70_000        # more than half of the outbox: the list waits

    def prepare(self, stage):
        super().prepare(stage)
        for role, name in (("C", "Cid"), ("D", "Dan")):
            guest = stage.connect(role, name)
            guest.send("\n".join(f"/join {name}-{number:027}" for number in range(32)) + "\n@in /echo joined")
            stage.expect(guest, "echo tag=in")
        self.ann.send("\n".join(f"/join Ann-{number:027}" for number in range(32)) + "\n@in /echo joined")
        stage.expect(self.ann, "echo tag=in")

    def play(self, stage):
        self.ben.send("@1 /rooms\n@2 /members lobby\n@3 /echo after them")
        self.ann.send("@2 /echo at once")
        stage.expect(self.ann, "echo tag=2")
        self.ben.reading = True
        stage.expect(self.ben, "end tag=1 of=rooms count=97")
        stage.expect(self.ben, "end tag=2 of=members")
        stage.expect(self.ben, "echo tag=3")

    def check(self, outcomes):
        assert all(discarded == 0 for discarded, _ in outcomes.values()), outcomes

    def plain(self, role, lines):
        return [line for line in lines if not line.startswith(("ok", "message", "echo tag=full"))]
