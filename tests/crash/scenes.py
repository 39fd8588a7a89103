"""What the clients do, scene by scene. Scenes are short, because each is repeated for every point at which a daemon can
die.

A scene prepares undisturbed, then plays; a daemon may die at any point of the play. Every act waits for its effects, so
that every performance has the same transcript, whatever happens to the daemons.
"""
import hashlib
import re
from itertools import groupby

from account_scenes import Certified, Local, Owning
from deletion_scenes import DELETION_SCENES
from history_scenes import Remembering
from irc_operator_scenes import IRC_OPERATOR_SCENES
from irc_scenes import IRC_SCENES
from kept_scenes import Away, Marking, UnsentToAccount
from metadata_scenes import METADATA_SCENES
from multiline_scenes import MULTILINE_SCENES
from room_scenes import ROOM_SCENES
from watch_scenes import WATCH_SCENES
from scene import Scene, Three
from scenes_unread import Listing, Slow, Unsent
from stage import END_OF_STREAM
from transfers import CONTENT, Downloading, Uploading, decline, until_done, without_numbers


class Arriving(Scene):
    """Welcome, login, a name that is taken, a new name, a client announced by its first command, and one that continues
    at once."""

    def play(self, stage):
        ann = stage.connect("A")
        ann.send("@1 /login Ann")
        stage.expect_all("online id=" + ann.id)
        ann.send("@2 /whoami")
        stage.expect(ann, "client tag=2")
        ben = stage.connect("B")
        ben.send("@1 /active")
        stage.expect_all("online id=" + ben.id)
        ben.send("/login ANN")
        stage.expect(ben, "error code=name-taken")
        ben.send("/login Ben")
        stage.expect_all("renamed id=" + ben.id)
        cid = stage.connect("C")
        cid.send("@1 /login Cid\nhas come, and says so")
        stage.expect_all("message", but=[cid])


class Proxied(Scene):
    """Clients from a TLS terminator, which begin with a header: one whose first line comes together with it, and one
    whose header comes in two pieces. Nothing of a header is ever taken for a line."""

    def play(self, stage):
        server = stage.theatre.server
        [ann] = stage.connect_together("A", headers=[server.proxy_header(host="192.0.2.7") + b"@1 /login Ann\n"])
        stage.expect_all("online id=" + ann.id)
        header = server.proxy_header(host="2001:db8::7", fingerprint="ab" * 32)
        [ben] = stage.connect_together("B", headers=[header[:20], header[20:]])
        ben.send("@1 /login Ben")
        stage.expect_all("online id=" + ben.id)
        ann.send("hello")
        stage.expect_all("message", but=[ann])


class Silent(Scene):
    """A client that says nothing is announced after a second."""

    def prepare(self, stage):
        self.silent = stage.connect("A")

    def play(self, stage):
        """Advances the clock second by second, because a daemon may look at it before and after a second has passed."""
        announced = "online id=" + self.silent.id
        stage.until(lambda: any(line.startswith(announced) for line in stage.actors["W"].lines), "a second is over", meanwhile=lambda: stage.theatre.clock.forward(1))
        stage.expect_all(announced)


class AskingQuietly(Scene):
    """A client that only asks is not announced, speaks, and leaves; another leaves without having been noticed."""

    def play(self, stage):
        ann = stage.connect("A")
        ann.send("/quiet\n@1 /active")
        stage.expect(ann, "end of=active tag=1")
        ben = stage.connect("B")
        ben.send("@1 /quiet\n@2 /rooms")
        stage.expect(ben, "end of=rooms tag=2")
        ann.send("@2 /login Ann\n@3 /quiet")
        stage.expect_all("online id=" + ann.id, but=[])
        stage.expect(ann, "error tag=3 code=forbidden")
        ben.send("@3 /quit")
        stage.expect_end(ben)
        ann.send("@4 /quit")
        stage.expect_end(ann)
        stage.expect_all("offline id=" + ann.id)


