"""chatctl ban, unban and bans: who is refused, for how long, and that it is remembered."""
import json
import os
import signal
import socket
import subprocess

import pytest
from chat_client import Client
from deadline import PATIENCE, wait_until

pytestmark = pytest.mark.settings(limits__max_clients=20)


def first_bytes(server, source, port=None):
    client = Client(port or server.port, source=source)
    try:
        return client.read_all() if port else client.read().raw
    finally:
        client.close()


@pytest.mark.requirement("N07")
def test_banned_address_is_refused_until_the_ban_is_lifted(server, control):
    out = control.run("ban", "127.0.0.2", "--reason", "no jokes here").stdout
    assert out == "127.0.0.2 is banned; disconnected: 0 clients.\n"
    for _ in range(3):
        assert first_bytes(server, "127.0.0.2") == b"refused code=banned :no jokes here\n"
    assert first_bytes(server, "127.0.0.3").startswith(b"welcome ")
    assert control.run("unban", "127.0.0.2").stdout == "127.0.0.2 is no longer banned.\n"
    assert first_bytes(server, "127.0.0.2").startswith(b"welcome ")
    assert control.run("bans").stdout == "Nobody is banned.\n"


@pytest.mark.requirement("N07")
def test_ban_disconnects_those_who_are_connected(server, control):
    batman, = server.people("Batman")
    jokers = [server.connect(name, source="127.0.0.2") for name in ("Joker", "Penguin")]
    answer = control.json("ban", "127.0.0.2", "--reason", "out")
    assert answer["kicked"] == 2
    for joker in jokers:
        line = joker.wait_for("offline", id=joker.id, reason="kicked")
        assert line.text.endswith("has left (out).")
        joker.expect_end()
        batman.wait_for("offline", id=joker.id, reason="kicked")
    wait_until(lambda: server.events_of("ban") == [f"uid={os.getuid()} address=127.0.0.2 reason=out"], "the ban is in the log")
    wait_until(lambda: server.events_of("kick") == [f"uid={os.getuid()} reason=out"] * 2, "so are the kicks")
    server.wait_for_log(r"127\.0\.0\.2 is banned by the operator with uid")


@pytest.mark.requirement("N07")
def test_a_name_bans_the_address_of_that_client(server, control):
    joker = server.connect("Joker", source="127.0.0.2")
    neighbour = server.connect("Penguin", source="127.0.0.2")
    other = server.connect("Batman", source="127.0.0.3")
    answer = control.json("ban", "joker")
    assert (answer["address"], answer["name"], answer["reason"], answer["kicked"]) == ("127.0.0.2", "Joker", "You are banned", 2)
    for client in (joker, neighbour):
        client.wait_for("offline", id=client.id, reason="kicked")
    assert first_bytes(server, "127.0.0.2") == b"refused code=banned :You are banned\n"
    assert other.ask("/echo x").text == "x"
    bans = control.json("bans")["bans"]
    assert [(ban["address"], ban["name"], ban["operator"]) for ban in bans] == [("127.0.0.2", "Joker", os.getuid())]
    control.run("unban", "JOKER")
    assert first_bytes(server, "127.0.0.2").startswith(b"welcome ")
    wait_until(lambda: server.events_of("unban") == [f"uid={os.getuid()} address=127.0.0.2 name=Joker reason=You are banned"], "the end is in the log")


def test_an_id_works_like_a_name(server, control):
    joker = server.connect("Joker", source="127.0.0.2")
    assert control.json("ban", joker.id)["address"] == "127.0.0.2"


def test_bans_apply_to_trusted_addresses_too(server, control):
    batman, = server.people("Batman")
    control.run("ban", "Batman", "--reason", "out")
    batman.wait_for("offline", id=batman.id, reason="kicked")
    assert first_bytes(server, "127.0.0.1") == b"refused code=banned :out\n"


@pytest.mark.requirement("N07")
def test_networks(server, control):
    control.run("ban", "127.0.2.99/24")
    assert [ban["address"] for ban in control.json("bans")["bans"]] == ["127.0.2.0/24"]
    for source, banned in (("127.0.2.1", True), ("127.0.2.255", True), ("127.0.3.1", False), ("127.0.1.255", False)):
        assert first_bytes(server, source).startswith(b"refused code=banned ") == banned, source
    control.run("ban", "2001:db8::7/64")
    assert control.run("unban", "127.0.2.1", check=False).returncode == 1
    control.run("unban", "127.0.2.0/24")
    control.run("unban", "2001:db8::/64")


@pytest.mark.parametrize("daemons", [("acceptor",), ("acceptor", "delivery")], ids="+".join)
@pytest.mark.requirement("N07")
def test_bans_survive_a_death(server, control, daemons):
    control.run("ban", "127.0.0.2", "--for", "1h")
    before = control.json("bans")
    server.kill(*daemons)
    assert first_bytes(server, "127.0.0.2").startswith(b"refused code=banned ")
    control.wait_for_both()
    assert control.json("bans") == before


@pytest.mark.requirement("N07")
def test_bans_survive_a_stop(start_server, control_of, tmp_path):
    server = start_server(state=tmp_path / "kept")
    control_of(server).run("ban", "127.0.0.2")
    server.stop()
    server = start_server(state=tmp_path / "kept")
    assert first_bytes(server, "127.0.0.2") == b"refused code=banned :You are banned\n"


def test_a_ban_ends(server, control):
    control.run("ban", "127.0.0.2", "--for", "1")
    control.run("ban", "127.0.0.3", "--for", "90min")
    wait_until(lambda: first_bytes(server, "127.0.0.2").startswith(b"welcome "), "the ban ends")
    assert [ban["address"] for ban in control.json("bans")["bans"]] == ["127.0.0.3"]
    assert control.run("unban", "127.0.0.2", check=False).returncode == 1
    assert first_bytes(server, "127.0.0.3").startswith(b"refused ")


