"""The scene in which clients read what was written earlier."""
import re

from scene import Three


class Remembering(Three):
    """Two members of a room read its history, page by page, while the third writes; one joins late, and one asks again
    at once."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.send("@1 /join Attic\n@2 /say attic first\n@3 /say attic second")
        stage.expect(ann, "ok tag=3")
        ben.send("@1 /join attic\n@2 /history attic")
        stage.expect(ben, "end of=history tag=2")
        stage.expect(ann, "joined id=" + ben.id)
        cid.send("@1 /join attic\n@2 /say attic third\n@3 /history #ATTIC 5")
        stage.expect(ann, "message to=room:Attic")
        stage.expect(cid, "end of=history tag=3")
        ann.send("@4 /history attic 2\n@5 /history attic 1 before=4000000000\n@6 /history nowhere\n@7 /echo after it")
        stage.expect(ann, "end of=history tag=4")
        stage.expect(ann, "echo tag=7")
        ben.send("@3 /say attic fourth")
        stage.expect(cid, "message to=room:Attic")
        ben.send("@4 /history attic")
        stage.expect(ben, "end of=history tag=4")

    def plain(self, role, lines):
        """Numbers differ between performances; which message is which, the rows say."""
        return [re.sub(r"\b(first|last|upto)=\d+", r"\1=N", line) for line in lines]
