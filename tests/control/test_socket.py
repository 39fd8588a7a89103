"""The operator's socket follows the Varlink standard, and copes with any input."""
import contextlib
import json
import os
import socket

import pytest
from deadline import wait_until

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]
ADMIN = "org.chat.Admin."
SERVICE = "org.varlink.service."


def test_service_describes_itself(peer):
    one = peer()
    info = one.ask(SERVICE + "GetInfo")["parameters"]
    assert info["interfaces"] == [SERVICE[:-1], ADMIN[:-1]] and info["product"] == "chat-acceptor"
    for interface in info["interfaces"]:
        description = one.ask(SERVICE + "GetInterfaceDescription", {"interface": interface})["parameters"]["description"]
        assert f"interface {interface}\n" in description
    assert one.ask(SERVICE + "GetInterfaceDescription", {"interface": "org.example"}) == {
        "error": SERVICE + "InterfaceNotFound", "parameters": {"interface": "org.example"}}


def test_wrong_calls_are_answered_as_the_standard_says(peer):
    one = peer()
    assert one.ask(ADMIN + "Dance") == {"error": SERVICE + "MethodNotFound", "parameters": {"method": ADMIN + "Dance"}}
    assert one.ask("org.example.Dance") == {"error": SERVICE + "InterfaceNotFound", "parameters": {"interface": "org.example"}}
    assert one.ask("Dance")["error"] == SERVICE + "InterfaceNotFound"
    assert one.ask(ADMIN + "Status", {"when": 1}) == {"error": SERVICE + "InvalidParameter", "parameters": {"parameter": "when"}}
    assert one.ask(SERVICE + "GetInterfaceDescription")["parameters"] == {"parameter": "interface"}
    assert one.ask(SERVICE + "GetInfo")["parameters"]["vendor"] == "chat"


def test_calls_are_answered_one_after_the_other(peer):
    one = peer()
    calls = b"".join(json.dumps({"method": ADMIN + "Status", "oneway": number % 3 == 0}).encode() + b"\0" for number in range(90))
    one.send(calls[:1000])
    one.send(calls[1000:])
    for _ in range(60):
        assert "uptime" in one.reply()["parameters"]
    one.call(SERVICE + "GetInfo")
    assert "vendor" in one.reply()["parameters"]


def test_garbage_ends_that_connection_and_nothing_else(server, control, peer):
    batman, = server.people("Batman")
    for garbage in (b"\0", b"GET / HTTP/1.1\r\n\r\n\0", b"[]\0", b"\xff\xfe\0", b"[" * 60000 + b"\0", b'{"method":7}\0'):
        one = peer()
        one.send(garbage)
        assert one.reply() is None
    half = peer()
    half.send(b'{"method":')
    half.close()
    assert batman.ask("/echo hello").text == "hello"
    assert control.json("status")["clients"] == 1


def test_a_huge_message_is_refused(server, peer):
    one = peer()
    try:
        for _ in range(64):
            one.send(b"x" * 65536)
    except (BrokenPipeError, ConnectionResetError):
        pass
    try:
        assert one.reply() == {"error": ADMIN + "MessageTooLong", "parameters": {}}
    except ConnectionResetError:
        pass
    before = server.resident("acceptor")
    assert peer().ask(ADMIN + "Status")["parameters"]["clients"] == 0
    assert before < 256 << 20


def test_a_caller_that_never_reads_is_held_back(server, control, peer):
    one = peer()
    one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    one.socket.settimeout(1)
    call = json.dumps({"method": ADMIN + "Status"}).encode() + b"\0"
    sent = 0
    with contextlib.suppress(TimeoutError):
        while sent < 1_000_000:     # their answers add up to a gigabyte
            one.send(call * 1000)
            sent += 1000
    assert sent < 1_000_000, "the server reads on and on for one that does not"
    assert control.json("status")["clients"] == 0


def test_connections_are_bounded_and_the_idle_make_room(server, control, peer):
    idle = [peer() for _ in range(40)]
    for one in idle:
        with contextlib.suppress(ConnectionError):      # those that were closed to make room
            one.call(SERVICE + "GetInfo")
    assert control.json("status")["clients"] == 0
    count = sum(1 for path in server.descriptors("acceptor") if path.startswith("socket:"))
    assert count < 40
    assert idle[-1].reply()["parameters"]["vendor"] == "chat"


def test_nothing_leaks(server, control, peer):
    control.run("status")
    before = len(server.descriptors("acceptor"))
    for number in range(60):
        one = peer()
        one.call(ADMIN + "Clients", more=True)
        if number % 2:
            one.reply()
        one.close()
    wait_until(lambda: len(server.descriptors("acceptor")) <= before, "the acceptor has closed them all")


def test_operators_are_served_while_clients_wait(server, control):
    """The queue is full because delivery is stopped: clients wait, the operator does not."""
    os.kill(server.delivery_pid(), 19)
    try:
        assert control.json("status")["pid"] == server.acceptor_pid()
    finally:
        os.kill(server.delivery_pid(), 18)
