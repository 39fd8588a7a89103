"""chat-auth-pam by itself: questions that PAM answers, with modules that permit, deny, block and crash, and as the program
behind accounts.script_socket."""
import signal
import socket
import time
from pathlib import Path

import builds
import pytest
from auth_pam import CHECK, AuthPam, answer_of, question
from deadline import wait_until

REFUSED = {"success": False, "accountName": "", "error": ""}
PASSWORD = "in the directory"
BLOCK = "#!/bin/sh\necho blocked >> {directory}/asked\nexec sleep 30\n"
ANY_ACCOUNT = "account required pam_permit.so"
ANYBODY = ("auth required pam_permit.so", ANY_ACCOUNT)


@pytest.fixture
def pam(tmp_path):
    one = AuthPam(tmp_path / "pam", "--idle", "600")
    yield one.start()
    one.close()


@pytest.mark.requirement("N09")
def test_modules_judge_the_password(pam):
    pam.judge(CHECK)
    assert pam.ask("robin", PASSWORD) == {"success": True, "accountName": "robin", "error": ""}
    assert pam.ask("robin", "in the directori") == REFUSED
    assert pam.ask("joker", PASSWORD) == REFUSED
    assert pam.asked()[:1] == ["auth robin 192.0.2.7 chat"]


@pytest.mark.requirement("N09")
def test_users_are_asked_for_in_lower_case(pam):
    """Names in the chat ignore case: two users whose names differ in case only must not have one account."""
    pam.judge(CHECK)
    assert pam.ask("Robin", PASSWORD)["accountName"] == "robin"


@pytest.mark.requirement("N09")
def test_rules_for_accounts_are_obeyed(pam):
    pam.rules("auth required pam_permit.so", "account required pam_deny.so")
    assert pam.ask("robin", PASSWORD) == REFUSED
    pam.rules("auth required pam_deny.so", ANY_ACCOUNT)
    assert pam.ask("robin", PASSWORD) == REFUSED
    pam.rules(*ANYBODY)
    assert pam.ask("robin", PASSWORD)["success"] is True
    pam.end()
    assert b"The password of robin is right, but the user is refused" in pam.log and PASSWORD.encode() not in pam.log


@pytest.mark.requirement("N09")
@pytest.mark.parametrize("line", [b"", b"\n", b"nonsense\n", b"{}\n", b"x" * 100_000, b'{"accountName":"robin"}\n', question("robin", ""), question("", PASSWORD), question("robin", "x" * 600),
                                  question("../robin", PASSWORD), question("robin", "a\0b"), question("robin", PASSWORD, ip="somewhere else"), question(7, PASSWORD)],
                         ids=["nothing", "empty", "no JSON", "no members", "long", "no password", "empty password", "no name", "long password", "path", "NUL", "address", "number"])
def test_what_is_no_question_is_refused_like_a_wrong_password(pam, line):
    pam.rules(*ANYBODY)
    with pam.connect() as peer:
        try:
            peer.sendall(line)
            peer.shutdown(socket.SHUT_WR)
            assert answer_of(peer) == REFUSED
        except (BrokenPipeError, ConnectionResetError):
            assert len(line) > 50_000, "only what is too long is not read to its end"
    assert pam.ask("robin", PASSWORD)["success"] is True


@pytest.mark.requirement("N09")
def test_trouble_is_not_a_wrong_password(pam):
    pam.rules("auth required pam_that_is_not_there.so", ANY_ACCOUNT)
    answer = pam.ask("robin", PASSWORD)
    assert "success" not in answer and answer["error"]
    pam.judge("#!/bin/sh\nkill -9 $PPID\n")
    answer = pam.ask("robin", PASSWORD)
    assert answer is None or "success" not in answer
    pam.rules(*ANYBODY)
    assert pam.ask("robin", PASSWORD)["success"] is True


