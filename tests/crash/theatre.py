"""A server on which scenes are performed repeatedly while a daemon dies at a given point, and the comparison with the
undisturbed performance."""
import os
import re
import signal
import sqlite3
import time
from difflib import unified_diff

from chat_server import Server
from crash_control import CrashControl
from deadline import Deadline, wait_until
from shared_segment import SharedSegment
from shifted_clock import ShiftedClock
from stage import PATIENCE, Stage
from transcript import check_order, message_number, transcript

DAEMONS = ("acceptor", "delivery")
EVERY_DAEMON = (*DAEMONS, "auth")       # chat-auth runs only while it is needed
# Between accept() and the moment when another process has the socket too, it cannot be kept: the client has received
# nothing yet and connects again.
CANNOT_BE_KEPT = ["acceptor: connection accepted"]
# Without the service manager's store this lasts until the record exists: before that, nobody can tell whose socket the
# other daemon has.
CANNOT_BE_KEPT_WITHOUT_STORE = [*CANNOT_BE_KEPT, "acceptor: socket stored", "acceptor: socket attached", "queue: record written"]
SETTINGS = {"limits.max_clients": 5, "limits.lines_per_second": 0, "limits.max_line": 16384, "limits.outbox_kib": 128, "limits.queue_mib": 1, "accounts.register": '"open"', "irc.operators": '{ Gordon = "correct-horse" }'}

# bytes; otherwise the kernel chooses a size and changes it later, which a scene with a client that does not read could
# not predict
SEND_BUFFER = 16_384


class Violation(AssertionError):
    """A promise was broken."""


class Performance:
    """The results of one performance: compared at once, and with the log when the log is complete."""

    def __init__(self, scene, actors, received, title):
        self.scene, self.actors, self.received, self.title = scene, actors, received, title
        self.transcript = transcript(scene, received, actors)
        self.numbers = {number for lines in received.values() for line in lines if (number := message_number(line)) is not None}
        self.crashes = {}                    # by daemon
        # in an undisturbed performance, by daemon: how often the play passes each point
        self.passes = {}
        self.sessions = self.messages = ()  # lines about its part of the log, once that was read


