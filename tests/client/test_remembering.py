"""Passwords that are remembered for the next start: only after a yes, in a file of its owner's, and never for programs."""
import os
import stat

import pytest
from deadline import wait_until
from history_pages import PASSWORD

pytestmark = pytest.mark.settings(accounts__register='"open"')
QUESTION = "Remember the password of Robin for the next start"


@pytest.fixture
def kept(server, tmp_path):
    """The file of Robin's password."""
    return tmp_path / "state" / "chat" / "passwords" / f"127.0.0.1:{server.port}" / "robin"


@pytest.fixture
def robin(server):
    """Makes the account."""
    client = server.connect("Robin")
    assert client.ask(f"/register {PASSWORD}").kind == "account"
    client.close()


def keep(path, password=PASSWORD, mode=0o600):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(password + "\n")
    path.chmod(mode)


def says(window, words):
    wait_until(lambda: words in " ".join(" ".join(window.lines()).split()), f"{words!r}; it is {window.lines()[-8:]}")


def prompt(window, words):
    wait_until(lambda: window.lines()[-1] == words, f"the prompt {words!r}; it is {window.lines()[-4:]}")


def log_in(open_window, server, password=PASSWORD):
    window = open_window(server.port, "--name", "Robin", width=110)
    prompt(window, "Password for Robin:")
    window.enter(password)
    says(window, "Robin has joined")
    return window


def leave(window):
    window.enter("/quit")
    assert window.wait_for_end()[0] == 0


def logs_in_unasked(open_window, server):
    window = open_window(server.port, "--name", "Robin", width=110)
    says(window, "You are logged in as Robin.")
    says(window, "Robin has joined")
    prompt(window, ">")
    assert not any("Password for" in line or QUESTION in line for line in window.lines())
    return window


@pytest.mark.requirement("N10")
def test_a_password_is_remembered_and_forgotten(open_window, server, robin, kept):
    window = log_in(open_window, server)
    says(window, QUESTION)
    prompt(window, "(yes or no)>")
    assert not kept.exists()
    window.enter("yes")
    says(window, "The password of Robin is remembered. /forget removes it.")
    prompt(window, ">")
    assert kept.read_text() == PASSWORD + "\n" and stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == stat.S_IMODE(kept.parents[1].stat().st_mode) == 0o700
    leave(window)
    window = logs_in_unasked(open_window, server)
    window.enter("/forget")
    says(window, f"The password of Robin at 127.0.0.1:{server.port} is forgotten.")
    assert not kept.exists()
    window.enter("/forget Robin")
    says(window, f"No password of Robin at 127.0.0.1:{server.port} is remembered.")
    leave(window)
    log_in(open_window, server)


@pytest.mark.parametrize("answer", ["no", "", "Ctrl-C"])
def test_nothing_is_remembered_without_a_yes(open_window, server, robin, kept, answer):
    window = log_in(open_window, server)
    prompt(window, "(yes or no)>")
    if answer == "Ctrl-C":
        window.press("C-c")
    else:
        window.enter(answer)
    says(window, "It is not remembered.")
    prompt(window, ">")
    assert not kept.exists() and not kept.parents[1].exists()


def test_another_line_is_no_answer_and_is_not_lost(open_window, server, robin, kept):
    others = server.connect("Joker")
    window = log_in(open_window, server)
    prompt(window, "(yes or no)>")
    window.enter("yes, hello everybody")
    assert others.wait_for("message").text == "yes, hello everybody"
    prompt(window, ">")
    window.enter("yes")         # to somebody's question, by now
    assert others.wait_for("message").text == "yes"
    assert not kept.exists()
    window.enter("/remember")   # one can still decide otherwise
    says(window, "The password of Robin is remembered.")
    assert kept.exists()


def test_a_yes_that_was_typed_before_the_question_is_not_an_answer(open_window, server, robin, kept):
    others = server.connect("Joker")
    window = open_window(server.port, "--name", "Robin", width=110)
    prompt(window, "Password for Robin:")
    server.kill("auth")         # so that the answer takes its time
    window.type(PASSWORD)
    window._tmux("send-keys", "Enter", "yes", "Enter")
    assert others.wait_for("message").text == "yes"
    assert not kept.exists()


