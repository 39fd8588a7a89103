"""The client keeps what is said in files, if the settings say where."""
import errno
import fcntl
import os
import re

import pytest
from account_holders import OPEN, away
from deadline import wait_until
from history_pages import PASSWORD
from relay import Relay
from said import text

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ")


@pytest.fixture
def directory(tmp_path):
    """A function that says where it is kept, once the settings say so: directory(port)."""
    (tmp_path / "config" / "chat" / "client.toml").write_text(f'timestamps = false\nlog_mb = 1\nlog_directory = "{tmp_path}/said"\n')
    return lambda port: tmp_path / "said" / f"127.0.0.1:{port}"


@pytest.fixture
def said(directory, scripted_server):
    """Where it is kept of chatting_piped."""
    return directory(scripted_server.port)


def lines(path):
    """The lines of a file, without their times; none if there is no such file."""
    whole = path.read_text(encoding="utf-8") if path.exists() else ""
    assert whole == "" or whole.endswith("\n")
    assert all(TIME.match(line) for line in whole.splitlines()), whole
    return [line[20:] for line in whole.splitlines()]


def wait_for(path, *wanted):
    wait_until(lambda: lines(path) == list(wanted), f"{wanted} in {path.name}; there is {lines(path)}")


def test_each_room_group_and_person_has_a_file(directory, start_piped, server):
    said = directory(server.port)
    robin, = server.people("Robin")
    robin.ask("/join Ops")
    client = start_piped(server.port, "--name", "Batman")
    client.write("hello\n/join ops\n")
    batman = robin.wait_for("joined", name="Batman")["id"]
    robin.ask("/say ops one")
    robin.ask("/broadcast two")
    robin.ask("/say lobby three")
    robin.ask("/send Batman four")
    group = robin.ask(f"/makegroup {batman}")["id"]
    robin.ask(f"/sendgroup {group} five")
    client.wait_for_line("five")
    client.write(f"/say ops //six\n/send Robin seven\n/send {robin.id} eight\n/sendgroup {group} nine\n//ten\n@mine /say ops eleven\n/send Nobody twelve\n")
    wait_for(said / "#ops.log", "Robin: one", "Batman: //six", "Batman: eleven")
    wait_for(said / "#lobby.log", "Batman: hello", "Robin: two", "Robin: three", "Batman: /ten")
    wait_for(said / "robin.log", "Robin: four", "Batman: seven", "Batman: eight")
    wait_for(said / f"group-{group}.log", "Robin: five", "Batman: nine")
    assert sorted(path.name for path in said.iterdir()) == sorted(["#lobby.log", "#ops.log", f"group-{group}.log", "robin.log"])
    assert {path.stat().st_mode & 0o7777 for path in said.iterdir()} == {0o600}
    assert [path.stat().st_mode & 0o7777 for path in (said, said.parent)] == [0o700, 0o700]


def test_a_message_that_the_server_keeps_is_written_once(directory, start_piped, start_server):
    server = start_server(OPEN)
    away(server)
    client = start_piped(server.port, "--name", "Batman")
    client.write("/send Robin where are you?\n/send Robin come home\n")
    wait_for(directory(server.port) / "robin.log", "Batman: where are you?", "Batman: come home")


def test_without_the_setting_nothing_is_kept(start_piped, server, tmp_path):
    client = start_piped(server.port, "--name", "Batman")
    client.write("hello\nquit\n")
    assert client.wait_for_end() == 0
    assert {path.name for path in tmp_path.rglob("*.log")} == set()


def test_no_name_and_no_text_leads_out_of_the_directory_or_into_another_line(said, chatting_piped, tmp_path):
    client, peer = chatting_piped
    at = "at=2026-11-20T12:31:05.123Z"
    peer.send(f"message id=1 from=20000 name=../../../out to=room:../../x {at} :one", f"message id=2 from=20000 name=../../../out to=10000 {at} :two",
              f"message id=3 from=20000 name=.. to=room:.. {at} :thr\x1b[2Jee", f"message id=4 from=20000 name=a/b to=group:../1 {at} :four\u2028\u202efive",
              f"message id=5 from=20000 name=B\\|ob to=10000 {at} as=action :waves", f"message id=6 from=20000 name={'ü' * 200} to=10000 {at} :long",
              f"message id=7 from=20000 name={'/' * 200} to=10000 {at} :escaped", f"message id=8 from=20000 name=x to=group:{'/' * 200} {at} :escaped", f"announcement id=9 {at} :six")
    client.wait_for_line("six")
    found = {path.name: lines(path) for path in said.iterdir()}
    assert all(path.parent == said for path in tmp_path.rglob("*.log"))
    assert found["#..%2F..%2Fx.log"] == ["../../../out: one"] and found["%2E.%2F..%2F..%2Fout.log"] == ["../../../out: two"], found
    assert found["#...log"] == ["..: thr\ufffd[2Jee"]
    assert len(found["group-..%2F1.log"]) == 1 and re.fullmatch("a/b: four\ufffd+five", found["group-..%2F1.log"][0])
    assert found["b%5C%7Cob.log"] == ["* B\\|ob waves"]
    assert found["ü" * 40 + ".log"] == ["ü" * 200 + ": long"] and found["#lobby.log"] == ["Announcement: six"]
    assert found["%2F" * 80 + ".log"] == ["/" * 200 + ": escaped"] and found["group-" + "%2F" * 80 + ".log"] == ["x: escaped"]
    assert (said / "#lobby.log").read_text()[:10] == "2026-11-20" and client.error_lines() == []


