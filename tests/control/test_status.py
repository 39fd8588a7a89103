"""chatctl status and chatctl clients show the actual state."""
import json
import os
import re
import socket
import stat
import threading

import pytest
from deadline import wait_until
from irc_client import connect_irc

ADMIN = "org.chat.Admin."
SERVICE = "org.varlink.service."


def test_status_counts_what_there_is(server, control):
    batman, robin = server.people("Batman", "Robin")
    batman.ask("/broadcast hello")
    robin.ask("/quit")
    wait_until(lambda: control.json("status")["counts"]["departures"] == 1, "Robin is gone")
    status = control.json("status")
    assert (status["clients"], status["limit"], status["delivery"], status["trouble"]) == (1, 5, True, [])
    assert status["counts"] == {"sessions": 2, "departures": 1, "refused": 0, "messages": 1}
    assert status["pid"] == server.acceptor_pid()
    assert status["listening"] == [f"tcp 127.0.0.1:{server.port}", f"udp 127.0.0.1:{server.port}", f"tcp 127.0.0.1:{server.port + 1}",
                                   f"tcp 127.0.0.1:{server.port + 1667}"]
    assert status["queue"]["size"] == 1 << 20
    wait_until(lambda: control.json("status")["queue"]["log_delay"] == 0, "the log has caught up")
    memory = status["memory"]
    assert 1 << 20 < memory["shared"] < memory["bound"], "an upper bound"
    text = control.run("status").stdout
    assert re.search(r"^Memory: +[0-9.]+ MiB shared now; at most [0-9.]+ MiB in all", text, re.MULTILINE)
    assert re.search(r"^Clients: +1 of 5$", text, re.MULTILINE) and "TROUBLE" not in text
    assert re.search(r"^Counts: +2 sessions, 1 departures, 0 refused, 1 messages$", text, re.MULTILINE)


def test_status_reports_trouble_by_its_exit_status(server, control):
    control.wait_for_both()
    server.database.rename(server.database.with_suffix(".away"))
    server.database.mkdir()
    server.kill("acceptor")
    server.connect_raw()
    wait_until(lambda: re.search(r"^TROUBLE: +log: ", control.run("status", check=False).stdout, re.MULTILINE), "the trouble with the log is reported")
    assert control.run("status", check=False).returncode == 3
    server.database.rmdir()
    server.database.with_suffix(".away").rename(server.database)
    wait_until(lambda: control.run("status", check=False).returncode == 0, "the trouble is over")


class OperatorsSocket:
    """Answers each question for the status with the next of these pairs, the last one again and again: seconds since the
    start, and whether chat-delivery is connected."""

    def __init__(self, path, answers):
        self.answers, self.asked = answers, 0
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind(str(path))
        self.socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                call = b""
                while not call.endswith(b"\0"):
                    piece = connection.recv(65536)
                    if not piece:
                        return
                    call += piece
                uptime, is_connected = self.answers[min(self.asked, len(self.answers) - 1)]
                self.asked += 1
                status = {"version": "1", "pid": 1, "uptime": uptime, "started": "2026-11-20T12:31:05.123Z", "clients": 0, "limit": 5, "irc_clients": 0,
                          "delivery": is_connected, "queue": {}, "memory": {}, "counts": {}, "listening": [],
                          "trouble": [] if is_connected else ["chat-delivery is not connected"]}
                connection.sendall(json.dumps({"parameters": status}).encode() + b"\0")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


@pytest.mark.parametrize("answers, asked, status", [
    ([(0, False), (0, False), (1, True)], 3, 0),        # it waits for a delivery that is just being started
    ([(0, False), (4, False), (5, False)], 3, 3),       # but not for longer than a start takes
    ([(60, False)], 1, 3),                              # nor for one that was there, or should have been
    ([(0, True)], 1, 0),
], ids=str)
def test_status_waits_for_a_delivery_that_is_being_started(control, tmp_path, answers, asked, status):
    control.path = tmp_path / "operators.sock"
    with OperatorsSocket(control.path, answers) as server:
        done = control.run("status", check=False)
        assert (done.returncode, server.asked) == (status, asked)
        assert ("TROUBLE:   chat-delivery is not connected" in done.stdout) == (status == 3)


@pytest.mark.requirement("R82", "R83")
@pytest.mark.shares_server
def test_clients_shows_name_address_and_port_of_each(server, control):
    people = server.people("Batman", "Robin")
    rows = control.json("clients")["clients"]
    assert [(row["id"], row["name"], row["peer"]) for row in rows] == [(int(c.id), c.name, c.address) for c in people]
    assert [row["connected"] for row in rows] == [c.welcome["connected"] for c in people]
    lines = control.run("clients").stdout.splitlines()
    assert lines[0].split() == ["ID", "NAME", "PEER", "SINCE", "OUTBOX", "DIALECT", "ROOMS"]
    for line, client in zip(lines[1:], people, strict=True):
        assert line.split()[:3] == [client.id, client.name, client.address]


