"""Every option and argument of every program refuses empty values, numbers out of range and what it cannot read: status
and one line that names it; and output that cannot be written is an error."""
import re
import subprocess

import builds
import pytest
from deadline import PATIENCE, wait_until

SUBCOMMANDS = {"send": ["Bob", "hi"], "sendfile": ["Bob", "/etc/hostname"], "tail": [], "who": [], "calc": [], "datetime": [], "echo": ["hi"]}
HUGE = "9" * 30
NUMBER = ["", "-1", "0", HUGE, "1.5", "x", "0x10", " 1", "1e3"]
OF_CHAT_CLIENT = {
    "--server": ["", "\x1b[2J", ":", "host:", "host:0", "host:-1", "host:65536", f"host:{HUGE}", "[::1", "a b"], "--name": ["", "7up", "-x", "a b", "\x1b[2J", "x" * 33],
    "--count": NUMBER, "--since": ["", "x", "-1d", "25:00", "2026-13-01"], "--password-file": [""], "--room": ["", "#", "a b", "a,b", "x" * 33], "--every": ["", "-", "-1", "0", "2-1", "1-", HUGE, "nan", "inf", "x"]}
OPTIONS = {"send": ["--server", "--name", "--password-file"], "sendfile": ["--server", "--name"], "tail": ["--server", "--name", "--count", "--room", "--since"], "who": ["--server", "--name"],
           "calc": ["--server", "--name"], "datetime": ["--server", "--every", "--count"], "echo": ["--server"]}
ALL = [pytest.param([name, option, value, *SUBCOMMANDS[name]], option, id=f"{name} {option} {value[:6]!r}")
       for name, options in OPTIONS.items() for option in options for value in OF_CHAT_CLIENT[option]]
ARGUMENTS = [["send", "", "hi"], ["send", "Bob", ""], ["send", "a b", "hi"], ["send", "group:1", "hi"], ["sendfile", "", "/etc/hostname"], ["sendfile", "Bob", ""], ["sendfile", "all", "/etc/hostname"],
             ["echo", ""], ["echo", "a\nb"], ["echo", "--udp", ""], ["who", "extra"], ["--config", ""], ["--server", ""], ["sendd", "Bob", "hi"], ["send", "Bob"], ["send"], ["echo"], ["--nonsense"]]


def run(program, *words, **streams):
    """Returns (status, lines of standard output, lines of standard error)."""
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    done = subprocess.run([builds.program(program), *words], timeout=PATIENCE, text=True, check=False, **options)
    return done.returncode, (done.stdout or "").splitlines(), done.stderr.splitlines()


@pytest.mark.parametrize("words, option", ALL)
def test_chat_client_refuses_bad_values(words, option):
    status, output, errors = run("chat-client", *words)
    assert (status, output) == (2, []), errors
    assert errors[0].startswith(f"{option}: ") or "after each other" in errors[0], errors
    assert not re.search("[\x00-\x08\x0b-\x1f]", "".join(errors))


@pytest.mark.parametrize("words", ARGUMENTS, ids=" ".join)
def test_chat_client_refuses_bad_arguments(words):
    status, output, errors = run("chat-client", *words)
    assert (status, output) == (2, []), errors
    assert errors


def test_a_text_may_begin_with_a_dash(server):
    robin = server.connect("Robin")
    where = ["--server", f"127.0.0.1:{server.port}"]
    for words in (["send", *where, "Robin", "-hello"], ["send", "Robin", "-hello", *where], ["send", *where, "--", "Robin", "-hello"], ["send", *where, "--name", "Bob", "Robin", "-hello"]):
        assert run("chat-client", *words)[0] == 0
        assert robin.wait_for("message").text == "-hello"
    assert run("chat-client", "echo", *where, "-hi", "--there")[:2] == (0, ["-hi --there"])