class Theatre:
    """The server's clock stands still: no time-out elapses unless a scene advances it. So the speed of the machine does
    not matter, and a fault that only a time-out would hide, such as a lost wake-up or a connection that nobody ends,
    lasts until the deadline of the scene."""

    def __init__(self, directory, settings=None):
        self.controls = {daemon: CrashControl(directory / "points", daemon) for daemon in EVERY_DAEMON}
        self.clock = ShiftedClock(directory / "clock", held=True)
        self.server = Server(directory / "state", SETTINGS | (settings or {}), restart_delay=0, send_buffer=SEND_BUFFER, front="proxied",
                             environment={"CHAT_CRASH_DIRECTORY": str(directory / "points"), "CHAT_TEST_COMMANDS": "1", **self.clock.environment}).start()
        self.server.is_shared = True        # until it is dropped or closed
        self.cannot_be_kept = CANNOT_BE_KEPT if "limits.fd_store_max" not in self.server.settings else CANNOT_BE_KEPT_WITHOUT_STORE
        self.segment = SharedSegment(self.server.segment)
        self.models = {}            # scene class: its undisturbed performance
        self.performances = []      # those not yet compared with the log
        self.logged = self.compared = 0     # the last message and session that were compared
        self.database = None
        self.witness = Stage(self).connect("W", "Wit")
        wait_until(lambda: self.server.database.exists() and self.query("SELECT 1 FROM session WHERE name = 'Wit'"), "the witness is in the log", PATIENCE)
        [[self.compared]] = self.query("SELECT session FROM session")

    @property
    def port(self):
        return self.server.port

    # ── performing ──
    def perform(self, scene_class, title="undisturbed", **orders):
        """Performs a scene; `orders` say which daemon dies when: acceptor=Crash(1). Returns the performance."""
        scene, stage, skip = scene_class(), Stage(self), len(self.witness.lines)
        stage.actors["W"] = self.witness
        before = {daemon: control.crashes for daemon, control in self.controls.items()}
        scene.prepare(stage)
        if not orders:
            for control in self.controls.values():
                control.trace()
        for daemon, crash in orders.items():
            self.controls[daemon].arm(crash)
            if crash.now:
                os.kill(self.server.pid(daemon), signal.SIGKILL)
        try:
            scene.play(stage)
            stage.settle("end")
        finally:
            for control in self.controls.values():
                control.disarm()
            passes = {daemon: control.passes() for daemon, control in self.controls.items()}
        stage.disconnect_others(keep=self.witness)
        stage.settle("gone")
        crashes = {daemon: control.crashes - before[daemon] for daemon, control in self.controls.items()}
        points = [f"{daemon} died at '{control.last}'" for daemon, control in self.controls.items() if crashes[daemon]]
        performance = Performance(scene, list(stage.actors.values()), {role: actor.lines[skip if actor is self.witness else 0:] for role, actor in stage.actors.items()},
                                  f"{title} {' and '.join(points)};")
        performance.crashes, performance.passes = crashes, passes
        self.check_unwelcomed(stage, crashes)
        self.until_quiet()
        check_order(performance.received)
        self.performances.append(performance)
        return performance

    def check_unwelcomed(self, stage, crashes):
        allowed = crashes["acceptor"] if crashes["acceptor"] > 1 else int(self.controls["acceptor"].last in self.cannot_be_kept and crashes["acceptor"])
        assert stage.unwelcomed <= allowed, f"{stage.unwelcomed} connections ended before their welcome"

    def until_quiet(self):
        """Waits until everything is delivered and logged, and every slot but the witness's can be reused."""
        def busy():
            return self.segment.busy_slots()
        wait_until(self.segment.is_delivered_and_logged, "all is delivered and logged", PATIENCE)
        wait_until(lambda: len(busy()) == 1, f"one slot is in use; there are {busy()}", PATIENCE)

    def model(self, scene_class):
        """The scene's undisturbed performance."""
        if scene_class not in self.models:
            self.models[scene_class] = self.perform(scene_class)
        return self.models[scene_class]

    def try_points(self, scene_class, **orders):
        """Performs with these crashes and compares. Returns the crashes of each daemon; raises Violation."""
        model = self.model(scene_class)
        title = f"{scene_class.__name__}, " + " and ".join(f"{daemon} dies {crash}" for daemon, crash in orders.items()) + ":"
        try:
            performance = self.perform(scene_class, title, **orders)
        except AssertionError as error:
            points = ", ".join(f"{daemon}: {control.crashes} crashes so far, the last at '{control.last}'" for daemon, control in self.controls.items())
            raise Violation(f"{title} {error}\n({points})") from error
        for role, lines in model.transcript.items():
            compare(performance.title, f"what {role} was sent", lines, performance.transcript[role])
        return performance.crashes

    # ── the log ──
    def query(self, sql, *values):
        if self.database is None:
            self.database = sqlite3.connect(f"file:{self.server.database}?mode=ro", uri=True, timeout=10)
        return self.database.execute(sql, values).fetchall()

    def until_logged(self, client_id):
        wait_until(lambda: self.query("SELECT 1 FROM session WHERE client_id = ? AND ended_at IS NOT NULL", client_id), "the end of a session is logged", PATIENCE)
        wait_until(self.segment.is_delivered_and_logged, "all messages are logged", PATIENCE)

    def operate(self, method, **parameters):
        return self.server.operate(method, **parameters)

    def renew_accounts(self):
        """No account is left, except Eve's, which has no password yet, and no address has to wait. Returns the token for
        Eve's password."""
        for name in ("Una", "Eve"):
            self.operate("DeleteAccount", name=name)
        self.operate("AddAccount", name="Eve")
        with sqlite3.connect(self.server.state / "auth.db", timeout=10) as accounts:
            accounts.execute("DELETE FROM throttle")
        accounts.close()
        return self.operate("ResetAccount", name="Eve")["token"]

    def unsent_bytes(self, client_id):
        return self.segment.unsent_bytes(int(client_id))

    def compare_log(self):
        """Checks the log of all performances since the last check. Returns what is wrong with it."""
        self.until_sessions_are_logged()
        log = Log(self.query, self.logged, self.compared)
        wrong = []
        for performance in self.performances:
            performance.sessions, performance.messages = log.sessions(performance), log.messages(performance)
            model = self.models[type(performance.scene)]
            try:
                compare(performance.title, "sessions in the log", model.sessions, performance.sessions)
                if not performance.scene.outcome_varies:
                    compare(performance.title, "messages in the log", model.messages, performance.messages)
                performance.scene.check(log.outcomes(performance))
            except AssertionError as error:
                wrong.append(error if isinstance(error, Violation) else Violation(f"{performance.title} {error}"))
        stray = log.message_rows.keys() - {number for performance in self.performances for number in log.numbers(performance)}
        if stray:
            wrong.append(Violation(f"in the log, but nobody ever received them: messages {sorted(stray)}"))
        self.performances = []
        self.logged, self.compared = log.last_message, log.last_session
        return wrong

    def until_sessions_are_logged(self):
        """Waits until the sessions are logged; whatever is missing in the end shows in the comparison."""
        expected = sum(actor.id is not None for performance in self.performances for actor in performance.actors if actor is not self.witness)
        deadline = Deadline(PATIENCE)
        while not deadline.passed():
            ended = self.query("SELECT ended_at IS NOT NULL FROM session WHERE session > ?", self.compared)
            if ended.count((1,)) >= expected and ended.count((0,)) == 0:
                break
            time.sleep(0.01)

    def drop(self):
        """Gives up the theatre after a violation; its server ends with the test."""
        self.server.is_shared = False

    def close(self):
        """Stops the server, which must end cleanly."""
        self.witness.socket.close()
        if self.database:
            self.database.close()
        self.server.close()


