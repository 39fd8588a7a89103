"""Logging in: first the connection, then the name."""
import select
import socket

import pytest
from deadline import wait_until

TAKEN = "error code=name-taken :The name Batman is taken."


@pytest.fixture
def unnamed(open_window, scripted_server):
    """A window in which the name is asked for, and the server's end."""
    window = open_window(scripted_server.port)
    peer = scripted_server.accept()
    peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)      # what it sends is there before the next key
    peer.welcome_nobody()
    window.wait_for("Enter login name:", ">")
    return window, peer


@pytest.mark.requirement("R56")
def test_the_name_is_asked_once_the_server_has_welcomed_us(unnamed):
    window, peer = unnamed
    assert window.said() == ["Enter login name:", ">"], "nothing comes before the question"
    window.enter("Batman")
    peer.take_login("Batman", window=True)
    wait_until(lambda: "Batman has joined" in "\n".join(window.lines()), "Batman is in")


def test_nothing_of_the_chat_is_shown_before_the_login(unnamed):
    window, peer = unnamed
    peer.send("online id=51990 name=Robin count=1 :Robin has joined.", "message id=1 from=51990 name=Robin to=room:lobby :too early")
    window.enter("Batman")
    peer.expect("/login Batman")
    peer.send("message id=2 from=51990 name=Robin to=room:lobby :still too early")
    peer.send("renamed id=48213 old=q7mzxtrplw name=Batman", "message id=3 from=51990 name=Robin to=room:lobby :hello")
    window.wait_for("Enter login name:", "> Batman", "", "Robin: hello", ">")


@pytest.mark.parametrize("last", [[], ["offline id=48213 name=q7mzxtrplw reason=timeout count=1 :q7mzxtrplw has left."]], ids=["lost", "made room"])
def test_a_person_may_think_about_the_name_for_longer_than_the_server_waits(unnamed, scripted_server, last):
    window, peer = unnamed
    peer.send(*last)
    peer.close()
    window.enter("7 up")
    window.wait_for("Enter login name:", "> 7 up", "A name cannot contain spaces.", "Enter login name:", ">")
    assert not select.select([scripted_server.socket], [], [], 0)[0], "the server may be full: it connects once there is a name"
    window.enter("Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman", window=True)
    wait_until(lambda: "Batman has joined" in "\n".join(window.lines()), "Batman is in")
    assert window.said()[4:6] == ["> Batman", ""], "the person has seen nothing of it"


def test_a_connection_that_ends_while_the_name_is_on_its_way_is_replaced(unnamed, scripted_server):
    window, peer = unnamed
    window.enter("Batman")
    peer.expect("/login Batman")
    peer.send("offline id=48213 name=q7mzxtrplw reason=timeout count=1 :q7mzxtrplw has left.")
    peer.close()
    peer = scripted_server.accept()
    peer.accept_login("Batman", window=True)
    wait_until(lambda: "Batman has joined" in "\n".join(window.lines()), "Batman is in")
    assert window.said()[:3] == ["Enter login name:", "> Batman", ""]


def test_a_lost_connection_is_replaced_only_once(unnamed, scripted_server):
    window, peer = unnamed
    window.enter("Batman")
    peer.expect("/login Batman")
    peer.close()
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.close()
    assert window.wait_for_end() == (1, ["Enter login name:", "> Batman", "chat-client: the server closed the connection"])


@pytest.mark.parametrize("reason, words", [("shutdown", "Server: The server stops."), ("kicked", "Server: The operator disconnected you.")])
def test_a_server_that_ends_the_connection_for_good_is_not_asked_again(unnamed, reason, words):
    window, peer = unnamed
    peer.send(f"offline id=48213 name=q7mzxtrplw reason={reason} count=1 :q7mzxtrplw has left.")
    peer.close()
    assert window.wait_for_end() == (1, ["Enter login name:", words, "chat-client: the server closed the connection"])


def test_a_server_that_is_gone_when_there_is_a_name(unnamed, scripted_server):
    window, peer = unnamed
    peer.end_output()
    peer.expect_end()
    scripted_server.close()
    window.enter("Batman")
    status, lines = window.wait_for_end()
    assert (status, lines[2:]) == (1, [f"chat-client: no server at 127.0.0.1:{scripted_server.port}: Connection refused", "Is the server running, and the address right? --server HOST[:PORT] sets it."])


def test_a_person_who_only_looks_at_the_question_is_never_seen(server, open_window, start_piped):
    """Neither their coming nor their going."""
    batman = server.connect("Batman")
    window = open_window(server.port)
    window.wait_for("Enter login name:", ">")
    assert [line["name"] for line in batman.listing("/active")[0]] == ["Batman"]
    window.press("C-d")
    assert window.wait_for_end() == (0, ["Enter login name:"])
    other = open_window(server.port)
    other.wait_for("Enter login name:", ">")
    other.enter("Robin")
    batman.expect("online", name="Robin")        # the first that Batman sees of anybody


