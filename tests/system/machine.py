"""A machine that runs a booted systemd: a container over a read-only root, whose changes are in memory and gone at
power-off."""
import contextlib
import ctypes
import itertools
import json
import os
import re
import shutil
import signal
import ssl
import subprocess
from pathlib import Path

from chat_client import Client
from control_group import ControlGroup
from deadline import wait_until
from irc_client import IrcClient

BOOT_PATIENCE = 300.0       # seconds
POWER_OFF_PATIENCE = 30.0   # seconds
CLONE_NEWNET = 0x40000000
QUERY = """
import json, sqlite3, sys
database = sqlite3.connect("file:/var/lib/chat/chat.db?mode=ro", uri=True, timeout=10)
print(json.dumps(database.execute(sys.argv[1], json.loads(sys.argv[2])).fetchall()))
"""
# Prints the files below the directories of the first argument in which one of the texts is. Most of a segment is a hole.
SEARCH = """
import json, os, stat, sys
directories, texts = ([text.encode() for text in argument] for argument in json.loads(sys.argv[1]))
longest = max(map(len, texts))
def holds(path):
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return False
    with open(path, "rb", buffering=0) as file:
        at, size = 0, os.fstat(file.fileno()).st_size
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:
                return False
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            before = b""
            while at < end:
                piece = os.pread(file.fileno(), min(end - at, 1 << 20), at)
                if not piece:
                    return False
                if any(text in before + piece for text in texts):
                    return True
                before, at = piece[-longest:], at + len(piece)
    return False
for directory in directories:
    for place, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(place, os.fsencode(name))
            try:
                if holds(path):
                    print(os.fsdecode(path))
            except FileNotFoundError:
                pass
"""
FORGET = """
import sqlite3
with sqlite3.connect("/var/lib/chat-auth/auth.db", timeout=30) as database:
    database.execute("DELETE FROM throttle")
"""
libc = ctypes.CDLL(None, use_errno=True)
numbers = itertools.count(1)


def why_not():
    """Why no machine can be booted here; None if one can."""
    if os.geteuid() != 0:
        return "only root can boot a container"
    missing = [tool for tool in ("systemd-nspawn", "mmdebstrap", "nsenter", "setpriv", "dpkg-buildpackage", "dh") if not shutil.which(tool)]
    if missing:
        return f"not installed: {', '.join(missing)}"
    if not os.path.ismount("/sys/fs/cgroup"):
        return "no control groups here"
    probe = subprocess.run(["unshare", "--mount", "--net", "--pid", "--ipc", "--uts", "--fork", "mount", "-t", "tmpfs", "none", "/mnt"],
                           capture_output=True, text=True, timeout=60)
    return f"no privilege to make a container: {probe.stderr.strip()}" if probe.returncode else None


