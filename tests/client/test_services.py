"""The subcommands for the small services: date and time, echo, calculator."""
import re
import socket
import threading
from contextlib import suppress

import pytest
from chat_server import free_port
from scripted_server import Datagrams

DATE, TIME = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d:\d\d"


@pytest.fixture
def run(start_piped):
    """A function that runs a subcommand to its end: run(port, "calc", input="…") returns (status, lines, error lines)."""
    def to_the_end(port, subcommand, *options, given=""):
        client = start_piped(None, subcommand, "--server", f"127.0.0.1:{port}", *options)
        with suppress(BrokenPipeError):     # it may have ended without reading its input
            client.write(given)
        with suppress(BrokenPipeError):
            client.end_input()
        status = client.wait_for_end()
        return status, client.lines(), client.error_lines()
    return to_the_end


@pytest.fixture
def datagrams():
    """A function that makes a scripted UDP service."""
    made = []

    def make(**answers):
        made.append(Datagrams({question.encode(): turns for question, turns in answers.items()}))
        return made[-1]
    yield make
    for service in made:
        service.close()


@pytest.mark.requirement("R36", "R37", "R39", "R40", "R41", "R42", "R44", "R45", "R46", "R47", "R48")
def test_with_the_real_server(run, server):
    status, lines, errors = run(server.port, "datetime", "--count", "2", "--every", "0.05-0.1")
    assert (status, errors, len(lines)) == (0, [], 4)
    assert all(re.fullmatch(form, line) for form, line in zip([DATE, TIME] * 2, lines))
    assert run(server.port, "echo", "hello", "there") == (0, ["hello there"], [])
    assert run(server.port, "echo", "--udp", "two  spaces") == (0, ["two  spaces"], [])
    status, lines, errors = run(server.port, "calc", "--name", "Euclid", given="12 + 42\n4.5 / -6\n\n12 plus 42\n1 / 0\nq\n9 + 9\n")
    assert (status, lines) == (0, ["12 + 42 = 54", "4.5 / -6 = -0.75", "Session ended"])
    assert len(errors) == 2 and errors[0].startswith("Warning: ") and errors[0].endswith("it was not sent.") and "zero" in errors[1]
    assert run(server.port, "calc", "--name", "not a name", given="q\n")[0] == 2


@pytest.mark.requirement("R46", "R48")
def test_what_the_calculator_sends(start_piped, scripted_server):
    client = start_piped(None, "calc", "--server", f"127.0.0.1:{scripted_server.port}", "--name", "Euclid")
    client.write("12 + 42\n12 +\n1 x 2\n0x1 + 1\nhello\n -6 * .5\nq\n")
    peer = scripted_server.accept()
    peer.welcome()
    assert peer.read_raw() == "@c1 /login Euclid"
    peer.send("renamed id=48213 old=q7mzxtrplw name=Euclid tag=c1")
    assert peer.read_raw() == "@c2 /calc 12 + 42"
    peer.send("online id=51990 name=Robin count=2 :Robin has joined.", "result value=54 tag=c2 :12 + 42 = 54")
    assert peer.read_raw() == "@c3 /calc  -6 * .5"
    peer.send("result value=-3 tag=c3 :-6 * .5 = -3")
    assert peer.read_raw() == "/quit q"
    peer.say_goodbye()
    assert client.wait_for_end() == 0
    assert client.lines() == ["12 + 42 = 54", "-6 * .5 = -3", "Session ended"]
    assert len(client.error_lines()) == 4


@pytest.mark.requirement("R34")
def test_the_calculator_ends_with_the_server_whatever_came_before(start_piped, scripted_server):
    client = start_piped(None, "calc", "--server", f"127.0.0.1:{scripted_server.port}", "--name", "Euclid")
    peer = scripted_server.accept()
    peer.welcome()
    assert peer.read_raw() == "@c1 /login Euclid"
    peer.send("renamed id=48213 old=q7mzxtrplw name=Euclid tag=c1")
    client.write("1 + 1\n")
    assert peer.read_raw() == "@c2 /calc 1 + 1"
    peer.send("result value=2 tag=c2 :1 + 1 = 2", "online id=51990 name=Robin count=2 :Robin has joined.")
    peer.close()
    assert (client.wait_for_end(), client.lines(), client.error_lines()) == (1, ["1 + 1 = 2"], ["chat-client: the server closed the connection"])


