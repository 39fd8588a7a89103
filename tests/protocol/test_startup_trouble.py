"""Problems at the start or around the running server: one clear line, or a documented degraded state; never a crash
loop."""
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import time

import pytest
from builds import program
from chat_server import Server
from deadline import wait_until
from mounting import fill, with_own_memory


@pytest.fixture
def failing(tmp_path):
    """A function that starts a server that must give up: returns (exit status, lines of stderr)."""
    def run(settings=None, state=None, prepare=None, **options):
        server = Server(state or tmp_path / "state", settings, **options)
        if prepare:
            prepare(server)
        server.spawn()
        status = server.wait_for_exit()
        assert server.output == [], "it must not say that it is ready"
        server.check_clean()
        return status, server.log
    return run


def one_clear_line(outcome, *words):
    status, log = outcome
    assert status not in (0, None)
    assert len(log) == 1, f"one line, please: {log}"
    assert all(word in log[0] for word in words), log[0]
    assert "what()" not in log[0] and "terminate" not in log[0]


@pytest.mark.requirement("D06")
@pytest.mark.parametrize("key, value, words", [
    ("limits.max_clients", "0", ["limits.max_clients"]), ("limits.max_clients", "-5", ["limits.max_clients"]), ("limits.max_clients", '"many"', ["limits.max_clients"]),
    ("limits.max_clients", "999999999999999999999", ["limits.max_clients"]), ("limits.no_such_thing", "1", ["limits.no_such_thing"]), ("nonsense", "1", ["nonsense"]),
    ("limits.max_line", "10", ["limits.max_line"]), ("log.text", "3", ["log.text"]), ("limits.burst", "0", ["limits.burst"]), ("limits.max_clients", "", ["limits.max_clients"])])
def test_bad_setting(failing, key, value, words):
    one_clear_line(failing({key: value}), *words)


@pytest.mark.requirement("D06")
@pytest.mark.parametrize("content, words", [
    ("[limits]\n\nmax_clients = 0\n", ["chat.toml:3", "limits.max_clients"]), ("[limits]\nmax_klients = 3\n", ["chat.toml:2", "limits.max_klients"]),
    ("[limits\n", ["chat.toml:1"]), ("limits = 7\n", ["chat.toml", "limits"]), ("\x00\x01", ["chat.toml"]), ("[limits]\nmax_clients = 3\nmax_clients = 4\n", ["chat.toml:3"])])
def test_bad_configuration_file(failing, tmp_path, content, words):
    config = tmp_path / "chat.toml"
    config.write_text(content)
    one_clear_line(failing(config=config), *words)


@pytest.mark.requirement("D06")
def test_missing_configuration_file(failing, tmp_path):
    one_clear_line(failing(config=tmp_path / "absent.toml"), "absent.toml")


@pytest.mark.parametrize("what", ["conf.d", "chat.toml", "file of conf.d"])
def test_configuration_that_cannot_be_read(failing, tmp_path, what):
    """It may hold settings that must be in force, such as log.text = false."""
    def prepare(server):
        file, directory = tmp_path / "chat.toml", server.state / "conf.d"
        directory.mkdir(parents=True)
        file.write_text("[log]\ntext = false\n")
        (directory / "10-own.toml").write_text("[log]\ntext = false\n")
        locked = {"conf.d": directory, "chat.toml": file, "file of conf.d": directory / "10-own.toml"}[what]
        locked.chmod(0)
        unprivileged = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"] if os.getuid() == 0 else []
        command = [*unprivileged, *server.command()]
        server.command = lambda: command
    one_clear_line(failing(config=tmp_path / "chat.toml", prepare=prepare), "cannot be read", what.split()[-1])


@pytest.mark.requirement("D06")
def test_configuration_file_is_read_and_set_overrides_it(start_server, tmp_path):
    config = tmp_path / "chat.toml"
    config.write_text("[limits]\nmax_clients = 2\nmax_line = 600\n")
    server = start_server({"limits.max_clients": 3}, config=config)
    client = server.connect("Batman")
    assert client.welcome["limit"] == "3"
    assert client.ask("/echo " + "x" * 600)["code"] == "line-too-long"


