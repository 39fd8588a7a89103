"""Connections that a TLS terminator passes on: they begin with a PROXY header, which is all that is believed."""
import os
import signal

import proxy_header
import pytest
from deadline import wait_until
from proxy_header import LOCAL, TCP4, UDP4, UNIX, tls_tlv
from shifted_clock import ShiftedClock

FINGERPRINT = "0123456789abcdef" * 4
MAX_WAITING = 256        # connections whose header is not there yet


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    from chat_server import Server
    server = Server(tmp_path_factory.mktemp("proxied") / "state", {"limits.queue_mib": 1, "limits.max_clients": 60, "limits.max_per_address": 60}, front="proxied").start()
    server.is_shared = True
    yield server
    server.close()


def clients_of(server):
    return {str(row["id"]): row for row in server.connected()}


def welcome(client):
    line = client.expect("welcome")
    client.id, client.name = line["id"], line["name"]
    return line


@pytest.mark.parametrize("host, peer", [("192.0.2.7", "192.0.2.7:50312"), ("2001:db8::7", "[2001:db8::7]:50312"), ("::ffff:192.0.2.9", "192.0.2.9:50312")])
def test_client_has_the_address_of_the_header(shared, host, peer):
    client = shared.connect_proxied(host=host)
    assert welcome(client)["tls"] == "yes"
    assert clients_of(shared)[client.id]["peer"] == peer
    client.close()
    shared.wait_for_rows(1, f"SELECT 1 FROM session WHERE peer = '{peer}' AND client_id = {client.id}")


def test_plain_clients_are_not_said_to_speak_tls(shared):
    plain, behind = shared.connect_raw(), shared.connect_proxied(tls=b"")
    assert welcome(plain).get("tls") is None and welcome(behind).get("tls") is None
    rows = clients_of(shared)
    assert "tls" not in rows[plain.id] and "tls" not in rows[behind.id]


def test_operators_see_the_certificate(shared):
    client = shared.connect_proxied(fingerprint=FINGERPRINT, tls=tls_tlv("robin"))
    welcome(client)
    assert clients_of(shared)[client.id]["tls"] == {"fingerprint": FINGERPRINT, "common_name": "robin"}


@pytest.mark.parametrize("tls", [tls_tlv("robin", verified=False), tls_tlv("x" * 33), tls_tlv(b"ro\x1bbin"), tls_tlv("")],
                         ids=["of no authority", "too long", "not clean", "empty"])
def test_name_in_a_certificate_that_is_not_believed(shared, tls):
    client = shared.connect_proxied(fingerprint=FINGERPRINT, tls=tls)
    welcome(client)
    assert clients_of(shared)[client.id]["tls"] == {"fingerprint": FINGERPRINT}


@pytest.mark.parametrize("fingerprint", ["", "-", "0" * 63, "z" * 64])
def test_client_without_a_certificate(shared, fingerprint):
    client = shared.connect_proxied(fingerprint=fingerprint)
    welcome(client)
    assert clients_of(shared)[client.id]["tls"] == {}


def test_header_in_single_bytes(shared):
    client = shared.connect_proxied(begin=b"")
    for byte in shared.proxy_header() + b"@t1 /whoami\n":
        client.raw(bytes([byte]))
    welcome(client)
    client.tags.add("t1")
    assert client.wait_for("client", you="yes").tag == "t1"


def test_first_lines_in_the_packet_of_the_header(shared):
    client = shared.connect_proxied(begin=shared.proxy_header() + b"@t1 /echo one\n@t2 /echo two\n")
    client.tags |= {"t1", "t2"}
    welcome(client)
    assert [client.wait_for("echo").text for _ in range(2)] == ["one", "two"]