class Talking(Three):
    """Every way to write to others, and a line that arrives in two pieces."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.send("hello lobby")
        stage.expect_all("message", but=[ann])
        ann.send("@1 /broadcast hello all")
        stage.expect_all("message", but=[ann])
        ben.send("@1 /send Ann by name")
        stage.expect(ann, "message")
        ben.send(b"@2 /send " + cid.id.encode() + b" in two ")
        ann.send("@2 /send Ben meanwhile")
        stage.expect(ben, "message")
        ben.send(b"pieces\n")
        stage.expect(cid, "message")
        stage.expect(ben, "ok tag=2")


class Rooming(Three):
    """Rooms are opened, joined, written to, left and listed; one ends when its last member leaves the server."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.send("@1 /join Attic")
        stage.expect(ann, "joined tag=1")
        ben.send("@1 /join attic\n@2 /join Cellar")
        stage.expect(ann, "joined id=" + ben.id)
        stage.expect(ben, "joined tag=2")
        cid.send("@1 /leave lobby\n@2 /join #CELLAR")
        stage.expect_all("left room=lobby")
        stage.expect(ben, "joined room=Cellar count=2")
        ann.send("@2 /say Attic up here\n@3 /say Cellar not mine\nin the lobby")
        stage.expect(ben, "message to=room:lobby")
        cid.send("@3 /say cellar down here\nnobody hears")
        stage.expect(ben, "message to=room:Cellar")
        stage.expect(cid, "error code=not-a-member")
        ann.send("@4 /leave attic\n@5 /leave attic\n@6 /rooms\n@7 /members cellar")
        stage.expect(ben, "left room=Attic")
        stage.expect(ann, "end of=members")
        ben.send("@3 /quit")
        stage.expect_end(ben)
        stage.expect_all("offline id=" + ben.id)
        cid.send("@4 /rooms\n@5 /members Cellar\n@6 /join lobby\n@7 /say attic anyone?")
        stage.expect(cid, "error tag=7 code=no-such-room")