@pytest.mark.requirement("R23")
def test_port_in_use(failing, tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        outcome = failing(port=holder.getsockname()[1])
    one_clear_line(outcome, "Address already in use")


def test_second_run_on_the_same_state_directory(server):
    client = server.connect("Batman")
    other = Server(server.state).spawn()
    assert other.wait_for_exit() == 1
    assert len(other.log) == 1 and str(server.state) in other.log[0]
    assert client.ask("/echo still here").text == "still here"


def daemon_by_hand(server, name, sockets, state=None, names=None):
    """Runs a daemon of this instance directly, besides any that is running; `names` are those of the sockets, by
    default all `chat`. Returns (exit status, stderr)."""
    arguments = [str(program(name)), "--state", str(state or server.state), "--instance", server.segment.name.removeprefix("chat-"),
                 "--link", str(server.state / "delivery.sock")]

    def inherit():
        for offset, inherited in enumerate(sockets):
            os.dup2(inherited.fileno(), 3 + offset)
    process = subprocess.run(["/bin/sh", "-c", 'export LISTEN_PID=$$; exec "$@"', "sh", *arguments], preexec_fn=inherit, close_fds=False, capture_output=True, text=True,
                             timeout=60, env={**os.environ, "LISTEN_FDS": str(len(sockets)), "LISTEN_FDNAMES": ":".join(names or ["chat" for _ in sockets])})
    return process.returncode, process.stderr.splitlines()


@pytest.mark.parametrize("name", ["chat-acceptor", "chat-delivery"])
def test_second_instance_with_the_same_name(server, tmp_path, name):
    a, b = server.people("Batman", "Robin")
    with socket.socket() if name == "chat-acceptor" else socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(("127.0.0.1", 0) if name == "chat-acceptor" else str(tmp_path / "link"))
        listener.listen()
        (tmp_path / "other").mkdir()
        one_clear_line(daemon_by_hand(server, name, [listener], tmp_path / "other"))
    a.send("/send Robin undisturbed")
    b.expect("message", "undisturbed")


@pytest.mark.parametrize("name", ["chat", "chat-data", "Admin", "admin-local"])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET], ids=["stream", "datagram", "seqpacket"])
def test_unix_socket_of_another_name_than_admin(tmp_path, name, kind):
    """It would give every local user an operator's rights."""
    server = Server(tmp_path / "state")
    server.state.mkdir()
    with socket.socket() as tcp, socket.socket(socket.AF_UNIX, kind) as other:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        other.bind(str(tmp_path / "other"))
        if kind != socket.SOCK_DGRAM:
            other.listen()
        outcome = daemon_by_hand(server, "chat-acceptor", [tcp, other], names=["chat", name])
    one_clear_line(outcome, f'"{name}"' if name else '"unknown"', "Unix socket")
    assert outcome[0] == 78
    assert not server.segment.exists()


@pytest.mark.parametrize("family, kind", [(socket.AF_INET, socket.SOCK_STREAM), (socket.AF_INET, socket.SOCK_DGRAM), (socket.AF_UNIX, socket.SOCK_DGRAM)], ids=["tcp", "udp", "datagram"])
def test_admin_socket_of_another_type(tmp_path, family, kind):
    server = Server(tmp_path / "state")
    server.state.mkdir()
    with socket.socket() as tcp, socket.socket(family, kind) as admin:
        for one, address in ((tcp, ("127.0.0.1", 0)), (admin, str(tmp_path / "admin") if family == socket.AF_UNIX else ("127.0.0.1", 0))):
            one.bind(address)
            if one.type == socket.SOCK_STREAM:
                one.listen()
        outcome = daemon_by_hand(server, "chat-acceptor", [tcp, admin], names=["chat", "admin"])
    one_clear_line(outcome, '"admin"', "Unix stream socket")
    assert outcome[0] == 78


@pytest.mark.parametrize("name", ["chat-acceptor", "chat-delivery"])
def test_daemon_without_its_sockets(tmp_path, name):
    server = Server(tmp_path / "state")
    server.state.mkdir()
    one_clear_line(daemon_by_hand(server, name, []))
    assert not server.segment.exists()


# ── unusable segments ──

