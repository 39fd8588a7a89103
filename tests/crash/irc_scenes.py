"""The scenes with IRC clients, among themselves and with native ones."""
import base64
import re

from scene import Scene
from scenes_unread import BACKLOG, Unsent

AT_ONCE = 10        # messages of an IRC client that does not wait for each of them
MOST = 2000         # more than the kernel's buffers and an outbox hold


def without_time(lines):
    """The server counts from its last start what it says of itself; it also says when a topic was set and a channel opened."""
    lines = [re.sub(r"( (?:333|346|348|367) \S+ \S+ \S+(?: \S+)?| 329 \S+ \S+) \d+$", r"\1 T", line) for line in lines]
    plain = [re.sub(r" 003 (\S+) :.*", r" 003 \1 :T", line) for line in lines]
    return [re.sub(r" (26[56]) (\S+) .*", r" \1 \2 N", line) for line in plain]


class OverIrc(Scene):
    def plain(self, role, lines):
        return without_time(lines)

    def enter_the_lobby(self, stage, *clients):
        """They join #lobby one after the other; the first sees the last one come."""
        for client in clients:
            client.send("JOIN #lobby")
            stage.expect_all("joined id=" + client.id)
        stage.expect_line(clients[0], rf":{clients[-1].name}!\S+ JOIN #lobby")


class ThreeOverIrc(OverIrc):
    """Two IRC clients and a native one."""

    def prepare(self, stage):
        self.cid = stage.connect("C", "Cid")
        self.ann, self.ben = stage.connect_irc("A", "Ann"), stage.connect_irc("B", "Ben")

    def enter_the_attic(self, stage, first=""):
        """Ann opens it, after the lines in `first`; then Ben and Cid come."""
        self.ann.send(first + "JOIN #attic")
        stage.expect_line(self.ann, r"\S+ 366 Ann #attic :.*")
        self.ben.send("JOIN #attic")
        stage.expect_line(self.ben, r"\S+ 366 Ben #attic :.*")
        self.cid.send("@1 /join attic")
        stage.expect(self.cid, "joined tag=1")


class Registering(OverIrc):
    """A registration in many steps, one in a single packet with a JOIN behind it, and one that is given up."""

    def play(self, stage):
        ann = stage.connect_irc("A")
        ann.send("NICK Wit")
        stage.expect_line(ann, r"\S+ 433 \* Wit :.*")
        ann.send("NICK Ann\nPING 1")
        stage.expect_line(ann, r"\S+ PONG \S+ :1")
        ann.send("CAP REQ :nothing-like-this")
        stage.expect_line(ann, r"\S+ CAP Ann NAK :nothing-like-this")
        ann.send("USER ann 0 * :Ann\nPING 2")
        stage.expect_line(ann, r"\S+ PONG \S+ :2")
        ann.send("JOIN #early\nCAP END")
        stage.expect_line(ann, r"\S+ 451 Ann :.*")
        stage.expect_registered(ann, "Ann")
        ben = stage.connect_irc("B")
        ben.send("NICK Ben\nUSER ben 0 * :Ben\nCAP END\nJOIN #a,#b\nPRIVMSG Ann :here")
        stage.expect_registered(ben, "Ben")
        stage.expect_line(ben, r"\S+ 366 Ben #b :.*")
        stage.expect_line(ann, r":Ben!\S+ PRIVMSG Ann :here")
        cid = stage.connect_irc("C")
        cid.send("NICK Cid\nPING 1")
        stage.expect_line(cid, r"\S+ PONG \S+ :1")
        cid.send("QUIT :not today")
        stage.expect_end(cid)


class Channels(ThreeOverIrc):
    """Three channels in one line, names, modes and topics, a new nick, and leaving several channels and all of them."""

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.send("JOIN #Attic,#cellar,#roof")
        stage.expect_line(ann, r"\S+ 366 Ann #roof :.*")
        ben.send("JOIN #attic,nonsense")
        stage.expect_line(ann, r":Ben!\S+ JOIN #Attic")
        stage.expect_line(ben, r"\S+ 403 Ben nonsense :.*")
        cid.send("@1 /join attic")
        stage.expect(cid, "joined tag=1")
        for client in (ann, ben):
            stage.expect_line(client, r":Cid!\d+@native JOIN #Attic")
        ann.send("NAMES #attic\nWHO #attic\nMODE #attic\nMODE #attic b\nTOPIC #attic\nWHOIS Cid")
        stage.expect_line(ann, r"\S+ 318 Ann Cid :.*")
        ben.send("NICK Bea")
        stage.expect_line(ann, r":Ben!\S+ NICK :Bea")
        stage.expect_all("renamed name=Bea")
        ben.send("NICK Ben\nPART #attic,#none,#roof :enough")
        stage.expect_line(ben, r"\S+ 442 Ben #roof :.*")
        stage.expect_line(ann, r":Ben!\S+ PART #Attic :enough")
        ann.send("JOIN 0\nLIST")
        stage.expect_line(ann, r"\S+ 323 Ann :.*")
        stage.expect(cid, "left id=" + ann.id)


