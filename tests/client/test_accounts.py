"""Passwords in the client: asked for without being shown, kept out of every history, and used again after a lost
connection."""
import os
import pwd
import subprocess

import pytest
from deadline import PATIENCE, wait_until
from history_pages import PASSWORD
from relay import Relay

USER = pwd.getpwuid(os.getuid()).pw_name
OPEN = pytest.mark.settings(accounts__register='"open"')


def register(server, name="Robin", password=PASSWORD):
    client = server.connect(name)
    assert client.ask(f"/register {password}").kind == "account"
    client.close()


def is_in(window, name):
    wait_until(lambda: any(f"{name} has joined" in line for line in window.lines()) and window.lines()[-1].endswith(">"), f"{name} is in: {window.lines()}")


def prompt(window, words):
    wait_until(lambda: window.lines()[-1] == words, f"the prompt {words!r}; it is {window.lines()[-4:]}")


def says(window, words):
    wait_until(lambda: any(words in line for line in window.lines()), f"{words!r}; it is {window.lines()[-6:]}")


def assert_hidden(window, *secrets):
    text = "\n".join(window.lines(history=True))
    assert not any(secret in text for secret in secrets), text


def account_of(server, name):
    """Whether the client of that name has an account; nothing if there is no such client."""
    asker = server.connect()
    clients, _ = asker.listing("/active")
    asker.close()
    return next((client.get("account") == "yes" for client in clients if client["name"] == name), None)


@pytest.mark.requirement("N09")
@OPEN
def test_the_password_is_asked_for_without_being_shown(open_window, server, tmp_path):
    register(server)
    window = open_window(server.port, "--name", "Robin", width=100)
    prompt(window, "Password for Robin:")
    window.type("half of")
    window.press("C-u", "Up", "Left")
    window.type(f"{PASSWORD}x")
    window.press("BSpace")
    assert window.lines()[-1] == "Password for Robin:"
    window.press("Enter")
    is_in(window, "Robin")
    says(window, "You are logged in as Robin.")
    assert account_of(server, "Robin")
    prompt(window, "(yes or no)>")
    window.press("Enter")               # it is not to be remembered
    prompt(window, ">")
    window.press("C-y")                 # what was discarded is not in the kill ring
    window.press("Up")
    window.type("end")
    window.wait_for("> end")
    assert_hidden(window, PASSWORD, "half of")
    history = tmp_path / "state" / "chat" / "history"
    assert not history.exists() or PASSWORD not in history.read_text()


@OPEN
def test_a_wrong_password_is_asked_again_and_then_the_name(open_window, server):
    register(server)
    window = open_window(server.port, "--name", "Robin", width=100)
    for attempt in range(3):
        wait_until(lambda: "\n".join(window.lines()).count("Password for Robin:") == attempt + 1, "it asks")
        window.enter("wrong-password")
    wait_until(lambda: window.lines()[-2:] == ["Enter login name:", ">"], "it asks for the name")
    window.enter("/login Robin")
    prompt(window, "Password for Robin:")
    window.press("Enter")               # another name after all
    wait_until(lambda: window.lines()[-2:] == ["Enter login name:", ">"], "it asks for the name")
    window.enter(f"/login Robin {PASSWORD}")
    is_in(window, "Robin")
    says(window, "> /login Robin ***")
    says(window, "Wrong passwords since your last login: 3.")
    assert_hidden(window, PASSWORD, "wrong-password")


@OPEN
def test_the_question_for_a_name_takes_a_login(open_window, server):
    register(server)
    window = open_window(server.port, width=100)
    window.wait_for("Enter login name:", ">")
    for typed, problem in (("Robin the second", "A name cannot contain spaces."), ("/help", "Log in first: type a name, or /login NAME; /quit leaves."), ("/login", "Username can't be empty")):
        window.enter(typed)
        window.wait_for(problem, "Enter login name:", ">")
    window.enter("/login robin")
    prompt(window, "Password for robin:")
    window.enter(PASSWORD)
    is_in(window, "Robin")
    assert_hidden(window, PASSWORD)


def test_leaving_at_the_question_for_a_name(open_window, server):
    window = open_window(server.port)
    window.wait_for("Enter login name:", ">")
    window.enter("/quit")
    assert window.wait_for_end()[0] == 0


@pytest.mark.requirement("N09")
@OPEN
def test_registering_asks_twice(open_window, server):
    window = open_window(server.port, "--name", "Robin", width=100)
    is_in(window, "Robin")
    window.enter("/register")
    prompt(window, "New password:")
    window.enter(PASSWORD)
    prompt(window, "New password again:")
    window.enter("something else")
    says(window, "The two passwords differ.")
    prompt(window, "New password:")
    window.enter("with a space")
    says(window, "A password cannot contain spaces.")
    for question in ("New password:", "New password again:"):
        prompt(window, question)
        window.enter(PASSWORD)
    says(window, "The name Robin is yours now.")
    assert account_of(server, "Robin")
    assert_hidden(window, PASSWORD, "something else", "with a space")