def serves_or_says_why(server):
    """Either it serves and has reported in one line what it found, or it gives up with one clear line."""
    server.spawn()
    wait_until(lambda: "ready" in server.output or server.process.poll() is not None, "it serves or gives up", 60)
    if "ready" in server.output:
        client = server.connect("Batman")
        assert client.ask("/echo fine").text == "fine"
        wait_until(lambda: any(server.segment.name in line for line in server.log), "it has said what it found")
        server.close()
    else:
        one_clear_line((server.wait_for_exit(), server.log), server.segment.name)
        server.segment.unlink(missing_ok=True)


@pytest.mark.parametrize("content", [b"", b"x", b"\0" * 4096, b"\0" * (8 << 20), secrets.token_bytes(1 << 20), b"\xff" * (1 << 20)],
                         ids=["empty", "one byte", "a zero page", "8 MiB of zeros", "random", "ones"])
def test_segment_that_is_not_a_segment(tmp_path, content):
    server = Server(tmp_path / "state")
    server.segment.write_bytes(content)
    server.segment.chmod(0o600)
    serves_or_says_why(server)


@pytest.mark.parametrize("damage", ["truncated", "header flipped", "longer"])
def test_segment_of_another_version(tmp_path, damage):
    server = Server(tmp_path / "state").start()
    server.connect("Batman")
    server.process.kill()       # the segment stays
    server.wait_for_exit()
    size = server.segment.stat().st_size
    if damage == "truncated":
        os.truncate(server.segment, size // 2)
    elif damage == "longer":
        os.truncate(server.segment, size + 4096)
    else:
        with open(server.segment, "r+b") as file:
            header = file.read(64)
            file.seek(0)
            file.write(bytes(byte ^ 0xff for byte in header))
    serves_or_says_why(server)


def test_segment_of_another_user(tmp_path):
    if os.getuid() != 0:
        pytest.skip("needs root to give a file away")
    server = Server(tmp_path / "state")
    server.segment.write_bytes(b"\0" * 4096)
    os.chown(server.segment, 65534, 65534)
    serves_or_says_why(server)


@pytest.mark.requirement("N03")
def test_everything_killed_at_once(start_server):
    """As after a power cut, except that the machine keeps running: what was accepted is in the log once, and all
    sessions have ended."""
    server = start_server()
    a, b = server.people("Batman", "Robin")
    ids = [a.ask(f"/send Robin {number}")["id"] for number in range(50)]
    server.process.kill()
    server.wait_for_exit()
    server.start()
    rows = server.wait_for_rows(50, "SELECT id FROM message ORDER BY id")
    assert [str(row["id"]) for row in rows] == ids
    sessions = server.wait_for_rows(2, "SELECT * FROM session WHERE ended_at IS NOT NULL AND reason IS NOT NULL")
    assert {row["name"] for row in sessions} == {"Batman", "Robin"}
    newcomer = server.connect("Batman")
    assert newcomer.listing("/active")[1]["count"] == "1"
    assert int(newcomer.ask("/broadcast x")["id"]) > int(ids[-1])


# ── the disk ──

def test_read_only_state_directory(failing, small_disk):
    disk = small_disk("1m")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    one_clear_line(failing(state=disk / "state"), str(disk))


def test_state_directory_without_permission(failing, tmp_path):
    def without_privilege(server):
        """Drops root's privilege to write everywhere."""
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--", *server.command()]
        server.command = lambda: command
    tmp_path.chmod(0o500)
    try:
        one_clear_line(failing(state=tmp_path / "state", prepare=without_privilege if os.getuid() == 0 else None), "Permission denied")
    finally:
        tmp_path.chmod(0o700)


def test_full_disk_at_the_start(tmp_path, small_disk):
    disk = small_disk("1m")
    (disk / "state").mkdir()
    filler = fill(disk)
    server = Server(disk / "state")
    server.spawn()
    wait_until(lambda: "ready" in server.output or server.process.poll() is not None, "it serves or gives up", 60)
    if "ready" in server.output:        # the degraded state: it serves, says so, and writes the log when it can
        client = server.connect("Batman")
        answer = client.ask("/broadcast x")
        server.wait_for_log("(?i)full|no space")
        filler.unlink()
        assert str(server.wait_for_rows(1, "SELECT id FROM message")[0]["id"]) == answer["id"]
        server.close()
    else:
        one_clear_line((server.wait_for_exit(), server.log))


@pytest.mark.requirement("R18", "N03")
def test_disk_that_becomes_full(small_disk, start_server):
    disk = small_disk("4m")
    server = start_server({"limits.lines_per_second": 0, "limits.queue_mib": 16}, state=disk / "state")
    a, b = server.people("Batman", "Robin")
    a.ask("/send Robin first")
    b.expect("message", "first")
    server.wait_for_rows(1, "SELECT * FROM message")
    filler = fill(disk)
    ids = []
    for number in range(300):
        ids.append(a.ask(f"/send Robin {number} " + "x" * 3000)["id"])
        assert b.expect("message")["id"] == ids[-1], "the chat continues"
    server.wait_for_log("(?i)full|no space")
    c = server.connect("Alfred")
    a.expect("online", id=c.id)
    filler.unlink()
    rows = server.wait_for_rows(301, "SELECT id FROM message ORDER BY id")
    assert [str(row["id"]) for row in rows][1:] == ids
    server.wait_for_rows(3, "SELECT * FROM session")
    assert server.query("PRAGMA integrity_check")[0][0] == "ok"
    complaints = [line for line in server.log if "space" in line.lower() or "full" in line.lower()]
    assert len(complaints) < 60, "an alarm, not a flood"


@pytest.mark.requirement("R18", "N03")
def test_database_locked_by_another_for_a_while(server):
    a, b = server.people("Batman", "Robin")
    a.ask("/send Robin first")
    b.expect("message", "first")
    server.wait_for_rows(1, "SELECT * FROM message")
    other = sqlite3.connect(server.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ids = []
    for number in range(50):
        ids.append(a.ask(f"/send Robin {number}")["id"])
        b.expect("message", str(number))
    time.sleep(2.5)         # longer than any busy timeout hidden in the daemon
    c = server.connect("Alfred")
    a.expect("online", id=c.id)
    other.execute("ROLLBACK")
    other.close()
    rows = server.wait_for_rows(51, "SELECT id FROM message ORDER BY id")
    assert [str(row["id"]) for row in rows][1:] == ids
    server.wait_for_rows(3, "SELECT * FROM session")


@pytest.mark.requirement("R18", "N03")
def test_stop_while_the_database_is_locked(start_server):
    """What cannot be written at the stop is kept, and written at the next start."""
    server = start_server()
    a = server.connect("Batman")
    a.ask("/broadcast first")
    server.wait_for_rows(1, "SELECT * FROM message")
    other = sqlite3.connect(server.database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    ids = [a.ask(f"/broadcast {number}")["id"] for number in range(50)]
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_for_exit() == 0
    assert server.segment.exists() and server.segment.name in server.log[-1]
    other.execute("ROLLBACK")
    other.close()
    server.start()
    rows = server.wait_for_rows(51, "SELECT id FROM message ORDER BY id")
    assert [str(row["id"]) for row in rows][1:] == ids
    server.wait_for_rows(1, "SELECT * FROM session WHERE ended_at IS NOT NULL AND reason IS NOT NULL")


@pytest.mark.parametrize("content", [b"this is no database at all, not in the least\n" * 100, b"SQLite format 3\0" + b"\xff" * 8000], ids=["text", "damaged"])
def test_database_that_is_not_a_database(failing, content):
    def prepare(server):
        server.state.mkdir()
        server.database.write_bytes(content)
    outcome = failing(prepare=prepare)
    one_clear_line(outcome, "chat.db")
    assert outcome[0] == 78, "only an administrator can help"


def test_database_that_is_a_directory(failing):
    outcome = failing(prepare=lambda server: server.database.mkdir(parents=True))
    one_clear_line(outcome, "chat.db")
    assert outcome[0] == 78, "only an administrator can help"


def test_shared_memory_is_full(tmp_path):
    """The segment does not fit: the server runs in its own mount namespace, with a tiny /dev/shm."""
    server = with_own_memory(Server(tmp_path / "state"), "64k")
    server.spawn()
    one_clear_line((server.wait_for_exit(), server.log))
