"""A non-blocking TLS connection that behaves like a plain socket for a loop with epoll."""
import ssl

RECORD = 1 << 14        # bytes


class TlsSocket:
    """Wraps a connected socket after a complete handshake. recv() returns everything that is there, because epoll does
    not know what OpenSSL has read ahead."""

    def __init__(self, connected, context):
        self.socket = context.wrap_socket(connected, server_hostname="127.0.0.1")

    def fileno(self):
        return self.socket.fileno()

    def setsockopt(self, *option):
        self.socket.setsockopt(*option)

    def setblocking(self, flag):
        self.socket.setblocking(flag)

    def send(self, data):
        try:
            return self.socket.send(data)
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            raise BlockingIOError from None

    def recv(self, size):
        pieces = []
        while size >= RECORD:
            try:
                piece = self.socket.recv(size)
            except ssl.SSLWantReadError:
                if not pieces:
                    raise BlockingIOError from None
                break
            except ssl.SSLError as error:       # the connection ended without a farewell
                raise ConnectionError(str(error)) from None
            if not piece:
                break
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)

    def close(self):
        self.socket.close()
