"""The stand-in for systemd itself, with stub daemons: what it passes on, what it stores, when it restarts and when it
gives up."""
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from chat_server import STANDALONE, Server, free_port
from deadline import wait_until

# The names of the sockets that the acceptor starts with; its stored descriptors come after them.
LISTENING = ["chat", "chat", "chat-data", "admin", "chat-irc"]

STUB = Path(__file__).with_name("stub_daemon.py")


@pytest.fixture
def stub_build(tmp_path):
    """A build directory in which the stub replaces both daemons."""
    for name in ("chat-acceptor", "chat-delivery"):
        program = tmp_path / "build" / "services" / name / name
        program.parent.mkdir(parents=True)
        shutil.copy(STUB, program)
        program.chmod(0o755)
    return tmp_path / "build"


@pytest.fixture
def stub(start_server, stub_build):
    return start_server(build=stub_build)


class Control:
    """Controls the stub that serves the port."""

    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self.lines = self.socket.makefile("r")

    def tell(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self.lines.readline().rstrip("\n")

    def report(self):
        return json.loads(self.tell("report"))


def test_prints_only_how_to_connect_and_ready(stub):
    assert stub.output[-1] == "ready"
    assert stub.output.count("ready") == 1
    assert any(f"chat-client --server 127.0.0.1:{stub.port}" in line for line in stub.output)
    assert any(f"nc 127.0.0.1 {stub.port}" in line for line in stub.output)


def test_hands_over_sockets_and_arguments(stub):
    report = Control(stub).report()
    assert report["names"] == LISTENING
    assert report["sockets"] == [["AF_INET", "SOCK_STREAM"], ["AF_INET", "SOCK_DGRAM"], ["AF_INET", "SOCK_STREAM"], ["AF_UNIX", "SOCK_STREAM"],
                                 ["AF_INET", "SOCK_STREAM"]]
    assert report["listen_pid"] == str(report["pid"])
    assert report["group"] == report["pid"], "Ctrl-C must not reach the daemons"
    assert report["parent"] == stub.process.pid
    arguments = report["arguments"]
    assert arguments[:2] == ["--state", str(stub.state)]
    assert arguments[arguments.index("--link") + 1] == str(stub.state / "delivery.sock")
    assert "chat-" + arguments[arguments.index("--instance") + 1] == stub.segment.name
    assert set(report["open"]) <= set(range(12)), "descriptors of the stand-in have leaked into the daemon"


def test_settings_reach_the_daemons(start_server, stub_build):
    server = start_server({"limits.max_clients": 7, "log.text": False}, build=stub_build)
    arguments = Control(server).report()["arguments"]
    assert arguments[-4:] == ["--set", "limits.max_clients=7", "--set", "log.text=false"]


def test_link_socket_is_private(stub):
    mode = (stub.state / "delivery.sock").stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o600


def test_long_state_path_gets_a_short_link_socket(start_server, stub_build, tmp_path):
    server = start_server(state=tmp_path / ("d" * 100) / ("e" * 100), build=stub_build)
    arguments = Control(server).report()["arguments"]
    link = Path(arguments[arguments.index("--link") + 1])
    assert len(str(link)) < 108 and link.is_socket()
    assert stat.S_IMODE(link.parent.stat().st_mode) == 0o700
    server.stop()
    assert not link.parent.exists()


@pytest.mark.parametrize("daemon", ["acceptor", "delivery"])
def test_restarts_a_killed_daemon(stub, daemon):
    for _ in range(3):
        stub.kill(daemon)
    assert Control(stub).report()["names"][:len(LISTENING)] == LISTENING


def test_restarts_after_a_clean_and_an_unclean_exit(stub):
    for code in (0, 1):
        pid = stub.acceptor_pid()
        Control(stub).socket.sendall(b"exit %d\n" % code)
        wait_until(lambda: stub.acceptor_pid() != pid, "a new process")


def test_kept_descriptor_comes_back_after_the_listening_sockets(stub):
    control = Control(stub)
    control.tell("store c 1")
    stub.kill("acceptor")
    report = Control(stub).report()
    assert report["names"] == [*LISTENING, "c"]
    assert report["sockets"][2] == ["AF_INET", "SOCK_STREAM"]


def test_keeps_what_was_sent_just_before_death(stub):
    pid = stub.acceptor_pid()
    control = Control(stub)
    os.kill(stub.process.pid, signal.SIGSTOP)       # so that it sees the message and the crash at the same time
    control.socket.sendall(b"store c 1\nexit 1\n")
    wait_until(lambda: " Z " in Path(f"/proc/{pid}/stat").read_text(), "it is dead")
    os.kill(stub.process.pid, signal.SIGCONT)
    wait_until(lambda: stub.acceptor_pid() != pid, "a new process")
    assert Control(stub).report()["names"] == [*LISTENING, "c"]


def test_same_socket_is_kept_once(stub):
    control = Control(stub)
    control.tell("store c 3")
    control.tell("store d 1")
    stub.kill("acceptor")
    assert Control(stub).report()["names"] == [*LISTENING, "c"]


def test_ended_connection_is_dropped(stub):
    gone = Control(stub)
    gone.tell("store gone 1")
    gone.socket.shutdown(socket.SHUT_WR)
    assert gone.socket.recv(1) == b""
    there = Control(stub)
    there.tell("store there 1")
    stub.kill("acceptor")
    assert Control(stub).report()["names"] == [*LISTENING, "there"]


def test_removal_by_name(stub):
    control = Control(stub)
    control.tell("store-new a 2")
    control.tell("store-new b 1")
    control.tell("remove a")
    control.tell("barrier")
    stub.kill("acceptor")
    assert Control(stub).report()["names"] == [*LISTENING, "b"]


@pytest.mark.parametrize("settings, kept", [({}, 1024), ({"limits.fd_store_max": 300}, 300)])
def test_store_is_bounded(start_server, stub_build, settings, kept):
    server = start_server(settings, build=stub_build)
    control = Control(server)
    for _ in range(5):
        control.tell("store-new s 253")     # the most that one message can carry
    control.tell("barrier")
    server.kill("acceptor")
    assert len(Control(server).report()["names"]) == len(LISTENING) + kept


@pytest.mark.parametrize("daemon, code", [("delivery", 78), ("delivery", 1), ("acceptor", 78), ("acceptor", 3)])
def test_daemon_that_cannot_start_ends_it_all(tmp_path, stub_build, daemon, code):
    server = Server(tmp_path / "state", build=stub_build, environment={f"STUB_CHAT_{daemon.upper()}": str(code)}).spawn()
    assert server.wait_for_exit() == code
    assert server.output == []
    assert [line for line in server.log if "started" not in line] == [f"stub: {code}"], "the daemon's own line and no other"
    server.check_clean()


def test_trouble_that_both_daemons_would_report_is_reported_once(tmp_path, stub_build):
    """However long the first one takes to find it, the second is not started before that."""
    server = Server(tmp_path / "state", build=stub_build, environment={"STUB_CHAT_DELIVERY": "78", "STUB_CHAT_ACCEPTOR": "78", "STUB_DELAY": "1"}).spawn()
    assert server.wait_for_exit() == 78
    assert server.log == ["stub: 78"]
    server.check_clean()


def test_pid_file_that_cannot_be_written_is_named_once_the_server_runs(start_server, stub_build, tmp_path):
    for name in ("acceptor", "delivery"):
        (tmp_path / "state" / f"{name}.pid").mkdir(parents=True)    # no file can be put in its place
    server = start_server(state=tmp_path / "state", build=stub_build)
    server.process.send_signal(signal.SIGTERM)
    assert server.wait_for_exit() == 0
    assert [line for line in server.log if "stub" not in line] == [f"chat: cannot write {server.state}/{name}.pid: Is a directory" for name in ("delivery", "acceptor")]


def test_start_that_fails_does_not_complain_of_the_pid_file_too(tmp_path, stub_build):
    for name in ("acceptor", "delivery"):
        (tmp_path / "state" / f"{name}.pid").mkdir(parents=True)
    server = Server(tmp_path / "state", build=stub_build, environment={"STUB_CHAT_ACCEPTOR": "1"}).spawn()
    assert server.wait_for_exit() == 1
    assert server.log == ["stub: started chat-delivery", "stub: 1"]


def test_bad_configuration_found_at_a_restart_ends_it_all(stub):
    Control(stub).socket.sendall(b"exit 78\n")
    assert stub.wait_for_exit() == 78
    stub.check_clean()


def test_missing_program(tmp_path):
    server = Server(tmp_path / "state", build=tmp_path / "nothing").spawn()
    assert server.wait_for_exit() != 0
    assert len(server.log) == 1 and "chat-delivery" in server.log[0]


@pytest.mark.requirement("R33")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_clean_stop(stub, number):
    pids = [stub.acceptor_pid(), stub.delivery_pid()]
    stub.stop(number)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", stub.port))


@pytest.mark.requirement("R33")
def test_stop_right_after_a_death(stub):
    """The dead daemon is started once more, so that it can finish its predecessor's work, and then stopped."""
    pid = stub.acceptor_pid()
    os.kill(stub.process.pid, signal.SIGSTOP)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: " Z " in Path(f"/proc/{pid}/stat").read_text(), "it is dead")
    os.kill(stub.process.pid, signal.SIGTERM)
    os.kill(stub.process.pid, signal.SIGCONT)
    stub.stop()
    assert stub.log.count("stub: started chat-acceptor") == 2
    assert stub.log.count("stub: started chat-delivery") == 1


