"""What the clients do, scene by scene. Scenes are short, because each is repeated for every point at which a daemon can
die.

A scene prepares undisturbed, then plays; a daemon may die at any point of the play. Every act waits for its effects, so
that every performance has the same transcript, whatever happens to the daemons.
"""
import hashlib
import re
from itertools import groupby

from scene import Scene, Three
from scenes_unread import Listing, Slow, Unsent
from stage import END_OF_STREAM
from transfers import CONTENT, Downloading, Uploading, until_done, without_numbers


class Arriving(Scene):
    """Welcome, login, a name that is taken, a new name, a client announced by its first command, and one that continues
    at once."""

    def play(self, stage):
        ann = stage.enters("A")
        ann.sends("@1 /login Ann")
        stage.all_hear("online id=" + ann.id)
        ann.sends("@2 /whoami")
        stage.hears(ann, "client tag=2")
        ben = stage.enters("B")
        ben.sends("@1 /active")
        stage.all_hear("online id=" + ben.id)
        ben.sends("/login ANN")
        stage.hears(ben, "error code=name-taken")
        ben.sends("/login Ben")
        stage.all_hear("renamed id=" + ben.id)
        cid = stage.enters("C")
        cid.sends("@1 /login Cid\nhas come, and says so")
        stage.all_hear("message", but=[cid])


class Silent(Scene):
    """A client that says nothing is announced after a second."""

    def prepare(self, stage):
        self.silent = stage.enters("A")

    def play(self, stage):
        """Advances the clock second by second, because a daemon may look at it before and after a second has passed."""
        announced = "online id=" + self.silent.id
        stage.until(lambda: any(line.startswith(announced) for line in stage.actors["W"].lines), "a second is over", meanwhile=lambda: stage.theatre.clock.forward(1))
        stage.all_hear(announced)


class Talking(Three):
    """Every way to write to others, and a line that arrives in two pieces."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.sends("hello lobby")
        stage.all_hear("message", but=[ann])
        ann.sends("@1 /broadcast hello all")
        stage.all_hear("message", but=[ann])
        ben.sends("@1 /send Ann by name")
        stage.hears(ann, "message")
        ben.sends(b"@2 /send " + cid.id.encode() + b" in two ")
        ann.sends("@2 /send Ben meanwhile")
        stage.hears(ben, "message")
        ben.sends(b"pieces\n")
        stage.hears(cid, "message")
        stage.hears(ben, "ok tag=2")


class Rooming(Three):
    """Rooms are opened, joined, written to, left and listed; one ends when its last member leaves the server."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.sends("@1 /join Attic")
        stage.hears(ann, "joined tag=1")
        ben.sends("@1 /join attic\n@2 /join Cellar")
        stage.hears(ann, "joined id=" + ben.id)
        stage.hears(ben, "joined tag=2")
        cid.sends("@1 /leave lobby\n@2 /join #CELLAR")
        stage.all_hear("left room=lobby")
        stage.hears(ben, "joined room=Cellar count=2")
        ann.sends("@2 /say Attic up here\n@3 /say Cellar not mine\nin the lobby")
        stage.hears(ben, "message to=room:lobby")
        cid.sends("@3 /say cellar down here\nnobody hears")
        stage.hears(ben, "message to=room:Cellar")
        stage.hears(cid, "error code=not-a-member")
        ann.sends("@4 /leave attic\n@5 /leave attic\n@6 /rooms\n@7 /members cellar")
        stage.hears(ben, "left room=Attic")
        stage.hears(ann, "end of=members")
        ben.sends("@3 /quit")
        stage.ends(ben)
        stage.all_hear("offline id=" + ben.id)
        cid.sends("@4 /rooms\n@5 /members Cellar\n@6 /join lobby\n@7 /say attic anyone?")
        stage.hears(cid, "error tag=7 code=no-such-room")