@pytest.mark.requirement("R82")
@pytest.mark.shares_server
def test_what_a_client_speaks_is_shown(server, control):
    batman, alice = server.connect("Batman"), connect_irc(server, "alice")
    connect_irc(server)     # not registered: not a client yet
    assert [(row["name"], row["dialect"]) for row in control.json("clients")["clients"]] == [("Batman", "native"), ("alice", "irc")]
    assert [line.split()[7:8] for line in control.run("clients").stdout.splitlines()[1:]] == [["native"], ["irc"]]
    assert control.json("status")["irc_clients"] == 1
    assert re.search("^Clients: +2 of [0-9]+, 1 of them over IRC$", control.run("status").stdout, re.MULTILINE)
    for client in (batman, alice):
        client.drain()


@pytest.mark.shares_server
def test_no_clients(control):
    assert control.json("clients") == {"clients": []}
    assert control.run("clients").stdout == "Nobody is connected.\n"


@pytest.mark.shares_server
@pytest.mark.settings(limits__max_clients=600)
def test_many_clients_come_in_several_replies(server, control, peer):
    crowd = [server.connect_raw() for _ in range(520)]
    wait_until(lambda: control.json("status")["clients"] == len(crowd), "all are there")
    assert len({row["id"] for row in control.json("clients")["clients"]}) == len(crowd)
    assert len(control.run("clients").stdout.splitlines()) == len(crowd) + 1
    one = peer()
    assert one.ask(ADMIN + "Clients")["error"] == SERVICE + "ExpectedMore"
    one.call(ADMIN + "Clients", more=True)
    replies = [one.reply()]
    while replies[-1].get("continues"):
        replies.append(one.reply())
    assert len(replies) > 1 and sum(len(reply["parameters"]["clients"]) for reply in replies) == len(crowd)


@pytest.mark.shares_server
@pytest.mark.settings(limits__outbox_kib=65536, limits__lines_per_second=0)
def test_outbox_of_a_client_that_does_not_read_is_shown(server, control):
    batman, = server.people("Batman")
    sleeper = server.connect(receive_buffer=4096)
    batman.expect("online", id=sleeper.id)

    def waiting():
        batman.raw((b"/broadcast " + b"x" * 4000 + b"\n") * 500)
        batman.ask("/whoami")
        return control.json("clients")["clients"][1]["outbox"]
    assert wait_until(waiting, "the outbox fills") > 0
    assert [row["outbox"] for row in control.json("clients")["clients"] if row["name"] == "Batman"] == [0]


def test_a_query_is_repeated_when_the_server_dies(server, control):
    server.connect("Batman")
    os.kill(server.acceptor_pid(), 9)
    assert [row["name"] for row in control.json("clients")["clients"]] == ["Batman"]


@pytest.mark.shares_server
def test_no_server_no_permission_wrong_use(server, control, tmp_path):
    control.path = tmp_path / "nowhere"
    done = control.run("status", check=False)
    assert done.returncode == 69 and "no server listens on" in done.stderr and not done.stdout
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(tmp_path / "stale"))
        control.path = tmp_path / "stale"
        assert control.run("status", check=False).returncode == 69
    for words in ([], ["dance"], ["status", "now"], ["--timeout", "0", "status"]):
        done = control.run(*words, check=False)
        assert done.returncode == 2 and done.stderr and not done.stdout


@pytest.mark.shares_server
def test_a_silent_server_and_one_that_sends_nonsense(control, tmp_path):
    control.path = tmp_path / "silent"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(control.path))
        silent.listen()
        assert control.run("--timeout", 1, "status", check=False).returncode == 75
        connection, _ = silent.accept()
    with socket.socket(socket.AF_UNIX) as wrong:
        control.path = tmp_path / "wrong"
        wrong.bind(str(control.path))
        wrong.listen()
        threading.Thread(target=lambda: wrong.accept()[0].sendall(b"220 mail\0"), daemon=True).start()
        assert control.run("--timeout", 20, "status", check=False).returncode == 76
    connection.close()


@pytest.mark.shares_server
def test_socket_is_for_its_user_alone(server):
    assert stat.S_IMODE((server.state / "admin.sock").stat().st_mode) == 0o600


def test_a_socket_with_a_long_path(start_server, tmp_path, control):
    state = tmp_path / ("d" * 100) / "state"
    start_server(state=state)
    control.path = state / "admin.sock"
    control.wait_for_both()
    assert control.json("status")["clients"] == 0
