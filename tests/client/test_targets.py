"""Who receives a plain line is chosen once: a line never goes to more people, or to others, than those chosen."""
import pytest
from deadline import wait_until

LOST = "The connection is lost; trying to connect again."


def talks(window, prompt):
    wait_until(lambda: window.lines()[-1] == prompt, f"the prompt {prompt!r}; it is {window.lines()[-3:]}")


@pytest.fixture
def people(server, open_window):
    """Ann in a window, and Pal and Eve, who listen."""
    window = open_window(server.port, "--name", "Ann")
    wait_until(lambda: any("Ann has joined" in line for line in window.lines()), "Ann is in")
    pal, eve = server.connect("Pal"), server.connect("Eve")
    wait_until(lambda: any("Eve has joined" in line for line in window.lines()), "all are in")
    return window, pal, eve


def test_a_rename_is_followed(people):
    window, pal, eve = people
    window.enter("/to Pal")
    talks(window, "Pal>")
    pal.send("/login Patrick")
    talks(window, "Patrick>")
    eve.send("/login Pal")
    wait_until(lambda: any("What you type goes to Patrick" in line and "somebody else" in line for line in window.lines()), "the new Pal is announced")
    window.enter("for Patrick alone")
    assert pal.wait_for("message").text == "for Patrick alone"
    assert not [line for line in eve.drain() if line.kind == "message"]


def test_a_line_to_a_person_who_left_goes_nowhere(people, server):
    window, pal, eve = people
    window.enter("/to Pal")
    talks(window, "Pal>")
    window.type("half a line")
    pal.send("/quit")
    talks(window, "(gone) Pal> half a line")
    eve.send("/login Pal")
    wait_until(lambda: any("may be somebody else" in line for line in window.lines()), "the new Pal is announced")
    window.press("Enter")
    wait_until(lambda: "Not sent: half a line" in window.lines(), "it is refused")
    talks(window, "(gone) Pal>")
    window.enter("/to Pal")
    talks(window, "Pal>")
    window.enter("now for the new one")
    assert eve.wait_for("message").text == "now for the new one"
    assert [row["text"] for row in server.wait_for_rows(1, "SELECT text FROM message_log WHERE sender_name = 'Ann'")] == ["now for the new one"]


def test_a_group_ends_with_the_connection(people, server, start_server):
    """What is half typed then does not go to the lobby."""
    window, pal, eve = people
    window.enter("/makegroup Pal")
    group = pal.wait_for("group").get("id")
    window.enter(f"/to {group}")
    talks(window, "group Pal>")
    window.type("half a secret")
    server.stop()
    talks(window, f"(offline) group {group}> half a secret")
    again = start_server(port=server.port)
    talks(window, f"(gone) group {group}> half a secret")
    listener = again.connect("Listener")
    window.press("Enter")
    wait_until(lambda: "Not sent: half a secret" in window.lines(), "it is refused")
    window.enter("/to lobby")
    talks(window, ">")
    window.enter("for all")
    assert listener.wait_for("message").text == "for all"


def test_who_and_what_is_not_there_cannot_be_chosen(people):
    window, pal, eve = people
    for target, complaint in (("Nobody", "There is no client Nobody."), ("#nowhere", "You are not in the room nowhere: type /join nowhere first."), ("4711", "You are not in group 4711."),
                              ("12345", "There is no client 12345.")):
        window.enter(f"/to {target}")
        wait_until(lambda: complaint in window.lines() and window.lines()[-1] == ">", complaint)
    window.enter("/to Pal")
    talks(window, "Pal>")
    window.enter("/join ops")
    wait_until(lambda: any("You are in the room ops" in line for line in window.lines()), "it is in")
    window.enter("/to #OPS")
    talks(window, "#OPS>")
    window.enter("/leave ops")
    talks(window, "(gone) #OPS>")
    window.enter("/join ops")
    talks(window, "#OPS>")


def test_a_room_that_was_joined_automatically_can_be_chosen(open_window, start_server):
    server = start_server({"rooms.auto_join": '["news"]'})
    window = open_window(server.port, "--name", "Ann")
    wait_until(lambda: any("Ann has joined" in line for line in window.lines()), "Ann is in")
    window.enter("/to #news")
    talks(window, "#news>")


