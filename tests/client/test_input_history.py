"""What was typed can be recalled after a new start, from a file that only its owner can read."""
import os

import pytest
from deadline import wait_until

USERS_OWN = 0o600


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "chat" / "history"


def leave(window, peer):
    window.enter("/quit")
    peer.expect("/quit")
    peer.say_goodbye()
    window.wait_for_end()


def test_the_arrow_keys_recall_lines_of_an_earlier_start(chatting, file):
    window, peer = chatting()
    for line in ("first", "second", "second"):
        window.enter(line)
        peer.expect(line)
    wait_until(lambda: file.exists() and file.read_text() == "first\nsecond\n", "the lines are kept")
    assert file.stat().st_mode & 0o7777 == USERS_OWN
    leave(window, peer)
    window, peer = chatting()
    window.press("Up")
    window.wait_for("> /quit")
    window.press("Up", "Up")
    window.wait_for("> first")
    window.press("Enter")
    peer.expect("first")


def test_passwords_and_names_at_the_question_are_not_kept(chatting, file):
    window, peer = chatting()
    for line in ("/login Ann secret", "/register secret", "/password secret secret2", "/reset Ann secret secret2", "/LOGIN Ann  secret", "@a1 /register secret", "/send NickServ identify secret", "/login Ann", "/send Ann hi"):
        window.enter(line)
        peer.expect(line)
    wait_until(lambda: file.exists() and file.read_text() == "/login Ann\n/send Ann hi\n", "the others are kept")
    window.press("Up", "Up", "Up")
    window.wait_for("> /login Ann")


def test_a_file_that_others_could_read_is_closed_to_them(chatting, file):
    file.parent.mkdir(parents=True)
    file.write_text("earlier\nwith \x1b[2J escape\n")
    file.chmod(0o644)
    window, peer = chatting()
    assert file.stat().st_mode & 0o7777 == USERS_OWN
    window.press("Up", "Up")
    window.wait_for("> earlier")


def test_the_file_does_not_grow_forever(chatting, file, tmp_path):
    (tmp_path / "config" / "chat" / "client.toml").write_text("timestamps = false\ninput_history = 10\n")
    file.parent.mkdir(parents=True)
    file.write_text("".join(f"line {number}\n" for number in range(100)))
    window, peer = chatting()
    assert file.read_text() == "".join(f"line {number}\n" for number in range(90, 100))
    assert file.stat().st_mode & 0o7777 == USERS_OWN
    window.press(*["Up"] * 12)
    window.wait_for("> line 90")


def test_without_the_setting_nothing_is_kept(chatting, file, tmp_path):
    (tmp_path / "config" / "chat" / "client.toml").write_text("timestamps = false\ninput_history = 0\n")
    window, peer = chatting()
    window.enter("hello")
    peer.expect("hello")
    window.press("Up")
    window.wait_for("> hello")
    window.press("C-u")
    leave(window, peer)
    assert not file.exists()


@pytest.mark.parametrize("make", [lambda path: path.mkdir(parents=True), lambda path: (path.parent.mkdir(parents=True), os.mkfifo(path)), lambda path: (path.parent.parent.mkdir(), path.parent.write_text(""))])
def test_a_file_that_cannot_be_used_is_done_without(chatting, file, make):
    make(file)
    window, peer = chatting()
    window.enter("hello")
    peer.expect("hello")
    window.press("Up")
    window.wait_for("> hello")
