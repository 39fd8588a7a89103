"""A relay between a client and a server that breaks where the test says: after certain bytes, in the middle of a
line."""
import socket
import threading
from contextlib import suppress


class Relay:
    def __init__(self, port):
        """Relays to `port`."""
        self.target = port
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.lock = threading.Lock()
        self.cut = None             # (direction, bytes after which it breaks)
        self.cuts = 0
        self.ends = []
        self.is_away = False        # the network is gone: nothing passes, and nobody can connect
        threading.Thread(target=self._accept, daemon=True).start()

    def break_after(self, direction, words):
        """Breaks once, right after the next time these bytes pass `up` (to the server) or `down`."""
        with self.lock:
            self.cut = (direction, words)

    def go_away(self):
        """From now on what the server sends is lost, and nobody can connect."""
        with self.lock:
            self.is_away = True

    def come_back(self):
        """The connections from before turn out to be broken; new ones work."""
        with self.lock:
            self.is_away = False
            ends, self.ends = self.ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self):
        while True:
            try:
                near = self.socket.accept()[0]
            except OSError:
                return
            with self.lock:
                is_away = self.is_away
            if is_away:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                near.close()
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.ends += [near, far]
            for direction, source, sink in (("up", near, far), ("down", far, near)):
                threading.Thread(target=self._forward, args=(direction, source, sink), daemon=True).start()

    def _forward(self, direction, source, sink):
        before = b""                # the end of what has already passed, where the bytes may have begun
        try:
            while data := source.recv(65536):
                with self.lock:
                    if self.is_away:
                        continue
                    cut = self.cut if self.cut and self.cut[0] == direction else None
                    place = (before + data).find(cut[1], max(0, len(before) - len(cut[1]) + 1)) if cut else -1
                    if place >= 0:
                        self.cut = None
                if place >= 0:
                    sink.sendall(data[:max(0, place + len(cut[1]) - len(before))])
                    self._end(source, sink)
                    with self.lock:
                        self.cuts += 1
                    return
                sink.sendall(data)
                before = (before + data)[-100:]
        except OSError:
            pass
        self._end(source, sink)

    @staticmethod
    def _end(source, sink):
        for end in (sink, source):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.socket.close()
        with self.lock:
            for end in self.ends:
                end.close()