class Machine:
    def __init__(self, root, console, share):
        """Describes a machine over the directory `root`; its console goes to the file `console`, and it sees the directory `share` as /packages."""
        self.root, self.console, self.share = root, console, share
        self.process = None
        self.control_group = None   # None: the host's systemd makes one
        self.leader = None      # pid of its PID 1, as seen from here

    # ── power ──
    def boot(self):
        name = f"chat-test-{os.getpid()}-{next(numbers)}"
        command = ["setpriv", "--pdeathsig", "TERM", "systemd-nspawn", "-D", self.root, "--volatile=overlay", "-b", "--register=no", "--console=pipe",
                   "--private-network", f"--machine={name}", f"--bind-ro={self.share}:/packages"]
        if not Path("/run/systemd/system").is_dir():
            command.append("--keep-unit")       # the host may have no systemd that could make a unit for it
            self.control_group = ControlGroup(name)
        with open(self.console, "wb") as console:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT,
                                            preexec_fn=self.control_group and self.control_group.enter)
        try:
            self.leader = wait_until(self._first_process, "the container's first process", BOOT_PATIENCE)
            wait_until(self._booted, "the machine to boot", BOOT_PATIENCE)
        except BaseException:
            print(f"the console of the machine that did not boot:\n{Path(self.console).read_text(errors='replace')}")
            self.power_off()
            raise
        return self

    def _first_process(self):
        """The pid, as seen from here, of the child of systemd-nspawn that is PID 1 inside; its other children are
        short-lived helpers."""
        assert self.process.poll() is None, f"the container ended:\n{Path(self.console).read_text(errors='replace')}"
        for child in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split():
            with contextlib.suppress(OSError):
                if re.search(r"^NSpid:.*\t1$", Path(f"/proc/{child}/status").read_text(), re.MULTILINE):
                    return int(child)
        return None

    def _booted(self):
        assert self.process.poll() is None, f"the container ended:\n{Path(self.console).read_text(errors='replace')}"
        state = self.run("systemctl", "is-system-running", check=False).stdout.strip()
        assert state not in ("degraded", "maintenance", "stopping"), f"the machine booted badly: {state}"
        return state == "running"

    def power_off(self):
        """Ends it, by a clean power-off if it still responds."""
        with contextlib.suppress(subprocess.SubprocessError):
            if self.process.poll() is None and self.leader:
                self.run("systemctl", "--no-block", "poweroff", check=False)
                self.process.wait(POWER_OFF_PATIENCE)
        for last_word in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(last_word)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(POWER_OFF_PATIENCE)
        if self.control_group:
            self.control_group.remove()

    # ── inside ──
    def run(self, *command, check=True, timeout=300, stdin=""):
        """Runs a command in the machine."""
        done = subprocess.run(["nsenter", "-t", str(self.leader), "-a", *map(str, command)], input=stdin, capture_output=True, text=True, timeout=timeout)
        assert not check or done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def path(self, name):
        """The machine's file `name` as this process can open it."""
        return Path(f"/proc/{self.leader}/root") / name.lstrip("/")

    @contextlib.contextmanager
    def network(self):
        """Sockets opened in this context belong to the machine's network."""
        with open("/proc/thread-self/ns/net") as here, open(f"/proc/{self.leader}/ns/net") as there:
            _enter(there)
            try:
                yield
            finally:
                _enter(here)

    # ── units and their log ──
    def systemctl(self, *arguments, check=True):
        return self.run("systemctl", *arguments, check=check).stdout.strip()

    def property(self, unit, name):
        return self.systemctl("show", "--value", "-p", name, unit)

    def is_active(self, unit):
        return self.property(unit, "ActiveState") == "active"

    def pid(self, unit):
        """The pid of the unit's main process inside the machine; 0 if it is not running."""
        return int(self.property(unit, "MainPID"))

    def journal(self, *match):
        """Entries of the journal, as dictionaries; `match` as for journalctl."""
        lines = self.run("journalctl", "--sync", check=False) and self.run("journalctl", "-q", "-b", "-o", "json", "--all", *match).stdout.splitlines()
        return [json.loads(line) for line in lines]

    def is_in_journal(self, text):
        """In any field of any entry."""
        return self.run("sh", "-c", 'journalctl --sync; journalctl -q -b -o export --all | grep -aqF "$1"', "sh", text, check=False).returncode == 0

    def files_with(self, *texts):
        """Files of the machine's state and in its shared memory that contain one of these texts."""
        directories = ["/var/lib", "/var/log", "/var/tmp", "/run", "/dev/shm", "/tmp", "/root", "/etc"]
        return self.run("python3", "-c", SEARCH, json.dumps([directories, texts])).stdout.splitlines()

    # ── the chat ──
    def connect(self, port=5000, context=None, host="127.0.0.1"):
        with self.network():
            return Client(port, context=context, host=host)

    def connect_irc(self, nick, port=6667, context=None):
        with self.network():
            client = IrcClient(port, context=context)
        client.register(nick)
        return client

    def connect_tls(self, port=5697):
        return self.connect(port, self.tls_context())

    def tls_context(self):
        """Trusts the certificate that the machine has now."""
        pem = self.path("/etc/chat/tls/server.pem").read_text()
        certificates = re.findall("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", pem, re.DOTALL)
        return ssl.create_default_context(cadata="\n".join(certificates))

    def query(self, statement, *values):
        """Rows of the log, read in the machine: SQLite would follow path() to this system's own files."""
        return [tuple(row) for row in json.loads(self.run("python3", "-c", QUERY, statement, json.dumps(values)).stdout)]

    def forget_wrong_passwords(self):
        """Those that slow an address down."""
        if self.path("/var/lib/chat-auth/auth.db").exists():
            self.run("python3", "-c", FORGET)


def _enter(namespace):
    if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
