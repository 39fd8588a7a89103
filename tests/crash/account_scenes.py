"""The scenes in which a name belongs to somebody."""
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
        return without_chance(lines)


class Certified(Scene):
    """A certificate is added to an account, logs in without a password where another one cannot, and is removed."""

    def prepare(self, stage):
        stage.theatre.renew_accounts()
        def header(letter):
            return [stage.theatre.server.proxy_header(host="127.0.0.1", fingerprint=letter * 64)]
        [self.ann], [self.ben] = stage.connect_together("A", headers=header("a")), stage.connect_together("B", headers=header("b"))
        self.ann.send("@1 /login Una\n@2 /register correct-horse")
        stage.expect(self.ann, "account tag=2")
        self.ben.send("@1 /login Ben")
        stage.expect_all("online id=" + self.ben.id)

    def play(self, stage):
        ann, ben = self.ann, self.ben
        ann.send("@3 /certificate add\n@4 /logout")
        stage.expect(ann, "ok tag=3")
        stage.expect_all("renamed old=Una id=" + ann.id)
        ben.send("@2 /login Una\n@3 /login Una correct-horse\n@4 /certificate add\n@5 /certificate remove")
        stage.expect(ben, "error tag=2 code=password-required")
        stage.expect_all("renamed name=Una id=" + ben.id)
        stage.expect(ben, "ok tag=5")
        ann.send("@5 /login Una\n@6 /certificate remove\n@7 /whoami")
        stage.expect(ann, "account tag=5")
        stage.expect(ann, "client tag=7 account=yes")
        stage.expect(ben, "renamed id=" + ben.id)
        ben.send("@6 /login Una\n@7 /login Benno")
        stage.expect(ben, "error tag=6 code=password-required")
        stage.expect_all("renamed name=Benno")

    def plain(self, role, lines):
        return without_chance(lines)


class Local(Scene):
    """A user of this host logs in by a ticket, which makes the account, and again by another one; a ticket is good once."""

    def prepare(self, stage):
        stage.theatre.renew_accounts()
        self.user, self.first = stage.theatre.server.ticket()
        stage.theatre.operate("DeleteAccount", name=self.user)
        _, self.second = stage.theatre.server.ticket()
        self.ann, self.ben = stage.connect("A", "Ann"), stage.connect("B", "Ben")

    def play(self, stage):
        ann, ben = self.ann, self.ben
        ann.send(f"@1 /login {self.user} {self.first}\n@2 /register correct-horse\n@3 /whoami")
        stage.expect_all(f"renamed name={self.user} id={ann.id}")
        stage.expect(ann, "account tag=2")
        stage.expect(ann, "client tag=3 account=yes")
        ben.send(f"@1 /login {self.user} {self.first}\n@2 /login {self.user} {self.second}\n@3 /whoami")
        stage.expect(ben, "error tag=1 code=wrong-secret")
        stage.expect(ben, "client tag=3 account=yes")
        ben.send("@4 /login Benno")
        stage.expect_all("renamed name=Benno")
        ann.send("@4 /login Anna")
        stage.expect_all("renamed name=Anna")

    def plain(self, role, lines):
        return without_chance(lines)


def without_chance(lines):
    """The server chooses names at random."""
    return [re.sub(r"\b(old|name)=[a-z0-9]{10}\b", r"\1=given", re.sub(r"\bsince=\S+", "since=T", line)) for line in lines]
