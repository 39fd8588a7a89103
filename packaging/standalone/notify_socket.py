"""The socket on which the daemons report their state (sd_notify): receives the messages with their sender and
descriptors."""
import array
import socket
import struct

LONGEST_MESSAGE = 4096
MOST_DESCRIPTORS = 253      # SCM_MAX_FD
CREDENTIALS = struct.Struct("iII")      # pid, uid, gid


class NotifySocket:
    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.socket.bind("")        # the kernel picks a free abstract address
        self.address = "@" + self.socket.getsockname()[1:].decode("ascii")

    def fileno(self):
        return self.socket.fileno()

    def receive(self):
        """The next message as (pid of the sender, fields, descriptors, which the caller owns), or None if there is
        none."""
        space = socket.CMSG_SPACE(MOST_DESCRIPTORS * 4) + socket.CMSG_SPACE(CREDENTIALS.size)
        try:
            payload, ancillary, _, _ = self.socket.recvmsg(LONGEST_MESSAGE, space, socket.MSG_CMSG_CLOEXEC)
        except BlockingIOError:
            return None
        pid, descriptors = 0, array.array("i")
        for level, kind, data in ancillary:
            if level != socket.SOL_SOCKET:
                continue
            if kind == socket.SCM_CREDENTIALS:
                pid = CREDENTIALS.unpack(data)[0]
            elif kind == socket.SCM_RIGHTS:
                descriptors.frombytes(data[:len(data) - len(data) % descriptors.itemsize])
        fields = dict(line.partition("=")[::2] for line in payload.decode("utf-8", "replace").splitlines() if "=" in line)
        return pid, fields, list(descriptors)

    def close(self):
        self.socket.close()