@pytest.mark.settings(accounts__register='"invite"')
def test_registering_asks_for_the_invitation(open_window, server):
    token = server.operate("Invite", uses=1, days=1)["token"]
    window = open_window(server.port, "--name", "Robin", width=100)
    is_in(window, "Robin")
    window.enter("/register Robin")     # the name instead of a password
    for question, answer in (("New password:", PASSWORD), ("New password again:", PASSWORD), ("Invitation (Enter if you have none):", token)):
        prompt(window, question)
        window.enter(answer)
    says(window, "The name Robin is yours now.")
    assert_hidden(window, PASSWORD, token)


@OPEN
def test_a_question_can_be_cancelled(open_window, server):
    window = open_window(server.port, "--name", "Robin", width=100)
    is_in(window, "Robin")
    window.enter("/register")
    prompt(window, "New password:")
    window.press("C-c")
    says(window, "Nothing was sent.")
    prompt(window, ">")
    window.enter("/password")
    prompt(window, "Current password:")
    window.press("Enter")
    prompt(window, ">")
    assert window.lines()[-2] == "Nothing was sent."
    assert account_of(server, "Robin") is False


@OPEN
def test_logging_in_while_talking(open_window, server):
    register(server)
    window = open_window(server.port, "--name", "Batman", width=100)
    is_in(window, "Batman")
    window.enter("/login Robin")
    prompt(window, "Password for Robin:")
    window.enter("wrong-password")
    wait_until(lambda: "\n".join(window.lines()).count("Password for Robin:") == 2, "it asks again")
    window.enter(PASSWORD)
    says(window, "You are now called Robin.")
    prompt(window, "(yes or no)>")      # is it to be remembered?
    assert account_of(server, "Robin")
    assert_hidden(window, PASSWORD, "wrong-password")


@OPEN
def test_a_password_typed_before_the_question_is_not_a_message(open_window, server):
    register(server)
    others = server.connect("Joker")
    window = open_window(server.port, "--name", "Batman", width=100)
    is_in(window, "Batman")
    server.kill("auth")                 # so that the answer takes its time
    window.type("/login Robin")
    window._tmux("send-keys", "Enter", PASSWORD, "Enter")
    says(window, "You are now called Robin.")
    window.enter("the next one")
    assert others.wait_for("message").text == "the next one"
    window.press("Up", "Up", "Up")
    assert PASSWORD not in window.lines()[-1]


@pytest.mark.requirement("N10")
@OPEN
def test_typed_passwords_are_masked(open_window, server):
    register(server)
    window = open_window(server.port, "--name", "Batman", width=100)
    is_in(window, "Batman")
    window.enter(f"/login Robin {PASSWORD}")
    says(window, "You are now called Robin.")
    window.enter(f"/password {PASSWORD} another-password")
    says(window, "> /password *** ***")
    window.enter("/login Robin another-passwor")
    says(window, "> /login Robin ***")
    window.enter("/reset Robin a-token short-one")
    says(window, "> /reset Robin *** ***")
    window.press("Up")
    window.type("x")
    window.wait_for("> x")
    assert_hidden(window, PASSWORD, "another-passwor", "a-token", "short-one")


@OPEN
def test_changing_and_resetting_the_password(open_window, server):
    register(server)
    window = open_window(server.port, "--name", "Robin", width=100)
    prompt(window, "Password for Robin:")
    window.enter(PASSWORD)
    is_in(window, "Robin")
    window.enter("/password")
    for question, answer in (("Current password:", PASSWORD), ("New password:", "second-password"), ("New password again:", "second-password")):
        prompt(window, question)
        window.enter(answer)
    prompt(window, ">")
    wait_until(lambda: logs_in(server, "second-password"), "the new password counts")
    token = server.operate("ResetAccount", name="Robin")["token"]
    window.enter("/reset Robin")
    for question, answer in (("Token from the operator:", token), ("New password:", "third-password"), ("New password again:", "third-password")):
        prompt(window, question)
        window.enter(answer)
    prompt(window, ">")
    wait_until(lambda: logs_in(server, "third-password"), "the third password counts")
    assert_hidden(window, PASSWORD, token, "second-password", "third-password")


def logs_in(server, password):
    client = server.connect()
    kind = client.ask(f"/login Robin {password}").kind
    client.close()
    return kind == "account"


@pytest.mark.requirement("N09")
@OPEN
def test_logs_in_again_after_a_lost_connection(open_window, server):
    register(server)
    relay = Relay(server.port)
    try:
        window = open_window(relay.port, "--name", "Robin", width=100)
        prompt(window, "Password for Robin:")
        window.enter(PASSWORD)
        is_in(window, "Robin")
        relay.break_after("up", b"the last words")
        window.enter("the last words")
        wait_until(lambda: relay.cuts == 1, "the connection is lost")
        says(window, "Connected again, as Robin.")
        prompt(window, ">")
        assert account_of(server, "Robin")
        text = "\n".join(window.lines())
        assert text.count("You are logged in as Robin.") == 1 and text.count("Password for Robin:") == 1
        assert_hidden(window, PASSWORD)
    finally:
        relay.close()


