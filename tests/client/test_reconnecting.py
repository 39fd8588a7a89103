"""The client reconnects after a loss, and nothing that was typed is silently lost."""
import signal
import time

import pytest
from deadline import wait_until
from relay import Relay

LOST = "The connection is lost; trying to connect again."
BACK = "Connected again, as Batman."


def log_in_again(server, name="Batman"):
    peer = server.accept()
    peer.welcome()
    peer.expect(f"/login {name}")
    peer.send(f"renamed id=48213 old=q7mzxtrplw name={name}")
    return peer


def test_what_is_typed_meanwhile_is_sent_later_exactly_once(chatting, scripted_server):
    window, peer = chatting()
    window.enter("before")
    peer.expect("before")
    window.enter("unheard")
    peer.read_raw()
    peer.close()
    window.wait_for("> unheard", "Not confirmed by the server: unheard", LOST, "(offline)>")
    window.enter("one")
    window.enter("/to Robin")
    window.enter("two")
    window.type("half a")
    peer = log_in_again(scripted_server)
    peer.expect("one")
    peer.answer("/active", "client id=51990 name=Robin connected=x {tag}", "end of=active count=1 {tag}")
    peer.expect("/send 51990 two")
    wait_until(lambda: window.lines()[-2:] == [BACK, "Robin> half a"], "the half-typed line stays")
    window.type(" line")
    window.press("Enter")
    peer.expect("/send 51990 half a line")
    assert window.lines().count(LOST) == window.lines().count(BACK) == 1


def test_rooms_are_rejoined_and_the_lobby_is_left_again(chatting, scripted_server):
    window, peer = chatting()
    peer.send("joined room=ops id=48213 name=Batman count=1", "joined room=pub id=48213 name=Batman count=1", "joined room=cave id=51990 name=Robin count=1",
              "left room=pub id=48213 name=Batman count=0", "left room=lobby id=48213 name=Batman count=0")
    window.wait_for("Server: You have left the lobby.", ">")
    peer.close()
    peer = log_in_again(scripted_server)
    peer.answer("/join ops", "joined room=ops id=48213 name=Batman count=1 {tag}")
    peer.answer("/leave lobby", "left room=lobby id=48213 name=Batman count=0 {tag}")
    peer.send("echo :the end")
    window.wait_for(LOST, BACK, "Server: the end", ">")


def test_rooms_in_the_settings_are_joined(open_window, scripted_server, tmp_path):
    (tmp_path / "client.toml").write_text('rooms = ["#ops"]\nname = "Batman"\ntimestamps = false\n')
    window = open_window(scripted_server.port, "--config", tmp_path / "client.toml")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.send("renamed id=48213 old=q7mzxtrplw name=Batman")
    peer.answer("/join ops", "error code=too-many-rooms {tag} :Too many rooms.")
    window.wait_for("Server: Too many rooms.", ">")


def test_the_pauses_grow_while_there_is_no_server(chatting, scripted_server):
    window, peer = chatting()
    begin = time.monotonic()
    times = []
    for _ in range(5):
        peer.close()
        peer = scripted_server.accept()
        times.append(time.monotonic() - begin)
        peer.welcome()
        peer.expect("/login Batman")
    assert times[4] - times[3] > 2 * (times[1] - times[0]), times       # eight times as long, give or take a fifth
    assert window.lines().count(LOST) == 1


def test_a_name_that_the_lost_connection_still_holds_is_tried_again(chatting, scripted_server):
    window, peer = chatting()
    peer.close()
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.send("error code=name-taken :The name Batman is taken.")
    peer.expect("@quiet /quiet")
    peer.expect("/quit")
    window.wait_for(LOST, "The name Batman is taken; trying again.", "(offline)>")
    peer = log_in_again(scripted_server)
    window.wait_for(LOST, "The name Batman is taken; trying again.", BACK, ">")


@pytest.mark.requirement("R06")
def test_a_full_server_is_tried_again(chatting, scripted_server):
    window, peer = chatting()
    peer.close()
    peer = scripted_server.accept()
    peer.send("refused code=limit :Connection Limit Exceeded !!")
    peer.close()
    log_in_again(scripted_server)
    window.wait_for(LOST, BACK, ">")


def test_a_kicked_client_does_not_reconnect(chatting, scripted_server):
    window, peer = chatting()
    peer.say_goodbye("offline id=48213 name=Batman reason=kicked count=0 :Batman has left.")
    status, lines = window.wait_for_end()
    assert (status, lines[-1]) == (1, "chat-client: the server closed the connection")


def test_leaving_without_a_connection_reports_what_was_not_sent(chatting, scripted_server):
    window, peer = chatting()
    scripted_server.close()
    window.wait_for(LOST, "(offline)>")
    window.enter("one")
    window.enter("two")
    window.enter("quit")
    status, lines = window.wait_for_end()
    assert (status, lines[-2:]) == (1, ["Not sent: one", "Not sent: two"])


