"""chat-auth by itself, with its socket as systemd would pass it, and calls to it."""
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import builds
from chat_server import SANITIZER_OPTIONS, SANITIZER_REPORT, end_with_the_tests
from deadline import PATIENCE

INTERFACE = "org.chat.Auth."


class AuthDaemon:
    def __init__(self, state, *options, build=None):
        """`options` of the program; hashes are cheap unless they say otherwise."""
        self.state = Path(state)
        self.state.mkdir(exist_ok=True)
        self.path = self.state / "auth.sock"
        self.program = Path(build or builds.in_use) / "services" / "chat-auth" / "chat-auth"
        self.options = ["--state", str(self.state), *(options if "--cost" in options else ("--cost", "1", *options))]
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(64)
        self.login_path = self.state / "login.sock"
        self.login_listener = socket.socket(socket.AF_UNIX)
        self.login_listener.bind(str(self.login_path))
        self.login_listener.listen(64)
        self.process = None
        self.log = b""

    def start(self):
        def prepare():
            end_with_the_tests()
            passed = [os.dup(listener.fileno()) for listener in (self.listener, self.login_listener)]     # out of the way
            for place, descriptor in enumerate(passed, 3):
                os.dup2(descriptor, place)
                os.set_inheritable(place, True)
        command = ["sh", "-c", 'export LISTEN_PID=$$ && exec "$@"', "sh", str(self.program), *self.options]
        environment = {**os.environ, **SANITIZER_OPTIONS, "LISTEN_FDS": "2", "LISTEN_FDNAMES": "auth:login"}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=prepare, pass_fds=(3, 4), env=environment)
        return self

    def end(self, number=signal.SIGTERM):
        """Ends it with a signal, if it runs. Returns its exit status."""
        if self.process is None:
            return None
        self.process.send_signal(number)
        return self.wait()

    def wait(self):
        _, log = self.process.communicate(timeout=PATIENCE)
        self.log += log
        status, self.process = self.process.returncode, None
        assert not SANITIZER_REPORT.search(self.log.decode("utf-8", "replace")), self.log
        return status

    def close(self):
        self.end()
        self.listener.close()
        self.login_listener.close()

    def connect(self, path=None):
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(PATIENCE)
        peer.connect(str(path or self.path))
        return peer

    def ticket(self, method="org.chat.Login.Ticket", **parameters):
        """The reply to the call of a local user."""
        with self.connect(self.login_path) as peer:
            self.send(peer, method, **parameters)
            return self.reply(peer)

    def send(self, peer, method, **parameters):
        peer.sendall(json.dumps({"method": method if "." in method else INTERFACE + method, "parameters": parameters}).encode() + b"\0")

    def reply(self, peer):
        """The next reply; None if the connection has ended."""
        received = b""
        while not received.endswith(b"\0"):
            try:
                some = peer.recv(65536)
            except ConnectionResetError:
                return None
            if not some:
                return None
            received += some
        return json.loads(received[:-1])

    def call(self, method, **parameters):
        """The parameters of the reply to one call."""
        with self.connect() as peer:
            self.send(peer, method, **parameters)
            reply = self.reply(peer)
        assert reply is not None and "error" not in reply, reply
        return reply["parameters"]

    def register(self, name, secret, key, **more):
        return self.call("Register", **key, address="192.0.2.7", name=name, secret=secret, policy="open", least=8, **more)

    def login(self, name, secret, key, address="192.0.2.7", **more):
        return self.call("Login", **key, address=address, name=name, secret=secret, **more)


def line(position, session=41):
    """The key of a line."""
    return {"segment": 7, "session": session, "position": position}
