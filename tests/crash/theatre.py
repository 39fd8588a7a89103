"""A server on which scenes are performed again and again, while a daemon is told at which point to die; and the comparison with the undisturbed performance."""
import os
import re
import signal
import sqlite3
from difflib import unified_diff

from chat_server import Server
from crash_control import NEVER, CrashControl, Death
from deadline import wait_until
from shared_segment import SharedSegment
from stage import Stage
from transcript import check_order, message_number, transcript

DAEMONS = ("acceptor", "delivery")
# Between accept() and the moment when another process has the socket too, it cannot be kept: the client has not been told anything yet and connects again.
CANNOT_BE_KEPT = ["acceptor: connection accepted"]
# So it is without the service manager's store, until the record is there: nobody can tell then whose socket the other daemon has.
CANNOT_BE_KEPT_WITHOUT_STORE = [*CANNOT_BE_KEPT, "acceptor: socket stored", "acceptor: socket attached", "queue: record written"]
LONGEST_WAIT = 2.5      # seconds, on a busy machine and with sanitizers; less than any time-out of the server but that of a silent newcomer
RESTART_DELAY = 0.02    # seconds; a fifth of the service manager's, so that more deaths fit into a minute
SETTINGS = {"limits.max_clients": 5, "limits.lines_per_second": 0, "limits.max_line": 16384, "limits.outbox_kib": 128}


class Violation(AssertionError):
    """A promise was broken."""


class Performance:
    """What one performance left: to be compared at once, and with the log when the log is complete."""

    def __init__(self, scene, actors, heard, title):
        self.scene, self.actors, self.heard, self.title = scene, actors, heard, title
        self.transcript = transcript(scene, heard, actors)
        self.numbers = {number for lines in heard.values() for line in lines if (number := message_number(line)) is not None}
        self.deaths = self.counted = {}     # by daemon


class Theatre:
    def __init__(self, directory, settings=None):
        self.controls = {daemon: CrashControl(directory / "points", daemon) for daemon in DAEMONS}
        self.server = Server(directory / "state", SETTINGS | (settings or {}), environment={"CHAT_CRASH_DIRECTORY": str(directory / "points")},
                             restart_delay=RESTART_DELAY).start()
        self.cannot_be_kept = CANNOT_BE_KEPT if "limits.fd_store_max" not in self.server.settings else CANNOT_BE_KEPT_WITHOUT_STORE
        self.segment = SharedSegment(self.server.segment)
        self.models = {}            # scene class: its undisturbed performance
        self.performances = []
        self.witness = Stage(self.server.port).enters("W", "Wit")
        self.database = None

    # ── performing ──
    def perform(self, scene_class, title="undisturbed", **orders):
        """Performs a scene; `orders` say which daemon is to die when: acceptor=Death(1). Returns the performance."""
        scene, stage, skip = scene_class(), Stage(self.server.port, self.until_logged), len(self.witness.lines)
        stage.actors["W"] = self.witness
        before = {daemon: control.deaths for daemon, control in self.controls.items()}
        scene.prepare(stage)
        for daemon, death in orders.items():
            self.controls[daemon].arm(death)
            if death.now:
                os.kill(self.server.pid(daemon), signal.SIGKILL)
        try:
            scene.play(stage)
            stage.settles("end")
        finally:
            counted = {daemon: control.disarm() for daemon, control in self.controls.items()}
        stage.empties(keep=self.witness)
        stage.settles("gone")
        deaths = {daemon: control.deaths - before[daemon] for daemon, control in self.controls.items()}
        points = [f"{daemon} died at '{control.last}'" for daemon, control in self.controls.items() if deaths[daemon]]
        performance = Performance(scene, list(stage.actors.values()), {role: actor.lines[skip if actor is self.witness else 0:] for role, actor in stage.actors.items()},
                                  f"{title} {' and '.join(points)};")
        performance.deaths, performance.counted = deaths, counted
        self.check_unwelcomed(stage, deaths)
        seconds, what = stage.longest_wait
        assert seconds < LONGEST_WAIT, f"it took {seconds:.1f} s until {what}"
        self.until_quiet()
        check_order(performance.heard)
        self.performances.append(performance)
        return performance

    def check_unwelcomed(self, stage, deaths):
        allowed = deaths["acceptor"] if deaths["acceptor"] > 1 else int(self.controls["acceptor"].last in self.cannot_be_kept and deaths["acceptor"])
        assert stage.unwelcomed <= allowed, f"{stage.unwelcomed} connections ended before their welcome"

    def until_quiet(self):
        """Everything is delivered and logged, and every slot but the witness's can be used again."""
        def busy():
            return self.segment.busy_slots()
        wait_until(self.segment.is_delivered_and_logged, "all is delivered and logged", 10)
        wait_until(lambda: len(busy()) == 1, f"one slot is in use; there are {busy()}", 10)

    def model(self, scene_class):
        """An undisturbed performance."""
        if scene_class not in self.models:
            self.models[scene_class] = self.perform(scene_class)
        return self.models[scene_class]

    def count(self, scene_class, daemon, name):
        """How often an undisturbed play passes the points of that name."""
        return self.perform(scene_class, f"{scene_class.__name__} undisturbed", **{daemon: Death(NEVER, only=name)}).counted[daemon]

    def try_points(self, scene_class, **orders):
        """Performs with these deaths and compares. Returns the deaths of each daemon; raises Violation."""
        model = self.model(scene_class)
        title = f"{scene_class.__name__}, " + " and ".join(f"{daemon} dies {death}" for daemon, death in orders.items()) + ":"
        try:
            performance = self.perform(scene_class, title, **orders)
        except AssertionError as error:
            points = ", ".join(f"{daemon}: {control.deaths} deaths so far, the last at '{control.last}'" for daemon, control in self.controls.items())
            raise Violation(f"{title} {error}\n({points})") from error
        for role, lines in model.transcript.items():
            compare(performance.title, f"what {role} was sent", lines, performance.transcript[role])
        return performance.deaths

    # ── the log ──
    def query(self, sql, *values):
        if self.database is None:
            self.database = sqlite3.connect(f"file:{self.server.database}?mode=ro", uri=True, timeout=10)
        return self.database.execute(sql, values).fetchall()

    def until_logged(self, client_id):
        wait_until(lambda: self.query("SELECT 1 FROM session WHERE client_id = ? AND ended_at IS NOT NULL", client_id), "the end of a session is logged")
        wait_until(self.segment.is_delivered_and_logged, "all messages are logged")

    def close(self):
        """Stops the server and looks at the log of all performances. Returns what is wrong with it."""
        self.witness.socket.close()
        wait_until(lambda: self.query("SELECT 1 FROM session WHERE name = 'Wit' AND ended_at IS NOT NULL"), "the log is complete")
        if self.database:
            self.database.close()
            self.database = None
        self.server.stop()
        log = Log(self)
        wrong = []
        for performance in self.performances:
            model = self.models[type(performance.scene)]
            try:
                compare(performance.title, "sessions in the log", log.sessions(model), log.sessions(performance))
                if not performance.scene.outcome_varies:
                    compare(performance.title, "messages in the log", log.messages(model), log.messages(performance))
                performance.scene.check(log.outcomes(performance))
            except AssertionError as error:
                wrong.append(error if isinstance(error, Violation) else Violation(f"{performance.title} {error}"))
        stray = log.message_numbers - {number for performance in self.performances for number in performance.numbers}
        if stray:
            wrong.append(Violation(f"in the log, but nobody ever heard of them: messages {sorted(stray)}"))
        return wrong