class Grouping(Three):
    """A group with immediate members and one made by invitation: asking, answering, writing, and everything that is
    refused."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.sends(f"@1 /makegroup {ben.id}")
        made = stage.hears(ben, "group")
        first = re.search(r"id=(\d+)", made)[1]
        cid.sends(f"@1 /joingroup {first}\n@2 /sendgroup {first} not mine")
        stage.hears(ann, "join-request group=" + first)
        stage.hears(cid, "error tag=2 code=not-a-member")
        ben.sends(f"@1 /approve {first} {cid.id}\n@2 /sendgroup {first} to my peers")
        stage.hears(ann, "message to=group:" + first)
        ann.sends(f"@2 /reject {first} {cid.id}\n@3 /reject {first} {cid.id}")
        stage.hears(cid, "rejected")
        cid.sends(f"@3 /joingroup {first}")
        stage.hears(ann, "join-request group=" + first)
        ann.sends(f"@4 /approve {first} {cid.id}")
        for actor in (ann, ben, cid):
            stage.hears(actor, "group-joined count=3")
        ann.sends(f"@5 /leavegroup {first}\n@6 /sendgroup {first} too late")
        for actor in (ben, cid):
            stage.hears(actor, "group-admin id=" + ben.id)
        stage.hears(ann, "error tag=6 code=not-a-member")
        cid.sends(f"@4 /makegroupreq {ann.id} {ben.id}")
        second = re.search(r"group=(\d+)", stage.hears(ben, "invite"))[1]
        stage.hears(ann, "invite")
        ann.sends(f"@7 /declinegroup {second}\n@8 /declinegroup {second}")
        stage.hears(cid, "declined")
        stage.hears(ann, "error tag=8 code=not-invited")
        ben.sends(f"@3 /joingroup {second}\n@4 /joingroup {second}\n@5 /activegroups")
        stage.hears(cid, "group-joined group=" + second)
        stage.hears(ben, "end of=activegroups")
        cid.sends("@5 /quit")
        stage.ends(cid)
        stage.all_hear("offline id=" + cid.id)
        stage.hears(ben, "group-admin group=" + second)
        ben.sends(f"@6 /leavegroup {first}\n@7 /sendgroup {second} alone\n@8 /activeallgroups")
        stage.hears(ben, "end of=activeallgroups")

    def plain(self, role, lines):
        """Sorts lists of groups, because their order follows the numbers, which are random."""
        return [line for listed, run in groupby(lines, key=lambda line: line.startswith("group id=")) for line in (sorted(run) if listed else run)]


class Refusing(Three):
    """Every error, and everything that is silently ignored, all in one piece of the stream."""

    def play(self, stage):
        lines = ["@1 /nonsense", "", "@2 /send Ann to myself", "@3 /send Zoe who?", "@4 /login", "bad \x01 text", "@5 /send", "@6 /help /send", "@7 /date", "//slash"]
        self.ann.sends("\n".join(lines))
        stage.hears(self.ben, "message")
        self.ann.sends(b"@8 /send Ben " + b"x" * 20_000)
        stage.hears(self.ann, "error code=line-too-long")
        self.ann.sends(b"y" * 20_000)
        self.ben.sends("@1 /send Ann meanwhile")
        stage.hears(self.ann, "message")
        self.ann.sends(b"z\n@9 /send Ben after it\n")
        stage.hears(self.ben, "message")
        stage.hears(self.ann, "ok tag=9")


class AtOnce(Three):
    """Two clients that write a lot at the same time to a third, which reads, and to the lobby."""
    independent = True

    def play(self, stage):
        for actor in (self.ann, self.ben):
            actor.sends("@0 /send Cid direct\nto the lobby\n@2 /no-such-command\n@3 /broadcast to all\n@4 /send Cid direct again")
        for actor in (self.ann, self.ben):
            stage.hears(actor, "ok tag=4")


class Leaving(Scene):
    """Leaving by command, by the end of the stream, by a reset; and writing to a client that is gone."""

    def prepare(self, stage):
        self.people = [stage.enters(role, name) for role, name in (("A", "Ann"), ("B", "Ben"), ("C", "Cid"), ("D", "Dan"))]

    def play(self, stage):
        ann, ben, cid, dan = self.people
        ann.sends("@1 /quit for today")
        stage.ends(ann)
        stage.all_hear("offline id=" + ann.id)
        ben.sends(b"@1 /send Dan last words\nhalf a li")
        ben.ends_sending()
        stage.ends(ben)
        stage.all_hear("offline id=" + ben.id)
        dan.sends("@1 /send Ann too late")
        stage.hears(dan, "undelivered")
        cid.vanishes()
        stage.all_hear("offline id=" + cid.id)
        dan.sends("@2 /send " + cid.id + " too late as well")
        stage.hears(dan, "undelivered")
        dan.sends("EXIT")
        stage.ends(dan)
        stage.all_hear("offline id=" + dan.id)


class Full(Scene):
    """A client above the limit is refused, and accepted once another has left."""

    def prepare(self, stage):
        for role, name in (("A", "Ann"), ("B", "Ben"), ("C", "Cid"), ("D", "Dan")):
            stage.enters(role, name)

    def play(self, stage):
        late = stage.enters("E")
        stage.ends(late)
        assert late.lines == ["refused code=limit :Connection Limit Exceeded !!", END_OF_STREAM], late.lines
        dan = stage.actors["D"]
        dan.sends("/quit")
        stage.ends(dan)
        stage.all_hear("offline id=" + dan.id)
        stage.enters("F", "Fay")


class Crowding(Scene):
    """Two clients connect at the same time: each receives its own lines."""

    def play(self, stage):
        pair = stage.enter_together("A", "B")
        for actor in pair:
            actor.sends("@1 /whoami")
            stage.hears(actor, "client tag=1 id=" + actor.id)
        for actor in pair:
            stage.until(lambda: any(line.startswith("online id=" + actor.id) for line in stage.actors["W"].lines), f"the witness hears of {actor.role}")

    def plain(self, role, lines):
        """Which one is first, and whether one is notified of the other's arrival, is undetermined."""
        return [re.sub(r"count=\d", "count=?", line) for line in lines if not line.startswith(("online", "offline"))]


