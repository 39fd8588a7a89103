"""More clients than the service manager's store holds: the other daemon hands back the connections of the rest. In the
long form (CHAT_LONG=1) there are more clients than the store's usual bound."""
import os
import resource
import socket

import pytest

# fewer if a process may not have that many descriptors
CLIENTS = 3000 if os.environ.get("CHAT_LONG") == "1" else 300
PATIENCE = 60.0                 # seconds


class Herd:
    """Clients that all do the same. Each must be sent exactly what the test expects."""

    def __init__(self, port, size):
        self.members = [(number, socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)) for number in range(size)]
        self.unread = dict.fromkeys(range(size), b"")
        for number, _ in self.members:
            assert self.line(number).startswith(b"welcome "), f"client {number} is not welcomed"

    def line(self, number):
        """The next line that a client is sent. All but the echo and the welcome announce who comes and goes."""
        while b"\n" not in self.unread[number]:
            data = self.members[number][1].recv(1 << 16)
            assert data, f"the connection of client {number} ended"
            self.unread[number] += data
        line, _, self.unread[number] = self.unread[number].partition(b"\n")
        return line

    def echo(self, text):
        """Every client sends one /echo and receives one answer."""
        for number, connection in self.members:
            connection.sendall(b"@%d /echo %s\n" % (number, text))
        for number, _ in self.members:
            while (line := self.line(number)).startswith(b"online "):
                pass
            assert line == b"echo tag=%d :%s" % (number, text), f"client {number} was sent {line}"

    def close(self):
        for _, connection in self.members:
            connection.close()


@pytest.fixture
def clients():
    """The number of clients; this process and each of its children may have twice as many descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    size = CLIENTS if hard == resource.RLIM_INFINITY else min(CLIENTS, hard // 2)
    if soft != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2 * size), hard))
    yield size
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.requirement("N01", "D03")
@pytest.mark.timeout(300)
def test_connections_past_the_store_are_handed_back(start_server, clients):
    server = start_server({"limits.max_clients": clients, "limits.fd_store_max": clients // 3, "limits.outbox_kib": 64, "limits.announce_up_to": 1,
                           "limits.queue_mib": 2})
    herd = Herd(server.port, clients)
    herd.echo(b"first")
    for daemon in ("acceptor", "delivery", "acceptor"):
        server.kill(daemon)
        herd.echo(b"after a crash of " + daemon.encode())
    herd.close()
    server.wait_for_rows(clients, "SELECT 1 FROM session WHERE reason = 'lost'")