class Grouping(Three):
    """A group with immediate members and one made by invitation: asking, answering, writing, and everything that is
    refused."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.send(f"@1 /makegroup {ben.id}")
        made = stage.expect(ben, "group")
        first = re.search(r"id=(\d+)", made)[1]
        cid.send(f"@1 /joingroup {first}\n@2 /sendgroup {first} not mine")
        stage.expect(ann, "join-request group=" + first)
        stage.expect(cid, "error tag=2 code=not-a-member")
        ben.send(f"@1 /approve {first} {cid.id}\n@2 /sendgroup {first} to my peers")
        stage.expect(ann, "message to=group:" + first)
        ann.send(f"@2 /reject {first} {cid.id}\n@3 /reject {first} {cid.id}")
        stage.expect(cid, "rejected")
        cid.send(f"@3 /joingroup {first}")
        stage.expect(ann, "join-request group=" + first)
        ann.send(f"@4 /approve {first} {cid.id}")
        for actor in (ann, ben, cid):
            stage.expect(actor, "group-joined count=3")
        ann.send(f"@5 /leavegroup {first}\n@6 /sendgroup {first} too late")
        for actor in (ben, cid):
            stage.expect(actor, "group-admin id=" + ben.id)
        stage.expect(ann, "error tag=6 code=not-a-member")
        cid.send(f"@4 /makegroupreq {ann.id} {ben.id}")
        second = re.search(r"group=(\d+)", stage.expect(ben, "invite"))[1]
        stage.expect(ann, "invite")
        ann.send(f"@7 /declinegroup {second}\n@8 /declinegroup {second}")
        stage.expect(cid, "declined")
        stage.expect(ann, "error tag=8 code=not-invited")
        ben.send(f"@3 /joingroup {second}\n@4 /joingroup {second}\n@5 /activegroups")
        stage.expect(cid, "group-joined group=" + second)
        stage.expect(ben, "end of=activegroups")
        cid.send("@5 /quit")
        stage.expect_end(cid)
        stage.expect_all("offline id=" + cid.id)
        stage.expect(ben, "group-admin group=" + second)
        ben.send(f"@6 /leavegroup {first}\n@7 /sendgroup {second} alone\n@8 /activeallgroups")
        stage.expect(ben, "end of=activeallgroups")

    def plain(self, role, lines):
        """Sorts lists of groups, because their order follows the numbers, which are random."""
        return [line for listed, run in groupby(lines, key=lambda line: line.startswith("group id=")) for line in (sorted(run) if listed else run)]


class Refusing(Three):
    """Every error, and everything that is silently ignored, all in one piece of the stream."""

    def play(self, stage):
        lines = ["@1 /nonsense", "", "@2 /send Ann to myself", "@3 /send Zoe who?", "@4 /login", "bad \x01 text", "@5 /send", "@6 /help /send", "@7 /date", "//slash"]
        self.ann.send("\n".join(lines))
        stage.expect(self.ben, "message")
        self.ann.send(b"@8 /send Ben " + b"x" * 20_000)
        stage.expect(self.ann, "error code=line-too-long")
        self.ann.send(b"y" * 20_000)
        self.ben.send("@1 /send Ann meanwhile")
        stage.expect(self.ann, "message")
        self.ann.send(b"z\n@9 /send Ben after it\n")
        stage.expect(self.ben, "message")
        stage.expect(self.ann, "ok tag=9")


class AtOnce(Three):
    """Two clients that write a lot at the same time to a third, which reads, and to the lobby."""
    independent = True

    def play(self, stage):
        for actor in (self.ann, self.ben):
            actor.send("@0 /send Cid direct\nto the lobby\n@2 /no-such-command\n@3 /broadcast to all\n@4 /send Cid direct again")
        for actor in (self.ann, self.ben):
            stage.expect(actor, "ok tag=4")


class Leaving(Scene):
    """Leaving by command, by the end of the stream, by a reset; and writing to a client that is gone."""

    def prepare(self, stage):
        self.people = [stage.connect(role, name) for role, name in (("A", "Ann"), ("B", "Ben"), ("C", "Cid"), ("D", "Dan"))]

    def play(self, stage):
        ann, ben, cid, dan = self.people
        ann.send("@1 /quit for today")
        stage.expect_end(ann)
        stage.expect_all("offline id=" + ann.id)
        ben.send(b"@1 /send Dan last words\nhalf a li")
        ben.end_sending()
        stage.expect_end(ben)
        stage.expect_all("offline id=" + ben.id)
        dan.send("@1 /send Ann too late")
        stage.expect(dan, "undelivered")
        cid.reset()
        stage.expect_all("offline id=" + cid.id)
        dan.send("@2 /send " + cid.id + " too late as well")
        stage.expect(dan, "undelivered")
        dan.send("EXIT")
        stage.expect_end(dan)
        stage.expect_all("offline id=" + dan.id)


class Full(Scene):
    """A client above the limit is refused, and accepted once another has left."""

    def prepare(self, stage):
        for role, name in (("A", "Ann"), ("B", "Ben"), ("C", "Cid"), ("D", "Dan")):
            stage.connect(role, name)

    def play(self, stage):
        late = stage.connect("E")
        stage.expect_end(late)
        assert late.lines == ["refused code=limit :Connection Limit Exceeded !!", END_OF_STREAM], late.lines
        dan = stage.actors["D"]
        dan.send("/quit")
        stage.expect_end(dan)
        stage.expect_all("offline id=" + dan.id)
        stage.connect("F", "Fay")


class Crowding(Scene):
    """Two clients connect at the same time: each receives its own lines."""

    def play(self, stage):
        pair = stage.connect_together("A", "B")
        for actor in pair:
            actor.send("@1 /whoami")
            stage.expect(actor, "client tag=1 id=" + actor.id)
        for actor in pair:
            stage.until(lambda: any(line.startswith("online id=" + actor.id) for line in stage.actors["W"].lines), f"the witness is notified of {actor.role}")

    def plain(self, role, lines):
        """Which one is first, and whether one is notified of the other's arrival, is undetermined."""
        return [re.sub(r"count=\d", "count=?", line) for line in lines if not line.startswith(("online", "offline"))]


