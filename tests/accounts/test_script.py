"""Passwords that another program checks (accounts.backend = "script")."""
import json
import socket
import threading

import pytest
from chat_server import Server

pytestmark = [pytest.mark.sanitized]


class Script:
    """Such a program, with one password for all."""

    def __init__(self, path):
        self.path, self.questions, self.answer = path, [], self.check
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(16)
        threading.Thread(target=self.serve, daemon=True).start()

    def check(self, question):
        return {"success": question["passphrase"] == PASSWORD, "accountName": question["accountName"].capitalize(), "error": ""}

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.reply, args=(connection,), daemon=True).start()

    def reply(self, connection):
        with connection, connection.makefile("rwb") as stream:
            question = json.loads(stream.readline())
            self.questions.append(question)
            answer = self.answer(question)
            if answer is None:
                stream.read()       # says nothing until the other end leaves
                return
            stream.write(answer if isinstance(answer, bytes) else json.dumps(answer).encode() + b"\n")


@pytest.fixture
def script(tmp_path):
    one = Script(tmp_path / "script.sock")
    yield one
    one.listener.close()


@pytest.fixture
def server(start_server, script) -> Server:
    return start_server({"accounts.backend": '"script"', "accounts.script_socket": f'"{script.path}"', "accounts.register": '"open"'}, front="proxied")


PASSWORD = "in-the-directory"


@pytest.mark.requirement("N09")
def test_whoever_the_program_accepts_has_an_account(server, script):
    client = server.connect("Somebody")
    assert client.welcome["accounts"] == "operator"
    answer = client.ask(f"/login robin {PASSWORD}")
    assert (answer.kind, answer["name"], answer["failed"]) == ("account", "Robin", "0")
    client.expect("renamed", old="Somebody", name="Robin", account="yes", tag=None)
    assert script.questions == [{"accountName": "robin", "passphrase": PASSWORD, "certfp": "", "ip": "127.0.0.1"}]
    other = server.connect()
    assert other.ask("/login Robin")["code"] == "password-required"
    assert other.ask("/login Robin wrong-password")["code"] == "wrong-secret"
    assert other.ask("/login Nobody wrong-password")["code"] == "wrong-secret"
    answer = other.ask(f"/login Robin {PASSWORD}")
    assert (answer.kind, answer["failed"]) == ("account", "1")
    client.wait_for("renamed", id=client.id)


@pytest.mark.requirement("N09")
def test_program_learns_the_certificate_and_the_address(server, script):
    client = server.connect_proxied(host="192.0.2.7", fingerprint="ab" * 32)
    client.expect("welcome")
    assert client.ask(f"/login Robin {PASSWORD}").kind == "account"
    assert script.questions == [{"accountName": "Robin", "passphrase": PASSWORD, "certfp": "ab" * 32, "ip": "192.0.2.7"}]


@pytest.mark.requirement("N09")
def test_passwords_are_not_kept_here(server, script):
    client = server.connect("Somebody")
    assert client.ask("/register a-password")["code"] == "forbidden"
    assert client.ask("/reset Robin token a-password")["code"] == "forbidden"
    assert client.ask(f"/login Robin {PASSWORD}").kind == "account"
    client.drain()
    assert client.ask(f"/password {PASSWORD} a-password")["code"] == "forbidden"
    assert not any(PASSWORD.encode() in path.read_bytes() for path in server.state.rglob("*") if path.is_file())


@pytest.mark.requirement("N09")
def test_wrong_passwords_are_throttled_before_the_program_is_asked(server, script):
    client = server.connect()
    codes = [client.ask("/login Robin wrong-password")["code"] for _ in range(7)]
    assert codes == ["wrong-secret"] * 5 + ["too-fast"] * 2 and len(script.questions) == 5


@pytest.mark.requirement("N09")
@pytest.mark.parametrize("answer", [b"nonsense\n", b"", b'{"success":"yes"}\n', b"{}\n", b"x" * 100_000], ids=["no JSON", "nothing", "no boolean", "no success", "long"])
def test_answers_that_are_not_understood(server, script, answer):
    script.answer = lambda question: answer
    client = server.connect()
    assert client.ask(f"/login Robin {PASSWORD}")["code"] == "busy"
    server.wait_for_log("the program at .*script.sock: its answer is")
    script.answer = script.check
    assert client.ask(f"/login Robin {PASSWORD}").kind == "account"


@pytest.mark.requirement("N09")
def test_program_that_cannot_judge_says_why(server, script):
    script.answer = lambda question: {"accountName": "", "error": "the directory is down"}
    client = server.connect()
    assert [client.ask(f"/login Robin {PASSWORD}")["code"] for _ in range(7)] == ["busy"] * 7, "this is no wrong password"
    server.wait_for_log("the program at .*script.sock: the directory is down")
    script.answer = lambda question: {"error": "two\nlines"}
    assert client.ask(f"/login Robin {PASSWORD}")["code"] == "busy"
    server.wait_for_log("the program at .*script.sock: its answer is not understood")


@pytest.mark.requirement("N09")
def test_a_program_that_is_slow_or_away_delays_nobody_else(server, script):
    script.answer = lambda question: None
    slow, other = server.connect(), server.connect()
    tag = slow.tagged(f"/login Robin {PASSWORD}")
    assert other.ask("/login Batman").kind == "renamed"
    assert server.operate("AddAccount", name="Joker")["token"]
    assert slow.wait_for("error", tag=tag)["code"] == "busy"
    script.listener.close()
    script.path.unlink()
    assert slow.ask(f"/login Robin {PASSWORD}")["code"] == "busy"


@pytest.mark.requirement("N09")
def test_a_name_that_cannot_be_one(server, script):
    script.answer = lambda question: {"success": True, "accountName": "robin@example.org"}
    assert server.connect().ask(f"/login Robin {PASSWORD}")["code"] == "bad-name"


@pytest.mark.requirement("N09")
def test_needs_a_socket(start_server):
    with pytest.raises(AssertionError, match="accounts.backend: accounts.script_socket has to be the path of a socket"):
        start_server({"accounts.backend": '"script"'})
