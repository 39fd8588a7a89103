"""Events at the early stages of a chat: before the welcome, at the login, while the client asks for a name, and while
it reconnects."""
import os
import signal

import pytest
from deadline import wait_until

LOST = "The connection is lost; trying to connect again."
TAKEN = "error code=name-taken :The name Batman is taken."


@pytest.fixture
def visitor(open_window, scripted_server):
    """A window that connects as Batman, and the server's end."""
    window = open_window(scripted_server.port, "--name", "Batman")
    return window, scripted_server.accept()


def bring_to(stage, peer):
    if stage == "welcome":
        return
    peer.welcome()
    peer.expect("/login Batman")
    if stage == "naming":
        peer.send(TAKEN)
        peer.expect("@quiet /quiet")


@pytest.mark.parametrize("stage", ["welcome", "login", "naming"])
def test_a_signal_before_the_arrival_says_goodbye(visitor, stage):
    window, peer = visitor
    bring_to(stage, peer)
    if stage == "naming":
        window.wait_for("The name Batman is taken.", "Enter login name:", ">")
    client = window.client()
    # The server has accepted the connection; the thread that connects ends once the client knows that, too.
    wait_until(lambda: len(os.listdir(f"/proc/{client}/task")) == 1, "the client is connected")
    os.kill(client, signal.SIGTERM)
    peer.expect("/quit killed")
    peer.say_goodbye()
    assert window.wait_for_end()[0] == 0


@pytest.mark.parametrize("stage", ["welcome", "login", "naming"])
def test_no_reconnect_before_the_first_arrival(visitor, stage):
    window, peer = visitor
    bring_to(stage, peer)
    if stage == "naming":
        window.wait_for("The name Batman is taken.", "Enter login name:", ">")
    peer.close()
    status, lines = window.wait_for_end()
    assert (status, lines[-1]) == (1, "chat-client: the server closed the connection")


@pytest.fixture
def batman(visitor):
    """The same after the login."""
    window, peer = visitor
    peer.accept_login("Batman", window=True)
    window.wait_for(">")
    return window, peer


def accept_return(server, name):
    peer = server.accept()
    peer.welcome()
    peer.expect(f"/login {name}")
    peer.send(f"renamed id=48213 old=q7mzxtrplw name={name}", f"online id=48213 name={name} count=1 :{name} has joined.")
    return peer


def test_a_second_loss_is_reported_like_the_first(batman, scripted_server):
    window, peer = batman
    for losses in (1, 2):
        peer.close()
        peer = accept_return(scripted_server, "Batman")
        peer.answer("/active", "end of=active count=0 {tag}")       # requested after the arrival; not shown
        window.wait_for(LOST, "Connected again, as Batman.", ">")
        assert window.lines().count(LOST) == losses
    assert sum("Batman has joined." in line for line in window.lines()) == 1, "that is the first arrival"


def test_reconnects_under_a_name_changed_in_the_chat(batman, scripted_server):
    window, peer = batman
    peer.send("renamed id=48213 old=Batman name=Nightwing")
    window.wait_for("Server: You are now called Nightwing.", ">")
    peer.close()
    accept_return(scripted_server, "Nightwing")
    window.wait_for(LOST, "Connected again, as Nightwing.", ">")


def test_asks_for_a_name_that_stays_taken_while_reconnecting(batman, scripted_server):
    """It asks after six refusals; the pauses between them grow to ten seconds."""
    window, peer = batman
    peer.close()
    for _ in range(5):
        peer = scripted_server.accept()
        peer.welcome()
        peer.expect("/login Batman")
        peer.send(TAKEN)
        peer.expect("@quiet /quiet")
        peer.expect("/quit")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.send(TAKEN)
    peer.expect("@quiet /quiet")
    window.wait_for(LOST, "The name Batman is taken; trying again.", "The name Batman is taken.", "Enter login name:", ">")
    window.enter("Robin")
    peer.expect("/login Robin")
    peer.send("renamed id=48213 old=q7mzxtrplw name=Robin")
    window.wait_for("> Robin", "Connected again, as Robin.", ">")
    window.enter("hello")
    peer.expect("hello")
    wait_until(lambda: window.lines().count(LOST) == 1, "the loss is reported once")