@pytest.mark.requirement("R15")
@pytest.mark.parametrize("key", ["C-c", "C-d"])
def test_leaving_by_a_key_without_a_connection(chatting, scripted_server, key):
    window, peer = chatting()
    scripted_server.close()
    window.wait_for(LOST, "(offline)>")
    window.press(key)
    assert window.wait_for_end()[0] == 0


def test_without_reconnect_it_ends(open_window, scripted_server, tmp_path):
    (tmp_path / "client.toml").write_text("reconnect = false\ntimestamps = false\n")
    window = open_window(scripted_server.port, "--name", "Batman", "--config", tmp_path / "client.toml")
    peer = scripted_server.accept()
    peer.accept_login("Batman", window=True)
    window.wait_for(">")
    window.type("half")
    window.wait_for("> half")
    peer.send("bye :The server is going down.")
    peer.close()
    status, lines = window.wait_for_end()
    assert status == 1
    assert lines[-3:] == ["Server: The server is going down.", "> half", "chat-client: the server closed the connection"]


def test_a_script_reports_what_was_not_sent_and_ends(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    client.write("one\ntwo\n")
    peer = scripted_server.accept()
    peer.welcome()
    peer.expect("one")
    peer.read_raw()
    peer.close()
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["chat-client: Not confirmed by the server: two", "chat-client: the server closed the connection"]


def test_the_real_server_dies_is_restarted_and_stopped(open_window, server, start_server):
    """Both daemons are killed at once, which nobody notices; then the server stops, and another one starts in its
    place."""
    window = open_window(server.port, "--name", "Batman")
    wait_until(lambda: any("Batman has joined" in line for line in window.lines()), "Batman is in")
    robin = server.connect("Robin")
    wait_until(lambda: any("Robin has joined" in line for line in window.lines()), "they see each other")
    server.kill("acceptor", "delivery")
    window.enter("still here")
    assert robin.wait_for("message").text == "still here"
    assert LOST not in window.lines()
    server.stop()
    wait_until(lambda: LOST in window.lines() and window.lines()[-1] == "(offline)>", "the loss is noticed")
    window.enter("typed meanwhile")
    again = start_server(port=server.port)
    wait_until(lambda: BACK in window.lines(), "it is connected again")
    assert again.wait_for_rows(1, "SELECT text FROM message_log WHERE sender_name = 'Batman'")[0]["text"] == "typed meanwhile"


@pytest.fixture
def broken_relay(server, open_window):
    """A window that reaches the real server through a relay that breaks, and a second client that listens."""
    relay = Relay(server.port)
    window = open_window(relay.port, "--name", "Batman", height=50)
    wait_until(lambda: any("Batman has joined" in line for line in window.lines()) and window.lines()[-1] == ">", "Batman is in")
    yield relay, window
    relay.close()


def back(window, times):
    """Waits until it has connected `times` times and all that was typed has been answered."""
    wait_until(lambda: window.lines().count(BACK) == times and window.lines()[-1] == ">", f"it is connected again, {times}")
    window.enter(f"/echo back {times}")
    wait_until(lambda: f"Server: back {times}" in window.lines(), "all is answered")


@pytest.mark.requirement("N01")
def test_what_was_typed_comes_once_or_is_reported(server, broken_relay):
    """The real daemons are killed, restarted as in an upgrade, stopped and started; the connection breaks inside a
    line, and inside the answer to one."""
    relay, window = broken_relay
    said = []

    def say(*lines):
        for line in lines:
            window.enter(line)
            said.append(line)
    say("before")
    for number in (signal.SIGKILL, signal.SIGUSR2):
        for daemons in (["acceptor"], ["delivery"], ["acceptor", "delivery"]):
            say(f"{number:d} to {daemons}")
            server.kill(*daemons, number=number)
            say(f"{number:d} was sent to {daemons}")
    server.wait_for_rows(len(said), "SELECT text FROM message_log WHERE sender_name = 'Batman'")
    assert LOST not in window.lines()

    relay.break_after("up", b"/say lobby half of")
    window.enter("half of this line arrives")
    wait_until(lambda: relay.cuts == 1 and "Not confirmed by the server: half of this line arrives" in window.lines(), "it is reported")
    say("typed after half a line")
    back(window, 1)

    relay.break_after("down", b" tag=c")
    say("heard, but the answer breaks off")
    wait_until(lambda: relay.cuts == 2 and "Not confirmed by the server: heard, but the answer breaks off" in window.lines(), "it is reported")
    say("typed after half an answer")
    back(window, 2)

    server.stop()
    wait_until(lambda: window.lines()[-1] == "(offline)>", "the loss is noticed")
    say("typed while there is no server", "and more")
    server.start()
    back(window, 3)
    say("the end")

    rows = server.wait_for_rows(len(said), "SELECT text FROM message_log WHERE sender_name = 'Batman' ORDER BY id")
    assert [row["text"] for row in rows] == said
    assert len([line for line in window.lines() if line.startswith("Not confirmed")]) == 2
