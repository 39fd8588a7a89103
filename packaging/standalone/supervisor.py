"""The loop that keeps the daemons running: starts them, reads their notifications, restarts one that died, and stops
them in order."""
import os
import select
import signal
import socket
import time

from fd_store import FdStore
from notify_socket import NotifySocket
from service import say

STOP_TIMEOUT = 10.0         # seconds between SIGTERM and SIGKILL; the daemons give the log five


class Supervisor:
    def __init__(self, start_order, stop_order, on_ready, restart_delay):
        """`start_order`: each is started when the one before it is ready, so that trouble which affects both is
        reported once; those started on demand are only in `stop_order`. `restart_delay`: seconds between the end of a
        daemon and its next start."""
        self.start_order = start_order
        self.services = stop_order
        self.stop_order = stop_order
        self.on_ready = on_ready        # called once, when all are ready for the first time
        self.restart_delay = restart_delay
        self.epoll = select.epoll()
        self.notify = NotifySocket()
        self.wake_read, self.wake_write = socket.socketpair()
        self.pidfds = {}                # pidfd: service
        self.was_ready = False
        self.stopping = False
        self.finished = False
        self.exit_status = 0
        for service in stop_order:
            service.store = FdStore(self.epoll, service.store_bound)
        self.callers = {}               # listening descriptor: service that a connection to it starts

    def run(self):
        """Runs until a signal ends it or a daemon cannot run. Returns the exit status."""
        self._catch_signals()
        self.epoll.register(self.notify.fileno(), select.EPOLLIN)
        self.epoll.register(self.wake_read.fileno(), select.EPOLLIN)
        self.start_order[0].start_at = time.monotonic()
        for service in self.services:
            if service.on_demand:
                self._await_caller(service)
        while not self.finished:
            self._act_on_deadlines()
            ready = [descriptor for descriptor, _ in self.epoll.poll(self._time_to_deadline())]
            self._drop_ended(ready)     # first: a number that is closed below may be given to a new descriptor
            self._read_notifications()  # before reaping: what a daemon sent before it died still counts
            for descriptor in ready:
                if descriptor in self.pidfds:
                    self._reap(descriptor)
                if descriptor in self.callers:
                    self._start(self.callers[descriptor])
            if self.wake_read.fileno() in ready:
                self.wake_read.recv(64)
                self._stop(0)
        return self.exit_status

    def close(self):
        for service in self.services:
            service.remove_pid_file()
            service.store.close()
        self.notify.close()
        self.epoll.close()

    def _catch_signals(self):
        for end in (self.wake_read, self.wake_write):
            end.setblocking(False)
        signal.set_wakeup_fd(self.wake_write.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: None)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:       # nohup
            signal.signal(signal.SIGHUP, lambda *_: None)

    def _time_to_deadline(self):
        deadlines = [at for service in self.services for at in (service.start_at, service.kill_at) if at is not None]
        return max(0.0, min(deadlines) - time.monotonic()) if deadlines else None

    def _act_on_deadlines(self):
        now = time.monotonic()
        for service in self.services:
            if service.start_at is not None and service.start_at <= now:
                self._start(service)
            if service.kill_at is not None and service.kill_at <= now:
                say(f"{service.name} did not stop within {STOP_TIMEOUT:g} s, killing it")
                service.kill()

    def _await_caller(self, service):
        for _, listener in service.listening:
            self.callers[listener.fileno()] = service
            self.epoll.register(listener.fileno(), select.EPOLLIN)

    def _start(self, service):
        for _, listener in service.listening:
            if self.callers.pop(listener.fileno(), None):
                self.epoll.unregister(listener.fileno())
        pidfd = service.start(self.notify.address)
        self.pidfds[pidfd] = service
        self.epoll.register(pidfd, select.EPOLLIN)

    def _drop_ended(self, descriptors):
        for service in self.services:
            for descriptor in descriptors:
                if descriptor in service.store.entries:
                    service.store.drop(descriptor)

    def _read_notifications(self):
        while (message := self.notify.receive()) is not None:
            pid, fields, descriptors = message
            service = next((s for s in self.services if s.pid == pid), None)
            if service is None:         # not one of ours: ignore it
                for descriptor in descriptors:
                    os.close(descriptor)
            else:
                self._notified(service, fields, descriptors)

    def _notified(self, service, fields, descriptors):
        was_ready = service.is_ready
        service.notified(fields, descriptors)
        if not service.is_ready or was_ready:
            return
        if self.stopping:
            self._stop_next()
            return
        following = next((other for other in self.start_order if not other.was_started), None)
        if following is not None:
            following.start_at = time.monotonic()
        elif not self.was_ready and all(s.was_ready for s in self.start_order):
            self.was_ready = True
            for other in self.start_order:
                other.complain()
            self.on_ready()

    def _reap(self, pidfd):
        service = self.pidfds.pop(pidfd)
        self.epoll.unregister(pidfd)
        os.close(pidfd)
        status = service.reap()
        if service.stopping:
            if service.was_struck(status) and not service.on_demand:    # a new process is started to finish its work
                service.begin_anew()
            self._stop_next()
        elif service.end_is_final(status) and not service.on_demand:
            if os.WIFSIGNALED(status):          # otherwise it has reported the reason itself
                say(f"{service.name} was ended by {signal.Signals(os.WTERMSIG(status)).name} before it was ready")
            self._stop(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)
        elif service.on_demand and os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0:
            service.remove_pid_file()           # it was idle
            self._await_caller(service)
        else:
            service.start_at = time.monotonic() + self.restart_delay

    def _stop(self, exit_status):
        if not self.stopping:
            self.stopping = True
            self.exit_status = exit_status
            self._stop_next()

    def _stop_next(self):
        """Stops the first that still runs; the others continue (and are restarted) until it is their turn.

        A daemon that died or is just starting is stopped once it is ready, so that it finishes its predecessor's work.
        """
        now = time.monotonic()
        for service in self.stop_order:
            if service.start_at is not None and service.was_ready and not service.stopping and not service.on_demand:
                self._start(service)
            service.start_at = None
            if service.pid is not None:
                service.stop(now + STOP_TIMEOUT)
                return
        self.finished = True
