"""What an operator does: kick, announce, and look at the settings."""
import ctypes
import json
import os
import signal
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from builds import program
from deadline import PATIENCE, wait_until
from held_server import HeldServer


@pytest.fixture
def as_nobody():
    """A function for a with statement: inside it, this process connects as user nobody but keeps its access to
    files."""
    if os.geteuid() != 0:
        pytest.skip("another user: as root alone")
    overflow = int(open("/proc/sys/kernel/overflowuid").read())

    @contextmanager
    def switched():
        os.seteuid(overflow)
        try:
            ctypes.CDLL(None).setfsuid(0)
            yield
        finally:
            os.seteuid(0)

    return switched


def test_kick_ends_the_connection_and_tells_everybody(server, control):
    batman, joker = server.people("Batman", "Joker")
    done = control.run("kick", "Joker", "no", "jokes", "please")
    assert done.stdout == f"Joker ({joker.id}) was disconnected.\n"
    batman.expect("offline", "Joker has left (no jokes please).", id=joker.id, name="Joker", reason="kicked", count=1)
    joker.expect("offline", "Joker has left (no jokes please).", id=joker.id, reason="kicked")
    joker.expect_end()
    assert batman.listing("/active")[1]["count"] == "1"
    wait_until(lambda: server.events_of("kick") == [f"uid={os.getuid()} reason=no jokes please"], "the act is in the log")
    wait_until(lambda: [row["reason"] for row in server.query("SELECT reason FROM session WHERE name = 'Joker'")] == ["kicked"], "so is the end")
    server.wait_for_log(rf"Joker \({joker.id}\) was disconnected by the operator with uid {os.getuid()}")
    assert control.json("kick", batman.id) == {"id": int(batman.id), "name": "Batman"}
    batman.expect("offline", "Batman has left.", id=batman.id, reason="kicked", count=0)
    batman.expect_end()


def test_the_kernels_user_overrides_a_stated_one(server, control, peer):
    batman, = server.people("Batman")
    one = peer()
    for stated in (os.getuid() + 1, 0, 4294967295, None):
        assert "error" not in one.ask("org.chat.Admin.Announce", {"text": "x", "operator": stated})
    wait_until(lambda: server.events_of("announce") == [f"uid={os.getuid()} receivers=1"] * 4, "the acts are in the log")
    assert one.ask("org.chat.Admin.Kick", {"client": "Batman", "operator": -1})["parameters"] == {"parameter": "operator"}


def test_a_stated_user_is_used_if_the_kernel_names_none(server, control, peer, as_nobody):
    """The overflow user that the kernel shows for users it cannot name, such as every operator but root in a user
    namespace."""
    batman, = server.people("Batman")
    with as_nobody():
        one = peer()
    for stated in ({"operator": 1000}, {}):
        assert "error" not in one.ask("org.chat.Admin.Announce", {"text": "x", **stated})
    assert "error" not in one.ask("org.chat.Admin.Kick", {"client": "Batman", "operator": 1001})
    wait_until(lambda: server.events_of("announce") == ["uid=1000 receivers=1", "uid=65534 receivers=1"], "the acts are in the log")
    wait_until(lambda: server.events_of("kick") == ["uid=1001"], "so is the last")
    server.wait_for_log("was disconnected by the operator with uid 1001")


