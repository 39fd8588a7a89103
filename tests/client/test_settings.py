"""client.toml, the environment, and what they change on the screen."""
import re

import pytest
from deadline import wait_until
from scripted_server import TO_LOBBY


@pytest.fixture
def settings(tmp_path):
    """A function that writes the settings and returns the option for them."""
    def write(text):
        (tmp_path / "client.toml").write_text(text)
        return ["--config", str(tmp_path / "client.toml")]
    return write


def escapes(window):
    return window._tmux("capture-pane", "-p", "-e").count("\x1b")


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("text, complaint", [
    ("nam = 'x'", "1: nam: there is no such setting"), ("# fine\n\nname = 7", "3: name: expected a text in quotes"),
    ("[server]\nhost = 'x'", "1: server: expected a text in quotes"), ("server = ':'", "1: server: ':' is not HOST[:PORT] or [IPv6][:PORT]"),
    ("colours = 'no'", "1: colours: expected true or false"), ("rooms = ['a b']", "1: rooms: 'a b' is not a room name"),
    ("auto_accept_mb = -1", "1: auto_accept_mb: expected an integer from 0 to 1000000"), ("auto_accept_mb = 'all'", "1: auto_accept_mb: expected an integer from 0 to 1000000"),
    ("notice = 'loud'", '1: notice: expected "none", "bell" or "desktop"'), ("notice_of = 'none'", '1: notice_of: expected "all" or "mine"')])
def test_mistakes_have_a_file_and_a_line(start_piped, settings, text, complaint):
    option = settings(text)
    client = start_piped(None, *option, "who")
    assert client.wait_for_end() == 2
    assert client.error_lines() == [f"chat-client: {option[1]}:{complaint}"]


def test_invalid_toml_and_missing_files(start_piped, settings):
    option = settings("name = \n")
    client = start_piped(None, *option)
    assert client.wait_for_end() == 2
    assert len(client.error_lines()) == 1 and client.error_lines()[0].startswith(f"chat-client: {option[1]}:1: ")
    client = start_piped(None, "--config", "/nonexistent/client.toml")
    assert client.wait_for_end() == 2
    assert client.error_lines()[0].startswith("chat-client: /nonexistent/client.toml: ")


def test_the_usual_file_the_environment_and_the_command_line(start_piped, scripted_server, tmp_path, monkeypatch):
    (tmp_path / "config" / "chat" / "client.toml").write_text(f'server = "127.0.0.1:{scripted_server.port}"\nname = "FromFile"\n')
    for variable, options, name in ((None, [], "FromFile"), ("FromEnvironment", [], "FromEnvironment"), ("FromEnvironment", ["--name", "Given"], "Given")):
        if variable:
            monkeypatch.setenv("CHAT_NAME", variable)
        start_piped(None, *options)
        peer = scripted_server.accept()
        peer.welcome()
        peer.expect(f"/login {name}")
    monkeypatch.setenv("CHAT_SERVER", "127.0.0.1:1")
    client = start_piped(None, "who")
    assert client.wait_for_end() == 1
    assert "127.0.0.1:1" in client.error_lines()[0]
    monkeypatch.setenv("CHAT_SERVER", "two words")
    assert start_piped(None, "who").wait_for_end() == 2


def test_with_and_without_colours(chatting, settings):
    window, peer = chatting()
    peer.send(TO_LOBBY + "hello", TO_LOBBY + "Batman!")
    window.wait_for("Robin: hello", "Robin: Batman!", ">")
    assert escapes(window) > 0


@pytest.mark.parametrize("how", ["setting", "NO_COLOR", "plain", "dumb"])
def test_no_colours(chatting, settings, how):
    options = {"setting": settings("colours = false\ntimestamps = false\n"), "plain": ["--plain"]}.get(how, [])
    environment = {"NO_COLOR": "1"} if how == "NO_COLOR" else None
    window, peer = chatting(*options, environment=environment, terminal="dumb" if how == "dumb" else None, has_prompt=how in ("setting", "NO_COLOR"))
    peer.send(TO_LOBBY + "hello", TO_LOBBY + "Batman!")
    wait_until(lambda: "Robin: Batman!" in window.lines(), "the message")
    assert escapes(window) == 0


