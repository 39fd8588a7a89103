"""What systemd passes to the service, and what it is told: sd_listen_fds(3), sd_notify(3)."""

import os
import socket

FIRST = 3


def inherited_sockets() -> list[socket.socket]:
    """The listening sockets of chat-hook.socket; none if it was started by hand."""
    if os.environ.get("LISTEN_PID") != str(os.getpid()):
        return []
    count = int(os.environ.get("LISTEN_FDS", "0"))
    sockets = [socket.socket(fileno=number) for number in range(FIRST, FIRST + count)]
    for one in sockets:
        one.set_inheritable(False)
        one.setblocking(False)
    return sockets


def notify(state: str) -> None:
    """Such as READY=1. Does nothing if nobody wants to know."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as manager:
        manager.sendto(state.encode("utf-8"), "\0" + address[1:] if address.startswith("@") else address)