@pytest.mark.requirement("R86")
def test_an_empty_name_is_asked_again(open_window, scripted_server):
    window = open_window(scripted_server.port)
    peer = scripted_server.accept()
    peer.welcome_nobody()
    window.wait_for("Enter login name:", ">")
    window.press("Enter")
    window.wait_for("Enter login name:", ">", "Username can't be empty", "Enter login name:", ">")
    window.enter("   ")
    window.wait_for("Username can't be empty", "Enter login name:", ">")
    window.enter(" Batman ")
    peer.take_login("Batman")


@pytest.mark.requirement("R52", "R86")
def test_a_name_that_is_taken_is_asked_again(open_window, scripted_server):
    window = open_window(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.send(TAKEN)
    window.wait_for("The name Batman is taken.", "Enter login name:", ">")
    window.press("Enter")
    window.wait_for("Username can't be empty", "Enter login name:", ">")
    window.enter("Robin")
    peer.expect("@quiet /quiet")
    peer.expect("/login Robin")
    peer.send("renamed id=48213 old=q7mzxtrplw name=Robin", "message id=1 from=2 name=Joker to=room:lobby :hi")
    window.wait_for("> Robin", "", "Joker: hi", ">")
    window.press("Up")
    window.type("x")
    window.wait_for("> x")      # names do not go into the history


def test_a_guest_seen_under_the_assigned_name_sees_the_change(open_window, scripted_server):
    window = open_window(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.send(TAKEN, "online id=48213 name=q7mzxtrplw count=1 :q7mzxtrplw has joined.")
    wait_until(lambda: "q7mzxtrplw has joined. Member count=1" in "\n".join(window.lines()[-2:]) and window.lines()[-1] == ">", "the news and the prompt")
    window.enter("Robin")
    peer.expect("@quiet /quiet")
    peer.expect("/login Robin")
    peer.send("renamed id=48213 old=q7mzxtrplw name=Robin")
    window.wait_for("Server: You are now called Robin.", ">")


@pytest.mark.requirement("R52")
def test_a_script_with_a_name_that_is_taken_ends(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.send(TAKEN)
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["The name Batman is taken."]
    assert client.lines() == []


@pytest.mark.requirement("R86")
def test_piped_names_are_asked_again(start_piped, scripted_server):
    client = start_piped(scripted_server.port)
    client.write("\n Batman\nRobin\nhello\n")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.send(TAKEN)
    peer.expect("@quiet /quiet")
    peer.expect("/login Robin")
    peer.send("renamed id=48213 old=q7mzxtrplw name=Robin")
    peer.expect("hello")
    wait_until(lambda: client.lines()[:3] == ["Enter login name:", "Username can't be empty", "Enter login name:"], "it asks twice")


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("options, complaint", [
    (["--name", ""], "Username can't be empty"),
    (["--name", "  "], "Username can't be empty"),
    ([], "chat-client: no login name was given"),
])
def test_a_script_without_a_name_ends(start_piped, scripted_server, options, complaint):
    client = start_piped(scripted_server.port, *options)
    client.end_input()
    assert client.wait_for_end() == 1
    assert client.error_lines() == [complaint]
    assert not select.select([scripted_server.socket], [], [], 0)[0]


def test_a_name_cannot_bring_a_second_line(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--name", "Batman\n/broadcast hello")
    peer = scripted_server.accept()
    peer.welcome()
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["A login name cannot contain control characters."]
    peer.expect("@quiet /quiet")
    peer.expect_end()


@pytest.mark.parametrize("name", ["7up", "a b", "x" * 33, ".x", "-x"])
def test_a_script_with_what_cannot_be_a_name_does_not_connect(start_piped, scripted_server, name):
    client = start_piped(scripted_server.port, f"--name={name}")
    assert client.wait_for_end() == 2
    assert client.error_lines()[0].startswith(f"chat-client: '{name}' is not a name: ")
    assert not select.select([scripted_server.socket], [], [], 0)[0]


@pytest.mark.requirement("R05")
def test_a_guest_keeps_the_assigned_name_and_sees_it(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    client.wait_for("Server: Welcome! You are q7mzxtrplw (48213). /help lists the commands.")
    client.write("hello\n")
    peer.expect("hello")


def test_a_name_on_the_command_line_is_not_asked(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman")
    client.write("hello\n")
    peer.expect("hello")
    client.end_input()
    peer.expect("/quit")
    peer.close()
    assert client.wait_for_end() == 0
    assert [line.split(" ", 2)[2] for line in client.lines()] == ["Batman has joined. Member count=1"]


def test_typed_lines_wait_for_the_login(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--name", "Batman")
    client.write("hello\n")
    peer = scripted_server.accept()
    assert peer.nothing_comes(0.2)
    peer.welcome()
    peer.expect("/login Batman")
    assert peer.nothing_comes(0.2)
    peer.send("renamed id=48213 old=q7mzxtrplw name=Batman")
    peer.expect("hello")
