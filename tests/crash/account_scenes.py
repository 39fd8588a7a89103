"""The scene in which a name belongs to somebody."""
import re

from scene import Scene


class Owning(Scene):
    """A name is registered, protected, taken over by its owner elsewhere, given a new password, and given up; another
    account gets a password by a token."""

    def prepare(self, stage):
        self.token = stage.theatre.renew_accounts()
        self.ann, self.ben = stage.connect("A", "Una"), stage.connect("B", "Ben")

    def play(self, stage):
        ann, ben = self.ann, self.ben
        ann.send("@1 /register correct-horse\n@2 /whoami")
        stage.expect(ann, "account tag=1")
        stage.expect(ann, "client tag=2 account=yes")
        ben.send("@1 /login Una\n@2 /login Una wrong-horse\n@3 /login Una correct-horse\n@4 /broadcast mine now")
        stage.expect(ben, "error tag=1 code=password-required")
        stage.expect(ben, "error tag=2 code=wrong-secret")
        stage.expect(ben, "account tag=3")
        stage.expect(ben, "ok tag=4")
        stage.expect(ann, "message account=yes")
        ben.send("@5 /password correct-horse better-horse")
        stage.expect(ben, "ok tag=5")
        ann.send("@3 /login Una correct-horse\n@4 /login Una better-horse")
        stage.expect(ann, "error tag=3 code=wrong-secret")
        stage.expect(ann, "account tag=4")
        stage.expect(ben, "renamed id=" + ann.id)
        ann.send("@5 /logout")
        stage.expect_all("renamed old=Una id=" + ann.id)
        ben.send(f"@6 /reset Eve {self.token} eves-new-horse\n@7 /login Benno")
        stage.expect(ben, "ok tag=6")
        stage.expect_all("renamed name=Benno")
        ann.send("@6 /login Anna")
        stage.expect_all("renamed name=Anna")

    def plain(self, role, lines):
        """The server chooses names at random."""
        return [re.sub(r"\b(old|name)=[a-z0-9]{10}\b", r"\1=given", re.sub(r"\bsince=\S+", "since=T", line)) for line in lines]
