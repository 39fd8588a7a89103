"""Before the first prompt: keys and signals work normally while the client still connects."""
import os
import select
import signal
import socket

import pytest
from deadline import wait_until
from scripted_server import Peer
from window import UNDER_JOB_CONTROL


@pytest.fixture
def full_port():
    """A port that neither accepts nor refuses connections until accept_connection() is called, because its backlog is full.
    Returns (port, accept_connection)."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    waiting = []

    def fill():
        waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex(listener.getsockname())
        return not select.select([], [waiting[-1]], [], 0.2)[1]
    wait_until(fill, "the queue is full")
    waiting.pop().close()

    def accept_connection():
        """Accepts from the backlog; returns the first connection that was not there before."""
        listener.settimeout(20)
        ours = {one.getsockname() for one in waiting}
        while (found := listener.accept())[1] in ours:
            waiting.append(found[0])
        waiting.append(found[0])
        return found[0]
    yield listener.getsockname()[1], accept_connection
    for one in (*waiting, listener):
        one.close()


def is_ready(window):
    """Whether the client has taken over the terminal: it no longer echoes."""
    terminal = window._tmux("display-message", "-p", "#{pane_tty}").strip()
    return "-echo " in os.popen(f"stty -a <{terminal}").read()


@pytest.fixture
def connecting(open_window, full_port):
    def start(*options, **measures):
        window = open_window(full_port[0], *options, **measures)
        wait_until(lambda: is_ready(window), "it has begun")
        return window
    return start


@pytest.mark.requirement("R15")
def test_ctrl_c_while_it_connects(connecting):
    window = connecting("--name", "Batman")
    window.type("ahead")
    window.press("C-c")
    assert window.wait_for_end() == (128 + signal.SIGINT, [])


@pytest.mark.requirement("R15")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_while_it_connects(connecting, number):
    window = connecting("--name", "Batman")
    os.kill(window.client(), number)
    assert window.wait_for_end() == (128 + number, [])


@pytest.mark.requirement("R15")
def test_a_slow_connection_is_named_and_can_be_given_up(connecting, full_port):
    window = connecting(width=100)
    words = f"Connecting to 127.0.0.1:{full_port[0]} … Ctrl-C ends this."
    window.wait_for(words)
    window.press("C-c")
    assert window.wait_for_end(slow=True) == (130, [words])


@pytest.mark.requirement("R51")
def test_ctrl_z_while_it_connects(connecting, full_port):
    window = connecting("--name", "Batman", shell=UNDER_JOB_CONTROL)
    window.press("C-z")
    window.wait_for("[stopped]")
    assert not is_ready(window)
    window.press("Enter")
    wait_until(lambda: is_ready(window), "it continues")
    window.press("C-c")
    wait_until(lambda: not is_ready(window), "it ends")
    window.type("cat is here")
    window.wait_for("[stopped]", "", "cat is here")


@pytest.mark.requirement("R51")
def test_what_is_typed_ahead_is_seen_once(open_window, scripted_server):
    window = open_window(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    window.enter("whole")
    window.type("half")
    wait_until(lambda: window.said() == [""], "nothing is echoed")
    peer.accept_login("Batman", window=True)
    peer.expect("whole")
    wait_until(lambda: window.lines()[-2:] == ["> whole", "> half"], "both are seen")
    assert not [line for line in window.lines()[:-2] if "half" in line or "whole" in line]
    window.type(" a line")
    window.press("Enter")
    peer.expect("half a line")


@pytest.mark.requirement("R51")
def test_typed_ahead_of_the_question_too(connecting, full_port):
    """The name, and after it the first line to send."""
    window, accept_connection = connecting(), full_port[1]
    window.enter("Batman")
    window.type("half")
    connection = accept_connection()
    peer = Peer(connection)
    peer.welcome_nobody()
    peer.expect("/login Batman")
    peer.send("renamed id=48213 old=q7mzxtrplw name=Batman")
    window.wait_for("Enter login name:", "> Batman", "", "> half")
