"""The tests' server: both daemons under the stand-in for systemd, in their own state directory, checked for leaks at
the end."""
import collections
import ctypes
import json
import os
import random
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
from pathlib import Path

import builds
import proxy_header
from chat_client import Client
from deadline import PATIENCE, Deadline, wait_until
from instance import instance_name, segment_path
from stand_ins import PYTHON, STANDALONE, StandIn

BUILD, ROOT = builds.SANITIZED, builds.ROOT     # by their old names
START_PATIENCE = 60.0       # seconds until `ready`
RESERVED = collections.deque(maxlen=100)    # ports, see free_port()
# of a server: at which distances from its port it has others
PORTS_OF_FRONT = {None: (1, 1667), "proxied": (1, 2, 3, 1667), "tls": (1, 2, 3, 697, 698, 1667)}
FILL_PATIENCE = 60.0        # seconds until the kernel holds all it can for one client
# seconds until it has ended: the stand-in gives each daemon ten, and may have to start one first
STOP_PATIENCE = 60.0
SANITIZER_REPORT = re.compile(r"AddressSanitizer|LeakSanitizer|ThreadSanitizer|UndefinedBehaviorSanitizer|runtime error:")
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "quarantine_size_mb=4:detect_leaks=1",      # a small quarantine, so that memory can be seen to stay flat
    "UBSAN_OPTIONS": "print_stacktrace=1",
}
# Two processes write the message log and the session log: these rows already have the clients' chosen names, which
# begin with a capital in the tests.
MESSAGES = "SELECT * FROM message_log WHERE sender_name GLOB '[A-Z]*' AND (kind <> 'direct' OR receiver_name GLOB '[A-Z]*') ORDER BY id"
LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def end_with_the_tests():
    """Runs in the new process: if the test run is killed, its servers end too. They do not inherit that nohup(1)
    ignores SIGHUP."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def free_port(others=(1, 1667)):
    """A free port below the ephemeral ones; the ports at these distances from it are free too. Until the server starts,
    no other test on this machine takes them: the caller reserves them by abstract socket names, until its process ends
    or for a number of further calls."""
    for _ in range(200):
        port = random.randrange(20000, 31000, 2)
        reservations = []
        try:
            # A name stands for two ports.
            for pair in sorted({(port + other) // 2 * 2 for other in (0, *others)}):
                reservations.append(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
                reservations[-1].bind(f"\0chat-tests-port-{pair}")
            for number in (port, *(port + other for other in others)):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with socket.socket(socket.AF_INET, kind) as probe:
                        probe.bind(("127.0.0.1", number))
        except OSError:
            for reservation in reservations:
                reservation.close()
            continue
        RESERVED.append(reservations)
        return port
    raise AssertionError("no free port")


def settings_arguments(settings):
    spelled = {True: "true", False: "false"}
    return [part for key, value in settings.items() for part in ("--set", f"{key}={spelled.get(value, value) if isinstance(value, bool) else value}")]


class Server:
    unfinished = []     # servers that were spawned and not yet seen to end

    def __init__(self, state, settings=None, port=None, config=None, build=None, environment=None, restart_delay=None, send_buffer=None,
                 standalone=STANDALONE, front=None):
        """Describes a server; start() starts it. `settings` maps names such as limits.max_clients to values; `build`
        defaults to that of the test; `restart_delay` is in seconds; `send_buffer`, in bytes, fixes how much the kernel
        holds for a client. `front`: "tls" for HAProxy in front of it, "proxied" for its ports behind a terminator
        alone."""
        self.state = Path(state)
        self.settings = dict(settings or {})
        self.front = front
        self.port = port or self.choose_port()
        self.may_move = port is None        # to another port, once
        self.config = config
        self.build = Path(build or builds.in_use)
        self.environment = environment or {}
        self.restart_delay, self.send_buffer = restart_delay, send_buffer
        self.standalone = Path(standalone)
        self.database = self.state / "chat.db"
        self.segment = Path(segment_path(instance_name(self.state)))
        self.set_aside = Path(f"{self.segment}.aside")      # where the server keeps a segment that it cannot use
        self.process = None
        self.output = []            # lines of stdout
        self.log = []               # lines of stderr, the daemons' and the stand-in's
        self.readers = []
        self.clients = []
        self.is_shared = False      # by several tests: it outlives each of them

    def choose_port(self):
        return free_port(PORTS_OF_FRONT[self.front])

    # ── life ──
    def command(self):
        command = [PYTHON, str(self.standalone), "--build", str(self.build), "--port", str(self.port), "--state", str(self.state)]
        if self.config:
            command += ["--config", str(self.config)]
        if self.front:
            command.append(f"--{self.front}")
        if self.restart_delay is not None:
            command += ["--restart-delay", str(self.restart_delay)]
        if self.send_buffer is not None:
            command += ["--send-buffer", str(self.send_buffer)]
        return command + settings_arguments(self.settings)

    def spawn(self):
        """Starts it without waiting for anything."""
        self.output, self.log = [], []
        command, environment = self.command(), {**os.environ, **SANITIZER_OPTIONS, **self.environment}
        if command[:2] == [PYTHON, str(STANDALONE)]:
            self.process = StandIn(command[2:], environment)
        else:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=end_with_the_tests, env=environment)
        Server.unfinished.append(self)
        self.readers = [self._reader(self.process.stdout, self.output), self._reader(self.process.stderr, self.log)]
        return self

    def start(self):
        """Starts it and waits until it serves; uses another port if somebody took the chosen one first."""
        self.spawn()
        wait_until(lambda: "ready" in self.output or self.process.poll() is not None, "the server is ready", START_PATIENCE)
        may_move, self.may_move = self.may_move, False
        if "ready" not in self.output:
            status = self.wait_for_exit()
            if may_move and self.text().endswith("Address already in use"):
                self.port = self.choose_port()
                return self.start()
            raise AssertionError(f"the server ended with status {status}:\n{self.text()}")
        return self

    @staticmethod
    def _reader(stream, lines):
        def read():
            with stream:
                for line in stream:
                    lines.append(line.decode("utf-8", "replace").rstrip("\n"))
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def text(self):
        """All that was logged so far."""
        return "\n".join(self.log)

    def wait_for_exit(self, seconds=START_PATIENCE):
        """Waits for it to end on its own. Returns its exit status."""
        status = self.process.wait(seconds)
        for reader in self.readers:
            reader.join(seconds)
        self.process = None
        Server.unfinished.remove(self)
        return status

    @staticmethod
    def end_all():
        """Kills every server that a test has left running, daemons included, and removes what it has in /dev/shm."""
        for server in [server for server in Server.unfinished if not server.is_shared]:
            server.discard()

    def discard(self):
        """Kills it, whatever state it is in, and removes what it has in /dev/shm."""
        self.close_clients()
        if self.process is not None:
            self.process.kill()
            self.wait_for_exit()
        self.segment.unlink(missing_ok=True)
        self.set_aside.unlink(missing_ok=True)

    def stop(self, number=signal.SIGTERM):
        """Stops it as an operator would, and checks that it leaves nothing behind. Returns the exit status."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.wait_for_exit(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"the server did not stop:\n{self.text()}") from None
        self.check_clean()
        assert status == 0, f"exit status {status}:\n{self.text()}"
        return status

    def check_clean(self):
        """Checks after the end: no sanitizer report, no pid file, no socket, no segment."""
        assert not SANITIZER_REPORT.search(self.text()), f"a sanitizer has found something:\n{self.text()}"
        left = [path.name for path in (self.state.iterdir() if self.state.is_dir() else []) if path.suffix in (".pid", ".sock", ".new")]
        assert not left, f"left in the state directory: {left}"
        assert not self.segment.exists(), f"left behind: {self.segment}\n{self.text()}"

    def close(self):
        """Ends a test: clients first, then the server."""
        self.close_clients()
        try:
            self.stop()
        finally:
            self.segment.unlink(missing_ok=True)
            self.set_aside.unlink(missing_ok=True)

    def close_clients(self):
        while self.clients:
            self.clients.pop().close()

    # ── clients ──
    def connect(self, name=None, **options):
        """A client that was welcomed; with a name, it has logged in and received its own `online`."""
        client = self.connect_raw(**options)
        # At once, because after a second it would be announced under the assigned name.
        tag = client.tagged(f"/login {name}") if name else None
        client.welcome = client.expect("welcome")
        client.id, client.name = client.welcome["id"], client.welcome["name"]
        if name:
            client.lines.extendleft(reversed(self._logged_in(client, name, tag)))
        return client

    @staticmethod
    def _logged_in(client, name, tag):
        """Waits for the answer to the login and for the client's own `online`. Returns lines about others that arrived
        meanwhile."""
        answer = client.answer(tag)
        assert answer.kind == "renamed", f"login as {name}: {answer}"
        client.name, others = name, []
        while not ((line := client.read()).kind == "online" and line["id"] == client.id):
            others.append(line)
        return others

    def connect_raw(self, port=None, **options):
        """A bare connection; nothing from the server has been read yet."""
        client = Client(port or self.port, **options)
        self.clients.append(client)
        return client

    def connect_proxied(self, begin=None, **facts):
        """A bare connection that begins with a PROXY header as a TLS terminator sends it, or with the bytes `begin`."""
        client = Client(self.port + 2)
        self.clients.append(client)
        client.raw(self.proxy_header(**facts) if begin is None else begin)
        return client

    def proxy_header(self, **facts):
        return proxy_header.header((self.state / "proxy.token").read_text().strip(), **facts)

    def connect_tls(self, name=None, context=None, **options):
        """Like connect(), over TLS. `context`: an ssl.SSLContext, for example with a certificate."""
        return self.connect(name, port=self.port + 697, context=context or self.tls_context(), **options)

    def tls_context(self):
        return ssl.create_default_context(cafile=self.state / "tls" / "server.pem")

    def people(self, *names):
        """Clients with these names that have all seen each other arrive; none has anything left to read."""
        there = []
        for name in names:
            client = self.connect(name)
            for other in there:
                other.expect("online", id=client.id, name=name)
            there.append(client)
        return there

    def connected(self):
        """The connected clients as an operator sees them: a dictionary for each."""
        with socket.socket(socket.AF_UNIX) as operator:
            operator.settimeout(PATIENCE)
            operator.connect(str(self.state / "admin.sock"))
            operator.sendall(b'{"method":"org.chat.Admin.Clients","more":true}\0')
            received = b""
            while not received.endswith(b"\0") or b'"continues":true' in received.rpartition(b"\0")[0].rpartition(b"\0")[2]:
                received += operator.recv(1 << 16)
        return [row for reply in received.split(b"\0")[:-1] for row in json.loads(reply)["parameters"]["clients"]]

    def ticket(self):
        """A ticket for the user of this process, and the user's name."""
        for _ in range(1000):
            with socket.socket(socket.AF_UNIX) as peer:
                peer.settimeout(PATIENCE)
                peer.connect(str(self.state / "login.sock"))
                received = b""
                try:
                    peer.sendall(b'{"method":"org.chat.Login.Ticket"}\0')
                    while not received.endswith(b"\0") and (some := peer.recv(1 << 16)):
                        received += some
                except ConnectionError:
                    pass
            if received.endswith(b"\0"):
                parameters = json.loads(received[:-1])["parameters"]
                return parameters["name"], parameters["ticket"]
        raise AssertionError("chat-auth never answers")

    def operate(self, method, **parameters):
        """The parameters of the reply to an operator's call."""
        with socket.socket(socket.AF_UNIX) as operator:
            operator.settimeout(PATIENCE)
            operator.connect(str(self.state / "admin.sock"))
            operator.sendall(json.dumps({"method": f"org.chat.Admin.{method}", "parameters": parameters}).encode() + b"\0")
            received = b""
            while not received.endswith(b"\0"):
                assert (some := operator.recv(1 << 16)), "the acceptor has closed the connection"
                received += some
        return json.loads(received[:-1])["parameters"]

    def outbox(self, client):
        """Bytes that wait in the server for this client, not yet taken by the kernel."""
        return next(row["outbox"] for row in self.connected() if row["id"] == int(client.id))

    def fill_outbox(self, client, say, least):
        """Calls say(), which sends something to a client that does not read, until `least` bytes wait in its outbox.
        How much the kernel takes differs between machines."""
        deadline = Deadline(FILL_PATIENCE)
        while self.outbox(client) < least:
            assert not deadline.passed(), f"only {self.outbox(client)} bytes wait"
            say()

    # ── processes ──
    def pid(self, daemon):
        """Process id of `acceptor` or `delivery`, from its pid file."""
        return int((self.state / f"{daemon}.pid").read_text(encoding="ascii"))

    def acceptor_pid(self):
        return self.pid("acceptor")

    def delivery_pid(self):
        return self.pid("delivery")

    def kill(self, *daemons, number=signal.SIGKILL):
        """Kills these daemons at once and waits until each has a new process."""
        old = {daemon: self.pid(daemon) for daemon in daemons}
        for pid in old.values():
            os.kill(pid, number)
        for daemon, pid in old.items():
            wait_until(lambda: self.pid(daemon) != pid, f"{daemon} is started again")

    def resident(self, daemon):
        """Private resident memory in bytes: neither files nor the shared segment."""
        status = Path(f"/proc/{self.pid(daemon)}/status").read_text(encoding="ascii")
        return 1024 * int(re.search(r"RssAnon:\s+(\d+) kB", status).group(1))

    def descriptors(self, daemon):
        """What the daemon's open descriptors are, as in /proc: socket:[…], paths and the like."""
        found = []
        for path in Path(f"/proc/{self.pid(daemon)}/fd").iterdir():
            try:
                found.append(os.readlink(path))
            except FileNotFoundError:
                continue
        return found

    # ── log ──
    def query(self, sql, *values):
        """Rows of the database, as sqlite3.Row."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def events_of(self, kind):
        """The details of all events of this kind, oldest first."""
        return [row["detail"] for row in self.query("SELECT detail FROM event WHERE kind = ? ORDER BY event", kind)]

    def wait_for_rows(self, count, sql, *values):
        """Waits until the query returns at least this many rows: the log is written a moment later."""
        wait_until(lambda: self.database.exists() and len(self.query(sql, *values)) >= count, f"{count} rows of {sql}")
        return self.query(sql, *values)

    def wait_for_log(self, pattern):
        """Waits for a line on stderr. Returns the match."""
        return wait_until(lambda: re.search(pattern, self.text()), f"a logged line like {pattern!r}")