def test_a_mistyped_word_is_followed_by_a_hint(tmp_path):
    assert "did you mean send?" in run("chat-client", "sendd", "Bob", "hi")[2][0]
    assert "did you mean clients?" in run("chatctl", "clint")[2][0]
    (tmp_path / "client.toml").write_text("timestamp = true\n")
    assert run("chat-client", "--config", str(tmp_path / "client.toml"), "who")[2] == [f"chat-client: {tmp_path}/client.toml:1: timestamp: there is no such setting; did you mean timestamps?"]
    status, _, errors = run("chat-acceptor", "--config", "/dev/null", "--config-directory", str(tmp_path / "none"), "--check-configuration", "--set", "limits.max_client=3")
    assert status == 78
    assert "did you mean limits.max_clients?" in errors[0]


@pytest.mark.parametrize("words", [
    ["--socket", "", "status"], *(["--timeout", value, "status"] for value in NUMBER), *(["tail", "--last", value] for value in NUMBER if value != "0"), *(["tail", "--count", value] for value in NUMBER if value != "0"),
    ["kick", ""], ["kick", "Bob", ""], ["ban", ""], *(["ban", "Bob", "--for", value] for value in ("", "0", "-1d", "x", HUGE + "d")), ["ban", "Bob", "--reason", ""], ["unban", ""], ["forget", ""],
    ["announce", ""], ["add", "", "Bob"], ["add", "ops", ""], ["remove", "", "Bob"], ["remove", "ops", ""], ["account", "list", "Bob"], ["account", "add"], ["account", "add", ""], ["account", "nonsense", "Bob"], ["room", "set"], ["room", "set", "ops"], ["room", "set", "ops", "x=1"],
    ["op", "ops"], ["op", "ops", ""], ["invite", "--uses", "0"], ["invite", "--days", "-1"], ["nonsense"], []], ids=" ".join)
def test_chatctl_refuses_bad_values(words):
    status, output, errors = run("chatctl", *words)
    assert (status, output) == (2, []), errors
    assert errors


def test_chatctl_prints_no_control_character(tmp_path):
    for words in (["log", "--database"], ["backup"], ["--socket", "/nowhere/\x1b[2J", "status"], ["account"]):
        _, output, errors = run("chatctl", "--socket", str(tmp_path / "none"), *words, *([] if "status" in words else [f"{tmp_path}/none/\x1b[2J"]))
        assert output == [] and errors and "\x1b" not in "".join(errors), errors


@pytest.mark.parametrize("program", ["chat-acceptor", "chat-delivery"])
@pytest.mark.parametrize("words", [*([option, ""] for option in ("--config", "--config-directory", "--state", "--instance", "--link", "--set")), ["--set", "nonsense"], ["--set", "limits.max_clients=-1"],
                                   ["--set", f"limits.max_clients={HUGE}"], ["--set", "limits.max_clients="], ["--instance", "a/b"], ["extra"], ["--nonsense"]], ids=" ".join)
def test_the_daemons_refuse_bad_values(program, words):
    status, output, errors = run(program, "--config", "/dev/null", "--check-configuration", *words) if words[0] != "--config" else run(program, "--check-configuration", *words)
    assert status not in (0, None) and status > 0, "it is refused, and not by a crash"
    assert output == []
    assert errors


@pytest.mark.parametrize("program, words", [*((program, words) for program in ("chat-acceptor", "chat-delivery", "chat-auth", "chatctl", "chat-client") for words in (["--nonsense"], ["extra"])),
                                            ("chat-acceptor", ["--state", ""]), ("chat-delivery", ["--config"]), ("chat-auth", ["--cost", "99"]), ("chatctl", ["--timeout", "x", "status"])])
def test_wrong_use_has_one_status(program, words):
    status, output, errors = run(program, *words)
    assert (status, output) == (2, []) and errors


