"""The UDP service on the same port number: one datagram in, at most one out."""
import random
import re
import select
import socket
import subprocess
import time

import pytest
from deadline import PATIENCE, Deadline, seconds_since

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]


def is_error(request):
    return not request.startswith((b"ECHO ", b"SEND_DATE", b"SEND_TIME")) or request == b"SEND_DATE please"


@pytest.fixture
def ask(server):
    """A function that sends one datagram and returns the answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect(("127.0.0.1", server.port))
        def send(request):
            """An error is repeated until it is answered: only ten a second are."""
            deadline = Deadline()
            while True:
                datagrams.settimeout(2 if is_error(request) else PATIENCE)
                datagrams.send(request)
                try:
                    return datagrams.recv(65536)
                except socket.timeout:
                    assert is_error(request) and not deadline.passed()
        send.socket = datagrams
        yield send


@pytest.mark.requirement("R36", "R37")
@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_date_and_time(ask, end):
    begin = time.time()
    date, told = ask(b"SEND_DATE" + end).decode(), ask(b"SEND_TIME" + end).decode()
    meanwhile = seconds_since(begin)
    assert date in {time.strftime("%Y-%m-%d", at) for at in meanwhile} and told in {time.strftime("%H:%M:%S", at) for at in meanwhile}


@pytest.mark.requirement("R42")
@pytest.mark.parametrize("text", [b"hello", b" two  spaces ", "žluťoučký".encode(), b"x" * 60000, b"\x00\xff"], ids=lambda text: repr(text[:12]))
def test_echo(ask, text):
    assert ask(b"ECHO " + text) == text


@pytest.mark.requirement("R38")
@pytest.mark.parametrize("request_", [b"x", b"send_date", b"SEND_DATE please", b"ECHO", b" SEND_TIME", b"\x00", b"\xff" * 60000, b"/whoami"], ids=lambda text: repr(text[:12]))
def test_anything_else(ask, request_):
    assert ask(request_) == b"ERROR unknown request"


@pytest.mark.requirement("R38")
@pytest.mark.parametrize("request_", [b"", b"\n", b"\r\n"])
def test_empty_datagram_is_not_answered(ask, request_):
    ask.socket.send(request_)
    assert ask(b"ECHO next") == b"next"


@pytest.mark.own_server
def test_errors_are_answered_ten_times_a_second_for_each_address(server):
    """A service that answers with a text of its own is left alone: one forged datagram would start an endless
    exchange."""
    begin = time.monotonic()
    answered = {}
    for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind((address, 0))
            datagrams.connect(("127.0.0.1", server.port))
            datagrams.settimeout(PATIENCE)
            for _ in range(100):
                datagrams.send(b"Thursday")
            datagrams.send(b"ECHO end")
            answered[address] = 0
            while (answer := datagrams.recv(1000)) != b"end":
                assert answer == b"ERROR unknown request"
                answered[address] += 1
    seconds = time.monotonic() - begin
    assert all(10 <= count <= 10 + 10 * seconds + 1 for count in answered.values()), f"{answered} in {seconds:.2f} s"


@pytest.mark.own_server
def test_errors_are_answered_a_hundred_times_a_second_in_total(server):
    begin, answered = time.monotonic(), 0
    for number in range(1, 41):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind((f"127.0.1.{number}", 0))
            datagrams.connect(("127.0.0.1", server.port))
            datagrams.settimeout(PATIENCE)
            for _ in range(10):
                datagrams.send(b"Thursday")
            datagrams.send(b"ECHO end")
            while datagrams.recv(1000) != b"end":
                answered += 1
    seconds = time.monotonic() - begin
    assert 100 <= answered <= 100 + 100 * seconds + 1, f"{answered} in {seconds:.2f} s"


def test_ports_of_the_old_services_are_not_answered(server, ask):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        try:
            datagrams.bind(("127.0.0.1", 1013))
        except OSError as error:
            pytest.skip(f"a port below 1024 cannot be used here: {error}")
        datagrams.connect(("127.0.0.1", server.port))
        for request in (b"SEND_DATE", b"SEND_TIME", b"ECHO x", b"Thursday"):
            datagrams.send(request)
        assert ask(b"ECHO next") == b"next"
        datagrams.settimeout(0)
        with pytest.raises(BlockingIOError):
            datagrams.recv(1000)


@pytest.mark.requirement("R38")
def test_two_servers_cannot_be_made_to_answer_each_other_forever(ask):
    request, rounds = b"ECHO " * 50 + b"what is this?", 0
    while request != b"ERROR unknown request":
        answer = ask(request)
        assert len(answer) <= max(32, len(request))
        request, rounds = answer, rounds + 1
    assert rounds == 51
    ask.socket.send(request)
    assert ask(b"ECHO next") == b"next"


@pytest.mark.requirement("R36", "R37", "R39")
@pytest.mark.own_server     # on a shared one, earlier errors may have used up their limit
def test_with_netcat(server):
    answers = {}
    for request in (b"SEND_DATE\n", b"SEND_TIME\n", b"ECHO hello\n", b"what?\n"):
        with subprocess.Popen(["nc", "-u", "127.0.0.1", str(server.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as netcat:
            netcat.stdin.write(request)
            netcat.stdin.flush()
            assert select.select([netcat.stdout], [], [], PATIENCE)[0], "no answer"
            answers[request] = netcat.stdout.read1(1000).decode()
            netcat.kill()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", answers[b"SEND_DATE\n"])
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answers[b"SEND_TIME\n"])
    assert (answers[b"ECHO hello\n"], answers[b"what?\n"]) == ("hello", "ERROR unknown request")


@pytest.mark.requirement("R38")
def test_keeps_answering_whatever_it_is_sent(ask):
    generator = random.Random(7)
    for number in range(500):
        request = generator.randbytes(generator.randrange(1, 200))
        ask.socket.send(b"Z" + request)
        if number % 20 == 19:       # few enough to wait in the kernel, however busy the server is
            ask.socket.settimeout(PATIENCE)
            ask.socket.send(b"ECHO %d" % number)
            while (answer := ask.socket.recv(65536)) != b"%d" % number:
                assert answer == b"ERROR unknown request"


@pytest.mark.requirement("R38")
@pytest.mark.own_server
def test_after_a_restart(server, ask):
    server.kill("acceptor")
    assert ask(b"ECHO again") == b"again"