class Log:
    """All log rows after the given numbers, read once."""

    def __init__(self, query, after_message, after_session):
        self.session_rows, self.last_session = {}, after_session
        for session, client_id, name, ended_at, reason in query("SELECT session, client_id, name, ended_at, reason FROM session WHERE session > ? ORDER BY session", after_session):
            self.session_rows.setdefault(str(client_id), []).append((session, name, ended_at is not None, reason))
            self.last_session = session
        self.logins = {}
        for session, detail in query("SELECT session, detail FROM event WHERE kind = 'login' AND session > ? ORDER BY event", after_session):
            self.logins.setdefault(session, []).append(detail)
        self.message_rows = {row[0]: row for row in query(
            "SELECT id, kind, sender_id, receiver_id, target, receivers, discarded, characters, substr(text, 1, 40) FROM message_log WHERE id > ? ORDER BY id", after_message)}
        self.last_message = max(self.message_rows, default=after_message)
        self.receipts = {}          # message: the receivers, and whether each got it
        for number, client_id, outcome in query("SELECT message, client_id, outcome FROM receipt JOIN session ON session = receiver WHERE message > ?", after_message):
            self.receipts.setdefault(number, []).append((client_id, outcome))

    def numbers(self, performance):
        """Its messages: those whose number somebody was sent, and those of IRC clients, whose receivers may all be IRC
        clients, who are sent no numbers."""
        speak_irc = {actor.id for actor in performance.actors if actor.speaks_irc}
        return performance.numbers | {number for number, row in self.message_rows.items() if str(row[2]) in speak_irc}

    def sessions(self, performance):
        return [f"{actor.role}: {'its name' if name == actor.name else name}, ended: {ended}, {reason}, logins {self.logins.get(session, [])}"
                for actor in sorted(performance.actors, key=lambda actor: actor.role) if actor.id and actor.role != "W" for session, name, ended, reason in self.session_rows.get(actor.id, [])]

    def messages(self, performance):
        roles = {actor.id: actor.role for actor in performance.actors if actor.id}
        present = [self.message_rows[number] for number in sorted(self.numbers(performance) & self.message_rows.keys())]
        lines = [f"{kind} {roles.get(str(sender))} → {roles.get(str(receiver)) or roles.get(target, re.sub(r'(?<=^group:)[0-9]+', 'G', target))}, for {receivers}, "
                 f"{discarded}, {characters}: {text}" + "".join(f", {roles.get(str(who))} {outcome}" for who, outcome in sorted(self.receipts.get(number, []), key=lambda row: roles.get(str(row[0]), "")))
                 for number, kind, sender, receiver, target, receivers, discarded, characters, text in present]
        lines += ["not in the log" for _ in performance.numbers - self.message_rows.keys()]
        return sorted(lines, key=lambda line: line.split(" → ")[0]) if performance.scene.independent else lines

    def outcomes(self, performance):
        """Returns message: (discarded, text)."""
        return {number: (self.message_rows[number][6], self.message_rows[number][8]) for number in sorted(self.numbers(performance) & self.message_rows.keys())}


def compare(title, what, wanted, got):
    if wanted != got:
        difference = "\n".join(line[:300] for line in unified_diff(wanted, got, "undisturbed", "disturbed", lineterm="", n=2))
        raise Violation(f"{title} {what} differs:\n{difference}")