class Logging(Scene):
    """Ends when everything is in the tables, because the threads that write them have points as well."""

    def prepare(self, stage):
        self.ann = stage.enters("A", "Ann")

    def play(self, stage):
        ben = stage.enters("B", "Ben")
        self.ann.sends("@1 /send Ben one")
        stage.hears(ben, "message")
        ben.sends("@1 /send Ann two")
        stage.hears(self.ann, "message")
        ben.sends(f"@2 /makegroup {self.ann.id}")
        group = re.search(r"id=(\d+)", stage.hears(self.ann, "group"))[1]
        ben.sends(f"@3 /sendgroup {group} three")
        stage.hears(self.ann, "message to=group:" + group)
        ben.sends("/quit")
        stage.ends(ben)
        stage.hears(self.ann, "offline id=" + ben.id)
        stage.hears(self.ann, "group-admin")
        stage.theatre.until_logged(ben.id)


class Sending(Three):
    """A file to a client that fetches it, a file with the wrong contents, and a file to a client that leaves before it
    arrives."""

    def play(self, stage):
        digest = hashlib.sha256(CONTENT).hexdigest()
        self.ann.sends(f"@1 /sendfile Ben {len(CONTENT)} {digest} photo.jpg")
        uploading = Uploading(stage.hears(self.ann, "upload tag=1"), CONTENT)
        assert until_done(uploading.attempt).startswith(b"stored file=")
        offer = stage.hears(self.ben, "file from=" + self.ann.id)
        assert until_done(Downloading(offer).attempt) == CONTENT, "what came is not what was sent"
        self.ann.sends(f"@2 /sendfile Ben {len(CONTENT)} {digest[::-1]} other.jpg")
        wrong = Uploading(stage.hears(self.ann, "upload tag=2"), CONTENT)
        assert until_done(wrong.attempt).startswith((b"error code=hash-mismatch", b"error code=bad-ticket"))
        self.ann.sends(f"@3 /sendfile Cid {len(CONTENT)} {digest} late.jpg")
        late = Uploading(stage.hears(self.ann, "upload tag=3"), CONTENT)
        self.cid.sends("@1 /quit")
        stage.ends(self.cid)
        stage.all_hear("offline id=" + self.cid.id)
        assert until_done(late.attempt).startswith(b"stored file=")
        stage.hears(self.ann, "undelivered to=" + self.cid.id)

    def plain(self, role, lines):
        return [without_numbers(line) for line in lines]


class Asking(Three):
    """Commands that wait for an answer: later lines of the same client wait behind them, other clients do not, and a
    client that vanishes stops waiting."""
    independent = True

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        cid.sends("@1 /echo asks\n/wait 60000 never comes")
        stage.hears(cid, "echo tag=1")
        ann.sends("@1 /wait 50 an answer\n@2 /echo after it\n@3 /wait 1 another\nsaid at the end")
        ben.sends("@1 /wait 0 at once")
        stage.hears(ben, "echo tag=1")
        stage.hears(ann, "echo tag=3")
        stage.hears(ben, "message")
        ben.sends("@2 /echo here")
        stage.hears(ben, "echo tag=2")
        cid.vanishes()
        stage.all_hear("offline id=" + cid.id)


SCENES = [Arriving, Silent, Talking, Rooming, Grouping, Refusing, AtOnce, Leaving, Unsent, Slow, Listing, Full, Crowding, Logging, Sending, Asking]
