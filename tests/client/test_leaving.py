"""All the ways to leave, and the state that they leave behind."""
import os
import signal
import socket
import struct
import time
from contextlib import suppress
from pathlib import Path

import pytest
from deadline import wait_until
from scripted_server import TO_LOBBY

@pytest.mark.requirement("R15", "R16", "R17")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_says_goodbye_first(chatting, number):
    window, peer = chatting()
    window.type("half a line")
    window.wait_for("> half a line")
    os.kill(window.client(), number)
    peer.expect("/quit killed")
    peer.say_goodbye()
    status, lines = window.wait_for_end()
    assert status == 0
    assert lines[-1] == "> half a line"


@pytest.mark.requirement("R15", "R17")
def test_ctrl_c(chatting):
    window, peer = chatting()
    window.press("C-c")
    peer.expect("/quit killed")
    peer.say_goodbye()
    assert window.wait_for_end()[0] == 0


def test_ctrl_c_on_a_typed_line_clears_it(chatting):
    window, peer = chatting()
    window.type("half a line")
    window.press("Left", "Left")
    window.wait_for("> half a line")
    window.press("C-c")
    window.wait_for(">")
    window.enter("another line")
    peer.expect("another line")
    window.press("C-r")
    window.type("anoth")
    window.wait_for("(reverse-i-search)`anoth': another line")
    window.press("C-c")
    window.wait_for("> another line", ">")
    window.type("/quit")
    window.press("Escape", "BSpace", "C-u")
    window.wait_for("> another line", ">")
    window.press("C-c")
    peer.expect("/quit killed")
    peer.say_goodbye()
    assert window.wait_for_end()[0] == 0


def test_ctrl_c_clears_a_name_first(open_window, scripted_server):
    window = open_window(scripted_server.port)
    peer = scripted_server.accept()
    peer.welcome_nobody()
    window.wait_for("Enter login name:", ">")
    window.type("Batm")
    window.wait_for("Enter login name:", "> Batm")
    window.press("C-c")
    window.wait_for("Enter login name:", ">")
    window.press("C-c")
    peer.expect("/quit killed")
    assert window.wait_for_end() == (128 + signal.SIGINT, ["Enter login name:"])


def test_a_cleared_line_lets_the_client_live(chatting):
    """A signal that ends the client leaves it a few seconds; one that clears the line does not."""
    window, peer = chatting()
    window.type("half a line")
    window.wait_for("> half a line")
    window.press("C-c")
    window.wait_for(">")
    time.sleep(6)           # longer than Signals::last_seconds
    window.enter("still here")
    peer.expect("still here")


@pytest.mark.requirement("R17")
def test_a_signal_ends_it_though_the_server_says_nothing(chatting):
    window, peer = chatting()
    os.kill(window.client(), signal.SIGTERM)
    peer.expect("/quit killed")
    assert window.wait_for_end()[0] == 0, "a client that times out after /quit ends with another status"


@pytest.mark.requirement("R17")
def test_a_second_signal_does_not_wait(chatting):
    window, peer = chatting()
    client = window.client()
    window.enter("quit")
    peer.expect("quit")
    os.kill(client, signal.SIGINT)
    assert window.wait_for_end()[0] == 0, "a client that times out after /quit ends with another status"


@pytest.mark.requirement("R15")
def test_the_window_is_closed(chatting):
    window, peer = chatting()
    window.close_abruptly()
    peer.expect("/quit killed")
    # The hang-up and the signal are two reasons to leave, and the second one ends the client at once: if there is
    # something that it has not read by then, the end is a reset.
    with suppress(ConnectionResetError):
        peer.expect_end()


@pytest.mark.requirement("R17")
def test_a_terminal_that_takes_nothing(chatting):
    """A terminal stopped by Ctrl-S, with more output than it can buffer."""
    window, peer = chatting()
    client = window.client()
    window.press("C-s")
    peer.send_until_it_stands_still(TO_LOBBY + "x" * 60, 2000)
    os.kill(client, signal.SIGTERM)
    peer.expect("/quit killed")
    wait_until(lambda: not Path(f"/proc/{client}").exists(), "it ends all the same")
    window.press("C-q")
    wait_until(lambda: window.lines()[-1] == "[restored]", "the terminal's modes are restored")


@pytest.mark.requirement("R15")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_the_name_is_asked(open_window, scripted_server, number):
    window = open_window(scripted_server.port)
    peer = scripted_server.accept()
    peer.welcome_nobody()
    window.wait_for("Enter login name:", ">")
    os.kill(window.client(), number)
    peer.expect("/quit killed")
    assert window.wait_for_end() == (128 + number, ["Enter login name:"])


@pytest.mark.requirement("R61", "R75", "R85")
@pytest.mark.parametrize("word", ["exit", "quit", "EXIT", "Quit", "/quit", "/exit", "/QUIT see you", "@7 /quit"])
def test_words_that_leave(chatting, word):
    window, peer = chatting()
    window.enter(word)
    peer.expect(word)
    peer.say_goodbye()
    status, lines = window.wait_for_end()
    assert status == 0
    assert lines[-1] == f"> {word}"


@pytest.mark.requirement("R61")
def test_ctrl_d(chatting):
    window, peer = chatting()
    window.press("C-d")
    peer.expect("/quit")
    peer.say_goodbye()
    assert window.wait_for_end()[0] == 0


def test_ctrl_d_while_the_name_is_asked(open_window, scripted_server):
    window = open_window(scripted_server.port)
    peer = scripted_server.accept()
    peer.welcome_nobody()
    window.wait_for("Enter login name:", ">")
    window.press("C-d")
    peer.expect("/quit")
    assert window.wait_for_end() == (0, ["Enter login name:"])


@pytest.mark.requirement("R34")
def test_a_reset_is_one_clear_line(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    client.wait_for("Server: Welcome! You are q7mzxtrplw (48213). /help lists the commands.")
    peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["chat-client: the server closed the connection"]