@pytest.mark.requirement("R33")
def test_stop_right_before_a_death(server):
    """The same if it was asked to stop but died first; here with the real daemon, which leaves the signal pending."""
    pid = server.acceptor_pid()
    os.kill(pid, signal.SIGSTOP)
    server.process.send_signal(signal.SIGTERM)
    wait_until(lambda: re.search(r"^ShdPnd:\s*0*4000$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE), "SIGTERM waits for it")
    os.kill(pid, signal.SIGKILL)
    assert server.wait_for_exit() == 0
    server.check_clean()
    assert len(re.findall("chat-acceptor .* serves:", server.text())) == 2


@pytest.mark.requirement("N03")
def test_segment_that_the_daemons_left_is_kept_and_named(stub):
    stub.segment.touch()
    stub.process.send_signal(signal.SIGTERM)
    assert stub.wait_for_exit() == 0
    assert stub.segment.exists()
    assert stub.log[-1] == f"chat: messages that are not in the log yet are kept in {stub.segment} until the next start"
    stub.segment.unlink()


def test_daemons_do_not_outlive_it(stub):
    pids = [stub.acceptor_pid(), stub.delivery_pid()]
    stub.process.kill()
    stub.wait_for_exit()
    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), "the daemons have ended")
    stub.start()        # what the killed one left does no harm
    assert Control(stub).report()["names"] == LISTENING


