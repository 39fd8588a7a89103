"""Disturbances of the services while people write: calls that cause them on a machine, and loops that cause one after
the other."""
import threading
import time

ACCEPTOR, DELIVERY = "chat-acceptor", "chat-delivery"
BOTH = (ACCEPTOR, DELIVERY)
QUIET = 0.4             # seconds at least between the end of a disturbance and the next
PROMPT = 0.15           # seconds; when no answer has been outstanding for longer, a disturbance is over
LONGEST_QUIET = 5.0     # seconds
BROKEN = 1.5            # seconds for which a program cannot be run
SHORTEST, LONGEST = 0.020, 0.400        # seconds between two random kills


def kill(*units):
    return lambda machine: machine.run("systemctl", "kill", "-s", "KILL", *units)


def call(*command):
    return lambda machine: machine.run(*command)


def stop_and_start(*units):
    def act(machine):
        machine.run("systemctl", "stop", *units)
        machine.run("systemctl", "start", *units)
    return act


def break_program(unit):
    """As if a package was installed wrongly: the program cannot be executed for a while."""
    def act(machine):
        program = machine.path(f"/usr/libexec/chat/{unit}")
        whole, broken = program.with_suffix(".whole"), program.with_suffix(".broken")
        broken.write_bytes(b"this is no program\n")
        broken.chmod(0o755)
        whole.unlink(missing_ok=True)
        whole.hardlink_to(program)
        try:
            broken.rename(program)
            kill(unit)(machine)
            time.sleep(BROKEN)
        finally:
            whole.rename(program)
    return act


# Name: what it does. Those of arbitrary length are separate, because the silence they cause is meaningless.
SHORT = {
    "SIGKILL of the acceptor": kill(ACCEPTOR),
    "SIGKILL of delivery": kill(DELIVERY),
    "SIGKILL of both": kill(*BOTH),
    "restart of the acceptor": call("systemctl", "restart", ACCEPTOR),
    "restart of delivery": call("systemctl", "restart", DELIVERY),
    "restart of both": call("systemctl", "restart", *BOTH),
    "reexecution of systemd": call("systemctl", "daemon-reexec"),
}
LONG = {
    "stop and start of the acceptor": stop_and_start(ACCEPTOR),
    "stop and start of delivery": stop_and_start(DELIVERY),
    "broken program of the acceptor": break_program(ACCEPTOR),
    "broken program of delivery": break_program(DELIVERY),
}


class Plan:
    """Call it continually: it begins the next disturbance of a list after the previous one and a quiet period. `waits`
    has, by name, the longest time in seconds that a client of the crowd waited for an answer."""

    def __init__(self, machine, crowd, disturbances):
        self.machine, self.crowd = machine, crowd
        self.left = list(disturbances)      # (name, call)
        self.waits, self.errors = {}, []
        self.thread, self.name, self.ended_at = None, None, 0.0

    def __call__(self):
        if self.thread is not None:
            if self.thread.is_alive():
                return
            self.thread, self.ended_at = None, time.monotonic()
        quiet = time.monotonic() - self.ended_at
        if quiet < QUIET or quiet < LONGEST_QUIET and self.crowd.age_of_oldest_question() > PROMPT:
            return
        self._note()
        if self.left:
            self.name, act = self.left.pop(0)
            self.crowd.recent_wait = 0.0
            self.thread = threading.Thread(target=self._act, args=(act,))
            self.thread.start()

    def _act(self, act):
        try:
            act(self.machine)
        except Exception as error:      # reported at the end
            self.errors.append(f"{self.name}: {error}")

    def _note(self):
        if self.name is not None:
            self.waits.setdefault(self.name, []).append(self.crowd.recent_wait)
            self.name = None

    def is_done(self):
        return not self.left and self.thread is None and self.name is None


class Killer:
    """Call it continually: it kills one of the services or both when a kill is due."""

    def __init__(self, machine, source):
        self.machine, self.random = machine, source
        self.kills, self.at, self.thread = 0, 0.0, None

    def __call__(self):
        if time.monotonic() < self.at or self.thread is not None and self.thread.is_alive():
            return
        units = self.random.choice([(ACCEPTOR,), (DELIVERY,), BOTH])
        self.kills += len(units)
        self.thread = threading.Thread(target=lambda: self.machine.run("systemctl", "kill", "-s", "KILL", *units, check=False))
        self.thread.start()
        self.at = time.monotonic() + self.random.uniform(SHORTEST, LONGEST)