@pytest.mark.requirement("R44", "R48")
def test_the_calculator_in_a_terminal(program, open_window, scripted_server):
    window = open_window(scripted_server.port, subcommand="calc")
    window.wait_for("Enter login name:", ">")
    window.enter("Euclid")
    peer = scripted_server.accept()
    peer.welcome()
    assert peer.read_raw() == "@c1 /login Euclid"
    peer.send("renamed id=48213 old=q7mzxtrplw name=Euclid tag=c1")
    window.wait_for("Type NUMBER + - * / NUMBER to calculate, or q to quit.", ">")
    window.enter("one + one")
    window.wait_for("Warning: expected two numbers with + - * or / between them, as in 4.5 / -6; it w", "as not sent.", ">")
    window.enter("1 + 1")
    assert peer.read_raw() == "@c2 /calc 1 + 1"
    peer.send("result value=2 tag=c2 :1 + 1 = 2")
    window.wait_for("> 1 + 1", "1 + 1 = 2", ">")
    window.enter("q")
    assert peer.read_raw() == "/quit q"
    peer.say_goodbye()
    status, lines = window.wait_for_end()
    assert (status, lines[-2:]) == (0, ["> q", "Session ended"])


@pytest.mark.requirement("R40")
def test_the_gaps_are_random_and_in_their_range(run, datagrams):
    service = datagrams(SEND_DATE=[b"2026-11-20"] * 6, SEND_TIME=[b"12:31:05\n"] * 6)
    status, lines, errors = run(service.port, "datetime", "--count", "6", "--every", "0.1-0.3")
    assert (status, lines, errors) == (0, ["2026-11-20", "12:31:05"] * 6, [])
    rounds = [when for when, question in service.asked if question == b"SEND_DATE"]
    gaps = [later - earlier for earlier, later in zip(rounds, rounds[1:])]
    assert all(gap >= 0.1 for gap in gaps)
    assert len({round(gap, 3) for gap in gaps}) > 1


@pytest.mark.requirement("R38", "R39")
def test_a_lost_answer_is_reported_and_the_next_request_is_sent(run, datagrams):
    service = datagrams(SEND_DATE=[None, b"2026-11-20"], SEND_TIME=[b"\x1b[2J12:31:05", b"12:31:07"])
    status, lines, errors = run(service.port, "datetime", "--count", "2", "--every", "0.05")
    assert status == 1
    assert errors == [f"chat-client: timeout: no answer from 127.0.0.1:{service.port} within 2 s"]
    assert lines == ["\ufffd[2J12:31:05", "2026-11-20", "12:31:07"]


@pytest.mark.requirement("R88")
def test_no_datagram_service(run):
    port = free_port()
    assert run(port, "datetime", "--count", "1") == (1, [], [f"chat-client: no server answers at 127.0.0.1:{port}"] * 2)
    assert run(port, "echo", "--udp", "x") == (1, [], [f"chat-client: no server answers at 127.0.0.1:{port}"])


@pytest.mark.requirement("R42")
def test_a_lost_datagram_is_sent_again(run, datagrams):
    service = datagrams(**{"ECHO hello": [None, b"hello"]})
    assert run(service.port, "echo", "-u", "hello") == (0, ["hello"], [])


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("options", [
    ["datetime", "--every", "2-1"], ["datetime", "--every", "x"], ["datetime", "--every", "0"], ["datetime", "--every", "1-"], ["datetime", "--every", "1e99"],
    ["datetime", "--every", "nan"], ["datetime", "--count", "0"], ["echo"], ["send", "Robin"], ["send", "Robin", ""], ["send", "no name", "x"], ["who", "x"],
    ["tail", "--room", "no room"], ["calc", "1 + 1"], ["sendfile", "Robin"], ["nonsense"]])
def test_wrong_options_of_subcommands(start_piped, options):
    client = start_piped(None, *options)
    client.end_input()
    assert client.wait_for_end() == 2
    assert client.error_lines() and not client.lines()


def test_every_help_fits_a_screen(start_piped):
    for subcommand in ([], ["send"], ["sendfile"], ["tail"], ["who"], ["calc"], ["datetime"], ["echo"]):
        client = start_piped(None, *subcommand, "--help")
        assert client.wait_for_end() == 0
        lines = client.lines()
        assert len(lines) <= 24 and max(map(len, lines)) <= 80, lines


@pytest.mark.requirement("R34")
def test_a_server_of_another_kind_is_rejected(run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        def answer():
            connection, _ = other.accept()
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\nhello :there\n")
            connection.close()
        threading.Thread(target=answer, daemon=True).start()
        status, lines, errors = run(port, "who")
    assert (status, lines) == (1, []) and len(errors) == 1
