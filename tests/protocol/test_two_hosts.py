"""Two hosts that share only a cable (network namespaces): what docs/course/tcp-and-udp.md says about TCP and UDP
between machines."""
import ctypes
import os
import re
import shutil
import socket
import subprocess
import threading
from contextlib import ExitStack

import pytest
from builds import program
from chat_server import LIBC, STANDALONE, Server
from deadline import wait_until
from irc_client import IRC

CLONE_NEWNET = 0x40000000
SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
PATIENCE = 30
# The stand-in for systemd listens on the loopback interface; here it gets another address.
ELSEWHERE = f"""import runpy, sys
sys.path.insert(0, {str(STANDALONE.parent)!r})
import sockets
sockets.HOST = {SERVER!r}
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')"""


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=PATIENCE)


class Host(Server):
    """A server on its own host."""

    def __init__(self, namespace, *arguments, **options):
        super().__init__(*arguments, **options)
        self.namespace = namespace

    def command(self):
        return ["ip", "netns", "exec", self.namespace, "/usr/bin/python3", "-c", ELSEWHERE, *super().command()[1:]]


class Hosts:
    """The server's host and the client's, with a cable between them."""

    def __init__(self):
        self.names = {end: f"chat-{end}-{os.getpid()}" for end in ("server", "client")}

    def __enter__(self):
        for name in self.names.values():
            ip("netns", "add", name)
        ip("-n", self.names["server"], "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", self.names["client"])
        for end, address in (("server", SERVER), ("client", CLIENT)):
            ip("-n", self.names[end], "link", "set", "lo", "up")
            ip("-n", self.names[end], "address", "add", f"{address}/30", "dev", "cable")
            ip("-n", self.names[end], "link", "set", "cable", "up")
        # Otherwise a datagram would wait for address resolution, and so for the cable.
        address = subprocess.run(["ip", "netns", "exec", self.names["server"], "cat", "/sys/class/net/cable/address"], check=True, capture_output=True, text=True).stdout.strip()
        ip("-n", self.names["client"], "neighbour", "replace", SERVER, "lladdr", address, "dev", "cable", "nud", "permanent")
        return self

    def __exit__(self, *_):
        for name in self.names.values():
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)

    def set_link(self, state):
        ip("-n", self.names["server"], "link", "set", "cable", state)

    def socket(self, kind, port=None):
        """A socket of the client's host, connected to the server's."""
        made = []

        def make():
            try:
                with open(f"/run/netns/{self.names['client']}", "rb") as namespace:
                    assert LIBC.setns(namespace.fileno(), CLONE_NEWNET) == 0, os.strerror(ctypes.get_errno())
                made.append(socket.socket(socket.AF_INET, kind))
                made[0].settimeout(PATIENCE)
                made[0].connect((SERVER, port))
            except OSError as error:
                made.append(error)

        # The namespace belongs to the thread; the socket stays in it wherever it is used.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        if isinstance(made[-1], OSError):
            made[0].close()
            raise made[-1]
        return made[0]

    def run(self, *command):
        return subprocess.run(["ip", "netns", "exec", self.names["client"], *map(str, command)], capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="module")
def hosts():
    if os.geteuid() != 0 or not shutil.which("ip"):
        pytest.skip("needs root and ip (Debian: iproute2)")
    with ExitStack() as stack:
        try:
            made = stack.enter_context(Hosts())
        except subprocess.CalledProcessError as error:
            pytest.skip(f"no network namespaces are available here: {error.stderr.decode().strip()}")
        yield made


@pytest.fixture
def server(hosts, tmp_path):
    made = Host(hosts.names["server"], tmp_path / "state")
    try:
        yield made.start()
    finally:
        hosts.set_link("up")
        made.close()


def talk(connection):
    """A line reader of a connection whose welcome has been read."""
    lines = connection.makefile("r", encoding="utf-8", newline="\n")
    assert lines.readline().startswith("welcome ")
    return lines


def heard(lines, beginning):
    return next(line for line in lines if line.startswith(beginning))


