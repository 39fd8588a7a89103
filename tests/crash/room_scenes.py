"""Scenes of rooms, their operators and their modes, native and over IRC."""
from irc_scenes import ThreeOverIrc
from scene import Three


class Operating(Three):
    """A topic, operators that are made and unmade, a member who is removed, and successors of operators who leave the
    room, the server, or are removed."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        for member in (ann, ben, cid):
            member.send("@1 /join Attic")
            stage.expect(member, "joined tag=1")
        stage.expect(ann, "joined id=" + cid.id)
        ann.send("@2 /topic attic up here\n@3 /op attic Ben\n@4 /topic attic")
        stage.expect(cid, "op id=" + ben.id)
        stage.expect(ann, "topic tag=4")
        ben.send("@2 /deop attic Ann\n@3 /kick attic Ann too loud\n@4 /topic attic -")
        stage.expect(ann, "kicked id=" + ann.id)
        stage.expect(ben, "topic tag=4")
        ann.send("@5 /topic attic mine\n@6 /join attic")
        stage.expect(cid, "joined id=" + ann.id)
        stage.expect(ann, "joined tag=6")
        ben.send("@5 /leave attic")
        for member in (ann, cid):
            stage.expect(member, "op id=" + cid.id)
        cid.send("@2 /topic attic again\n@3 /kick attic Cid")
        stage.expect(ann, "op id=" + ann.id)
        stage.expect(cid, "ok tag=3")
        cid.send("@4 /join attic")
        stage.expect(ann, "joined id=" + cid.id)
        ann.send("/quit")
        stage.expect_end(ann)
        stage.expect(cid, "op id=" + cid.id)
        cid.send("@5 /deop attic Cid\n@6 /topic attic too late")
        stage.expect(cid, "error tag=6 code=forbidden")


class OperatingOverIrc(ThreeOverIrc):
    """TOPIC, KICK of several members in one line, and MODE with changes and errors in one line."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        self.enter_the_attic(stage)
        ann.send("TOPIC #attic :up here\nMODE #attic +oZv-t Cid Ben\nTOPIC #attic")
        stage.expect_line(ben, r":Ann!\S+ MODE #attic \+ov-t Cid Ben")
        stage.expect_line(ann, r"\S+ 333 Ann #attic .*")
        stage.expect(cid, "op id=" + cid.id)
        cid.send("@2 /deop attic Ann\n@3 /topic attic mine")
        stage.expect_line(ann, r":Cid!\S+ TOPIC #attic :mine")
        stage.expect_line(ben, r":Cid!\S+ TOPIC #attic :mine")
        cid.send("@4 /op attic Ann")
        stage.expect_line(ann, r":Cid!\S+ MODE #attic \+o Ann")
        ann.send("KICK #attic Ben,Nobody,Cid :all of you\nNAMES #attic")
        stage.expect_line(ann, r"\S+ 366 Ann #attic :.*")
        stage.expect_line(ben, r":Ann!\S+ KICK #attic Ben :all of you")
        stage.expect(cid, "kicked id=" + cid.id)
        ben.send("JOIN #attic")
        stage.expect_line(ben, r"\S+ 366 Ben #attic :.*")
        ann.send("QUIT :bye")
        stage.expect_end(ann)
        stage.expect_line(ben, r":\S+ MODE #attic \+o Ben")


class Restricting(ThreeOverIrc):
    """Modes, masks and invitations: set, removed, used up, and refused to others, native and over IRC."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.send("JOIN #attic\nMODE #attic +ikl beer 2\nMODE #attic +bbeI Ben *@native *!*@none Nobody\nMODE #attic")
        stage.expect_line(ann, r"\S+ 329 Ann #attic \d+")
        ben.send("JOIN #attic beer")
        stage.expect_line(ben, r"\S+ 474 Ben #attic :.*")
        ann.send("INVITE Ben #attic\nINVITE Cid #attic")
        stage.expect_line(ben, r":Ann!\S+ INVITE Ben #attic")
        stage.expect(cid, "invite room=attic")
        ben.send("JOIN #attic\nPRIVMSG #attic :not me")
        stage.expect_line(ben, r"\S+ 404 Ben #attic :.*")
        cid.send("@1 /join attic\n@2 /say attic nor me\n@3 /leave attic\n@4 /join attic")
        stage.expect(cid, "error tag=4 code=banned")
        stage.expect_line(ann, r":Cid!\S+ PART #attic.*")
        ann.send("MODE #attic -bb+m Ben!*@* *!*@native\nMODE #attic +v Ben\nMODE #attic -ikl x\nMODE #attic beI")
        stage.expect_line(ann, r"\S+ 347 Ann #attic :.*")
        stage.expect_line(ben, r":Ann!\S+ MODE #attic -ikl \*")
        ben.send("PRIVMSG #attic,@#attic :now")
        stage.expect_line(ann, r":Ben!\S+ PRIVMSG @#attic :now")
        cid.send("@5 /join attic\n@6 /say attic too quiet")
        stage.expect(cid, "error tag=6 code=forbidden")
        ann.send("PART #attic\nMODE #attic")
        stage.expect_line(ben, r":\S+ MODE #attic \+o Ben")
        stage.expect(cid, "op id=" + ben.id)
        stage.expect_line(ann, r"\S+ 329 Ann #attic \d+")


ROOM_SCENES = [Operating, OperatingOverIrc, Restricting]