@OPEN
def test_in_plain_mode_the_kernel_does_not_echo(open_window, server):
    register(server)
    window = open_window(server.port, "--name", "Robin", "--plain", width=100)
    wait_until(lambda: window.lines()[-1] == "Password for Robin:", "it asks")
    window.enter(PASSWORD)
    says(window, "You are logged in as Robin.")
    window.enter("shown again")
    says(window, "shown again")
    assert_hidden(window, PASSWORD)
    window.enter("/quit")
    assert window.wait_for_end()[0] == 0


@OPEN
def test_a_password_file(open_window, start_piped, server, password_file, tmp_path):
    register(server)
    window = open_window(server.port, "--name", "Robin", "--password-file", str(password_file), width=100)
    is_in(window, "Robin")
    assert account_of(server, "Robin")
    window.enter("/quit")
    window.wait_for_end()
    settings = tmp_path / "client.toml"
    settings.write_text(f'name = "Robin"\npassword_file = "{password_file}"\ntimestamps = false\n')
    client = start_piped(server.port, "--config", str(settings))
    client.wait_for_line("Robin has joined")
    assert account_of(server, "Robin")
    client.end_input()
    assert client.wait_for_end() == 0
    guest = start_piped(server.port, "--config", str(settings), "--name", "Batman")     # the password is Robin's
    guest.wait_for_line("Batman has joined")


@OPEN
@pytest.mark.parametrize("words", [["send", "room:lobby", "hello"], ["who"], ["tail", "--count", "1"]], ids=" ".join)
def test_subcommands_log_in(program, server, password_file, words):
    register(server)
    other = server.connect("Joker")
    where = ["--server", f"127.0.0.1:{server.port}", "--name", "Robin"]
    refused = subprocess.run([program, words[0], *where, *words[1:]], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert refused.returncode == 4 and "Robin" in refused.stderr and len(refused.stderr.splitlines()) == 1, refused
    with subprocess.Popen([program, words[0], *where, "--password-file", str(password_file), *words[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        if words[0] == "tail":
            wait_until(lambda: other.send("hello") or client.poll() is not None, "it ends")
        _, errors = client.communicate(timeout=PATIENCE)
    assert client.returncode == 0, errors
    if words[0] == "send":
        assert other.wait_for("message", name="Robin", account="yes").text == "hello"


@pytest.mark.parametrize("content, mode, problem", [(PASSWORD, 0o644, "others can read this file"), (PASSWORD, 0o640, "others can read this file"), ("\n" + PASSWORD, 0o600, "there is no password"),
                                                    ("two words\n", 0o600, "cannot contain spaces"), (None, 0, "No such file")])
def test_a_password_file_that_cannot_be_used(program, tmp_path, content, mode, problem):
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content)
        path.chmod(mode)
    done = subprocess.run([program, "who", "--name", "Robin", "--password-file", str(path)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"chat-client: {path}: ") and problem in done.stderr and PASSWORD not in done.stderr


@pytest.mark.requirement("N09")
@OPEN
def test_users_of_the_servers_host_need_no_password(open_window, program, server, monkeypatch):
    monkeypatch.setenv("CHAT_LOGIN_SOCKET", str(server.state / "login.sock"))
    window = open_window(server.port, "--name", USER, width=100)
    is_in(window, USER)
    says(window, f"You are logged in as {USER}.")
    assert account_of(server, USER)
    window.enter("/login Batman")
    says(window, "You are now called Batman.")
    window.enter(f"/login {USER}")
    says(window, f"You are now called {USER}.")
    prompt(window, ">")
    assert account_of(server, USER)
    assert_hidden(window, "ticket:", "Password for")
    window.enter("/quit")
    window.wait_for_end()
    done = subprocess.run([program, "send", "--server", f"127.0.0.1:{server.port}", "--name", USER, "all", "hello"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@OPEN
def test_tickets_are_only_for_the_users_own_name(open_window, server, monkeypatch):
    monkeypatch.setenv("CHAT_LOGIN_SOCKET", str(server.state / "login.sock"))
    register(server)
    window = open_window(server.port, "--name", "Robin")
    prompt(window, "Password for Robin:")


@pytest.mark.settings(accounts__register='"off"')
def test_a_local_user_without_an_account_is_a_guest_where_only_the_operator_adds_accounts(open_window, server, monkeypatch):
    monkeypatch.setenv("CHAT_LOGIN_SOCKET", str(server.state / "login.sock"))
    window = open_window(server.port, "--name", USER, width=100)
    is_in(window, USER)
    assert account_of(server, USER) is False
