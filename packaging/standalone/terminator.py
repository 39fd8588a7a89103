"""HAProxy in front of the daemons, with a certificate of its own making, as chat-tls.service has it."""
import os
import re
import resource
import secrets
import shutil
import subprocess

from service import Service
from sockets import HOST, serve_data

TEMPLATE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tls", "tls.cfg.in")
PROGRAM = "/usr/sbin/haproxy"
# Ports, counted from the chat's.
PROXIED, PROXIED_DATA = 2, 3
TLS, TLS_DATA = 697, 698
LARGEST_OFFSET = TLS_DATA
MOST_CONNECTIONS = 20_000
DESCRIPTORS_A_CONNECTION = 2
OTHER_DESCRIPTORS = 200
DAYS = "3650"


class CannotServe(Exception):
    """Why there is no TLS; the text is for the user."""


class Terminator:
    """The sockets and files of HAProxy; `service` runs it. Opens ports P+2 and P+3, which only HAProxy may use, and
    P+697 and P+698 for clients."""

    def __init__(self, port, state):
        if not os.access(PROGRAM, os.X_OK):
            raise CannotServe(f"--tls needs HAProxy (Debian: haproxy), which is not at {PROGRAM}")
        self.sockets = []
        self.directory = os.path.join(state, "tls")
        self.proxied, self.proxied_data, chat, data = (self._serve(port + offset) for offset in (PROXIED, PROXIED_DATA, TLS, TLS_DATA))
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            self._make_certificate()
            configuration = self._write("tls.cfg", self._configuration(self._token(state)))
        except OSError as error:
            raise CannotServe(f"cannot prepare TLS in {self.directory}: {error.strerror}") from None
        self.service = Service("tls", [PROGRAM, "-Ws", "-q", "-f", configuration], [("chat-tls", chat), ("chat-tls", data)],
                               os.path.join(state, "tls.pid"), 0)

    def _serve(self, port):
        try:
            self.sockets.append(serve_data(port))
        except OSError as error:
            self.close()
            raise CannotServe(f"cannot serve {HOST}:{port}: {error.strerror}") from None
        return self.sockets[-1]

    def _write(self, name, text, directory=None):
        path = os.path.join(directory or self.directory, name)
        with open(path + ".new", "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(text)
        os.replace(path + ".new", path)
        return path

    def _token(self, state):
        """Any local process can connect to the proxied ports; only one that can read this file is believed there."""
        token = secrets.token_hex(16)
        self._write("proxy.token", token + "\n", state)
        return token

    def _make_certificate(self):
        server, authority = (os.path.join(self.directory, name) for name in ("server.pem", "ca.pem"))
        if not os.path.exists(server):
            openssl = shutil.which("openssl")
            if not openssl:
                raise CannotServe("--tls needs the program openssl to make a certificate")
            made = subprocess.run(
                [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", DAYS, "-subj", "/CN=localhost",
                 "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1", "-keyout", "-", "-out", "-"],
                capture_output=True, text=True, check=False)
            if made.returncode != 0:
                raise CannotServe(f"openssl cannot make a certificate: {made.stderr.strip().splitlines()[-1:]}")
            self._write("server.pem", made.stdout)
        if not os.path.exists(authority):
            with open(server, encoding="ascii") as file:
                certificate = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", file.read(), re.DOTALL)
            if not certificate:
                raise CannotServe(f"there is no certificate in {server}")
            self._write("ca.pem", certificate.group())

    def _configuration(self, token):
        most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        room = (most - OTHER_DESCRIPTORS) // DESCRIPTORS_A_CONNECTION
        values = {
            "MAXCONN": str(min(MOST_CONNECTIONS, max(1, room))),
            "DIR": self.directory,
            "TOKEN": token,
            "SERVER": f"{HOST}:{self.proxied.getsockname()[1]}",
            "DATA_SERVER": f"{HOST}:{self.proxied_data.getsockname()[1]}",
        }
        with open(TEMPLATE, encoding="ascii") as file:
            return re.sub(r"@CHAT_TLS_(\w+)@", lambda found: values[found.group(1)], file.read())

    def close(self):
        for sock in self.sockets:
            sock.close()