@pytest.mark.requirement("R41", "R42")
def test_the_same_both_ways_between_two_hosts(hosts, server):
    with hosts.socket(socket.SOCK_STREAM, server.port) as stream, hosts.socket(socket.SOCK_DGRAM, server.port) as datagrams:
        lines = talk(stream)
        stream.sendall(b"/echo hello\n/time\n")
        assert heard(lines, "echo ") == "echo :hello\n"
        assert re.fullmatch(r"time value=\d\d:\d\d:\d\d\n", heard(lines, "time "))
        for question, answer in ((b"ECHO hello", rb"hello"), (b"SEND_TIME", rb"\d\d:\d\d:\d\d"), (b"SEND_DATE", rb"\d{4}-\d\d-\d\d")):
            datagrams.send(question)
            assert re.fullmatch(answer, datagrams.recv(100))
        # The server shows the client's address.
        wait_until(lambda: [row for row in server.query("SELECT peer FROM session") if row[0].startswith(f"{CLIENT}:")], "the session's row")
        lines.close()


@pytest.mark.requirement("R41")
def test_the_client_takes_the_address_as_an_argument(hosts, server):
    client = program("chat-client")
    address = f"{SERVER}:{server.port}"
    for arguments, expected in ((("echo", "hello"), r"hello\n"), (("echo", "--udp", "hello"), r"hello\n"), (("datetime", "--count", "1"), r"\d{4}-\d\d-\d\d\n\d\d:\d\d:\d\d\n")):
        done = hosts.run(client, arguments[0], "--server", address, *arguments[1:])
        assert (done.returncode, done.stderr) == (0, "") and re.fullmatch(expected, done.stdout), done


@pytest.mark.requirement("R42")
def test_where_nobody_listens(hosts):
    """TCP reports it when connecting, UDP only when it is too late."""
    with pytest.raises(ConnectionRefusedError):
        hosts.socket(socket.SOCK_STREAM, 4999)
    with hosts.socket(socket.SOCK_DGRAM, 4999) as datagrams:
        assert datagrams.send(b"ECHO hello") == 10
        with pytest.raises(ConnectionRefusedError):
            datagrams.recv(100)


@pytest.mark.requirement("R42")
def test_a_cable_that_is_pulled(hosts, server):
    """The datagram is gone for good; the line over TCP arrives when the cable is back."""
    with hosts.socket(socket.SOCK_STREAM, server.port) as stream, hosts.socket(socket.SOCK_DGRAM, server.port) as datagrams:
        lines = talk(stream)
        hosts.set_link("down")
        datagrams.send(b"ECHO lost")
        stream.sendall(b"/echo late\n")
        hosts.set_link("up")
        assert heard(lines, "echo ") == "echo :late\n"
        datagrams.settimeout(0)
        with pytest.raises(BlockingIOError):
            datagrams.recv(100)
        datagrams.settimeout(PATIENCE)
        datagrams.send(b"ECHO again")
        assert datagrams.recv(100) == b"again"
        lines.close()


def test_passwords_from_another_host_need_tls(hosts, server):
    with hosts.socket(socket.SOCK_STREAM, server.port) as stream:
        lines = talk(stream)
        for line in ("/login Robin a-password", "/register a-password", "/password a-password another-one", "/reset Robin token a-password"):
            stream.sendall(f"{line}\n".encode())
            assert " code=needs-tls " in heard(lines, "error "), line
        stream.sendall(b"/login Robin\n")
        assert " name=Robin" in heard(lines, "renamed ")
    with hosts.socket(socket.SOCK_STREAM, server.port + IRC) as stream:
        stream.sendall(b"CAP LS 302\r\nCAP REQ :sasl\r\nAUTHENTICATE PLAIN\r\nAUTHENTICATE AFJvYmluAGEtcGFzc3dvcmQ=\r\nPASS Robin:a-password\r\n")
        lines = stream.makefile()
        answers = [lines.readline().split(" ", 2)[1:] for _ in range(5)]
        assert "sasl" not in answers[0][1] and answers[1] == ["CAP", "* NAK :sasl\n"], answers
        refusal = "* :Not logged in: Passwords are accepted only over TLS\n"
        assert answers[3:] == [["904", refusal], ["464", refusal]], answers
        lines.close()
