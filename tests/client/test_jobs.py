"""A shell with job control stops the chat and continues it, in the background and in the foreground."""
import pytest
from deadline import wait_until
from scripted_server import TO_LOBBY


@pytest.fixture
def in_a_shell(open_window, scripted_server, program):
    """A window with an interactive shell, in which Batman chats; and the server's end."""
    window = open_window(scripted_server.port, shell="PS1='shell: ' exec bash --norc --noprofile -i # {command}")
    window.wait_for("shell:")
    window.enter(f"{program} --server 127.0.0.1:{scripted_server.port} --name Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman", window=True)
    window.wait_for(">")
    return window, peer


@pytest.mark.requirement("R51")
def test_continued_in_the_background_and_then_in_the_foreground(in_a_shell):
    window, peer = in_a_shell
    window.type("half")
    window.wait_for("> half")
    window.press("C-z")
    window.wait_for("shell:")
    window.enter("bg")
    wait_until(lambda: any(line.endswith("&") for line in window.lines()), "it is in the background")
    peer.send(TO_LOBBY + "meanwhile")
    wait_until(lambda: any("Robin: meanwhile" in line for line in window.lines()), "messages are shown")
    window.enter("echo $((6*7))")
    wait_until(lambda: "42" in window.lines(), "the shell has the keyboard")
    window.enter("fg")
    window.wait_for("> half")
    window.type(" way")
    window.wait_for("> half way")
    peer.send(TO_LOBBY + "again")
    window.wait_for("Robin: again", "> half way")
    window.press("Enter")
    peer.expect("half way")


def test_continued_in_the_foreground_at_once(in_a_shell):
    window, peer = in_a_shell
    for _ in range(3):
        window.press("C-z")
        window.wait_for("shell:")
        window.enter("fg")
        window.wait_for(">")
    window.enter("hello")
    peer.expect("hello")


def test_started_in_the_background(open_window, scripted_server, program):
    window = open_window(scripted_server.port, shell="PS1='shell: ' exec bash --norc --noprofile -i # {command}")
    window.wait_for("shell:")
    window.enter(f"{program} --server 127.0.0.1:{scripted_server.port} --name Batman &")
    wait_until(lambda: any(line.startswith("[1]") for line in window.lines()), "it is started")
    window.enter("fg")
    peer = scripted_server.accept()
    peer.accept_login("Batman", window=True)
    window.wait_for(">")
    window.enter("hello")
    peer.expect("hello")


def test_ended_in_the_background(in_a_shell):
    window, peer = in_a_shell
    window.press("C-z")
    window.wait_for("shell:")
    window.enter("bg")
    wait_until(lambda: any(line.endswith("&") for line in window.lines()), "it is in the background")
    window.enter("kill %1")
    peer.expect("/quit killed")
    peer.say_goodbye()
    window.enter("wait; echo $((6*7))")
    wait_until(lambda: "42" in window.lines(), "it has ended")