class Log:
    """All tables, read once."""

    def __init__(self, theatre):
        connection = sqlite3.connect(theatre.server.database)
        self.session_rows, self.role_of_session = {}, {}
        for session, client_id, name, ended_at, reason in connection.execute("SELECT session, client_id, name, ended_at, reason FROM session ORDER BY session"):
            self.session_rows.setdefault(str(client_id), []).append((session, name, ended_at is not None, reason))
        self.logins = {}
        for session, detail in connection.execute("SELECT session, detail FROM event WHERE kind = 'login' ORDER BY event"):
            self.logins.setdefault(session, []).append(detail)
        self.message_rows = {row[0]: row for row in connection.execute(
            "SELECT id, kind, sender_id, receiver_id, target, receivers, discarded, characters, substr(text, 1, 40) FROM message_log ORDER BY id")}
        self.message_numbers = set(self.message_rows)
        self.receipts = {}          # message: who should have got it, and whether it did
        for number, client_id, outcome in connection.execute("SELECT message, client_id, outcome FROM receipt JOIN session ON session = receiver"):
            self.receipts.setdefault(number, []).append((client_id, outcome))
        connection.close()

    def sessions(self, performance):
        return [f"{actor.role}: {'its name' if name == actor.name else name}, ended: {ended}, {reason}, logins {self.logins.get(session, [])}"
                for actor in sorted(performance.actors, key=lambda actor: actor.role) if actor.id and actor.role != "W" for session, name, ended, reason in self.session_rows.get(actor.id, [])]

    def messages(self, performance):
        roles = {actor.id: actor.role for actor in performance.actors if actor.id}
        present = [self.message_rows[number] for number in sorted(performance.numbers & self.message_numbers)]
        lines = [f"{kind} {roles.get(str(sender))} → {roles.get(str(receiver)) or roles.get(target, re.sub(r'(?<=^group:)[0-9]+', 'G', target))}, for {receivers}, "
                 f"{discarded}, {characters}: {text}" + "".join(f", {roles.get(str(who))} {outcome}" for who, outcome in sorted(self.receipts.get(number, []), key=lambda row: roles.get(str(row[0]), "")))
                 for number, kind, sender, receiver, target, receivers, discarded, characters, text in present]
        lines += ["not in the log" for _ in performance.numbers - self.message_numbers]
        return sorted(lines, key=lambda line: line.split(" → ")[0]) if performance.scene.independent else lines

    def outcomes(self, performance):
        """Message: (discarded, text)."""
        return {number: (self.message_rows[number][6], self.message_rows[number][8]) for number in sorted(performance.numbers & self.message_numbers)}


def compare(title, what, wanted, got):
    if wanted != got:
        difference = "\n".join(line[:300] for line in unified_diff(wanted, got, "undisturbed", "disturbed", lineterm="", n=2))
        raise Violation(f"{title} {what} differs:\n{difference}")
