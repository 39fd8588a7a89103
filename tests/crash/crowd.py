"""Many clients in one process that come and go and write to each other as fast as they are answered; and a record of
what each was promised and received.

The rules, checked during the run and at the end (violations are texts in a list, so that one does not hide another): No
connection ends unless somebody ended it. Every tagged line has one answer, every list one end. What a client receives
has rising ids, and rising numbers from each sender. A client that stays, or leaves by /quit and reads to the end, has
received once every direct message that was accepted for it and not reported as undelivered. Every client has received
once every message to all that was accepted while it was certainly connected. The witnesses are notified once of each
arrival and once of each departure.
"""
import random
import select
import socket
import struct
import time

AHEAD = 12              # tagged lines that a member sends without an answer
PIECE = 1 << 18


class Member:
    def __init__(self, connected, stays):
        self.stays = stays
        self.socket = connected
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.incoming, self.outgoing = b"", b""
        self.id = self.name = None
        self.number = 0                 # of its last line
        self.asked = {}                 # tag: (when, receiver; None for a list)
        self.lists = {}                 # tag: client lines so far
        self.accepted = {}              # message id: receiver
        self.reported = set()           # message ids that came back as undelivered
        self.received = {}              # message id: (sender, receiver)
        self.acts_at = 0.0              # the earliest time of its next lines
        self.last_id, self.last_number = 0, {}      # of what was received: id; sender's id: number
        self.presence = {}                 # (online or offline, id): how often
        self.state = "here"             # here, leaving (by /quit), gone, reset

    def write(self, text):
        self.outgoing += text.encode() + b"\n"

    def unanswered(self):
        return len(self.asked)


