"""A running chat-hook, and HTTP requests to it, byte by byte."""
import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

from deadline import PATIENCE, wait_until

PROGRAM = Path(__file__).resolve().parents[2] / "hooks" / "chat-hook"
TOKEN = "a-token-of-the-hook-ops"
sys.dont_write_bytecode = True


class Response:
    def __init__(self, received):
        head, _, body = received.partition(b"\r\n\r\n")
        first, *rest = head.decode("ascii").split("\r\n")
        version, status, _ = first.split(" ", 2)
        assert version == "HTTP/1.1"
        self.status, self.body = int(status), body
        self.headers = dict(line.split(": ", 1) for line in rest)
        assert int(self.headers["Content-Length"]) == len(body), received
        self.json = json.loads(body)
        assert self.json["status"] == self.status

    @property
    def error(self):
        return self.json.get("error")


class Hook:
    """A running chat-hook."""

    def __init__(self, directory, configuration, tokens, *options):
        directory.mkdir()
        self.directory, self.config = directory, directory / "hook.toml"
        self.config.write_text(configuration, encoding="utf-8")
        (directory / "hook.secrets").mkdir()
        for name, text in tokens.items():
            self.secret(name).write_text(text + "\n", encoding="utf-8")
            self.secret(name).chmod(0o600)
        self.command = [PROGRAM, "--config", self.config, "--listen", "127.0.0.1:0", *options]
        self.process, self.port, self.entries, self.errors = None, None, [], b""

    def secret(self, name):
        return self.directory / "hook.secrets" / name

    def start(self):
        self.process = subprocess.Popen([*self.command, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        env={key: value for key, value in os.environ.items() if key not in ("CREDENTIALS_DIRECTORY", "LISTEN_PID")})
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        wait_until(lambda: self._listening() or self.process.poll() is not None, "chat-hook listens")
        assert self.process.poll() is None, self.process.stderr.read()
        self.port = self._listening()[0]["port"]
        return self

    def _read(self):
        for line in self.process.stdout:
            self.entries.append(json.loads(line))

    def _listening(self):
        return [entry for entry in self.entries if "port" in entry]

    def log(self):
        return "\n".join(map(json.dumps, self.entries))

    def about_requests(self):
        return [entry for entry in self.entries if "status" in entry]

    def close(self):
        if self.process is not None:
            self.process.terminate()
            assert self.process.wait(2 * PATIENCE) == 0
            self.reader.join(PATIENCE)
            self.errors = self.process.stderr.read()
            self.process.stdout.close()
            self.process.stderr.close()
            self.process = None
            assert self.errors == b"", self.errors.decode()

    # ── requests ──
    def connect(self):
        peer = socket.create_connection(("127.0.0.1", self.port), timeout=2 * PATIENCE)
        return peer

    def raw(self, data, end=False):
        """The response to these bytes."""
        with self.connect() as peer:
            peer.sendall(data)
            if end:
                peer.shutdown(socket.SHUT_WR)
            return read_response(peer)

    def post(self, body, path="/ops", kind="application/json", token=TOKEN, method="POST", **headers):
        """The response to a request; `body` is sent as it is, or as JSON if it is neither text nor bytes."""
        data = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
        fields = {"Host": "localhost", "Content-Length": len(data), **({"Content-Type": kind} if kind else {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        fields |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return self.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + data)

    def text(self, text, **options):
        return self.post(text, kind="text/plain", **options)

    def github(self, event, body, token=TOKEN):
        data = json.dumps(body).encode()
        signature = "sha256=" + hmac.new(token.encode(), data, hashlib.sha256).hexdigest()
        return self.post(data, token=None, X_GitHub_Event=event, X_Hub_Signature_256=signature)


def read_response(peer):
    received = b""
    while some := peer.recv(65536):
        received += some
    return Response(received)
