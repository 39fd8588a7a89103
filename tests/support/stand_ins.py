"""Starts the stand-in for systemd from a process that already has Python and its modules loaded, so that a start costs
only a fork.

Run as a program, it is that process: one for each test run (each worker of pytest-xdist), which starts a stand-in for
each request and ends with its socket.
"""
import atexit
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

PYTHON = "/usr/bin/python3"
STANDALONE = Path(__file__).resolve().parents[2] / "packaging" / "standalone" / "chat-standalone"
PR_SET_PDEATHSIG = 1
LONGEST_REQUEST = 1 << 20


class StandIn:
    """A running stand-in, with an interface like subprocess.Popen: its standard output and error are pipes."""

    starter = None      # the socket to the process that starts them, and the process that has this end of it
    asking = threading.Lock()

    def __init__(self, arguments, environment):
        """`arguments`: those of chat-standalone."""
        output, errors = os.pipe(), os.pipe()
        try:
            self.pid = self._ask({"arguments": arguments, "environment": environment, "directory": os.getcwd()}, output[1], errors[1])
        finally:
            os.close(output[1])
            os.close(errors[1])
        self.stdout, self.stderr = os.fdopen(output[0], "rb"), os.fdopen(errors[0], "rb")
        # it is only reaped when its status is read, so the pid is still its own
        self.descriptor = os.pidfd_open(self.pid)
        self.returncode = None

    @classmethod
    def _ask(cls, request, *descriptors):
        with cls.asking:
            return cls._ask_alone(request, descriptors)

    @classmethod
    def _ask_alone(cls, request, descriptors):
        if cls.starter is None or cls.starter[1] != os.getpid():
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs:
                # A new session: Ctrl-C ends the tests, and they end their servers.
                process = subprocess.Popen([PYTHON, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True)
            cls.starter = ours, os.getpid()
            atexit.register(cls._end_starter, ours, process)
        channel = cls.starter[0]
        socket.send_fds(channel, [json.dumps(request).encode()], descriptors)
        answer = channel.recv(64)
        assert answer, "the process that starts servers has ended"
        return int(answer)

    @staticmethod
    def _end_starter(channel, process):
        channel.close()
        process.wait()

    def send_signal(self, number):
        if self.returncode is None:
            signal.pidfd_send_signal(self.descriptor, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def poll(self):
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout=None):
        """Returns the exit status, negative for a signal."""
        if self.returncode is None:
            waiting = select.poll()
            waiting.register(self.descriptor, select.POLLIN)
            if not waiting.poll(None if timeout is None else timeout * 1000):
                raise subprocess.TimeoutExpired("chat-standalone", timeout)
            self.returncode = self._ask({"reap": self.pid})
            os.close(self.descriptor)
        return self.returncode


# ── the process that starts them ──

def become_stand_in(code, request, output, errors):
    """Runs in the new process; does not return."""
    status = 1
    try:
        from service import LIBC
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)      # if the test run is killed, its servers end too
        signal.signal(signal.SIGHUP, signal.SIG_DFL)      # nohup(1) is about the test run
        os.dup2(output, 1)
        os.dup2(errors, 2)
        os.closerange(3, 1024)
        os.chdir(request["directory"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        sys.argv = [str(STANDALONE), *request["arguments"]]
        exec(code, {"__name__": "__main__", "__file__": str(STANDALONE)})
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                pass
        os._exit(status)


def serve(channel):
    code = compile(STANDALONE.read_text(encoding="utf-8"), str(STANDALONE), "exec")
    exec(code, {"__name__": "loaded ahead", "__file__": str(STANDALONE)})       # loads its modules
    gc.freeze()         # the collector skips existing objects, so that a new process does not copy their pages
    while True:
        message, descriptors, _, _ = socket.recv_fds(channel, LONGEST_REQUEST, 2)
        if not message:
            return
        request = json.loads(message)
        if "reap" in request:
            answer = os.waitstatus_to_exitcode(os.waitpid(request["reap"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                become_stand_in(code, request, *descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
        channel.send(str(answer).encode())


if __name__ == "__main__":
    sys.path.insert(0, str(STANDALONE.parent))
    serve(socket.socket(fileno=int(sys.argv[1])))