def test_pid_files_hold_the_pid_alone(stub):
    for daemon in ("acceptor", "delivery"):
        text = (stub.state / f"{daemon}.pid").read_text()
        assert text == f"{int(text)}\n"
        assert Path(f"/proc/{int(text)}").exists()


@pytest.mark.requirement("R23")
def test_port_in_use_is_one_clear_line(stub, tmp_path):
    other = Server(tmp_path / "other", port=stub.port, build=stub.build).spawn()
    assert other.wait_for_exit() == 1
    assert other.log == [f"chat: cannot serve 127.0.0.1:{stub.port}: Address already in use"]


def test_it_serves_the_address_that_it_is_given(stub_build, tmp_path):
    port, elsewhere = free_port(), "127.0.0.5"
    process = subprocess.Popen(["/usr/bin/python3", str(STANDALONE), "--build", str(stub_build), "--state", str(tmp_path / "state"), "--port", str(port),
                                "--address", elsewhere], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert any(line == "ready\n" for line in process.stdout)
        for offset in (0, 1):
            socket.create_connection((elsewhere, port + offset), 20).close()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port + offset), 20)
    finally:
        process.terminate()
        process.stdout.close()
        assert process.wait(20) == 0


def test_second_run_on_a_state_directory_is_one_clear_line(stub):
    other = Server(stub.state, build=stub.build).spawn()
    assert other.wait_for_exit() == 1
    assert other.log == [f"chat: another server is running on the state directory {stub.state}"]
    assert Control(stub).report()["names"] == LISTENING, "the first one is untouched"


def test_several_instances_at_once(start_server, stub_build):
    servers = [start_server(build=stub_build) for _ in range(3)]
    assert len({server.segment for server in servers}) == 3
    assert all(Control(server).report()["parent"] == server.process.pid for server in servers)


def test_state_path_that_is_not_a_directory_is_one_clear_line(tmp_path, stub_build):
    (tmp_path / "file").write_text("")
    server = Server(tmp_path / "file" / "state", build=stub_build).spawn()
    assert server.wait_for_exit() == 1
    assert len(server.log) == 1 and "cannot use the state directory" in server.log[0]


def test_notifications_of_a_stranger_are_ignored(stub):
    environment = Path(f"/proc/{stub.acceptor_pid()}/environ").read_bytes().split(b"\0")
    address = next(entry for entry in environment if entry.startswith(b"NOTIFY_SOCKET=@")).partition(b"@")[2]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as stranger, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as smuggled:
        stranger.connect(b"\0" + address)
        socket.send_fds(stranger, [b"FDSTORE=1\nFDNAME=x"], [smuggled.fileno()])
    control = Control(stub)
    control.tell("barrier")
    stub.kill("acceptor")
    assert Control(stub).report()["names"] == LISTENING


@pytest.mark.parametrize("arguments", [["--bogus"], ["--set", "nonsense"], ["0"], ["70000"], ["5000", "--port", "5001"], ["--port"], ["x"],
                                       ["--address", "example.org"], ["--address", "::1"], ["--address"]])
def test_bad_arguments_are_answered_with_the_usage(arguments):
    done = subprocess.run(["/usr/bin/python3", str(STANDALONE), *arguments], capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert done.stdout == "" and done.stderr.startswith("usage: ./dev run")