def test_after_a_registration_and_for_another_name(open_window, server, kept):
    window = open_window(server.port, "--name", "Robin", width=110)
    says(window, "Robin has joined")
    window.enter("/remember")
    says(window, "You did not log in with a password")
    window.enter("/register")
    for question in ("New password:", "New password again:"):
        prompt(window, question)
        window.enter(PASSWORD)
    prompt(window, "(yes or no)>")
    window.enter("YES")
    says(window, "The password of Robin is remembered.")
    window.enter("/login Batman")
    says(window, "You are now called Batman.")
    window.enter("/login Robin")
    says(window, "You are now called Robin.")
    prompt(window, ">")
    assert "\n".join(window.lines()).count("Password for Robin") == 0
    window.enter("/password")
    for question, answer in (("Current password:", PASSWORD), ("New password:", "second-password"), ("New password again:", "second-password")):
        prompt(window, question)
        window.enter(answer)
    prompt(window, "(yes or no)>")
    assert not kept.exists(), "it is of no use any more"
    window.enter("y")
    wait_until(kept.exists, "it is remembered")
    assert kept.read_text() == "second-password\n"


def test_a_remembered_password_that_is_wrong_is_asked_for(open_window, server, robin, kept):
    keep(kept, "wrong-password")
    window = log_in(open_window, server)
    prompt(window, "(yes or no)>")
    window.enter("yes")
    wait_until(lambda: kept.read_text() == PASSWORD + "\n", "the right one takes its place")
    assert list(kept.parent.iterdir()) == [kept]


@pytest.mark.parametrize("kind, problem", [("loose", "others can read this file; chmod 600 makes it yours alone"), ("link", "this is a symbolic link"), ("directory link", "this is a symbolic link"),
                                           ("open directory", "others can write to this directory")])
def test_what_is_not_the_owners_alone_is_neither_used_nor_replaced(open_window, server, robin, kept, tmp_path, kind, problem):
    elsewhere = tmp_path / "elsewhere"
    keep(elsewhere / "robin", mode=0o644 if kind == "loose" else 0o600)
    if kind == "loose":
        keep(kept, mode=0o644)
    elif kind == "link":
        kept.parent.mkdir(parents=True)
        kept.symlink_to(elsewhere / "robin")
    elif kind == "directory link":
        kept.parents[1].mkdir(parents=True)
        kept.parent.symlink_to(elsewhere)
    else:
        keep(kept)
        kept.parent.chmod(0o777)
    before = os.lstat(kept)
    window = log_in(open_window, server)
    says(window, "The remembered password is not used: ")
    assert problem in " ".join(" ".join(window.lines()).split())
    window.enter("yes")
    says(window, "The password cannot be remembered: ")
    after = os.lstat(kept)
    assert (before.st_ino, before.st_mode, before.st_mtime_ns) == (after.st_ino, after.st_mode, after.st_mtime_ns)


def test_programs_do_not_use_it(start_piped, open_window, server, robin, kept):
    keep(kept)
    for words in ([], ["who"], ["send", "all", "hello"]):
        client = start_piped(None, *words, "--server", f"127.0.0.1:{server.port}", "--name", "Robin")
        client.end_input()
        assert client.wait_for_end() == (4 if words else 1)
        assert "Robin" in client.error_lines()[0]
    leave(logs_in_unasked(open_window, server))


def test_the_settings_can_turn_it_off(open_window, server, robin, kept, tmp_path):
    keep(kept)
    settings = tmp_path / "client.toml"
    settings.write_text("remember_passwords = false\ntimestamps = false\n")
    window = open_window(server.port, "--name", "Robin", "--config", str(settings), width=110)
    prompt(window, "Password for Robin:")
    window.enter(PASSWORD)
    says(window, "Robin has joined")
    prompt(window, ">")
    window.enter("/remember")
    says(window, "The setting remember_passwords is false")
