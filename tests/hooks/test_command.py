"""The command chat-hook: its arguments, its configuration, its secrets and how it ends."""
import os
import re
import signal
import socket
import subprocess
import time
import tomllib
from pathlib import Path

import pytest
from running_hook import PROGRAM, TOKEN, Hook, Response

ROOT = Path(__file__).resolve().parents[2]
CONFFILE = ROOT / "packaging" / "systemd" / "hook.toml"


@pytest.fixture
def check(tmp_path):
    """A function that runs `chat-hook --check` with a configuration, and returns what it did."""
    def run(configuration='[hooks.ops]\nroom = "ops"\n', tokens=None, change=None, environment=None):
        hook = Hook(tmp_path / "checked", configuration, {"ops": TOKEN} if tokens is None else tokens)
        if change:
            change(hook)
        return subprocess.run([*hook.command, "--check"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, env={**os.environ, **(environment or {})})
    return run


def complaint(done):
    """The one line of a wrong configuration."""
    assert done.returncode == 78 and done.stdout == "" and re.fullmatch(r"chat-hook: [^\n]+\n", done.stderr), (done.returncode, done.stderr)
    return done.stderr.removeprefix("chat-hook: ").rstrip("\n")


def test_a_good_configuration(check):
    done = check()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_room_has_a_name_of_at_most_32_bytes(check):
    done = check('[hooks.ops]\nroom = "' + "ü" * 16 + '"\n')
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("configuration, words", [
    ("", "there are no hooks"), ("nonsense", "Expected '='"), ("[hooks]\n", "there are no hooks"), ('sever = "x"\n[hooks.ops]\nroom = "ops"', "sever: there is no such setting"),
    ('[hooks.ops]\nroom = "ops"\nrom = 1', "hooks.ops.rom: there is no such setting"), ("[hooks.ops]\n", "expected either room or to"), ('[hooks.ops]\nroom = "ops"\nto = "Batman"', "expected either room or to"),
    ('[hooks.ops]\nroom = "a b"', "hooks.ops.room: not a name of a room"), ('[hooks.ops]\nroom = "a\\n/quit"', "hooks.ops.room: not a name of a room"), ('[hooks.ops]\nroom = 5', "expected a text"),
    ('[hooks.ops]\nto = "a b"', "hooks.ops.to: not a name"), ('[hooks.Ops]\nroom = "ops"', "is not a name of a hook"), ('hooks = {ops = 5}', "hooks.ops: expected a table"), ('[hooks.ops]\nroom = "ops"\nmax_messages = 51', "from 1 to 50"),
    ('[hooks.ops]\nroom = "ops"\nmax_messages = true', "expected a whole number"), ('server = "a b"\n[hooks.ops]\nroom = "ops"', "server: expected HOST"), ('server = "a:70000"\n[hooks.ops]\nroom = "ops"', "server: expected HOST"),
    ('listen = "a:b"\n[hooks.ops]\nroom = "ops"', "listen: expected HOST"), ('name = "room 5"\n[hooks.ops]\nroom = "ops"', "name: not a name"), ('fingerprint = "00"\n[hooks.ops]\nroom = "ops"', "fingerprint: expected a SHA-256"),
    ('[hooks.ops]\nroom = "' + "ü" * 17 + '"', "hooks.ops.room: not a name of a room"), ('[hooks.ops]\nroom = "' + "o" * 33 + '"', "hooks.ops.room: not a name of a room"),
    ('max_body_kib = 1025\n[hooks.ops]\nroom = "ops"', "max_body_kib: expected a number from 1 to 1024"),
])
def test_a_mistake_in_the_configuration_is_named(check, configuration, words):
    assert words in complaint(check(configuration))


def test_a_missing_token_and_a_missing_configuration_are_named(check, tmp_path):
    assert "there is no token for the hook ops" in complaint(check(tokens={}))
    done = subprocess.run([PROGRAM, "--config", tmp_path / "nothing.toml"], capture_output=True, text=True, timeout=60)
    assert "nothing.toml: No such file or directory" in complaint(done)


@pytest.mark.parametrize("change, words", [
    (lambda hook: hook.secret("ops").chmod(0o640), "other users may read it"), (lambda hook: hook.secret("ops").chmod(0o604), "other users may read it"), (lambda hook: hook.secret("ops").write_text("\nx"), "the first line is empty"),
    (lambda hook: hook.secret("ops").write_bytes(b"\xff\n"), "not UTF-8"), (lambda hook: (hook.secret("ops").unlink(), os.mkfifo(hook.secret("ops"), 0o600)), "not a regular file"),
])
def test_secret_files_are_checked(check, change, words):
    line = complaint(check(change=change))
    assert words in line and TOKEN not in line


def test_systemd_may_pass_the_secrets(check, tmp_path):
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "secret_ops").write_text(TOKEN)
    given = {"CREDENTIALS_DIRECTORY": str(credentials)}
    assert check(tokens={}, environment=given).returncode == 0