def test_no_colour_in_a_pipe(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    peer = scripted_server.accept()
    peer.welcome()
    peer.send(TO_LOBBY + "hello", "echo :the end")
    client.wait_for("Robin: hello", "Server: the end")
    assert b"\x1b" not in client.output


def test_plain_draws_nothing_twice_and_needs_no_prompt(chatting):
    window, peer = chatting("--plain", has_prompt=False)
    peer.answer("/active", "end of=active count=1 {tag}")       # a group is shown by the names of its members
    window.enter("hello")
    peer.expect("hello")
    peer.send(TO_LOBBY + "hi")
    window.wait_for("hello", "Robin: hi")
    window.press("C-d")
    peer.expect("/quit")


def test_timestamps(chatting, settings):
    window, peer = chatting(*settings("timestamps = true\n"), environment={"TZ": "UTC"})
    peer.send(TO_LOBBY + "hello")
    wait_until(lambda: any(re.fullmatch(r"\d\d:\d\d Robin: hello", line) for line in window.lines()), "the message with its time")


def test_unread_messages_are_counted_in_the_title(chatting):
    window, peer = chatting()

    def title():
        return window._tmux("display-message", "-p", "#{pane_title}").strip()
    peer.send(TO_LOBBY + "one", "echo :no message", TO_LOBBY + "two")
    wait_until(lambda: title() == "(2) chat", "two are unread")
    window.type("x")
    wait_until(lambda: title() == "chat", "none are")
    peer.send(TO_LOBBY + "\x1b]2;evil\x07")
    wait_until(lambda: title() == "(1) chat", "no message names the window")


@pytest.mark.requirement("R87")
def test_a_mention_rings_the_bell(chatting):
    window, peer = chatting()

    def bell_rang():
        return window._tmux("display-message", "-p", "-t", ":0", "#{window_bell_flag}").strip() == "1"
    window._tmux("new-window", "-d", "cat")
    window._tmux("select-window", "-t", ":1")
    peer.send(TO_LOBBY + "hello Batmans")
    wait_until(lambda: "Batmans" in window._tmux("capture-pane", "-p", "-t", ":0"), "the message")
    assert not bell_rang()
    peer.send(TO_LOBBY + "hello, batman!")
    wait_until(bell_rang, "the bell")


@pytest.mark.requirement("R87")
def test_a_notice_on_the_desktop(chatting, settings, tmp_path, monkeypatch):
    program = tmp_path / "bin" / "notify-send"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" >>{tmp_path}/noticed\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    window, peer = chatting(*settings('notice = "desktop"\n'), environment={"PATH": f"{program.parent}:/usr/bin:/bin"})
    peer.send(TO_LOBBY + "-x <b>Batman</b> & co")
    wait_until(lambda: (tmp_path / "noticed").exists() and (tmp_path / "noticed").read_text() ==
               "--app-name=chat|--|chat|Robin: -x &lt;b&gt;Batman&lt;/b&gt; &amp; co|", "the notice")


def test_tab_completes(chatting):
    window, peer = chatting()
    peer.send("online id=51991 name=Robert count=3 :Robert has joined.", "group id=1234 admin=51990 members=51990", "room name=ops count=1")
    wait_until(lambda: window.lines()[-2:] == ["Server: room ops, 1 member", ">"], "it has heard of them")
    for typed, keys, line in (("/jo", 1, "/join"), ("/join o", 1, "/join ops"), ("/send Robi", 1, "/send Robin"), ("/send 5199", 0, "/send 5199"), ("/to nobo", 1, "/to nobo"), ("/to #o", 1, "/to #ops"),
                              ("robe", 1, "Robert:"), ("hello rOBE", 1, "hello Robert"), ("/to 12", 1, "/to 1234"),
                              ("/sendfile group:", 1, "/sendfile group:1234"), ("/sendfile Robin /etc/debian_ver", 1, "/sendfile Robin /etc/debian_version"), ("/help /se", 1, "/help /send")):
        window.press("C-u")
        window.type(typed)
        if keys:
            window.press("Tab")
        wait_until(lambda: window.lines()[-1] == f"> {line}", f"{typed} becomes {line}; it is {window.lines()[-1]}")
    window.press("C-u")
    window.type("/send Ro")
    window.press("Tab")
    wait_until(lambda: window.lines()[-2].split() == ["Robert", "Robin"] and window.lines()[-1] == "> /send Rob", "both are offered")
    peer.send(TO_LOBBY + "hello")
    window.wait_for("Robin: hello", "> /send Rob")

