"""One supervised daemon: its process, its listening sockets, its stored descriptors and what it has reported.

To restart a daemon politely, systemd sends SIGUSR2 (RestartKillSignal=), because SIGTERM means: stop, and say goodbye
to the clients. Nothing here needs that: a daemon is restarted only after it has died.
"""
import ctypes
import fcntl
import os
import signal
import sys
import time

EX_CONFIG = 78
EXIT_EXEC = 203             # as systemd: the program could not be executed
FIRST_PASSED = 3            # SD_LISTEN_FDS_START
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None, use_errno=True)


def say(message):
    """Prints one line on stderr, where the daemons also print theirs."""
    try:
        print(f"chat: {message}", file=sys.stderr, flush=True)
    except OSError:
        pass        # nobody reads it; that is not a reason to stop serving


class Service:
    def __init__(self, name, command, listening, pid_file, store_bound, on_demand=False):
        """`on_demand`: started when somebody connects to its socket, and may end when it is idle."""
        self.name = name
        self.command = command
        self.listening = listening      # [(name, socket)], borrowed
        self.pid_file = pid_file
        self.store_bound = store_bound
        self.on_demand = on_demand
        self.store = None               # FdStore, set by the supervisor
        self.pid = None                 # None while there is no process
        self.was_ready = False          # since the first start
        self.was_started = False
        self.is_ready = False           # since the last start
        self.status = ""                # the last STATUS=
        self.stopping = False
        self.was_asked = False          # SIGTERM was sent
        self.was_given_up = False       # it did not end in time, and SIGKILL was sent
        self.start_at = None            # when to start it, on the monotonic clock; None: not planned
        self.kill_at = None             # when to stop waiting for its end
        self.complaint = ""             # trouble with its pid file that was not reported yet

    def start(self, notify_address):
        """Starts the process and writes its pid file. Returns a pidfd, which becomes readable when it ends."""
        passed = [(name, sock.fileno()) for name, sock in self.listening] + self.store.named_descriptors()
        supervisor = os.getpid()
        self.start_at = None
        self.was_started = True
        self.is_ready = False
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._become_daemon(passed, notify_address, supervisor)
            except BaseException as error:      # nothing may return into the supervisor's code
                os.write(2, f"chat: cannot start {self.command[0]}: {error}\n".encode())
            os._exit(EXIT_EXEC)
        self._write_pid_file()
        return os.pidfd_open(self.pid)

    def _become_daemon(self, passed, notify_address, supervisor):
        os.setpgid(0, 0)                        # Ctrl-C reaches the supervisor alone
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != supervisor:
            os._exit(EXIT_EXEC)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)

        environment = dict(os.environ, NOTIFY_SOCKET=notify_address, LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(passed)),
                           LISTEN_FDNAMES=":".join(name for name, _ in passed))
        environment.pop("WATCHDOG_USEC", None)
        environment.pop("WATCHDOG_PID", None)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(2, 1)
        above = FIRST_PASSED + len(passed)      # first out of the way, then into place: the two ranges may overlap
        moved = [fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, above) for _, descriptor in passed]
        for offset, descriptor in enumerate(moved):
            os.dup2(descriptor, FIRST_PASSED + offset)
        os.execve(self.command[0], self.command, environment)

    def _write_pid_file(self):
        temporary = self.pid_file + ".new"
        self.complaint = ""
        try:
            with open(temporary, "w", encoding="ascii") as file:
                file.write(f"{self.pid}\n")
            os.replace(temporary, self.pid_file)
        except OSError as error:                # a full disk is not a reason to stop serving
            self.complaint = f"cannot write {self.pid_file}: {error.strerror}"
            if self.was_ready:
                self.complain()

    def complain(self):
        """Reports what is wrong with the pid file. Called when all are ready: if the start fails instead, the reason
        that the daemon gives is enough."""
        if self.complaint:
            say(self.complaint)
            self.complaint = ""

    def remove_pid_file(self):
        for path in (self.pid_file, self.pid_file + ".new"):
            try:
                os.unlink(path)
            except OSError:
                pass

    def notified(self, fields, descriptors):
        """Handles what the daemon sent; owns the descriptors."""
        if "STATUS" in fields:
            self.status = fields["STATUS"]
        if fields.get("READY") == "1":
            self.was_ready = self.is_ready = True
        if fields.get("FDSTOREREMOVE") == "1" and "FDNAME" in fields:
            self.store.remove(fields["FDNAME"])
        if fields.get("FDSTORE") == "1":
            for descriptor in descriptors:
                self.store.add(descriptor, fields.get("FDNAME"))
        else:
            for descriptor in descriptors:      # BARRIER=1 waits for exactly this
                os.close(descriptor)

    def end_is_final(self, status):
        """Whether to give up: an invalid configuration, or a daemon that cannot get ready. `status` as of waitpid()."""
        if os.WIFEXITED(status):
            code = os.WEXITSTATUS(status)
            return code == EX_CONFIG or (code != 0 and not self.was_ready)
        return not self.was_ready and os.WTERMSIG(status) != signal.SIGKILL

    def stop(self, kill_at):
        """Asks it to stop, once it is ready. Called again when it gets ready; `kill_at` counts from the first call."""
        if not self.stopping:
            self.stopping = True
            self.kill_at = kill_at
        if self.is_ready and not self.was_asked:
            self.was_asked = True
            os.kill(self.pid, signal.SIGTERM)   # it was not reaped yet, so the pid is still its own

    def was_struck(self, status):
        """Whether another process killed it. `status` as of waitpid()."""
        return self.was_ready and not self.was_given_up and os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL

    def begin_anew(self):
        """Restarts it at once; it may be stopped after that."""
        self.stopping = self.was_asked = False
        self.start_at = time.monotonic()

    def kill(self):
        self.kill_at = None
        self.was_given_up = True
        os.kill(self.pid, signal.SIGKILL)

    def reap(self):
        """Collects the ended process. Returns its status as of waitpid()."""
        _, status = os.waitpid(self.pid, 0)
        self.pid = None
        self.kill_at = None
        return status
