"""Running servers that tests use one after the other: a start costs more than most tests do.

A test that only talks to its server does not notice earlier clients: they have all left, and only their names are
remembered, for an hour. Tests that look into the log or the processes, or that end them, have their own server.
"""
import os

import builds
from chat_server import SANITIZER_REPORT, Server
from deadline import wait_until

SHARED_MEMORY = os.statvfs("/dev/shm")
# A server takes some MiB of it, and several processes may have a pool.
MOST_IDLE = max(1, min(8, SHARED_MEMORY.f_blocks * SHARED_MEMORY.f_frsize // (256 << 20)))


class ServerPool:
    def __init__(self, new_directory):
        """`new_directory`: a function that returns an empty directory."""
        self.new_directory = new_directory
        self.idle = {}      # (build, settings): server; the most recently used one is last

    def lend(self, settings, test, may_kill=False):
        """A running server on which nobody is connected. `may_kill`: the test kills daemons, which must be running
        again at its end."""
        key = (builds.in_use, repr(sorted(settings.items())))
        server = self.idle.pop(key, None)
        if server is None:
            server = Server(self.new_directory() / "state", settings)
            server.is_shared, server.key, server.tests = True, key, []
            try:
                server.start()
            except BaseException:
                server.discard()
                raise
        server.tests.append(test)
        server.log.clear()
        server.processes = None if may_kill else (server.acceptor_pid(), server.delivery_pid())
        return server

    def take_back(self, server, test_failed):
        """Ends the server if the test or the server failed. Raises AssertionError with what is wrong with the
        server."""
        try:
            self._check(server)
        except BaseException:
            server.discard()
            raise
        if test_failed:
            server.discard()
            return
        self.idle[server.key] = server
        if len(self.idle) > MOST_IDLE:
            self._end(self.idle.pop(next(iter(self.idle))))

    @staticmethod
    def _check(server):
        server.close_clients()
        assert server.process and server.process.poll() is None, f"the server has ended:\n{server.text()}"
        wait_until(lambda: server.connected() == [], "everyone has left")
        assert server.processes in (None, (server.acceptor_pid(), server.delivery_pid())), f"a daemon has died:\n{server.text()}"
        assert not SANITIZER_REPORT.search(server.text()), f"a sanitizer has found something:\n{server.text()}"

    @staticmethod
    def _end(server):
        try:
            server.close()
        except AssertionError as error:
            raise AssertionError(f"a server that these tests have used one after the other: {', '.join(server.tests)}\n{error}") from None

    def close(self):
        servers, self.idle = list(self.idle.values()), {}
        errors = []
        for server in servers:
            try:
                self._end(server)
            except AssertionError as error:
                errors.append(str(error))
        assert not errors, "\n".join(errors)
