"""chat-auth by itself: its socket, its life, and what it never leaves behind."""
import os
import random
import re
import signal
import threading

import builds
import pytest
from auth_daemon import AuthDaemon, line
from deadline import PATIENCE, wait_until

SECRET = "a-secret-that-occurs-nowhere-else-" + "x" * 40


@pytest.fixture
def daemon(tmp_path):
    one = AuthDaemon(tmp_path / "state")
    yield one.start()
    one.close()


def test_registers_and_logs_in(daemon):
    made = daemon.register("Robin", "password", line(100))
    assert (made["outcome"], made["name"], made["failed"]) == ("ok", "Robin", 0)
    assert daemon.login("robin", "passworf", line(200))["outcome"] == "wrong-secret"
    again = daemon.login("robin", "password", line(300))
    assert (again["outcome"], again["name"], again["account"], again["since"], again["failed"]) == ("ok", "Robin", made["account"], made["since"], 1)


def test_describes_itself_and_refuses_wrong_calls(daemon):
    with daemon.connect() as peer:
        daemon.send(peer, "org.varlink.service.GetInfo")
        assert daemon.reply(peer)["parameters"]["product"] == "chat-auth"
        daemon.send(peer, "Dance")
        assert daemon.reply(peer)["error"] == "org.varlink.service.MethodNotFound"
        daemon.send(peer, "Login", name="Robin")
        assert daemon.reply(peer) == {"error": "org.varlink.service.InvalidParameter", "parameters": {"parameter": "segment"}}
        peer.sendall(b"nonsense\0")
        assert daemon.reply(peer) is None
    with daemon.connect() as peer:
        peer.sendall(b"x" * 70000)
        assert daemon.reply(peer)["error"] == "org.chat.Auth.MessageTooLong"
    assert daemon.call("Names")["rows"] == []


def test_calls_on_one_connection_are_answered_in_order(daemon):
    with daemon.connect() as peer:
        for number in range(8):
            daemon.send(peer, "Register", **line(number), address="192.0.2.7", name=f"n{number}", secret="password", policy="open", least=8)
        for number in range(8):
            assert daemon.reply(peer)["parameters"]["name"] == f"n{number}"


def test_has_room_for_a_bounded_number_of_connections(daemon):
    """An idle one makes room for a new one."""
    idle = [daemon.connect() for _ in range(40)]
    assert daemon.call("Names")["outcome"] == "ok"
    assert idle[0].recv(1) == b"", "the oldest has made room"
    for peer in idle:
        peer.close()


def test_ends_when_it_is_idle(tmp_path):
    daemon = AuthDaemon(tmp_path / "state", "--idle", "1").start()
    try:
        assert daemon.call("Names")["outcome"] == "ok"
        assert daemon.wait() == 0
        daemon.start()      # as systemd does on the next call
        assert daemon.call("Names")["outcome"] == "ok"
    finally:
        daemon.close()


def test_a_signal_ends_it(daemon):
    assert daemon.call("Names")["outcome"] == "ok"
    assert daemon.end() == 0


@pytest.mark.requirement("N09")
def test_a_call_that_is_repeated_after_a_kill_happens_once(daemon):
    """Registrations and changes of passwords, with a SIGKILL at a random moment of each: the caller repeats a call until
    it is answered."""
    chance = random.Random(1)

    def until_answered(**call):
        victim, fired = daemon.process, []
        killer = threading.Timer(chance.uniform(0, 0.03), lambda: (fired.append(True), victim.kill()))
        killer.start()
        try:
            for _ in range(100):
                with daemon.connect() as peer:
                    peer.settimeout(0.5)
                    try:
                        daemon.send(peer, **call)
                        reply = daemon.reply(peer)
                    except (TimeoutError, BrokenPipeError):     # it died before it had accepted this connection
                        reply = None
                if reply is not None:
                    return reply["parameters"]
                if daemon.process.poll() is not None:
                    assert daemon.wait() == -signal.SIGKILL
                    daemon.start()
            raise AssertionError("never answered")
        finally:
            killer.cancel()
            killer.join()
            if fired and daemon.process is victim:
                daemon.wait()
                daemon.start()

    for number in range(25):
        name, key = f"Robin{number}", line(1, session=number)
        made = until_answered(method="Register", **key, address="192.0.2.7", name=name, secret="password", policy="open", least=8)
        assert (made["outcome"], made["account"]) == ("ok", number + 1)
        changed = until_answered(method="ChangePassword", **line(2, session=number), address="192.0.2.7", account=made["account"], secret="password",
                                 new_secret="newer password", least=8)
        assert changed["outcome"] == "ok"
    assert len(daemon.call("Names")["rows"]) == 25
    for number in range(25):
        assert daemon.login(f"robin{number}", "newer password", line(3, session=number))["outcome"] == "ok"