@pytest.mark.shares_server
@pytest.mark.parametrize("words", [("kick", "Joker"), ("announce", "x"), ("forget", "Joker"), ("add", "cave", "Joker"), ("remove", "cave", "Joker")])
def test_chatctl_states_its_user_with_each_act(control, tmp_path, words):
    control.path = tmp_path / "admin"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(control.path))
        listener.listen()
        listener.settimeout(PATIENCE)
        chatctl = subprocess.Popen(control.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            call = b""
            while not call.endswith(b"\0"):
                call += connection.recv(65536)
    chatctl.wait(PATIENCE)
    assert json.loads(call[:-1])["parameters"]["operator"] == os.getuid()


def test_kick_of_an_unknown_client_is_refused(server, control):
    batman, = server.people("Batman")
    for words in (["Joker"], ["10000"], ["x\x1b[2J"], ["Batman", "a\x07b"], ["Batman", "x" * 5000]):
        done = control.run("kick", *words, check=False)
        assert done.returncode == 1 and done.stderr.startswith("chatctl: ") and not done.stdout
        assert "\x1b" not in done.stderr and "\x07" not in done.stderr
    for words in ([], [""]):
        assert control.run("kick", *words, check=False).returncode == 2
    batman.expect_nothing()
    assert server.events_of("kick") == []


def test_announce_reaches_everybody_and_its_text_is_nowhere_else(server, control):
    batman, robin = server.people("Batman", "Robin")
    assert control.run("announce", "Maintenance", "at", "12:00").stdout == "Announced to 2 clients.\n"
    for client in (batman, robin):
        line = client.expect("announcement", "Maintenance at 12:00")
        assert line["at"] and line["id"]
    answer = control.json("announce", "again")
    assert answer["receivers"] == 2
    batman.expect("announcement", "again", id=answer["id"])
    wait_until(lambda: server.events_of("announce") == [f"uid={os.getuid()} receivers=2"] * 2, "the acts are in the log")
    assert "Maintenance" not in server.text()
    assert server.query("SELECT * FROM message") == []


@pytest.mark.shares_server
def test_announcement_is_shown_as_the_servers(server, control):
    batman, = server.people("Batman")
    client = subprocess.Popen([program("chat-client"), "--server", f"127.0.0.1:{server.port}", "--name", "Robin"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)
    batman.wait_for("online", name="Robin")
    control.run("announce", "Lunch!")
    batman.wait_for("announcement")
    shown, _ = client.communicate("quit\n", timeout=PATIENCE)
    assert "Server: Announcement: Lunch!" in shown.splitlines()


@pytest.mark.shares_server
@pytest.mark.parametrize("text", ["", "   ", "a\nb", "\x1b[2J", "\u202eabc", "x" * 4096])
def test_what_cannot_be_a_line_is_not_announced(server, control, text):
    batman, = server.people("Batman")
    assert control.run("announce", text, check=False).returncode in (1, 2)
    batman.expect_nothing()


@pytest.mark.shares_server
def test_the_longest_announcement_fits(server, control):
    batman, = server.people("Batman")
    control.run("announce", "x" * 4095)
    batman.expect("announcement", "x" * 4095)


@pytest.mark.shares_server
@pytest.mark.settings(limits__lines_per_second=0)
def test_kick_and_announce_under_load(server, control):
    """A client that floods the lobby is kicked, and no other client loses or duplicates a line."""
    batman, robin, flood = server.people("Batman", "Robin", "Flood")
    # Rounds that may be under way: a client that falls further behind could be disconnected as slow.
    rounds = {batman: threading.Semaphore(2), robin: threading.Semaphore(2)}
    said = {batman: [], robin: []}

    def send():
        try:
            while all(under_way.acquire(timeout=PATIENCE) for under_way in rounds.values()):
                flood.raw(b"flood\n" * 200 + b"round\n")
                flood.ask("/echo more")
        except (OSError, AssertionError):
            pass    # it was kicked

    def receive(client):
        while (line := client.read()).kind != "offline":
            said[client].append(line)
            if line.text == "round":
                rounds[client].release()
        return line
    with ThreadPoolExecutor() as threads:
        sender, *receivers = threads.submit(send), threads.submit(receive, batman), threads.submit(receive, robin)
        try:
            wait_until(lambda: all(said.values()), "the flood has begun")
            control.run("announce", "soon")
            control.run("kick", "Flood")
            assert [receiver.result(PATIENCE)["reason"] for receiver in receivers] == ["kicked", "kicked"]
        finally:
            flood.socket.shutdown(socket.SHUT_RDWR)
            for under_way in rounds.values():
                under_way.release()
            sender.result(PATIENCE)
    assert all(sum(line.kind == "announcement" for line in lines) == 1 for lines in said.values())
    assert [line["id"] for line in said[batman]] == [line["id"] for line in said[robin]][-len(said[batman]):]
    assert batman.ask("/echo alive").text == "alive"


def test_kick_survives_the_death_of_either_daemon(server, control):
    batman, *others = server.people("Batman", "A", "B", "C", "D")
    for number, other in enumerate(others):
        control.run("kick", other.id)
        server.kill("acceptor" if number % 2 else "delivery")
        batman.wait_for("offline", id=other.id, reason="kicked")
        other.wait_for("offline", id=other.id, reason="kicked")
        other.expect_end()
    wait_until(lambda: server.events_of("kick") == [f"uid={os.getuid()}"] * 4, "each act is in the log once")
    control.wait_for_both()
    assert control.json("status")["clients"] == 1


def test_a_lost_act_has_an_unknown_outcome(server, control):
    """The acceptor dies before it reads the call: chatctl must not repeat it."""
    batman, = server.people("Batman")
    os.kill(server.acceptor_pid(), signal.SIGSTOP)
    chatctl = subprocess.Popen(control.command("announce", "x"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: any(peer == chatctl.pid for peer in connected_to(control.path)), "chatctl waits for its answer")
    os.kill(server.acceptor_pid(), signal.SIGKILL)
    _, errors = chatctl.communicate(timeout=PATIENCE)
    assert chatctl.returncode in (0, 75)
    if chatctl.returncode == 75:
        assert "it may have been done or not" in errors


def connected_to(path):
    """Processes with a connection to the Unix socket, as far as /proc shows: those that run chatctl with that path."""
    for name in os.listdir("/proc"):
        try:
            words = open(f"/proc/{name}/cmdline", "rb").read().split(b"\0") if name.isdigit() else []
            if os.fsencode(str(path)) in words and any("socket:" in os.readlink(f"/proc/{name}/fd/{fd}") for fd in os.listdir(f"/proc/{name}/fd")):
                yield int(name)
        except OSError:
            continue


def test_config_never_shows_a_password(start_server, control):
    server = start_server({"irc.operators": '{ Gordon = "correct horse" }'})
    control.path = server.state / "admin.sock"
    rows = {row["key"]: row for row in control.json("config")["settings"]}
    assert rows["irc.operators"]["value"] == ["Gordon"] and rows["irc.operators"]["default"] == []
    text = control.run("config").stdout
    assert "Gordon" in text and "horse" not in text


def test_config_shows_what_is_in_effect_and_where_it_was_set(start_server, control, tmp_path):
    file = tmp_path / "chat.toml"
    file.write_text("[limits]\nmax_clients = 7\n\n[log]\ntext = false\n")
    server = start_server({"limits.burst": 300}, config=file)
    control.path = server.state / "admin.sock"
    rows = {row["key"]: row for row in control.json("config")["settings"]}
    assert rows["limits.max_clients"] == {"key": "limits.max_clients", "value": 7, "default": 5, "source": f"{file}:2", "least": 1, "most": 60000,
                                          "unit": "clients", "meaning": rows["limits.max_clients"]["meaning"]}
    assert (rows["log.text"]["value"], rows["log.text"]["source"]) == (False, f"{file}:5")
    assert (rows["limits.burst"]["value"], rows["limits.burst"]["source"]) == (300, "--set")
    assert "source" not in rows["limits.max_line"] and rows["rooms.auto_join"]["value"] == []
    lines = {line.split()[0]: line.split() for line in control.run("config").stdout.splitlines()}
    assert lines["limits.max_clients"][1:4] == ["7", "clients", f"{file}:2"]
    assert lines["limits.max_line"][1:4] == ["4096", "bytes", "(default)"]


@pytest.mark.settings(limits__fd_store_max=0)
def test_client_kicked_while_its_socket_is_missing_does_not_come_back(server, control):
    """After a restart the acceptor asks delivery for the sockets in the order of the slots, so an answer to Yara means
    that Xaver's socket has been handled too."""
    xaver, yara = server.people("Xaver", "Yara")
    delivery = server.delivery_pid()
    os.kill(delivery, signal.SIGSTOP)
    try:
        server.kill("acceptor")
        control.run("kick", "Xaver")
        xaver.send("is anybody there?")
        xaver.send("/login Ghost")
    finally:
        os.kill(delivery, signal.SIGCONT)
    yara.expect("offline", id=xaver.id, reason="kicked")
    yara.expect_nothing()
    control.wait_for_both()
    yara.expect_nothing()
    assert [client["name"] for client in control.json("clients")["clients"]] == ["Yara"]
    xaver.wait_for("offline", id=xaver.id, reason="kicked")
    xaver.expect_end()


def test_client_kicked_while_its_socket_is_missing_leaves_once(tmp_path, control_of):
    """Nobody has the sockets any more. Delivery reports that after the client was kicked."""
    server = HeldServer(tmp_path / "state", tmp_path / "programs", {"limits.queue_mib": 1, "limits.fd_store_max": 0})
    try:
        server.start()
        control = control_of(server)
        xaver, yara = server.people("Xaver", "Yara")
        server.hold("acceptor", "delivery")
        server.release("acceptor")
        wait_until(lambda: control.run("kick", "Xaver", check=False).returncode == 0, "the acceptor serves operators")
        server.release("delivery")
        control.wait_for_both()
        rows = server.wait_for_rows(2, "SELECT client_id, reason FROM session WHERE ended_at IS NOT NULL")
        assert {row["client_id"]: row["reason"] for row in rows} == {int(xaver.id): "kicked", int(yara.id): "lost"}
        assert control.json("status")["counts"]["departures"] == 2
    finally:
        server.close()