class Writing(OverIrc):
    """One message to four targets, both ways between IRC and native clients, in every form; a long line, somebody who is
    away, and somebody who has left."""

    def prepare(self, stage):
        self.cid = stage.connect("C", "Cid")
        self.ann, self.ben = stage.connect_irc("A", "Ann"), stage.connect_irc("B", "Ben")
        self.enter_the_lobby(stage, self.ann, self.ben)

    def play(self, stage):
        ann, ben, cid = self.ann, self.ben, self.cid
        ann.send("PRIVMSG #lobby,Cid,Nobody,Ben :four at once")
        stage.expect_line(ben, r":Ann!\S+ PRIVMSG Ben :four at once")
        stage.expect(cid, "message to=" + cid.id)
        cid.send("@1 /send Ann psst")
        stage.expect_line(ann, r":Cid!\d+@native PRIVMSG Ann :psst")
        stage.expect(cid, "ok tag=1")
        ann.send("PRIVMSG Cid :psst yourself\nPRIVMSG #lobby :\x01ACTION waves\x01\nNOTICE Cid :beep\nPRIVMSG Cid :\x02bold\x02")
        stage.expect(cid, "message as=notice")
        stage.expect_line(ben, r":Ann!\S+ PRIVMSG #lobby :\x01ACTION waves\x01")
        cid.send("@3 /send Ann a long line " + 150 * "of words " + "\n@2 /broadcast to everybody")
        for client in (ann, ben):
            stage.expect_line(client, r":Cid!\d+@native NOTICE \$\* :to everybody")
        ben.send("AWAY :at lunch\nPRIVMSG #lobby :one,\nPRIVMSG Ann :two")
        stage.expect_line(ann, r":Ben!\S+ PRIVMSG Ann :two")
        ann.send("PRIVMSG Ben :there?")
        stage.expect_line(ann, r"\S+ 301 Ann Ben :at lunch")
        ben.send("QUIT :bye")
        stage.expect_end(ben)
        stage.expect_line(ann, r":Ben!\S+ QUIT :Quit: bye")
        stage.expect_all("offline id=" + ben.id)
        ann.send("PRIVMSG Ben :gone?")
        stage.expect_line(ann, r"\S+ 401 Ann Ben :.*")


class UnsentToIrc(Unsent):
    """An IRC client stops reading and vanishes: the native sender is notified of what was never sent."""

    def connect_receiver(self, stage):
        return stage.connect_irc("B", "Ben", small_buffer=True)

    def expect_first(self, stage):
        stage.expect_line(self.ben, r":Ann!\d+@native PRIVMSG Ben :.*")


class UnsentFromIrc(OverIrc):
    """A native client stops reading and vanishes: its sender, an IRC client, is notified of what was never sent. How
    much that is depends on the kernel."""
    outcome_varies = True

    def prepare(self, stage):
        self.count = 0
        self.ben, self.ann = stage.connect("B", "Ben", small_buffer=True), stage.connect_irc("A", "Ann")
        self.ben.reading = False
        while stage.theatre.unsent_bytes(self.ben.id) < BACKLOG:
            assert self.count < MOST, "the kernel takes all that is sent to one who does not read"
            self.write_to_ben(stage)

    def write_to_ben(self, stage):
        self.ann.send("\n".join(f"PRIVMSG Ben :{number} " + 420 * "x" for number in range(self.count, self.count + AT_ONCE)) + f"\nPING {self.count}")
        stage.expect_line(self.ann, rf"\S+ PONG \S+ :{self.count}")
        self.count += AT_ONCE

    def play(self, stage):
        self.write_to_ben(stage)
        self.ben.reset()
        stage.expect(stage.actors["W"], "offline id=" + self.ben.id)
        stage.expect_line(self.ann, r"\S+ NOTICE Ann :A message to Ben was not delivered")

    def check(self, outcomes):
        """Each unsent message is reported once, and they are the last ones; the log agrees."""
        fates = [discarded for discarded, text in outcomes.values() if text]
        reported = sum("was not delivered" in line for line in self.ann.lines)
        assert len(fates) == self.count and fates == sorted(fates) and sum(fates) == reported > 0, f"{reported} reported, of {self.count} in the log: {fates}"

    def plain(self, role, lines):
        return []