@pytest.mark.parametrize("words, seconds", [("90", 90), ("90min", 5400), ("7d", 604800), ("1d 12h", 129600), ("1.5h", 5400), ("500ms", 1)])
def test_time_spans(server, control, words, seconds):
    answer = control.json("ban", "127.0.0.2", "--for", words)
    at, until = (parse_time(answer[key]) for key in ("at", "until"))
    assert until - at == pytest.approx(seconds, abs=0.002)


def parse_time(text):
    from datetime import datetime
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


@pytest.mark.parametrize("words", [("ban",), ("ban", "127.0.0.2", "--for", "soon"), ("ban", "127.0.0.2", "--for", "0"), ("ban", "127.0.0.2", "--for", "-5"), ("unban",)])
def test_wrong_use(server, control, words):
    assert control.run(*words, check=False).returncode == 2
    assert control.json("bans")["bans"] == []


@pytest.mark.parametrize("words, message", [
    (("ban", "Joker"), "there is no client Joker"), (("ban", "127.0.0.2/33"), "there is no client 127.0.0.2/33"), (("ban", "127.0.0.2", "--reason", "a\nb"), "reason"),
    (("ban", "127.0.0.2", "--reason", "x" * 401), "reason"), (("unban", "127.0.0.2"), "there is no ban of 127.0.0.2"), (("unban", "Joker"), "there is no ban of Joker")])
def test_refused(server, control, words, message):
    done = control.run(*words, check=False)
    assert done.returncode == 1 and message in done.stderr
    assert control.json("bans")["bans"] == []


def test_data_port_and_datagrams_are_closed_too(server, control):
    control.run("ban", "127.0.0.2", "--reason", "out")
    assert first_bytes(server, "127.0.0.2", server.port + 1) == b"error code=banned :out\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as banned, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for one, source in ((banned, "127.0.0.2"), (other, "127.0.0.3")):
            one.bind((source, 0))
            one.connect(("127.0.0.1", server.port))
            one.settimeout(PATIENCE)
            one.send(b"ECHO x")
        assert other.recv(100) == b"x"
        banned.settimeout(0)
        with pytest.raises(BlockingIOError):
            banned.recv(100)


def test_tail_shows_bans(server, control):
    control.run("ban", "127.0.0.2")
    control.run("unban", "127.0.0.2")
    shown = [json.loads(line) for line in control.run("--json", "tail", "-n", 2, "-c", 2).stdout.splitlines()]
    assert [(event["event"], event["peer"], event["operator"]) for event in shown] == [("banned", "127.0.0.2", os.getuid()), ("unbanned", "127.0.0.2", os.getuid())]


def test_a_file_that_is_not_understood_is_reported_and_kept(start_server, control_at, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    (state / "bans.json").write_text("{}")
    server = start_server(state=state)
    control = control_at(state / "admin.sock")
    assert "bans.json" in control.run("status", check=False).stdout
    done = control.run("ban", "127.0.0.2", check=False)
    assert done.returncode == 1 and "bans.json" in done.stderr
    assert (state / "bans.json").read_text() == "{}"
    assert server.connect().ask("/echo x").text == "x"


def test_ban_is_complete_after_a_death_at_any_time(server, control):
    """A ban that was stored disconnects those concerned, if need be after a restart."""
    batman, = server.people("Batman")
    joker = server.connect("Joker", source="127.0.0.2")
    # As a crash between storing the ban and disconnecting leaves it.
    ban = {"network": "127.0.0.2", "reason": "out", "operator": 0, "at": 1}
    (server.state / "bans.json").write_text(json.dumps({"version": 1, "bans": [ban]}))
    os.kill(server.acceptor_pid(), signal.SIGKILL)
    joker.wait_for("offline", id=joker.id, reason="kicked")
    batman.wait_for("offline", id=joker.id, reason="kicked")
    assert first_bytes(server, "127.0.0.2").startswith(b"refused code=banned ")


def many_bans(name):
    """As many as there may be, of one name, and of none but the last one is anybody connected."""
    networks = [f"10.{number >> 8}.{number & 255}.0/24" for number in range(4095)] + ["127.0.0.2"]
    return {"version": 1, "bans": [{"network": network, "name": name, "reason": "out", "operator": 0, "at": 1} for network in networks]}


@pytest.mark.requirement("N06", "N07")
def test_the_largest_number_of_bans_is_enforced_and_lifted_while_others_are_served(server, control):
    """A predecessor may have stored bans and died; and one name may have been banned at many addresses."""
    batman, = server.people("Batman")
    jokers = [server.connect(f"Joker{number}", source="127.0.0.2") for number in range(4)]
    (server.state / "bans.json").write_text(json.dumps(many_bans("Joker")), encoding="utf-8")
    server.kill("acceptor")
    for joker in jokers:
        joker.wait_for("offline", id=joker.id, reason="kicked")
        joker.expect_end()
    batman.drain()
    assert batman.ask("/echo still here").text == "still here"
    lifting = subprocess.Popen(control.command("unban", "Joker"), stdout=subprocess.PIPE)
    assert batman.ask("/echo meanwhile").text == "meanwhile"
    assert lifting.communicate(timeout=PATIENCE)[0].count(b" is no longer banned.\n") == 4096
    assert first_bytes(server, "127.0.0.2").startswith(b"welcome ")
    wait_until(lambda: len(server.events_of("unban")) == 4096, "each lifted ban is in the log")
    assert len(set(server.events_of("unban"))) == 4096
