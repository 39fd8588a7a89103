"""Scenes of what IRC clients are told of others."""
from irc_scenes import OverIrc


class Watching(OverIrc):
    """Two clients watch names, which come, change and go, native and over IRC; they look at their lists and shorten them."""

    def prepare(self, stage):
        self.ann, self.ben = stage.connect_irc("A", "Ann"), stage.connect_irc("B", "Ben")

    def play(self, stage):
        ann, ben = self.ann, self.ben
        ann.send("MONITOR + Ben,Cid,Dan\nMONITOR + nobody,Ben\nMONITOR L")
        stage.expect_line(ann, r"\S+ 733 Ann :.*")
        ben.send("MONITOR + Cid")
        stage.expect_line(ben, r"\S+ 731 Ben :Cid")
        cid = stage.connect("C", "Cid")
        for client in (ann, ben):
            stage.expect_line(client, r"\S+ 730 \* :Cid!\d+@native")
        cid.send("@1 /login Dan")
        stage.expect_line(ann, r"\S+ 730 \* :Dan!\d+@native")
        stage.expect_line(ben, r"\S+ 731 \* :Cid")
        ben.send("MONITOR C\nNICK Bea\nNICK Ben")
        stage.expect_line(ann, r"\S+ 730 \* :Ben!\S+")
        ann.send("MONITOR - nobody\nMONITOR S")
        stage.expect_line(ann, r"\S+ 731 Ann :Cid")
        cid.send("/quit")
        stage.expect_end(cid)
        stage.expect_line(ann, r"\S+ 731 \* :Dan")
        ben.send("QUIT :bye")
        stage.expect_end(ben)
        stage.expect_line(ann, r"\S+ 731 \* :Ben")
        ann.send("MONITOR C\nMONITOR L")
        stage.expect_line(ann, r"\S+ 733 Ann :.*")


WATCH_SCENES = [Watching]
