"""The UDP service on the same port number: one datagram in, at most one out."""
import random
import re
import socket
import subprocess
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


def test_R38_two_servers_cannot_be_made_to_answer_each_other_for_ever(ask):
    request, rounds = b"ECHO " * 50 + b"what is this?", 0
    while request != b"ERROR unknown request":
        answer = ask(request)
        assert len(answer) <= max(32, len(request))
        request, rounds = answer, rounds + 1
    assert rounds == 51
    ask.socket.send(request)
    assert ask(b"ECHO next") == b"next"


def test_R36_R37_R39_with_netcat(server):
    """Side by side, for each waits some seconds for more."""
    asked = {}
    for request in (b"SEND_DATE\n", b"SEND_TIME\n", b"ECHO hello\n", b"what?\n"):
        asked[request] = subprocess.Popen(["nc", "-u", "-w", "2", "127.0.0.1", str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        asked[request].stdin.write(request)
        asked[request].stdin.flush()
    answers = {request: netcat.communicate(timeout=30)[0].decode() for request, netcat in asked.items()}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", answers[b"SEND_DATE\n"])
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answers[b"SEND_TIME\n"])
    assert (answers[b"ECHO hello\n"], answers[b"what?\n"]) == ("hello", "ERROR unknown request")


def test_R38_answers_for_ever_whatever_it_is_sent(ask):
    generator = random.Random(7)
    for _ in range(500):
        request = generator.randbytes(generator.randrange(1, 200))
        assert len(ask(b"Z" + request)) <= max(32, len(request) + 1)
    assert ask(b"ECHO still here") == b"still here"


def test_R38_after_a_restart(server, ask):
    server.kill("acceptor")
    assert ask(b"ECHO again") == b"again"
