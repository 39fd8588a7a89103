"""HAProxy in front of the daemons, with a certificate made here."""
import os
import re
import secrets
import shutil
import subprocess

from service import Service
from sockets import HOST, serve_data

TEMPLATE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "tls", "tls.cfg.in")
PROGRAM = "/usr/sbin/haproxy"
# Ports, counted from the chat's.
PROXIED, PROXIED_DATA, PROXIED_IRC = 2, 3, 4
TLS, TLS_DATA, TLS_IRC = 697, 698, 1697
LARGEST_OFFSET = TLS_IRC
DAYS = "3650"


class CannotServe(Exception):
    """Why there is no TLS; the text is for the user."""


class Ports:
    """Listening sockets, and a way to write files beside the log."""

    def __init__(self):
        self.sockets = []

    def _serve(self, port):
        try:
            self.sockets.append(serve_data(port))
        except OSError as error:
            self.close()
            raise CannotServe(f"cannot serve {HOST}:{port}: {error.strerror}") from None
        return self.sockets[-1]

    def close(self):
        for sock in self.sockets:
            sock.close()


class ProxiedPorts(Ports):
    """Ports P+2 to P+4, on which the daemons expect connections that begin with a PROXY header. Any local process can
    connect to them; only one that knows the token in the state directory is believed."""

    def __init__(self, port, state):
        super().__init__()
        self.token_file = os.path.join(state, "proxy.token")
        self.token = secrets.token_hex(16)
        self.chat, self.data, self.irc = (self._serve(port + offset) for offset in (PROXIED, PROXIED_DATA, PROXIED_IRC))
        try:
            write_file(self.token_file, self.token + "\n")
        except OSError as error:
            raise CannotServe(f"cannot write {self.token_file}: {error.strerror}") from None

    def close(self):
        super().close()
        if os.path.exists(self.token_file):
            os.unlink(self.token_file)


def write_file(path, text):
    """For this user only, and as a whole."""
    with open(path + ".new", "w", encoding="ascii", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(text)
    os.replace(path + ".new", path)


class Terminator(Ports):
    """HAProxy on ports P+697, P+698 and P+1697; `service` runs it."""

    def __init__(self, port, state, proxied):
        super().__init__()
        if not os.access(PROGRAM, os.X_OK):
            raise CannotServe(f"--tls needs HAProxy (Debian: haproxy), which is not at {PROGRAM}")
        self.directory = os.path.join(state, "tls")
        listening = [("chat-tls", self._serve(port + offset)) for offset in (TLS, TLS_DATA, TLS_IRC)]
        configuration = os.path.join(self.directory, "tls.cfg")
        try:
            os.makedirs(self.directory, mode=0o700, exist_ok=True)
            self._make_certificate()
            write_file(configuration, self._configuration(proxied))
        except OSError as error:
            raise CannotServe(f"cannot prepare TLS in {self.directory}: {error.strerror}") from None
        self.service = Service("tls", [PROGRAM, "-Ws", "-q", "-f", configuration], listening, os.path.join(state, "tls.pid"), 0)

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
                raise CannotServe("openssl cannot make a certificate: " + "".join(made.stderr.strip().splitlines()[-1:]))
            write_file(server, made.stdout)
        if not os.path.exists(authority):
            with open(server, encoding="ascii") as file:
                certificate = re.search(r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", file.read(), re.DOTALL)
            if not certificate:
                raise CannotServe(f"there is no certificate in {server}")
            write_file(authority, certificate.group())

    def _configuration(self, proxied):
        values = {
            "DIR": self.directory,
            "TOKEN": proxied.token,
            "SERVER": f"{HOST}:{proxied.chat.getsockname()[1]}",
            "DATA_SERVER": f"{HOST}:{proxied.data.getsockname()[1]}",
            "IRC_SERVER": f"{HOST}:{proxied.irc.getsockname()[1]}",
        }
        with open(TEMPLATE, encoding="ascii") as file:
            return re.sub(r"@CHAT_TLS_(\w+)@", lambda found: values[found.group(1)], file.read())