def test_a_file_that_is_full_makes_room_for_another(said, chatting_piped):
    client, peer = chatting_piped
    said.mkdir(parents=True)
    (said / "#lobby.log").write_text("x" * 999_990 + "\n")
    (said / "#lobby.log.1").write_text("the one before\n")
    peer.send("message id=1 from=20000 name=Robin to=room:lobby at=2026-11-20T12:31:05.123Z :one")
    client.wait_for_line("one")
    wait_for(said / "#lobby.log", "Robin: one")
    assert (said / "#lobby.log.1").stat().st_size == 999_991
    assert (said / "#lobby.log").stat().st_mode & 0o7777 == 0o600


def is_waited_for(path):
    """Some process waits for a lock of the file: see proc_locks(5)."""
    with open("/proc/locks", encoding="ascii") as locks:
        return any("->" in line and line.split()[-3].endswith(f":{path.stat().st_ino}") for line in locks)


def test_a_file_that_another_client_renames_is_neither_renamed_again_nor_written_to(said, chatting_piped):
    """Two clients keep what is said in the same files."""
    client, peer = chatting_piped
    said.mkdir(parents=True)
    path, full = said / "#lobby.log", "x" * 999_990 + "\n"
    path.write_text(full)
    with open(path, "rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        peer.send("message id=2 from=20000 name=Robin to=room:lobby at=2026-11-20T12:31:06.123Z :two")
        wait_until(lambda: is_waited_for(path), "the client waits")
        assert path.read_text() == full
        path.rename(said / "#lobby.log.1")
        path.write_text("2026-11-20 12:31:05 Robin: one\n")
    wait_for(path, "Robin: one", "Robin: two")
    assert (said / "#lobby.log.1").read_text() == full


def test_a_full_disk_is_one_line_and_the_chat_goes_on(said, chatting_piped, small_disk):
    disk = small_disk("64k")
    said.parent.mkdir()
    said.symlink_to(disk)
    client, peer = chatting_piped
    (disk / "rest").write_bytes(b"x" * 60_000)
    at, filler = "at=2026-11-20T12:31:05.123Z", "y" * 1000
    for number in range(1, 31):
        peer.send(f"message id={number} from=20000 name=Robin to=room:lobby {at} :{filler} {number}")
    client.wait_for_line("y 30")
    wait_until(lambda: client.error_lines(), "the complaint")
    (disk / "rest").unlink()
    peer.send(f"message id=31 from=20000 name=Robin to=room:lobby {at} :and more")
    client.wait_for_line("and more")
    kept = lines(said / "#lobby.log")
    assert kept[-1] == "Robin: and more" and 1 <= len(kept) < 31 and kept[:-1] == [f"Robin: {filler} {number}" for number in range(1, len(kept))]
    assert client.error_lines() == [f"chat-client: Cannot log the conversation: {said}/#lobby.log: No space left on device"]


def test_a_pipe_in_the_place_of_a_file_does_not_stop_the_client(said, chatting_piped):
    client, peer = chatting_piped
    said.mkdir(parents=True)
    os.mkfifo(said / "#lobby.log")
    for number in (1, 2):
        peer.send(f"message id={number} from=20000 name=Robin to=room:lobby at=2026-11-20T12:31:05.123Z :line {number}")
    client.wait_for_line("line 2")
    client.end_input()
    peer.expect("/quit")
    peer.say_goodbye()
    client.wait_for_end()
    assert client.error_lines() == [f"chat-client: Cannot log the conversation: {said}/#lobby.log: {os.strerror(errno.ENXIO)}"]


@pytest.mark.settings(accounts__register='"open"')
def test_what_was_said_while_the_connection_was_away_is_filled_in_once(directory, open_window, server, password_file):
    robin, alfred = server.people("Robin", "Alfred")
    assert robin.ask(f"/register {PASSWORD}").kind == "account"
    robin.ask("/quit")
    alfred.ask("/say lobby before")
    relay = Relay(server.port)
    said = directory(relay.port)
    try:
        window = open_window(relay.port, "--name", "Robin", "--password-file", password_file)
        wait_until(lambda: "before" in text(window), "before")
        alfred.ask("/say lobby one")
        wait_until(lambda: "Alfred: one" in text(window), "Alfred: one")
        relay.go_away()
        alfred.ask("/say lobby two")
        relay.come_back()
        wait_until(lambda: "Connected again" in text(window), "Connected again")
        wait_until(lambda: "Alfred: two" in text(window), "Alfred: two")
        alfred.ask("/say lobby three")
        wait_until(lambda: "Alfred: three" in text(window), "Alfred: three")
        window.enter("mine")
        alfred.wait_for("message", name="Robin")
        wait_for(said / "#lobby.log", "Alfred: one", "Alfred: two", "Alfred: three", "Robin: mine")
    finally:
        relay.close()
