"""Without a terminal: lines in, lines out, no prompt."""
import subprocess
import threading
from contextlib import suppress

import pytest
from deadline import wait_until

pytestmark = pytest.mark.sanitized

MOST_PATIENCE = 100     # seconds, for the client's own time-outs and for what depends on the kernel's buffers
GUEST = "Server: Welcome! You are q7mzxtrplw (48213). /help lists the commands."


def line(number):
    return f"{number:06} " + "x" * 1000


def write_until_it_stands_still(client):
    """Writes lines until client and kernel take no more; then ends the input in a thread. Returns the thread and the
    number of lines."""
    written, enough = [], threading.Event()

    def write():
        with suppress(BrokenPipeError):
            while not enough.is_set():
                client.write(line(len(written)) + "\n")
                written.append(True)
            client.end_input()
    writer = threading.Thread(target=write)
    writer.start()

    def stands_still():
        before = len(written)
        writer.join(0.5)
        return before == len(written) > 0
    wait_until(stands_still, "it takes no more", MOST_PATIENCE)
    enough.set()
    return writer, written


@pytest.mark.requirement("R34")
def test_everything_is_sent_before_the_goodbye_and_the_answers_are_shown(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    client.write("hello\r\n\n/date\nlast without a line end")
    client.end_input()
    peer = scripted_server.accept()
    peer.welcome()
    for line in ("hello", "/date", "last without a line end", "/quit"):
        peer.expect(line)
    peer.say_goodbye("date value=2026-11-20")
    assert client.wait_for_end() == 0
    assert client.lines() == [GUEST, "Server: The date is 2026-11-20."]
    assert client.error_lines() == []


@pytest.mark.requirement("R61")
def test_lines_after_exit_are_not_sent(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    client.write("hello\nexit\nmore\n")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("hello")
    peer.expect("exit")
    peer.close()
    assert client.wait_for_end() == 0


def test_a_server_that_reads_late_gets_everything(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    client.wait_for(GUEST)
    writer, written = write_until_it_stands_still(client)
    peer.send("echo :still listening")
    client.wait_for("Server: still listening")
    number = 0
    while (got := peer.read()) != "/quit":
        assert got == line(number)
        number += 1
    peer.close()
    writer.join()
    assert number == len(written)
    assert client.wait_for_end() == 0


def test_an_unanswered_goodbye_is_waited_for_only_briefly(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    client.end_input()
    peer.expect("/quit")
    assert client.wait_for_end(MOST_PATIENCE) == 1
    assert client.error_lines() == ["chat-client: the connection ended without a goodbye; the last lines may be lost"]


def test_a_line_that_is_too_long_is_reported(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    client.write("x" * 70000 + "\nshort\n")
    peer.expect("short")
    client.end_input()
    peer.expect("/quit")
    peer.say_goodbye()
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["chat-client: A line of more than 65536 bytes was not sent."]


def test_what_the_server_refuses_is_an_error(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    client.write("hello\n/calc 1 / 0\n/send 51990 hi\n/send 51990 hi\nfine\n")
    client.end_input()
    peer.answer("/say lobby hello", "error code=not-a-member {tag} :You are not in the lobby")
    peer.answer("/calc 1 / 0", "error code=divide-by-zero {tag} :Division by zero")
    peer.answer("/send 51990 hi", "undelivered id=7 to=51990 reason=disconnected {tag} :51990 (Robin) is now disconnected")
    peer.answer("/send 51990 hi", "ok id=8 {tag}")
    peer.answer("/say lobby fine", "ok {tag}")
    peer.expect("/quit")
    peer.say_goodbye("undelivered id=8 to=51990 reason=disconnected :51990 (Robin) is now disconnected")
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["chat-client: Not sent: hello (You are not in the lobby)", "chat-client: Refused: /calc 1 / 0 (Division by zero)",
                                    *["chat-client: 51990 (Robin) is now disconnected"] * 2]


def test_unsent_lines_are_reported_one_by_one(start_piped, scripted_server):
    """A server that reads nothing and closes: both the queued lines and those still in the pipe are reported."""
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    client.wait_for(GUEST)
    writer, written = write_until_it_stands_still(client)
    peer.close()
    assert client.wait_for_end() == 1
    writer.join()
    lines = [line(number) for number in range(len(written) + 1)]    # the pipe may hold the beginning of another one
    reported = [line.removeprefix("chat-client: ") for line in client.error_lines()]
    assert reported[-1] == "the server closed the connection"
    unheard = [line for line in reported if line.startswith("Not confirmed by the server: ")]
    unsent = [line for line in reported if line.startswith("Not sent: ")]
    if unsent[-1] == "Not sent: the rest of the input":
        unsent.pop()
    assert unheard and unsent and len(unheard) + len(unsent) == len(reported) - (2 if "Not sent: the rest of the input" in reported else 1)
    whole = [line.split(": ", 1)[1] for line in unheard + unsent]
    assert whole[:-1] == lines[:len(whole) - 1] and lines[len(whole) - 1].startswith(whole[-1])


def test_a_refused_script_reports_its_input(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    client.write("one\n\ntwo\nhal")
    peer = scripted_server.accept()
    peer.send("refused code=limit :Connection Limit Exceeded !!")
    peer.close()
    assert client.wait_for_end() == 1
    assert client.error_lines() == [*(f"chat-client: Not sent: {line}" for line in ("one", "two", "hal")), "Connection Limit Exceeded !!"]


def test_nobody_reads_the_output(program, scripted_server):
    client = subprocess.Popen([program, "--server", f"127.0.0.1:{scripted_server.port}", "--guest"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    client.stdout.close()
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/quit")
    peer.close()
    assert client.wait(20) == 1
    client.stdin.close()


@pytest.mark.parametrize("output, status", [("1>/dev/null", 0), ("1>&-", 1)])
def test_standard_input_may_be_closed(program, scripted_server, output, status):
    """A closed standard output is one that cannot be written."""
    client = subprocess.Popen(["sh", "-c", f"exec {program} --server 127.0.0.1:{scripted_server.port} --guest 0<&- {output}"])
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/quit")
    peer.close()
    assert client.wait(20) == status
