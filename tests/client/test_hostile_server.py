"""A hostile server can neither control the terminal nor exhaust memory."""
import re
import threading

import pytest
from deadline import wait_until
from scripted_server import TO_LOBBY

pytestmark = pytest.mark.sanitized

GUEST = "Server: Welcome! You are q7mzxtrplw (48213). /help lists the commands."
LOBBY = TO_LOBBY.encode()


def start(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    client.wait_for(GUEST)
    return client, peer


def test_no_control_character_reaches_the_terminal(start_piped, scripted_server):
    client, peer = start(start_piped, scripted_server)
    every_control = bytes(code for code in range(256) if code != 10)
    peer.send(LOBBY + b"\x1b[2J\x1b]0;title\x07 \xc2\x9b31m \r over \x7f \xe2\x80\xae back \xe2\x81\xa6 \xe2\x80\xa8 end",
              LOBBY + every_control, b"message id=1 from=2 name=\x1b[31mRed to=\x07 :x", b"\x1b[2Jnonsense", b"kind\x1b key=\x1b :\x1b",
              b"error code=\x1b :\x9b", b"unknown key=\x1b[2J", b"help command=x :\x1bc", b"echo :the end")
    client.wait_for("Server: the end")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", client.output.decode())
    assert "Robin: \ufffd[2J\ufffd]0;title\ufffd " in client.output.decode()


def test_broken_utf8_is_replaced(start_piped, scripted_server):
    client, peer = start(start_piped, scripted_server)
    peer.send(LOBBY + b"a\xffb \xc3", LOBBY + b"\xed\xa0\x80 \xc0\xaf \xf5\x80", LOBBY + "fine é 日本 🙂".encode())
    client.wait_for("Robin: a\ufffdb \ufffd", "Robin: \ufffd\ufffd\ufffd \ufffd\ufffd \ufffd\ufffd", "Robin: fine é 日本 🙂")


def test_a_line_of_ten_megabytes_is_skipped(start_piped, scripted_server):
    client, peer = start(start_piped, scripted_server)
    peer.send(LOBBY + b"x" * 10_000_000, "echo :after it")
    client.wait_for("A line from the server was too long to be shown.", "Server: after it")
    size = int(next(line.split()[1] for line in open(f"/proc/{client.process.pid}/status") if line.startswith("RssAnon")))
    assert size < 64 * 1024, f"{size} KiB"


def test_malformed_lines(start_piped, scripted_server):
    client, peer = start(start_piped, scripted_server)
    peer.send("", " ", "=", ":", "=:=", "KIND a=b", "kind", "message", "message :", "online", "offline count=1", "client", "end", "renamed", "ok", "ok id=5 tag=a",
              "error", "date", "x " + "k=v " * 10000, "echo :the end")
    client.wait_for("Server: the end")
    assert client.process.poll() is None


@pytest.mark.parametrize("options", [["--name", "Batman"], ["who"], ["send", "Robin", "hi"], ["tail"]], ids=" ".join)
@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2", b"220 mail.example.org ESMTP", b"\xff\xfb\x01", b"hello name=x", b"* OK IMAP4rev1 ready"])
def test_a_server_of_another_kind(start_piped, scripted_server, options, greeting):
    """It is known with the first line, and that line is not shown as the word of a chat server."""
    subcommand = [] if options[0].startswith("--") else options[:1]
    client = start_piped(None, *subcommand, "--server", f"127.0.0.1:{scripted_server.port}", *options[len(subcommand):])
    peer = scripted_server.accept()
    peer.send(greeting)
    assert client.wait_for_end() == 1
    assert client.lines() == []
    assert len(client.error_lines()) == 1 and f"127.0.0.1:{scripted_server.port} is not a chat server" in client.error_lines()[0]


@pytest.mark.parametrize("options", [["--name", "Batman"], ["who"]], ids=" ".join)
@pytest.mark.parametrize("greeting", [b"\x15\x03\x01\x00\x02", b"login: ", b"{", b"welcomed"])
def test_a_server_of_another_kind_that_ends_no_line(start_piped, scripted_server, options, greeting):
    client = start_piped(None, *options, "--server", f"127.0.0.1:{scripted_server.port}")
    peer = scripted_server.accept()
    peer.socket.sendall(greeting)
    assert client.wait_for_end() == 1
    assert len(client.error_lines()) == 1 and "is not a chat server" in client.error_lines()[0]


def test_a_server_that_says_nothing(open_window, scripted_server):
    window = open_window(scripted_server.port, "--name", "Batman", width=120)
    peer = scripted_server.accept()
    wait_until(lambda: any("has not answered yet" in line for line in window.lines()), "a person learns it")
    peer.accept_login("Batman", window=True)
    wait_until(lambda: any("Batman has joined" in line for line in window.lines()), "it was only slow")
    assert "\n".join(window.lines()).count("has not answered yet") == 1


@pytest.mark.requirement("R51")
def test_in_a_terminal_nothing_moves_the_cursor_or_the_typed_line(open_window, scripted_server):
    """Escapes, 10 MB without a line end, broken UTF-8, and input that could fool readline or the title, while somebody
    types."""
    window = open_window(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman", window=True)
    window.wait_for(">")
    window.type("half a line")
    window.wait_for("> half a line")
    peer.send(LOBBY + b"Batman \x1b[2J\x1b[H\x1b]2;evil\x07\x1b[31m\x01\x02\x9b", LOBBY + b"x" * 10_000_000, LOBBY + b"a\xffb",
              b"joined room=\x1b[2J id=48213 name=Batman count=1", b"help command=/\x1b[2J :/\x1b[2J TEXT", b"online id=51991 name=\x1b[2J count=1",
              b"offline id=48213 name=Batman reason=x\x1b count=\x1b :\x1b[2J", b"ok tag=c1\x1b[2J", b"echo :the end")
    window.wait_for("Server: the end", "> half a line")
    window.wait_for_cursor(len("> half a line"))
    lines = window.lines()
    assert lines[0] == "" or "Batman has joined" in "\n".join(lines)
    assert "Robin: Batman \ufffd[2J\ufffd[H\ufffd]2;evil\ufffd\ufffd[31m\ufffd\ufffd\ufffd" in lines
    assert "A line from the server was too long to be shown." in lines
    assert window._tmux("display-message", "-p", "#{pane_title}").strip() == "(2) chat"
    window.press("Enter")
    peer.expect("half a line")
    window.type("/")
    window.press("Tab")
    wait_until(lambda: window.lines()[-1] == "> /", "the commands")
    assert "\x1b[2J" not in window._tmux("capture-pane", "-p", "-e")


@pytest.mark.requirement("R51")
def test_typing_while_a_thousand_messages_a_second_arrive(open_window, scripted_server):
    """For five seconds: each key appears in its place, and nothing is missing."""
    window = open_window(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman", window=True)
    window.wait_for(">")
    stop = threading.Event()
    sent = []

    def flood():
        while not stop.wait(0.01):
            peer.send(*(LOBBY + f"message {len(sent) + i}".encode() for i in range(10)))
            sent.extend(range(10))
    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for count, word in enumerate(("to", "be", "or", "not"), start=1):
            window.type(word + " ")
            typed = "> " + " ".join(("to", "be", "or", "not")[:count])
            wait_until(lambda: window.lines()[-1] == typed, f"{typed!r} is seen")
        window.press("Home")
        window.type("Whether ")
        wait_until(lambda: window.lines()[-1] == "> Whether to be or not", "it is edited")
        window.press("Enter")
    finally:
        stop.set()
        thread.join()
    peer.expect("Whether to be or not ")
    peer.send("echo :the end")
    window.wait_for("Server: the end", ">")
    shown = [line for line in window.lines(history=True) if line.startswith("Robin: message ")]
    assert shown == [f"Robin: message {number}" for number in range(len(sent))]
