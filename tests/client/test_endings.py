"""What the client says when the server ends the connection: who did it, and why."""
import pytest
from deadline import wait_until


@pytest.mark.parametrize("reason, text, words", [
    ("kicked", "Batman has left (be nice).", "The operator disconnected you: be nice"), ("kicked", "Batman has left.", "The operator disconnected you."), ("shutdown", "Batman has left.", "The server stops."),
    ("slow", "Batman has left.", "The server disconnected you, because your side did not read fast enough."),
    ("timeout", "Batman has left.", "The server disconnected you, because it received nothing from you for too long."), ("no-memory", "Batman has left.", "The server disconnected you, because it has no memory left.")])
def test_the_end_has_its_reason(chatting, reason, text, words):
    window, peer = chatting(width=100)
    peer.send(f"offline id=48213 name=Batman reason={reason} count=0 :{text}")
    wait_until(lambda: f"Server: {words}" in window.lines(), f"{words}; it is {window.lines()}")


def test_others_see_who_was_kicked(chatting):
    window, peer = chatting(width=100)
    peer.send("offline id=51990 name=Robin reason=kicked count=1 :Robin has left (be nice).")
    wait_until(lambda: any(line.endswith("Robin was disconnected by the operator (be nice). Member count=1") for line in window.lines()), "it is said")


def test_a_ban_is_said_and_not_tried_again(chatting, scripted_server):
    window, peer = chatting(width=100)
    peer.close()
    peer = scripted_server.accept()
    peer.send("refused code=banned :flooding")
    peer.close()
    status, lines = window.wait_for_end()
    assert (status, lines[-1]) == (1, "chat-client: You are banned from this server: flooding")
