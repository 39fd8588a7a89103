"""Any local user may create objects in /dev/shm. That cannot keep the server from starting."""
import os
import re
import signal
from pathlib import Path

import pytest
from chat_server import Server
from deadline import wait_until
from mounting import needs_mount_namespace

STRANGER = 65534
# A /dev/shm as another user left it, and a server that has no power over other users' files.
INSIDE = """mount -t tmpfs -o size=64m,mode=1777,uid={stranger} tmpfs /dev/shm && cd /dev/shm && {squat} &&
chown -h {stranger}:{stranger} /dev/shm/* && cd / && exec setpriv --bounding-set=-chown,-fowner,-dac_override,-dac_read_search -- "$@\""""
SQUATS = {
    "a file": "echo mine > {name}",
    "a readable file": "echo mine > {name} && chmod 666 {name}",
    "a directory": "mkdir {name} && echo mine > {name}/file",
    "a symbolic link": "ln -s /etc/passwd {name}",
    "a pipe": "mkfifo {name}",
    "all names": "for n in {name} {name}.aside {name}.new; do echo mine > $n; done",
    "the name for what is set aside": "echo mine > {name}.aside",
}


@pytest.fixture
def squatted(tmp_path):
    """A function that returns a server, not started, and a function that returns its /dev/shm while it runs."""
    servers = []

    def make(squat):
        needs_mount_namespace()
        if os.getuid() != 0:
            pytest.skip("needs root to give files away")
        server = Server(tmp_path / "state", {"limits.queue_mib": 1})
        script = INSIDE.format(stranger=STRANGER, squat=squat.format(name=server.segment.name))
        command = ["unshare", "--mount", "--propagation", "private", "/bin/sh", "-ec", script, "sh", *server.command()]
        server.command = lambda: command
        servers.append(server)
        return server
    yield make
    for server in servers:
        server.close()


def shm_of(server):
    return Path(f"/proc/{server.process.pid}/root/dev/shm")


def own_objects(server):
    return sorted(path.name for path in shm_of(server).iterdir() if path.lstat().st_uid == 0)


@pytest.mark.parametrize("squat", SQUATS.values(), ids=SQUATS)
def test_server_starts_whatever_is_there(squatted, squat):
    server = squatted(squat).start()
    talker, listener = server.people("Batman", "Robin")
    server.kill("acceptor")
    server.kill("delivery")
    talker.ask("/send Robin hello")
    assert listener.wait_for("message").text == "hello"
    warnings = [line for line in server.log if "Another user has created" in line]
    name = server.segment.name
    if squat == SQUATS["the name for what is set aside"]:
        assert not warnings and own_objects(server) == [name]
    else:
        assert len(warnings) == 1 and f"/{name} " in warnings[0], "once, by name"
        assert [re.fullmatch(rf"{name}-[0-9a-f]{{16}}", found) is not None for found in own_objects(server)] == [True]


def test_clients_stay_when_both_daemons_die(squatted):
    server = squatted(SQUATS["a file"]).start()
    talker, listener = server.people("Batman", "Robin")
    server.kill("acceptor", "delivery")
    assert talker.ask("/send Robin hello").kind == "ok"
    assert listener.wait_for("message").text == "hello"
    assert len(own_objects(server)) == 1


def test_damaged_segment_is_set_aside_although_that_name_is_taken(squatted):
    server = squatted(SQUATS["all names"]).start()
    client = server.connect("Batman")
    segment = shm_of(server) / own_objects(server)[0]
    (shm_of(server) / f"{segment.name}.aside").write_text("mine")
    os.chown(shm_of(server) / f"{segment.name}.aside", STRANGER, STRANGER)
    old = server.acceptor_pid()
    os.truncate(segment, 4096)
    wait_until(lambda: server.acceptor_pid() != old, "the acceptor is started again")
    client.wait_for("refused")
    assert server.connect("Robin").ask("/echo fine").text == "fine"
    assert len(own_objects(server)) == 2


def test_nothing_is_left_after_a_stop(squatted):
    server = squatted(SQUATS["a file"]).start()
    server.connect("Batman")
    shm = os.open(shm_of(server), os.O_RDONLY | os.O_DIRECTORY)
    try:
        server.close_clients()
        server.stop(signal.SIGTERM)
        assert os.listdir(shm) == [server.segment.name]
    finally:
        os.close(shm)
    assert not list(server.state.glob("segment-*"))
