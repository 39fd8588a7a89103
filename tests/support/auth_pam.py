"""chat-auth-pam by itself, with its socket as systemd would pass it, a PAM configuration of its own, and questions to it."""
import json
import os
import signal
import socket
import subprocess
from pathlib import Path

import builds
from chat_server import SANITIZER_OPTIONS, SANITIZER_REPORT, end_with_the_tests
from deadline import PATIENCE

# Knows robin's password, and says in files what it was given.
CHECK = """#!/bin/sh
read -r given
printf '%s\\n' "$PAM_TYPE $PAM_USER $PAM_RHOST $PAM_TTY" >> {directory}/asked
test "$PAM_USER $given" = "robin in the directory"
"""


class AuthPam:
    def __init__(self, directory, *options, build=None):
        self.directory = Path(directory)
        self.directory.mkdir(exist_ok=True)
        self.path = self.directory / "pam.sock"
        self.program = Path(build or builds.in_use) / "services" / "chat-auth-pam" / "chat-auth-pam"
        self.options = ["--directory", str(self.directory), *options]
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen(64)
        self.process = None
        self.log = b""

    def rules(self, *lines, service="chat"):
        """The content of the service's file, as for /etc/pam.d. Takes effect with the next question."""
        (self.directory / service).write_text("".join(f"{line}\n" for line in lines))

    def judge(self, text):
        """Rules as Debian's common-auth, with this shell script as the module: it reads the password from its standard
        input."""
        path = self.directory / f"module{len(list(self.directory.glob('module*')))}"
        path.write_text(text.format(directory=self.directory))
        path.chmod(0o755)
        self.rules(f"auth [success=1 default=ignore] pam_exec.so quiet expose_authtok {path}", "auth requisite pam_deny.so", "auth required pam_permit.so",
                   "account required pam_permit.so")

    def asked(self):
        path = self.directory / "asked"
        return path.read_text().splitlines() if path.exists() else []

    def start(self):
        def prepare():
            end_with_the_tests()
            passed = os.dup(self.listener.fileno())
            os.dup2(passed, 3)
            os.set_inheritable(3, True)
        command = ["sh", "-c", 'export LISTEN_PID=$$ && exec "$@"', "sh", str(self.program), *self.options]
        environment = {**os.environ, **SANITIZER_OPTIONS, "LISTEN_FDS": "1"}
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=prepare, pass_fds=(3,), env=environment)
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

    def children(self):
        return Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()

    def connect(self):
        peer = socket.socket(socket.AF_UNIX)
        peer.settimeout(PATIENCE)
        peer.connect(str(self.path))
        return peer

    def ask(self, name, passphrase, **more):
        return self.ask_line(question(name, passphrase, **more))

    def ask_line(self, line):
        """The answer to a line, or to anything else; None if the connection ends without one."""
        with self.connect() as peer:
            peer.sendall(line)
            peer.shutdown(socket.SHUT_WR)
            return answer_of(peer)


def question(name, passphrase, ip="192.0.2.7", **more):
    return json.dumps({"accountName": name, "passphrase": passphrase, "certfp": "", "ip": ip, **more}).encode() + b"\n"


def answer_of(peer):
    received = b""
    while some := peer.recv(65536):
        received += some
    assert received.count(b"\n") == (1 if received else 0), received
    return json.loads(received) if received else None
