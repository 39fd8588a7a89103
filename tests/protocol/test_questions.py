"""A command that waits is a line not yet consumed: later lines of its client wait behind it, nobody else does, and a
successor asks again."""
import signal
import socket

import pytest
from deadline import wait_until

# Only that build has a command that waits: /wait MILLISECONDS TEXT.
pytestmark = [pytest.mark.sanitized, pytest.mark.settings(limits__max_clients=100, limits__lines_per_second=0)]
NEVER = 3_600_000       # milliseconds
MOST = 64               # questions under way


@pytest.fixture
def waiting(monkeypatch, request):
    """A server that has the command."""
    monkeypatch.setenv("CHAT_TEST_COMMANDS", "1")
    return request.getfixturevalue("server")


def send(client, *lines):
    """Sends the lines in one packet; what follows an @ is a tag."""
    client.tags |= {line[1:].split(" ")[0] for line in lines if line.startswith("@")}
    client.send("\n".join(lines))


def test_later_lines_wait_behind_it_and_other_clients_do_not(waiting):
    ann, ben = waiting.people("Ann", "Ben")
    send(ann, "@1 /wait 500 the answer", "@2 /echo after it", "said last")
    assert ben.ask("/echo at once").text == "at once"
    ben.expect_nothing()
    ann.expect("echo", "the answer", tag="1")
    ann.expect("echo", "after it", tag="2")
    ben.expect("message", "said last")


def test_each_of_many_is_answered_and_one_more_is_refused(waiting):
    clients = [waiting.connect(f"c{number}") for number in range(MOST + 1)]
    *asking, late = clients
    for client in asking:
        send(client, f"@1 /wait {NEVER} x")

    def all_are_under_way():
        """The question that finds out may come before the last of them, which is refused then and asked again."""
        for client in asking:
            while client.readable():
                if client.read().kind == "error":
                    send(client, f"@1 /wait {NEVER} x")
        return late.ask("/wait 0 y").kind == "error"

    wait_until(all_are_under_way, "all questions are under way")
    assert late.ask("/wait 0 y").get("code") == "busy"
    asking[0].close()
    wait_until(lambda: late.ask("/wait 0 y").kind == "echo", "a client that vanishes makes room")


def test_it_is_refused_when_no_answer_comes(waiting):
    ann, = waiting.people("Ann")
    send(ann, f"@1 /wait {NEVER} x", "@2 /echo y")
    ann.expect("error", tag="1", code="busy")
    ann.expect("echo", "y", tag="2")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR2])
def test_a_successor_asks_again(waiting, number):
    ann, ben = waiting.people("Ann", "Ben")
    send(ann, "@1 /wait 1000 once", "@2 /echo after it")
    assert ben.ask("/echo read").text == "read"
    waiting.kill("acceptor", number=number)
    ann.expect("echo", "once", tag="1")
    ann.expect("echo", "after it", tag="2")
    ann.expect_nothing()


def test_a_client_that_vanishes_is_noticed_and_its_later_lines_count(waiting):
    ann, ben = waiting.people("Ann", "Ben")
    send(ann, "@1 /echo asks", f"/wait {NEVER} x", "said all the same")
    ann.expect("echo", "asks", tag="1")
    ann.reset()
    ben.expect("message", "said all the same")
    ben.expect("offline", id=ann.id, reason="lost")


def test_a_client_that_ends_its_side_gets_its_answer(waiting):
    ann, ben = waiting.people("Ann", "Ben")
    send(ann, "@1 /wait 200 here")
    ann.socket.shutdown(socket.SHUT_WR)
    ann.expect("echo", "here", tag="1")
    ben.expect("offline", id=ann.id, reason="lost")


def test_the_command_does_not_exist_without_the_environment(server):
    assert server.connect("Ann").ask("/wait 0 x").get("code") == "unknown-command"