def test_names_are_answered_while_passwords_are_hashed(tmp_path):
    """At a cost at which one hash takes a while: calls without a hash do not wait for those with one."""
    daemon = AuthDaemon(tmp_path / "state", "--cost", "6").start()
    try:
        peers = [daemon.connect() for _ in range(10)]
        for number, peer in enumerate(peers):
            daemon.send(peer, "Register", **line(number), address="192.0.2.7", name=f"n{number}", secret="password", policy="open", least=8)
        names = len(daemon.call("Names")["rows"])
        assert names < 10
        for peer in peers:
            assert daemon.reply(peer)["parameters"]["outcome"] == "ok"
            peer.close()
    finally:
        daemon.close()


def writable_memory(pid):
    for mapping in open(f"/proc/{pid}/maps", encoding="ascii").read().splitlines():
        begin, end, access = re.match(r"([0-9a-f]+)-([0-9a-f]+) (\S+)", mapping).groups()
        if access.startswith("rw") and "[vvar" not in mapping:
            with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
                memory.seek(int(begin, 16))
                try:
                    yield memory.read(int(end, 16) - int(begin, 16)) or b""
                except OSError:     # a guard page
                    pass


@pytest.mark.requirement("N10")
@pytest.mark.skipif(os.getuid() != 0, reason="reads the memory of another process")
def test_no_secret_stays_in_its_memory(tmp_path):
    daemon = AuthDaemon(tmp_path / "state", build=builds.RELEASE).start()
    try:
        invitation = daemon.call("Invite", operator=0)["token"]
        secrets = [SECRET + word for word in ("-first", "-wrong", "-second")] + [invitation]
        made = daemon.register("Robin", secrets[0], line(1), token=invitation)
        assert daemon.login("Robin", secrets[1], line(2))["outcome"] == "wrong-secret"
        assert daemon.call("ChangePassword", **line(3), address="192.0.2.7", account=made["account"], secret=secrets[0], new_secret=secrets[2], least=8)["outcome"] == "ok"
        # the reply to the last call may be on its way while the buffers behind it are still being freed
        wait_until(lambda: not [secret for secret in secrets for piece in writable_memory(daemon.process.pid) if secret.encode() in piece], "no secret is in memory", PATIENCE)
        assert any(b"Robin" in piece for piece in writable_memory(daemon.process.pid)), "the search finds what is there"
    finally:
        daemon.close()


@pytest.mark.requirement("N10")
def test_no_secret_is_in_its_files_or_its_log(daemon):
    invitation = daemon.call("Invite", operator=0)["token"]
    assert daemon.register("Robin", SECRET, line(1), token=invitation)["outcome"] == "ok"
    assert daemon.login("Robin", SECRET + "-wrong", line(2))["outcome"] == "wrong-secret"
    daemon.login(SECRET, SECRET, line(3))     # typed in the wrong place
    daemon.end()
    assert b"Login from 192.0.2.7 failed: wrong-secret" in daemon.log and b"The account Robin was registered" in daemon.log
    for path in daemon.state.iterdir():
        if path.is_file():
            content = path.read_bytes()
            assert SECRET.encode() not in content and invitation.encode() not in content, path
    assert SECRET.encode() not in daemon.log and invitation.encode() not in daemon.log
    assert (daemon.state / "auth.db").stat().st_mode & 0o777 == 0o600
