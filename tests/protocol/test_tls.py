"""TLS through HAProxy, as `./dev run --tls` serves it."""
import os
import signal
import socket
import ssl
import subprocess

import pytest
from certificates import Certificate
from chat_server import PORTS_OF_FRONT, PYTHON, STANDALONE, free_port
from data_connection import download, offer, stored, upload
from deadline import PATIENCE, wait_until

pytestmark = pytest.mark.skipif(not os.access("/usr/sbin/haproxy", os.X_OK), reason="needs HAProxy (Debian: haproxy)")


@pytest.fixture
def server(start_server):
    return start_server({"limits.max_clients": 30}, front="tls")


def terminator_pid(server):
    return int((server.state / "tls.pid").read_text())


def test_clients_with_and_without_tls_talk(server):
    ann, ben = server.connect_tls("Ann"), server.connect("Ben")
    assert (ann.welcome["tls"], ben.welcome.get("tls")) == ("yes", None)
    ann.drain()
    ann.send("hello")
    assert ben.wait_for("message").text == "hello"
    ben.send("/send Ann psst")
    assert ann.wait_for("message", from_=ben.id).text == "psst"


def test_peer_is_the_client(server):
    ann = server.connect_tls("Ann")
    assert [row["peer"] for row in server.connected()] == [ann.address]


def test_certificate_is_made_once_and_for_this_user(server):
    pem = server.state / "tls" / "server.pem"
    assert pem.stat().st_mode & 0o777 == 0o600 and (server.state / "proxy.token").stat().st_mode & 0o777 == 0o600
    before = pem.read_bytes()
    server.stop()
    server.start()
    assert pem.read_bytes() == before
    assert server.connect_tls("Ann").welcome["tls"] == "yes"


def test_fingerprint_of_a_clients_certificate(server, tmp_path):
    """A certificate that nobody has signed is good enough to be recognized; the name in it counts for nothing."""
    robin, context = Certificate(tmp_path, "robin"), server.tls_context()
    context.load_cert_chain(robin.path)
    server.connect_tls("Robin", context)
    assert [row["tls"] for row in server.connected()] == [{"fingerprint": robin.fingerprint}]


def test_client_that_ends_its_side_gets_all_answers(server):
    ann = server.connect_tls("Ann")
    ann.raw(b"/echo x\n" * 150)
    socket.socket.shutdown(ann.socket, socket.SHUT_WR)      # TLS itself goes on
    assert ann.read_all().count(b"echo :x\n") == 150


def test_openssl_is_the_nc_of_tls(server):
    done = subprocess.run(["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{server.port + 697}"], input=b"/login Ann\n/echo x\n/quit\n",
                          capture_output=True, timeout=PATIENCE, check=False)
    assert b"\necho :x\n" in done.stdout and done.stdout.endswith(b"bye :Session ended\n"), done.stdout


def test_goodbye_arrives_before_the_end(server):
    ann = server.connect_tls("Ann")
    assert ann.ask("/quit so long").kind == "bye"
    ann.expect_end()


@pytest.mark.parametrize("killed", [("acceptor",), ("delivery",), ("acceptor", "delivery")], ids="+".join)
def test_clients_stay_when_daemons_die(server, killed):
    ann, ben = server.connect_tls("Ann"), server.connect("Ben")
    ben.send("/broadcast before")
    assert ann.wait_for("message").text == "before"
    server.kill(*killed)
    ben.send("/broadcast after")
    assert ann.wait_for("message").text == "after"
    assert ann.ask("/echo still here").text == "still here"


def test_death_of_the_terminator_ends_its_clients_alone(server):
    ann, ben = server.connect_tls("Ann"), server.connect("Ben")
    pid = terminator_pid(server)
    os.kill(pid, signal.SIGKILL)
    try:
        while ann.socket.recv(1 << 16):
            pass
    except (ssl.SSLError, ConnectionError):
        pass
    assert ben.wait_for("offline", id=ann.id)["reason"] == "lost"
    wait_until(lambda: terminator_pid(server) != pid, "it runs again")
    assert server.connect_tls("Ann").welcome["tls"] == "yes"
    assert ben.ask("/echo x").text == "x"


def test_server_that_stops_says_goodbye(server):
    ann = server.connect_tls("Ann")
    server.stop()
    assert ann.wait_for("offline", id=ann.id)["reason"] == "shutdown"
    ann.expect_end()


def test_handshake_that_is_not_completed_holds_nobody_up(server):
    silent = [socket.create_connection(("127.0.0.1", server.port + 697), timeout=PATIENCE) for _ in range(100)]
    assert server.connect_tls("Ann").welcome["tls"] == "yes"
    assert all(sock.recv(1) == b"" for sock in silent)      # after ten seconds
    for sock in silent:
        sock.close()


def test_file_between_clients_with_and_without_tls(server):
    """Each is told the port that speaks what it speaks."""
    ann, ben, context, content = server.connect_tls("Ann"), server.connect("Ben"), server.tls_context(), os.urandom(100_000)
    for sender, receiver, with_tls in ((ann, ben, True), (ben, ann, False)):
        answer = offer(sender, "room:lobby", content)
        assert answer["port"] == str(server.port + (698 if with_tls else 1))
        assert upload(answer, content, context=context if with_tls else None) == stored(answer, content)
        line = receiver.wait_for("file")
        assert line["port"] == str(server.port + (1 if with_tls else 698))
        assert download(line, context=None if with_tls else context) == content


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions_of_tls(server, version):
    context = server.tls_context()
    context.minimum_version = context.maximum_version = version
    assert server.connect_tls("Ann", context).welcome["tls"] == "yes"


def test_a_port_that_is_taken_and_one_that_is_too_high(tmp_path):
    """Both are errors before anything is served."""
    def run(port):
        return subprocess.run([PYTHON, STANDALONE, "--tls", "--port", str(port), "--state", tmp_path / "state"], capture_output=True, text=True, timeout=PATIENCE, check=False)

    port = free_port(PORTS_OF_FRONT["tls"])
    with socket.create_server(("127.0.0.1", port + 697)):
        done = run(port)
    assert done.returncode == 1 and f"cannot serve 127.0.0.1:{port + 697}" in done.stderr
    done = run(65000)
    assert done.returncode == 2 and "P can be at most" in done.stderr