def broken(shared):
    good = shared.proxy_header()
    token = (shared.state / "proxy.token").read_text().strip()
    return {
        "lines": b"/whoami\n",
        "version 1": b"PROXY TCP4 192.0.2.7 127.0.0.1 50312 5697\r\n",
        "another signature": b"\r\n\r\n\0\r\nQUIX\n" + good[12:],
        "another version": good[:12] + b"\x31" + good[13:],
        "local": proxy_header.header(token, command=LOCAL),
        "datagrams": proxy_header.header(token, family=UDP4),
        "unix": proxy_header.header(token, family=UNIX),
        "too short for addresses": good[:14] + b"\0\x04" + good[16:20],
        "too long": good[:14] + b"\x04\x01" + good[16:] + b"x" * 2000,
        "a TLV beyond the end": proxy_header.header(token, more=b"\x04\x40\x00"),
        "half a TLV": proxy_header.header(token, tls=b"\x20\x00\x03\x01\0\0"),
        "no token": proxy_header.header(""),
        "another token": proxy_header.header("0" * len(token)),
        "half a token": proxy_header.header(token[:-1]),
        "no unique id": good[:13] + bytes([TCP4]) + b"\0\x0c" + good[16:28],
    }


def all_before_the_end(client):
    """Everything up to the end of the stream, or up to a reset: it may be closed with unread input."""
    try:
        return client.read_all()
    except ConnectionResetError:
        return bytes(client.buffer)


@pytest.mark.parametrize("kind", ["lines", "version 1", "another signature", "another version", "local", "datagrams", "unix", "too short for addresses", "too long",
                                  "a TLV beyond the end", "half a TLV", "no token", "another token", "half a token", "no unique id"])
def test_anything_else_is_closed_without_a_word(shared, kind):
    assert all_before_the_end(shared.connect_proxied(begin=broken(shared)[kind])) == b""


def test_header_that_does_not_come_is_not_awaited_for_ever(shared):
    """Five seconds; others are served meanwhile."""
    silent, half = shared.connect_proxied(begin=b""), shared.connect_proxied(begin=shared.proxy_header()[:30])
    assert welcome(shared.connect_proxied())["tls"] == "yes"
    assert silent.read_all() == b"" and all_before_the_end(half) == b""


@pytest.mark.sanitized
def test_too_many_that_do_not_send_their_header(start_server, tmp_path):
    """The oldest are ended; a client with a header is served. The clock stands still, so none of them waits too long."""
    clock = ShiftedClock(tmp_path / "clock", held=True)
    server = start_server({"limits.max_clients": 20}, front="proxied", environment=clock.environment)
    silent = [server.connect_proxied(begin=b"") for _ in range(300)]
    assert welcome(server.connect_proxied())["tls"] == "yes"
    assert all(all_before_the_end(client) == b"" for client in silent[:300 - MAX_WAITING])
    for client in (silent[301 - MAX_WAITING], silent[-1]):      # the client with a header may have waited as well
        client.raw(server.proxy_header())
        assert welcome(client)["tls"] == "yes"


def test_limits_and_bans_count_the_address_of_the_header(start_server, tmp_path):
    server = start_server({"limits.max_clients": 20, "limits.max_per_address": 2}, front="proxied")
    people = [server.connect_proxied(host="192.0.2.7") for _ in range(2)]
    for client in people:
        welcome(client)
    third = server.connect_proxied(host="192.0.2.7")
    assert third.expect("refused")["code"] == "limit"
    third.expect_end()
    assert welcome(server.connect_proxied(host="192.0.2.8"))["tls"] == "yes"


@pytest.mark.parametrize("daemon", ["acceptor", "delivery"])
def test_clients_stay_when_a_daemon_dies(start_server, daemon):
    server = start_server({"limits.max_clients": 20}, front="proxied")
    client = server.connect_proxied(fingerprint=FINGERPRINT, tls=tls_tlv("robin"))
    welcome(client)
    assert client.ask("/login Robin").kind == "renamed"
    server.kill(daemon)
    assert client.ask("/echo still here").text == "still here"
    assert clients_of(server)[client.id]["tls"] == {"fingerprint": FINGERPRINT, "common_name": "robin"}


def test_half_a_header_survives_a_death(start_server):
    server = start_server({"limits.max_clients": 20}, front="proxied")
    header = server.proxy_header()
    client = server.connect_proxied(begin=header[:40])
    stored = f"/proc/{server.process.pid}/fd"
    before = len(os.listdir(stored))
    other = server.connect_proxied()
    welcome(other)
    wait_until(lambda: len(os.listdir(stored)) > before, "the connections are stored")
    os.kill(server.acceptor_pid(), signal.SIGKILL)
    client.raw(header[40:])
    assert welcome(client)["tls"] == "yes"
    assert other.ask("/echo x").text == "x"