class Logging(Scene):
    """Ends when everything is in the tables, because the threads that write them have points as well."""

    def prepare(self, stage):
        self.ann = stage.connect("A", "Ann")

    def play(self, stage):
        ben = stage.connect("B", "Ben")
        self.ann.send("@1 /send Ben one")
        stage.expect(ben, "message")
        ben.send("@1 /send Ann two")
        stage.expect(self.ann, "message")
        ben.send(f"@2 /makegroup {self.ann.id}")
        group = re.search(r"id=(\d+)", stage.expect(self.ann, "group"))[1]
        ben.send(f"@3 /sendgroup {group} three")
        stage.expect(self.ann, "message to=group:" + group)
        ben.send("/quit")
        stage.expect_end(ben)
        stage.expect(self.ann, "offline id=" + ben.id)
        stage.expect(self.ann, "group-admin")
        stage.theatre.until_logged(ben.id)


class Sending(Three):
    """A file to a client that fetches it, one to a client that declines it, a file with the wrong contents, and a file to
    a client that leaves before it arrives."""

    def play(self, stage):
        digest = hashlib.sha256(CONTENT).hexdigest()
        self.ann.send(f"@1 /sendfile Ben {len(CONTENT)} {digest} photo.jpg")
        uploading = Uploading(stage.expect(self.ann, "upload tag=1"), CONTENT)
        assert until_done(uploading.attempt).startswith(b"stored file=")
        offer = stage.expect(self.ben, "file from=" + self.ann.id)
        assert until_done(Downloading(offer).attempt) == CONTENT, "what came is not what was sent"
        self.ann.send(f"@4 /sendfile Ben {len(CONTENT)} {digest} unwanted.jpg")
        unwanted = Uploading(stage.expect(self.ann, "upload tag=4"), CONTENT, " receipts")
        assert until_done(unwanted.attempt).startswith(b"stored file=")
        answer = until_done(decline(stage.expect(self.ben, "file from=" + self.ann.id)))
        assert answer == b"declined\n" or answer.startswith(b"error code=bad-ticket"), answer
        stage.expect(self.ann, "receipt outcome=declined")
        self.ann.send(f"@2 /sendfile Ben {len(CONTENT)} {digest[::-1]} other.jpg")
        wrong = Uploading(stage.expect(self.ann, "upload tag=2"), CONTENT)
        assert until_done(wrong.attempt).startswith((b"error code=hash-mismatch", b"error code=bad-ticket"))
        self.ann.send(f"@3 /sendfile Cid {len(CONTENT)} {digest} late.jpg")
        late = Uploading(stage.expect(self.ann, "upload tag=3"), CONTENT)
        self.cid.send("@1 /quit")
        stage.expect_end(self.cid)
        stage.expect_all("offline id=" + self.cid.id)
        assert until_done(late.attempt).startswith(b"stored file=")
        stage.expect(self.ann, "undelivered to=" + self.cid.id)

    def plain(self, role, lines):
        return [without_numbers(line) for line in lines]


class Asking(Three):
    """Commands that wait for an answer: later lines of the same client wait behind them, other clients do not, and a
    client that vanishes stops waiting."""
    independent = True

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        cid.send("@1 /echo asks\n/wait 60000 never comes")
        stage.expect(cid, "echo tag=1")
        ann.send("@1 /wait 50 an answer\n@2 /echo after it\n@3 /wait 1 another\nsaid at the end")
        ben.send("@1 /wait 0 at once")
        stage.expect(ben, "echo tag=1")
        stage.expect(ann, "echo tag=3")
        stage.expect(ben, "message")
        ben.send("@2 /echo here")
        stage.expect(ben, "echo tag=2")
        stage.expect(cid, "message")
        cid.reset()
        stage.expect_all("offline id=" + cid.id)


SCENES = [Arriving, Proxied, Silent, AskingQuietly, Talking, Rooming, Grouping, Refusing, AtOnce, Leaving, Unsent, Slow, Listing, Full, Crowding, Logging, Sending, Asking, Owning, Certified, Local, Remembering, Away, UnsentToAccount, Marking,
          *IRC_SCENES, *IRC_OPERATOR_SCENES, *ROOM_SCENES, *WATCH_SCENES, *METADATA_SCENES, *MULTILINE_SCENES, *DELETION_SCENES]
