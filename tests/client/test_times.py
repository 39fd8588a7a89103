"""With times, which a terminal shows unless the settings say otherwise: each line, own ones too, begins with HH:MM."""
import re

import pytest
from deadline import wait_until


@pytest.fixture(autouse=True)
def no_settings(no_settings_of_the_machine, tmp_path):
    (tmp_path / "config" / "chat" / "client.toml").unlink()


def without_times(window):
    return [re.sub(r"^\d\d:\d\d ", "HH:MM ", line) for line in window.lines()]


def wait_for(window, *wanted):
    wait_until(lambda: without_times(window)[-len(wanted):] == list(wanted), f"the screen ends with {wanted}; it is {window.lines()}")


def test_two_people_with_times(open_window, server):
    first = open_window(server.port, "--name", "Batman")
    wait_until(lambda: "HH:MM Server: Batman has joined. Member count=1" in without_times(first), "Batman is in")
    second = open_window(server.port, "--name", "Robin")
    wait_until(lambda: "HH:MM Server: Robin has joined. Member count=2" in without_times(second), "Robin is in")
    wait_until(lambda: any(line.startswith(f"Connected to 127.0.0.1:{server.port}. Here: Batman. /help lists the") for line in second.lines()), "a newcomer learns who is here")
    first.enter("Anyone here?")
    wait_for(second, "HH:MM Batman: Anyone here?", ">")
    wait_for(first, "HH:MM Server: Robin has joined. Member count=2", "HH:MM Batman: Anyone here?", ">")
    second.enter("/to Batman")
    wait_for(second, "What you type goes to Batman.", "Batman>")
    second.enter("psst")
    wait_for(second, "HH:MM to Batman: psst", "Batman>")
    wait_for(first, "HH:MM Robin (to you): psst", ">")
    second.enter("/send Batman once more")
    wait_for(second, "HH:MM to Batman: psst", "HH:MM to Batman: once more", "Batman>")
    second.enter("/time")
    wait_until(lambda: "> /time" in "".join(second.lines()), "a command stays as it was typed")


def test_own_lines_say_where_they_went(chatting):
    window, peer = chatting(width=100)
    peer.send("joined room=ops id=48213 name=Batman count=1", "group id=1234 admin=48213 members=48213,51990")
    wait_for(window, "HH:MM Server: group 1234: you (admin), Robin", ">")
    for target, prompt, shown in (("#ops", "#ops>", "Batman (in ops): hello"), ("1234", "group Robin>", "to group 1234 with Robin: hello"), ("all", "all>", "Batman (to all): hello")):
        window.enter(f"/to {target}")
        wait_until(lambda: window.lines()[-1] == prompt, prompt)
        window.enter("hello")
        wait_for(window, f"HH:MM {shown}", prompt)
    for command, shown in (("/say #ops hi", "Batman (in ops): hi"), ("/sendgroup group:1234 hi", "to group 1234 with Robin: hi"), ("/broadcast hi", "Batman (to all): hi"), ("/send 51990 hi", "to Robin: hi")):
        window.enter(command)
        wait_for(window, f"HH:MM {shown}", "all>")


def test_a_private_line_is_shown_as_own_without_times_too(chatting, tmp_path):
    (tmp_path / "config" / "chat" / "client.toml").write_text("timestamps = false\n")
    window, peer = chatting()
    window.enter("/to Robin")
    wait_until(lambda: window.lines()[-1] == "Robin>", "the prompt")
    window.enter("no, not now")
    window.wait_for("to Robin: no, not now", "Robin>")


def test_long_lines_are_broken_between_words(chatting):
    window, peer = chatting(width=40, height=15)
    peer.send("message id=1 from=51990 name=Robin to=room:lobby at=x :Once more unto the breach, dear friends, once more; or close the wall up")
    wait_for(window, "HH:MM Robin: Once more unto the breach,", "  dear friends, once more; or close the", "  wall up", ">")
    window.type("In peace there is nothing so becomes a man as modest stillness")
    window.press("Enter")
    wait_for(window, "HH:MM Batman: In peace there is nothing", "  so becomes a man as modest stillness", ">")
    peer.send("message id=1 from=51990 name=Robin to=room:lobby at=x :https://example.org/" + "x" * 60 + " 日本日本日本日本日本 日本日本日本日本日本")
    wait_for(window, "HH:MM Robin: https://example.org/" + "x" * 7, "x" * 40, "x" * 13 + " 日本日本日本日本日本", "  日本日本日本日本日本", ">")


def test_a_pipe_has_no_times_unless_the_settings_say_so(start_piped, scripted_server, tmp_path):
    for setting, pattern in ((None, "Robin: hello"), ("timestamps = true\n", r"\d\d:\d\d Robin: hello")):
        options = []
        if setting:
            (tmp_path / "client.toml").write_text(setting)
            options = ["--config", str(tmp_path / "client.toml")]
        client = start_piped(scripted_server.port, "--guest", *options)
        peer = scripted_server.accept()
        peer.welcome()
        peer.send("message id=1 from=51990 name=Robin to=room:lobby at=x :hello")
        wait_until(lambda: any(re.fullmatch(pattern, line) for line in client.lines()), f"it is {client.lines()}")