class Crowd:
    def __init__(self, connect, size, seed, pace=0.0, earlier=0):
        """`size` members stay to the end; others come and go. `connect` makes a connected socket; `pace` is the time in
        seconds between a client's lines, 0: the next one follows as soon as it is answered. Up to the number `earlier`
        the log belongs to earlier clients, some of which may have had the same ids."""
        self.connect, self.size, self.pace, self.earlier = connect, size, pace, earlier
        self.random = random.Random(seed)
        self.violations = []
        self.longest_wait = 0.0         # seconds between a tagged line and its answer
        self.recent_wait = 0.0          # the longest one since this was last set to 0
        self.unwelcomed = 0
        self.members, self.left = [], []
        self.by_socket = {}
        self.poll = select.epoll()
        for _ in range(size):
            self.enter(stays=True)
        self.until(lambda: all(member.id for member in self.members), 60)
        for member in self.members:
            self.ask(member, "login", f"/login Member{member.id}")
        self.until(lambda: not any(member.asked for member in self.members), 60)
        self.witnesses = list(self.members[:3])
        for witness in self.witnesses:
            witness.presence.clear()

    # ── coming and going ──
    def enter(self, stays=False):
        member = Member(self.connect(), stays)
        self.by_socket[member.socket.fileno()] = member
        self.poll.register(member.socket.fileno(), select.EPOLLIN)
        self.members.append(member)

    def leave(self, member):
        if self.random.random() < 0.6:
            member.state = "leaving"
            member.write("/quit")
        else:
            member.state = "reset"
            self.forget(member)

    def forget(self, member):
        self.poll.unregister(member.socket.fileno())
        del self.by_socket[member.socket.fileno()]
        if member.state == "reset":
            member.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        member.socket.close()
        self.members.remove(member)
        if member.id:
            self.left.append(member)

    # ── traffic ──
    def age_of_oldest_question(self):
        """Seconds since the longest unanswered line was sent."""
        sent = [asked for member in self.members for asked, _ in member.asked.values()]
        return time.monotonic() - min(sent) if sent else 0.0

    def ask(self, member, to, command):
        tag = f"{member.number}"
        member.number += 1
        member.asked[tag] = time.monotonic(), to
        member.write(f"@{tag} {command}")

    def act(self, member):
        """Sends one or several lines from one member, mostly direct messages."""
        for _ in range(self.random.randrange(1, 5)):
            kind, number = self.random.random(), member.number
            if kind < 0.03:
                self.ask(member, None, "/active")
            elif kind < 0.08:
                self.ask(member, "all", f"/broadcast {number} to all")
            elif kind < 0.12:
                member.write(f"{number} to the lobby")
                member.number += 1
            else:
                other = self.random.choice(self.members)
                if other.id and other is not member:
                    self.ask(member, other.id, f"/send {other.id} {number} " + "x" * self.random.choice([0, 10, 60, 60, 900]))

    def churn(self):
        """Now and then lets a client come or go, so that about a fifth of all do not stay."""
        guests = [member for member in self.members if not member.stays and member.id and member.state == "here"]
        if self.random.random() < 0.5 and len(guests) > self.size // 5:
            self.leave(self.random.choice(guests))
        elif len(self.members) < self.size * 5 // 4:
            self.enter()

    def run(self, seconds, strike):
        """Makes traffic for `seconds`; `strike()` is called continually and may kill something."""
        end, churn_at = time.monotonic() + seconds, 0.0
        while (now := time.monotonic()) < end:
            strike()
            for member in self.members:
                if member.id and member.state == "here" and member.unanswered() < AHEAD and not member.outgoing and now >= member.acts_at:
                    member.acts_at = now + self.pace * self.random.uniform(0.5, 1.5)
                    self.act(member)
            if now > churn_at:
                self.churn()
                churn_at = now + self.random.uniform(0.0, 0.1)
            self.exchange(0.005)

    def until(self, condition, seconds):
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            self.exchange(0.05)
        return condition()

    def exchange(self, timeout):
        for member in self.members:
            if member.outgoing:
                try:
                    sent = member.socket.send(member.outgoing)
                    member.outgoing = member.outgoing[sent:]
                except BlockingIOError:
                    pass
                except ConnectionError as error:
                    self.ended(member, error)
                    break       # the list has changed
        for descriptor, _ in self.poll.poll(timeout):
            if member := self.by_socket.get(descriptor):
                self.receive(member)

    def receive(self, member):
        try:
            data = member.socket.recv(PIECE)
        except BlockingIOError:
            return
        except ConnectionError as error:
            self.ended(member, error)
            return
        if not data:
            self.ended(member, "end of stream")
            return
        *lines, member.incoming = (member.incoming + data).split(b"\n")
        for line in lines:
            self.process_line(member, line.decode())

    def ended(self, member, how):
        if member.id is None and not member.incoming:
            self.unwelcomed += 1        # its connection was accepted, and nothing else
            self.forget(member)
            self.enter(member.stays)
            return
        if member.state != "leaving" or how != "end of stream" or member.incoming:
            self.violate(f"the connection of {member.id} ended: {how}, {member.incoming!r}")
        member.state = "gone"
        self.forget(member)

    # ── rules ──
    def violate(self, text):
        self.violations.append(text)

    def process_line(self, member, line):
        kind, _, rest = line.partition(" ")
        head, _, text = rest.partition(" :")
        fields = dict(part.split("=", 1) for part in head.split(" ") if "=" in part)
        if kind == "message":
            self.process_message(member, int(fields["id"]), fields, text)
        elif kind in ("online", "offline"):
            key = kind, fields["id"]
            member.presence[key] = member.presence.get(key, 0) + 1
        elif kind == "welcome":
            if member.id:
                self.violate(f"{member.id} is welcomed a second time: {line}")
            member.id, member.name = fields["id"], fields["name"]
        elif kind == "client":
            if fields["tag"] not in member.lists and fields["tag"] not in member.asked:
                self.violate(f"{member.id} did not ask for this: {line}")
            member.lists[fields["tag"]] = member.lists.get(fields["tag"], 0) + 1
        elif kind in ("ok", "undelivered", "end", "renamed"):
            self.process_answer(member, kind, fields, line)
        elif kind == "bye" and member.state == "leaving":
            pass
        else:
            self.violate(f"{member.id} received {line}")

    def process_message(self, member, number, fields, text):
        sender, count = fields["from"], int(text.split()[0])
        if number <= member.last_id:
            self.violate(f"{member.id} got message {number} after {member.last_id}")
        if count <= member.last_number.get(sender, -1):
            self.violate(f"{member.id} got number {count} of {sender} after {member.last_number[sender]}")
        member.last_id, member.last_number[sender] = number, count
        member.received[number] = sender, fields["to"]

    def process_answer(self, member, kind, fields, line):
        tag = fields.get("tag")
        if tag is None:
            if kind == "undelivered" and member.accepted.get(int(fields["id"])) == fields["to"] and int(fields["id"]) not in member.reported:
                member.reported.add(int(fields["id"]))
            elif kind != "renamed":
                self.violate(f"{member.id} received {line}")
            return
        if kind == "renamed" and tag not in member.asked:
            return
        asked, to = member.asked.pop(tag, (None, None))
        if asked is None:
            self.violate(f"{member.id} got an answer twice, or did not ask: {line}")
            return
        waited = time.monotonic() - asked
        self.longest_wait, self.recent_wait = max(self.longest_wait, waited), max(self.recent_wait, waited)
        if kind == "end":
            if to is not None or member.lists.pop(tag, 0) != int(fields["count"]):
                self.violate(f"{member.id} got a list that is not complete: {line}")
        elif to != "login":
            member.accepted[int(fields["id"])] = to
            if kind == "undelivered":
                member.reported.add(int(fields["id"]))

    def settle(self, segment, seconds=120):
        """The guests leave and all answers arrive, also those about messages that a disconnected guest never received.
        Then everything must add up. `segment` belongs to the server, which has no other clients."""
        self.until(lambda: all(member.id for member in self.members), seconds)
        for member in self.members:
            if not member.stays and member.state == "here":
                member.state = "leaving"
                member.write("/quit")
        self.until(lambda: all(member.stays and not member.asked and not member.outgoing for member in self.members), seconds)
        self.until(lambda: len(segment.busy_slots()) <= len(self.members), seconds)
        for member in self.members:
            self.ask(member, "all", f"/broadcast {member.number} the last")
        self.until(lambda: not any(member.asked for member in self.members) and self.everyone_has_the_last(), seconds)
        self.check()

    def everyone_has_the_last(self):
        last = max((max(member.accepted, default=0) for member in self.members), default=0)
        return all(last in member.received or last in member.accepted for member in self.members)

    def check(self):
        everyone = self.members + self.left
        for member in self.members:
            if member.asked or not member.stays:
                self.violate(f"{member.id} ({member.state}) never got an answer to {member.asked}")
        people = {member.id: member for member in everyone}
        to_all = {number: sender for member in everyone for number, (sender, to) in member.received.items() if to != member.id}
        to_all |= {number: member.id for member in everyone for number, to in member.accepted.items() if to == "all"}
        for member in everyone:
            self.check_sent(member, people)
            self.check_received(member, people)
            self.check_to_all(member, to_all)
        for witness in self.witnesses:
            for guest in self.left:
                seen = [witness.presence.pop((event, guest.id), 0) for event in ("online", "offline")]
                if seen != [1, 1] and not (guest.state == "reset" and seen == [0, 0]):
                    self.violate(f"{witness.id} received {seen[0]} times that {guest.id} ({guest.state}) is online, and {seen[1]} times that it is offline")

    def check_sent(self, member, people):
        for number, to in member.accepted.items():
            if to == "all":
                continue
            receiver = people[to]
            # If delivery died between writing to a connection and recording that, and the connection was reset, nobody
            # still knows how far it was written to.
            if number in receiver.received and number in member.reported and receiver.state != "reset":
                self.violate(f"message {number} to {to} ({receiver.state}) was delivered and reported as undelivered")
            if number not in receiver.received and number not in member.reported and receiver.state != "reset" and member.stays:
                self.violate(f"message {number} from {member.id} to {to} ({receiver.state}) is lost")

    def check_received(self, member, people):
        for number, (sender, to) in member.received.items():
            if people[sender].stays and to != "room:lobby" and number not in people[sender].accepted:
                self.violate(f"message {number} from {sender} was delivered to {member.id}, but not accepted")

    def check_to_all(self, member, to_all):
        """A member was certainly connected between its first accepted message and its last."""
        first, last = min(member.accepted, default=0), max(member.accepted, default=0)
        missing = [number for number, sender in to_all.items() if first < number < last and sender != member.id and number not in member.received]
        if missing:
            self.violate(f"{member.id} ({member.state}) did not get {len(missing)} of the messages to all, such as {sorted(missing)[:5]}")

    # ── for the log ──
    def numbers(self):
        """The ids of all messages that a client was notified of."""
        return {number for member in self.members + self.left for number in (*member.accepted, *member.received)}

    def ids(self):
        """The ids of all clients that were welcomed."""
        return {member.id for member in self.members + self.left if member.id}

    def close(self):
        for member in list(self.members):
            member.state = "gone"
            self.forget(member)
        self.poll.close()
