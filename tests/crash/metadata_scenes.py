"""Scenes of metadata: what IRC clients say of themselves and of their channels."""
from irc_scenes import OverIrc


class SayingOfOneself(OverIrc):
    """Values of a client and of a channel, for two who have subscribed; they change, end with their owner, and meet who joins."""

    def prepare(self, stage):
        self.ann, self.ben, self.cid = (self.connect(stage, role, name) for role, name in (("A", "Ann"), ("B", "Ben"), ("C", "Cid")))

    def connect(self, stage, role, name):
        client = stage.connect_irc(role)
        client.send(f"CAP REQ :draft/metadata-3 batch\nMETADATA * SET color :{name}\nNICK {name}\nUSER user 0 * :{name}\nCAP END")
        stage.expect_registered(client, name)
        return client

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        for client in (ben, cid):
            client.send("METADATA * SUB status nothing url color\nMETADATA * UNSUB color\nJOIN #cave")
            stage.expect_line(client, rf"\S+ 366 {client.name} #cave :.*")
        stage.expect_line(ben, r":Cid!\S+ JOIN #cave")
        ann.send("JOIN #cave,#den\nMETADATA * SET status :here\nMETADATA * SET url :x\nPING 1")
        stage.expect_line(ann, r"\S+ PONG \S+ :1")
        for client in (ben, cid):
            stage.expect_line(client, r"\S+ 761 \* Ann url \* :x")
        ann.send("METADATA * SET status :there\nMETADATA * SET status\nMETADATA * GET status url\nPING 2")
        stage.expect_line(ann, r"\S+ PONG \S+ :2")
        for client in (ben, cid):
            stage.expect_line(client, r"\S+ 766 \* Ann status :key not set")
        ben.send("METADATA #cave SET url :the cave\nMETADATA #cave SET status :open\nMETADATA #cave CLEAR\nPING 1")
        stage.expect_line(ben, r"\S+ PONG \S+ :1")
        stage.expect_line(cid, r"\S+ 766 \* #cave url :key not set")
        ben.send("METADATA #cave SET url :another\nMETADATA #cave SYNC\nMETADATA Ann LIST\nPING 2")
        stage.expect_line(ben, r"\S+ PONG \S+ :2")
        stage.expect_line(cid, r"\S+ 761 \* #cave url \* :another")
        ann.send("QUIT :bye")
        stage.expect_end(ann)
        for client in (ben, cid):
            stage.expect_line(client, r":Ann!\S+ QUIT :.*")
        cid.send("METADATA Ann LIST\nMETADATA #cave LIST\nMETADATA * LIST\nMETADATA * SUBS\nPING 1")
        stage.expect_line(cid, r"\S+ PONG \S+ :1")


METADATA_SCENES = [SayingOfOneself]