def test_what_a_script_says_to_nobody_goes_nowhere(start_piped, server):
    listener = server.connect("Listener")
    client = start_piped(server.port, "--name", "Script")
    client.write("first\n/to Nobody\nsecret\n/to Listener\nfor you\n")
    client.end_input()
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["chat-client: There is no client Nobody.", "chat-client: Not sent: secret"]
    assert [listener.wait_for("message").text for _ in range(2)] == ["first", "for you"]


def return_to(server):
    peer = server.accept()
    peer.welcome()
    peer.expect("/login Batman")
    peer.send("renamed id=48213 old=q7mzxtrplw name=Batman")
    return peer


def test_what_is_typed_after_a_bad_choice_was_not_meant_for_others(chatting):
    """Before the answer can be seen, the next line has been typed."""
    window, peer = chatting()
    window.enter("/to Robin")
    talks(window, "Robin>")         # it knows who is there
    window.enter("/to lobby")
    window.enter("/to Nobody")
    tag = peer.read_raw().split()[0].removeprefix("@")
    window.type("secret")
    window.wait_for("> secret")
    window.press("Enter")
    window.wait_for("> /to Nobody", ">")
    peer.send(f"end of=active count=0 tag={tag}")
    window.wait_for("There is no client Nobody.", "> secret", "Not sent: secret", ">")
    window.enter("hello")
    peer.expect("hello")


def test_a_person_of_the_same_name_after_a_reconnection_is_somebody_else(chatting, scripted_server):
    window, peer = chatting()
    window.enter("/to Robin")
    talks(window, "Robin>")
    peer.close()
    talks(window, "(offline) Robin>")
    window.enter("typed meanwhile")
    window.type("half")
    peer = return_to(scripted_server)
    peer.answer("/active", "client id=60000 name=Robin connected=x {tag}", "end of=active count=1 {tag}")
    talks(window, "(gone) Robin> half")
    window.press("Enter")
    wait_until(lambda: {"Not sent: typed meanwhile", "Not sent: half"} <= set(window.lines()), "nothing was sent")
    window.enter("/to Robin")
    talks(window, "Robin>")
    window.enter("hello")
    peer.expect("/send 60000 hello")


def test_the_same_person_after_a_reconnection(chatting, scripted_server):
    window, peer = chatting()
    window.enter("/to Robin")
    talks(window, "Robin>")
    peer.close()
    peer = return_to(scripted_server)
    tag = peer.read_raw().split()[0].removeprefix("@")
    window.enter("wait for it")
    assert peer.nothing_comes(0.2)
    peer.send(f"client id=51990 name=Robin connected=x tag={tag}", f"end of=active count=1 tag={tag}")
    peer.expect("/send 51990 wait for it")
    talks(window, "Robin>")


def test_a_person_who_is_gone_without_notice(chatting):
    """With many clients the server does not announce departures."""
    window, peer = chatting()
    window.enter("/to Robin")
    window.enter("hello")
    tag = peer.read_raw().split()[0].removeprefix("@")
    peer.send(f"undelivered id=7 to=51990 reason=disconnected tag={tag} :51990 (Robin) is now disconnected; the message was discarded.")
    talks(window, "(gone) Robin>")


def test_back_to_the_lobby(people):
    window, pal, _ = people
    for command in ("/to", "/query"):
        window.enter("/to Pal")
        talks(window, "Pal>")
        window.enter(command)
        talks(window, ">")
        assert window.lines()[-2] == "What you type goes to the lobby."


def test_a_file_says_nothing_about_who_somebody_is(chatting):
    """The number of a file, or of a message, is not the id of a client."""
    window, peer = chatting()
    window.enter("/to Robin")
    talks(window, "Robin>")
    at = "at=2026-11-20T12:31:05.123Z"
    peer.send("receipt id=25 from=51990 name=Robin outcome=taken :notes.txt", "file id=26 from=51990 name=Robin size=9 to=room:lobby :notes.txt",
              "undelivered id=27 to=Robin name=Robin reason=away :Robin is away.", f"message id=28 from=51990 name=Robin to=48213 {at} :here I am")
    wait_until(lambda: any("here I am" in line for line in window.lines()), "all of it is shown")
    assert not any("somebody else" in line for line in window.lines())
    talks(window, "Robin>")
    window.enter("/to Robin")
    window.enter("for Robin")
    assert peer.read_raw().split(" ", 1)[1] == "/send 51990 for Robin"
