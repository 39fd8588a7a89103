"""Texts of several lines from IRC clients (draft/multiline)."""
from irc_scenes import OverIrc


class WritingLines(OverIrc):
    """A text of several lines with a message of somebody else in the middle, for an IRC client that knows draft/multiline, one that does not, and
    a native one; a long native message; a batch that is refused, and one without an end."""

    def prepare(self, stage):
        self.cid, self.ben, self.ann = stage.connect("C", "Cid"), stage.connect_irc("B", "Ben"), stage.connect_irc("A")
        self.ann.send("CAP REQ :draft/multiline batch echo-message labeled-response\nNICK Ann\nUSER ann 0 * :Ann\nCAP END")
        stage.expect_registered(self.ann, "Ann")
        self.enter_the_lobby(stage, self.ben, self.ann)

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.send("@label=1 BATCH +1 draft/multiline #lobby\n@batch=1 PRIVMSG #lobby :one")
        cid.send("@1 /say lobby in between")
        stage.expect_line(ben, r":Cid!\d+@native PRIVMSG #lobby :in between")
        stage.expect_line(ann, r":Cid!\d+@native PRIVMSG #lobby :in between")
        ann.send("@batch=1 PRIVMSG #lobby :two \n@batch=1;draft/multiline-concat PRIVMSG #lobby :and a half")
        ann.send("BATCH -1")
        stage.expect_line(ann, r"\S+ BATCH -lines")
        stage.expect_line(ben, r":Ann!\S+ PRIVMSG #lobby :and a half")
        stage.expect(cid, "message from=" + ann.id)
        cid.send("@2 /send Ann a long line " + 150 * "of words ")
        stage.expect_line(ann, r"\S+ BATCH -lines")
        stage.expect(cid, "ok tag=2")
        ann.send("BATCH +2 draft/multiline Cid\n@batch=2 PRIVMSG Cid :no\n@batch=2 PRIVMSG Ben :no")
        stage.expect_line(ann, r"\S+ FAIL BATCH MULTILINE_INVALID_TARGET Cid Ben :.*")
        ann.send("@batch=2 PRIVMSG Cid :no\nBATCH -2\nBATCH +3 draft/multiline Cid\n@batch=3 NOTICE Cid :to be\n@batch=3 NOTICE Cid :or not\nBATCH -3")
        stage.expect(cid, "message as=notice")
        ann.send("BATCH +4 draft/multiline #lobby\n@batch=4 PRIVMSG #lobby :half")
        ann.end_sending()
        stage.expect_end(ann)
        stage.expect_all("offline id=" + ann.id)
        stage.expect_line(ben, r":Ann!\S+ QUIT :.*")


MULTILINE_SCENES = [WritingLines]
