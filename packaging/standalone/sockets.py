"""Opens the sockets that the daemons inherit, as the socket units do under systemd."""
import os
import shutil
import socket
import tempfile

HOST = "127.0.0.1"
BACKLOG = 4096
LONGEST_SOCKET_PATH = 107       # bytes; sun_path has 108 with its final zero


def serve_tcp(port, send_buffer=None, host=HOST):
    """A listening TCP socket for clients."""
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if send_buffer is not None:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
    try:
        stream.bind((host, port))
        stream.listen(BACKLOG)
    except OSError:
        stream.close()
        raise
    return stream


def serve(port, send_buffer=None, host=HOST):
    """The listening TCP socket and the UDP socket of the acceptor. `send_buffer`, in bytes, applies to every
    connection, as SendBuffer= of a socket unit does. Raises OSError where the port is taken."""
    stream = serve_tcp(port, send_buffer, host)
    datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)     # no SO_REUSEADDR: two instances could share the port
    datagram.bind((host, port))
    return stream, datagram


def serve_data(port, host=HOST):
    """The listening socket for the bytes of files. Raises OSError where the port is taken."""
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    stream.bind((host, port))
    stream.listen(BACKLOG)
    return stream


class UnixSocket:
    """A listening socket in the state directory, for this user only, or with a `mask` that leaves others permissions for
    all who can reach the directory."""

    def __init__(self, state, name, kind, mask=0o177):
        self.path = os.path.join(state, name)
        if os.path.lexists(self.path):      # left by an instance that was killed: only this instance uses the directory
            os.unlink(self.path)
        self.socket = socket.socket(socket.AF_UNIX, kind)
        directory = os.open(state, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        previous = os.umask(mask)
        try:
            # A socket address has room only for a short path.
            self.socket.bind(self.path if len(os.fsencode(self.path)) <= LONGEST_SOCKET_PATH else f"/proc/self/fd/{directory}/{name}")
        finally:
            os.umask(previous)
            os.close(directory)
        self.socket.listen(BACKLOG)

    def close(self):
        self.socket.close()
        if os.path.lexists(self.path):
            os.unlink(self.path)


class Link:
    """The listening socket on which delivery expects the acceptor."""

    def __init__(self, state):
        self.private_directory = None
        if len(os.fsencode(os.path.join(state, "delivery.sock"))) > LONGEST_SOCKET_PATH:
            self.private_directory = tempfile.mkdtemp(prefix="chat-", dir=os.environ.get("XDG_RUNTIME_DIR", "/tmp"))
        self.listening = UnixSocket(self.private_directory or state, "delivery.sock", socket.SOCK_SEQPACKET)
        self.path, self.socket = self.listening.path, self.listening.socket

    def close(self):
        self.listening.close()
        if self.private_directory:
            shutil.rmtree(self.private_directory, ignore_errors=True)


def operators(state):
    """The socket for chatctl: DIR/admin.sock."""
    return UnixSocket(state, "admin.sock", socket.SOCK_STREAM)
