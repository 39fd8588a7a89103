"""A server's end of TLS in front of another server, as a terminator would be: it passes on what comes in both directions,
and each end of output as such."""
import re
import selectors
import socket
import ssl
import threading
from contextlib import suppress


class TlsRelay:
    """Speaks TLS on `port` and relays to the plain port `target` of 127.0.0.1. `ports` maps the data ports that the
    server names in its lines to those that the client must use."""

    def __init__(self, context, target, port=0, ports=None):
        self.context, self.target, self.ports = context, target, ports or {}
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.served = 0
        self.ends = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near = self.socket.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        with suppress(OSError), near, socket.create_connection(("127.0.0.1", self.target)) as far:
            self.ends += [near, far]
            Relayed(self, near, far).run()

    def translated(self, line):
        def other(match):
            return b"port=%d" % self.ports.get(int(match[1]), int(match[1]))
        return re.sub(rb"\bport=(\d+)", other, line, count=1) if line.startswith((b"upload ", b"file ")) else line

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)      # so that the thread that accepts ends too
        self.socket.close()
        for end in self.ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


class Relayed:
    """One connection. Python's sockets of TLS cannot end one direction alone; its objects of TLS can."""

    def __init__(self, relay, near, far):
        self.relay, self.near, self.far = relay, near, far
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = relay.context.wrap_bio(self.incoming, self.outgoing, server_side=True)
        self.shaken = False
        self.line = b""
        self.up_ended = self.down_ended = False

    def run(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self.near, selectors.EVENT_READ)
            selector.register(self.far, selectors.EVENT_READ)
            while not (self.up_ended and self.down_ended):
                for key, _ in selector.select():
                    if key.fileobj is self.near and not self._up():
                        selector.unregister(self.near)
                    elif key.fileobj is self.far and self.shaken and not self._down():
                        selector.unregister(self.far)
        self.near.shutdown(socket.SHUT_WR)
        while self.near.recv(65536):        # the client's own farewell: the kernel would reset the connection otherwise
            pass

    def _send(self):
        if self.outgoing.pending:
            self.near.sendall(self.outgoing.read())

    def _up(self):
        data = self.near.recv(65536)
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()
        try:
            if not self.shaken:
                self.tls.do_handshake()
                self.shaken = True
                self.relay.served += 1
            while text := self.tls.read(65536):
                self.far.sendall(text)
        except ssl.SSLWantReadError:
            self._send()
            return bool(data) or self._end_up()
        except ssl.SSLZeroReturnError:
            pass
        except ssl.SSLError:
            self._send()        # the alert
            self.up_ended = self.down_ended = True
            return False
        return self._end_up()

    def _end_up(self):
        self.up_ended = True
        with suppress(OSError):
            self.far.shutdown(socket.SHUT_WR)
        return False

    def _down(self):
        data = self.far.recv(65536)
        if self.relay.ports:
            *lines, self.line = (self.line + data).split(b"\n")
            data = b"".join(self.relay.translated(line) + b"\n" for line in lines) if data else self.line
        if data:
            self.tls.write(data)
            self._send()
        if data or self.line:
            return True
        self.down_ended = True
        with suppress(ssl.SSLWantReadError, ssl.SSLError):
            self.tls.unwrap()
        self._send()
        return False