class LoggingIn(OverIrc):
    """The owner of a name logs in by SASL, receives what was kept, elsewhere with PASS, and takes the name back by NickServ; wrong passwords are
    refused."""

    secret = "correct-horse"

    def prepare(self, stage):
        stage.theatre.renew_accounts()
        owner = stage.connect("C", "Una")
        owner.send(f"@1 /register {self.secret}\n@2 /quit")
        stage.expect(owner, "account tag=1")
        stage.expect_end(owner)
        stage.expect_all("offline id=" + owner.id)
        self.dan = stage.connect("D", "Dan")
        stage.theatre.until_logged(owner.id)

    def play(self, stage):
        self.dan.send("@1 /send Una are you there?\n@2 /send Una I am")
        stage.expect(self.dan, "ok tag=2 kept=yes")
        ann = stage.connect_irc("A")
        ann.send("CAP REQ :sasl\nNICK Una\nUSER una 0 * :Una\nAUTHENTICATE PLAIN")
        stage.expect_line(ann, r"\S+ AUTHENTICATE \+")
        ann.send("AUTHENTICATE " + base64.b64encode(b"\0Una\0correct-horse").decode())
        stage.expect_line(ann, r"\S+ 903 Una :.*")
        ann.send("CAP END")
        stage.expect_registered(ann, "Una")
        stage.expect_line(ann, r":Dan!\d+@native PRIVMSG Una :I am")
        ben = stage.connect_irc("B")
        ben.send("PASS Una:wrong-horse\nPASS Una:correct-horse\nNICK Ben\nUSER ben 0 * :Ben")
        stage.expect_line(ben, r"\S+ 464 \* :.*")
        stage.expect_line(ben, r"\S+ 900 \* \S+ Una :.*")
        ben.send("CAP END")
        stage.expect_all("renamed old=Una id=" + ann.id)
        stage.expect_registered(ben, "Una")
        ann.send("PRIVMSG NickServ :IDENTIFY Una wrong-horse\nNS IDENTIFY Una correct-horse")
        stage.expect_line(ann, r":NickServ!\S+ NOTICE \S+ :Wrong password")
        stage.expect_line(ann, r"\S+ 900 Una \S+ Una :.*")
        stage.expect_all("renamed name=Una id=" + ann.id)
        ben.send("NICK Benno")
        stage.expect_all("renamed name=Benno")

    def plain(self, role, lines):
        """The server chooses names at random."""
        return [re.sub(r"\b[a-z0-9]{10}\b", "given", re.sub(r"\bsince=\S+", "since=T", line)) for line in without_time(lines)]


class LoggingInLate(LoggingIn):
    """A registered client logs in by SASL, with a password that needs two lines, and receives what was kept; before that it gives up once and
    sends half of a message once."""
    secret = 33 * "correct-horse"

    def play(self, stage):
        self.dan.send("@1 /send Una are you there?")
        stage.expect(self.dan, "ok tag=1 kept=yes")
        ann = stage.connect_irc("A", "Ann")
        message = base64.b64encode(b"\0Una\0" + self.secret.encode()).decode()
        ann.send("AUTHENTICATE PLAIN\nAUTHENTICATE *\nAUTHENTICATE PLAIN\nAUTHENTICATE " + message[:400])
        stage.expect_line(ann, r"\S+ 906 Ann :.*")
        ann.send("PING 1")
        stage.expect_line(ann, r"\S+ 904 Ann :.*")
        ann.send("AUTHENTICATE PLAIN\nAUTHENTICATE " + message[:400])
        stage.expect_line(ann, r"\S+ AUTHENTICATE \+")
        ann.send("AUTHENTICATE " + message[400:])
        stage.expect_line(ann, r"\S+ 903 Ann :.*")
        stage.expect_line(ann, r":Ann!\S+ NICK :Una")
        stage.expect_line(ann, r":Dan!\d+@native PRIVMSG Una :are you there\?")
        stage.expect_all("renamed name=Una id=" + ann.id)


IRC_SCENES = [Registering, Channels, Writing, UnsentToIrc, UnsentFromIrc, LoggingIn, LoggingInLate]