@pytest.mark.requirement("N09")
def test_modules_that_block_delay_nobody_else_and_are_ended(pam):
    pam.judge(BLOCK)
    begin = time.monotonic()
    with pam.connect() as slow:
        slow.sendall(question("robin", PASSWORD))
        wait_until(pam.asked, "its module blocks")
        pam.rules(*ANYBODY)
        assert pam.ask("robin", PASSWORD)["success"] is True
        assert answer_of(slow) is None
    assert time.monotonic() - begin > 9, "a module has ten seconds"
    wait_until(lambda: not pam.children(), "the end of its process")
    pam.end()
    assert b"PAM gave no answer: its process ended by signal 9" in pam.log


@pytest.mark.requirement("N09")
def test_has_room_for_a_bounded_number_of_questions(pam):
    pam.rules(*ANYBODY)
    silent = [pam.connect() for _ in range(20)]
    wait_until(lambda: len(pam.children()) == 8, "eight processes")
    with pam.connect() as waiting:
        waiting.sendall(question("robin", PASSWORD))
        for peer in silent:
            peer.close()
        assert answer_of(waiting)["success"] is True
    wait_until(lambda: not pam.children(), "the end of all processes")


@pytest.mark.requirement("N09")
def test_refusals_take_as_long_whatever_their_reason(pam):
    """They leave at steps of a quarter of a second."""
    pam.rules("auth requisite pam_deny.so", ANY_ACCOUNT)
    for line in (question("robin", PASSWORD), b"nonsense\n"):
        begin = time.monotonic()
        assert pam.ask_line(line) == REFUSED
        assert time.monotonic() - begin >= 0.24


@pytest.mark.requirement("N09")
def test_processes_end_with_the_service(pam):
    pam.judge(BLOCK)
    with pam.connect() as slow:
        slow.sendall(question("robin", PASSWORD))
        wait_until(pam.asked, "its module blocks")
        pam.end(signal.SIGKILL)
        assert answer_of(slow) is None


@pytest.mark.requirement("N09")
def test_ends_when_idle_and_needs_a_socket(tmp_path):
    pam = AuthPam(tmp_path / "pam", "--idle", "1").start()
    pam.rules(*ANYBODY)
    assert pam.ask("robin", PASSWORD)["success"] is True
    assert pam.wait() == 0
    pam.close()


@pytest.mark.requirement("N09")
def test_passwords_are_not_in_its_output_nor_its_memory(tmp_path):
    secret = "a-password-that-occurs-nowhere-else"
    pam = AuthPam(tmp_path / "pam", build=builds.RELEASE).start()
    pam.judge(CHECK)
    for _ in range(3):
        assert pam.ask("robin", secret) == REFUSED
    wait_until(lambda: not pam.children(), "the end of its processes")
    found = [area for area in Path(f"/proc/{pam.process.pid}/maps").read_text().splitlines() if "rw" in area.split()[1] and contains(pam.process.pid, area, secret.encode())]
    assert not found
    pam.close()
    assert secret.encode() not in pam.log


def contains(pid, area, text):
    first, last = (int(number, 16) for number in area.split()[0].split("-"))
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        while first < last:
            try:
                memory.seek(first)
                if text in memory.read(min(last - first, 1 << 24)):
                    return True
            except (OSError, ValueError, OverflowError):
                return False
            first += 1 << 24
    return False


@pytest.mark.requirement("N09")
def test_people_log_in_to_the_chat_through_pam(start_server, pam):
    pam.judge(CHECK.replace("in the directory", "in-the-directory"))
    server = start_server({"accounts.backend": '"script"', "accounts.script_socket": f'"{pam.path}"'})
    client = server.connect("Somebody")
    assert client.ask("/login Robin wrong-password")["code"] == "wrong-secret"
    answer = client.ask("/login Robin in-the-directory")
    assert (answer.kind, answer["name"]) == ("account", "robin")
    client.expect("renamed", old="Somebody", name="robin", account="yes", tag=None)
    assert server.connect().ask("/login ROBIN")["code"] == "password-required"
    pam.rules("auth required pam_that_is_not_there.so", ANY_ACCOUNT)
    assert server.connect().ask("/login Robin in-the-directory")["code"] == "busy"
    server.wait_for_log(f"the program at {pam.path}: ")
