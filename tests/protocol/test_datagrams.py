"""The UDP service on the same port number: one datagram in, at most one out."""
import random
import re
import socket
from datetime import datetime

import pytest


@pytest.fixture
def ask(server):
    """A function that sends one datagram and returns the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect(("127.0.0.1", server.port))
        datagrams.settimeout(20)

        def send(request):
            datagrams.send(request)
            return datagrams.recv(65536)
        send.socket = datagrams
        yield send


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_R36_R37_date_and_time(ask, end):
    assert ask(b"SEND_DATE" + end).decode() in (datetime.now().strftime("%Y-%m-%d"), ask(b"SEND_DATE").decode())
    told = ask(b"SEND_TIME" + end).decode()
    assert re.fullmatch(r"\d\d:\d\d:\d\d", told)
    seconds = (datetime.strptime(datetime.now().strftime("%H:%M:%S"), "%H:%M:%S") - datetime.strptime(told, "%H:%M:%S")).seconds
    assert min(seconds, 86400 - seconds) <= 3


@pytest.mark.parametrize("text", [b"hello", b" two  spaces ", "žluťoučký".encode(), b"x" * 60000, b"\x00\xff"], ids=lambda text: repr(text[:12]))
def test_R42_echo(ask, text):
    assert ask(b"ECHO " + text) == text


@pytest.mark.parametrize("request_", [b"x", b"send_date", b"SEND_DATE please", b"ECHO", b" SEND_TIME", b"\x00", b"\xff" * 60000, b"/whoami"], ids=lambda text: repr(text[:12]))
def test_R38_anything_else(ask, request_):
    assert ask(request_) == b"ERROR unknown request"


@pytest.mark.parametrize("request_", [b"", b"\n", b"\r\n"])
def test_R38_empty_datagram_is_not_answered(ask, request_):
    ask.socket.send(request_)
    assert ask(b"ECHO next") == b"next"


def test_R38_answers_for_ever_whatever_it_is_sent(ask):
    generator = random.Random(7)
    for _ in range(500):
        request = generator.randbytes(generator.randrange(1, 200))
        assert len(ask(b"Z" + request)) <= max(32, len(request) + 1)
    assert ask(b"ECHO still here") == b"still here"


def test_R38_after_a_restart(server, ask):
    server.kill("acceptor")
    assert ask(b"ECHO again") == b"again"