def test_a_short_token_is_a_warning(check):
    done = check(tokens={"ops": "short"})
    assert done.returncode == 0 and "shorter than 16 characters" in done.stderr and "short\n" not in done.stderr


@pytest.mark.parametrize("arguments", [["--nonsense"], ["extra"], ["--listen", "a b"], ["--config"], ["--listen", "x:99999"]])
def test_a_usage_error_is_one_line(arguments):
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == "" and re.fullmatch(r"chat-hook: [^\n]+ \(usage: chat-hook --help\)\n", done.stderr)


def test_an_address_that_is_taken_is_one_line(tmp_path):
    hook = Hook(tmp_path / "hook", '[hooks.ops]\nroom = "ops"\n', {"ops": TOKEN})
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = subprocess.run([*hook.command, "--listen", f"127.0.0.1:{taken.getsockname()[1]}"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "") and re.fullmatch(r"chat-hook: 127\.0\.0\.1:\d+: Address already in use\n", done.stderr)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it(tmp_path, number):
    hook = Hook(tmp_path / "hook", '[hooks.ops]\nroom = "ops"\n', {"ops": TOKEN}).start()
    os.kill(hook.process.pid, number)
    assert hook.process.wait(60) == 0
    hook.close()


def test_the_log_for_people_is_on_standard_error(tmp_path):
    hook = Hook(tmp_path / "hook", 'server = "127.0.0.1:1"\n[hooks.ops]\nroom = "ops"\n', {"ops": TOKEN})
    process = subprocess.Popen(hook.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={key: value for key, value in os.environ.items() if key != "JOURNAL_STREAM"})
    try:
        hook.port = int(re.fullmatch(r"chat-hook: listening on 127\.0\.0\.1:(\d+), 1 hook\n", process.stderr.readline())[1])
        begin = time.monotonic()
        assert hook.text("hello").status == 503
        assert time.monotonic() - begin < 60
        assert re.fullmatch(r"chat-hook: hook ops: 503 the chat server cannot be reached: .*, from 127\.0\.0\.1\n", process.stderr.readline())
    finally:
        process.terminate()
        output, errors = process.communicate(timeout=60)
    assert (process.returncode, output, errors) == (0, "", "")


def test_sockets_of_systemd_come_first_and_readiness_is_reported(tmp_path):
    """As chat-hook.socket passes them."""
    hook = Hook(tmp_path / "hook", 'server = "127.0.0.1:1"\n[hooks.ops]\nroom = "ops"\n', {"ops": TOKEN})
    with socket.create_server(("127.0.0.1", 0)) as given, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(60)
        script = 'exec 3<&"$1"; shift; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        process = subprocess.Popen(["bash", "-c", script, "bash", str(given.fileno()), *map(str, hook.command)], pass_fds=[given.fileno()], env={**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify")}, stderr=subprocess.DEVNULL)
        try:
            assert manager.recv(100) == b"READY=1"
            hook.port = given.getsockname()[1]
            response = hook.raw(b"GET /ops HTTP/1.1\r\n\r\n")
            assert isinstance(response, Response) and response.status == 405
        finally:
            process.terminate()
            assert process.wait(60) == 0


def test_the_conffile_and_the_manual_explain_every_setting(check):
    """And the conffile, with its examples made real, is a good configuration."""
    source = (ROOT / "hooks" / "chat_hook" / "configuration.py").read_text(encoding="utf-8")
    settings = set(re.findall(r'table\.(?:take|number|name)\("(\w+)"', source)) - {"hooks"}
    text = re.sub(r"^#(?=\w+ = |\[)", "", CONFFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    shown = tomllib.loads(text)
    assert len(settings) >= 11
    assert {key for key in shown if key != "hooks"} | {key for hook in shown["hooks"].values() for key in hook} == settings
    manual = (ROOT / "docs" / "man" / "chat-hook.8").read_text(encoding="utf-8").replace("\\-", "-")
    assert [key for key in settings if f"\n.B {key}\n" not in manual] == []
    done = check(text, {name: TOKEN for name in shown["hooks"]})
    assert (done.returncode, done.stderr) == (0, "")