@pytest.mark.parametrize("script, words, problem", [
    *((script, ["--nonsense"], "--nonsense") for script in ("analysis/chat-report", "packaging/standalone/chat-standalone", "hooks/chat-hook")),
    *(("packaging/standalone/chat-standalone", [option, ""], option) for option in ("--port", "--address", "--irc-port", "--state", "--config", "--set", "--build")),
    *(("hooks/chat-hook", [option, ""], option) for option in ("--config", "--listen")), ("packaging/standalone/chat-standalone", ["--port", "\x1b[2J"], "--port"), ("hooks/chat-hook", ["--listen", "\x1b [2J"], "--listen")])
def test_wrong_use_of_scripts_has_the_same_status(script, words, problem):
    done = subprocess.run([builds.ROOT / script, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (2, "") and problem in done.stderr and "\x1b" not in done.stderr
    assert len(done.stderr.splitlines()) == 1 or done.stderr.startswith("usage: "), done.stderr


@pytest.mark.parametrize("options, problem", [(["--port", "65535"], "'65535' is not a port from 1 to 65534; the server takes P and P+1"), (["0"], "'0' is not a port"), (["--port", "-1"], "--port"),
                                              (["--irc-port", "65536"], "'65536' is not a port from 0 to 65535"), (["--port", "5000x"], "'5000x' is not a port")])
def test_which_ports_a_server_can_have(options, problem):
    done = subprocess.run([builds.ROOT / "packaging/standalone/chat-standalone", *options], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2 and problem in done.stderr.splitlines()[-1], done.stderr


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["who"], ["send", "--help"], ["tail", "--count", "1"], ["echo", "hi"], ["datetime", "--count", "1"], ["calc", "--name", "Euclid"], ["--guest"]], ids=" ".join)
def test_output_that_cannot_be_written_is_an_error(server, words):
    listener = server.connect("Robin")
    options = [] if words[0].startswith("--") and words != ["--guest"] else ["--server", f"127.0.0.1:{server.port}"]
    with open("/dev/full", "w", encoding="ascii") as full:
        process = subprocess.Popen([builds.program("chat-client"), *words, *options], stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE, text=True)
        if words[0] == "calc":
            process.stdin.write("1 + 1\nq\n")
        if words[0] == "tail":          # it listens without being announced
            wait_until(lambda: listener.send("hello") or process.poll() is not None, "it ends")
        errors = process.communicate(timeout=PATIENCE)[1].splitlines()
    assert (process.returncode, errors) == (1, ["chat-client: cannot write to standard output"])
    listener.close()


@pytest.mark.parametrize("program", ["chat-client", "chatctl", "chat-acceptor", "chat-delivery", "chat-auth", "chat-auth-pam", "hooks/chat-hook", "analysis/chat-report", "packaging/standalone/chat-standalone"])
def test_help_that_cannot_be_written_is_an_error(program):
    path = builds.ROOT / program if "/" in program else builds.program(program)
    for option in ("--help", "--version"):
        for output in ("/dev/full", "closed"):
            if (program, option) == ("packaging/standalone/chat-standalone", "--version"):
                continue
            to = ">&-" if output == "closed" else f">{output}"
            done = subprocess.run(["sh", "-c", f'exec "$0" {option} {to}', path], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE, text=True, check=False)
            errors = done.stderr.splitlines()
            assert done.returncode > 0, (option, output)
            assert len(errors) == 1 and "standard output" in errors[0], errors


def test_a_closed_standard_output_is_an_error(server):
    """And nothing else, such as the server's socket, takes its place."""
    robin = server.connect("Robin")
    where = f"--server 127.0.0.1:{server.port}"
    control = f"--socket {server.state}/admin.sock"
    for program, words in (("chat-client", f"who {where}"), ("chat-client", f"echo {where} hi"), ("chat-client", f"--guest {where}"), ("chatctl", f"{control} status"), ("chatctl", f"{control} tail -n 1 -c 1")):
        done = subprocess.run(["sh", "-c", f'exec "$0" {words} >&-', builds.program(program)], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=PATIENCE, text=True, check=False)
        assert done.returncode == 1 and len(done.stderr.splitlines()) == 1 and "standard output" in done.stderr, (words, done)
    robin.close()
