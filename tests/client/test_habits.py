"""What people know from other chats: aliases, /ignore, /clear, help by topic, and hints for mistakes."""
import pytest
from deadline import wait_until


@pytest.fixture
def batman(open_window, server):
    """A window at the real server, and Robin, who is there too."""
    window = open_window(server.port, "--name", "Batman", width=100)
    wait_until(lambda: any("Batman has joined" in line for line in window.lines()), "Batman is in")
    robin = server.connect("Robin")
    wait_until(lambda: any("Robin has joined" in line for line in window.lines()) and window.lines()[-1] == ">", "both are in")
    return window, robin


def ends_with(window, *parts):
    """Waits until the screen's last lines contain these texts, before the prompt."""
    wait_until(lambda: len(window.lines()) > len(parts) and all(part in line for part, line in zip(parts, window.lines()[-1 - len(parts):-1], strict=True)), f"{parts}; it is {window.lines()[-6:]}")


def test_commands_of_irc_do_what_they_say(batman):
    window, robin = batman
    window.enter("/msg Robin psst")
    assert robin.wait_for("message", to=robin.id).text == "psst"
    window.enter("/w Robin  two  words ")
    assert robin.wait_for("message").text == " two  words "
    window.enter("/nick Bruce")
    ends_with(window, "You are now called Bruce.")
    window.enter("/WHO")
    ends_with(window, "Bruce, connected since", "Robin, connected since", "2 clients are connected.")
    window.enter("/join ops")
    ends_with(window, "You are in the room ops.")
    window.enter("/list")
    ends_with(window, "room lobby, 2 members", "room ops, 1 member", "2 rooms.")
    window.enter("/msg #ops for the room")
    window.enter("/names ops")
    ends_with(window, "Bruce, connected since", "1 member.")
    window.enter("/query Robin")
    wait_until(lambda: window.lines()[-1] == "Robin>", "the prompt")
    window.enter("/names")
    wait_until(lambda: any("2 members." in line for line in window.lines()), "the members of the lobby")
    window.enter("/to #ops")
    wait_until(lambda: window.lines()[-1] == "#ops>", "the prompt")
    window.enter("/part")
    wait_until(lambda: window.lines()[-1] == "(gone) #ops>", "it has left")


@pytest.mark.parametrize("line, complaint", [
    ("/me waves", "This server does not have /action, which /me needs. Nothing was sent."), ("/away lunch", "This server does not have /away. Nothing was sent."),
    ("/topic", "This server does not have /topic. Nothing was sent."), ("/history ops", "This server does not have /history. Nothing was sent.")])
def test_what_the_server_cannot_do_is_said(chatting, line, complaint):
    window, peer = chatting(width=100)
    window.enter("/help nothing")       # the list has been read before this
    peer.expect("/help nothing")
    window.enter(line)
    window.wait_for(f"> {line}", complaint, ">")


def test_aliases_of_commands_to_come(open_window, scripted_server):
    """A server that has them receives them, about the room that plain lines go to."""
    window = open_window(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman")
    tag = peer.read_raw().split()[0].removeprefix("@")
    peer.send(*(f"help command={name} tag={tag} :{name} — x" for name in ("/action", "/away", "/topic")), f"end of=help count=3 tag={tag}", "joined room=ops id=48213 name=Batman count=1")
    peer.read()
    window.wait_for("Server: You are in the room ops. Member count=1", ">")
    window.enter("/to #ops")
    for line, command in (("/me waves", "/action ops waves"), ("/away lunch", "/away lunch"), ("/topic", "/topic ops"), ("/topic #pub darts", "/topic #pub darts")):
        window.enter(line)
        peer.expect(command)


def test_an_ignored_person_is_not_seen(batman):
    window, robin = batman
    window.enter("/ignore ROBIN")
    ends_with(window, "You ignore ROBIN until you leave")
    robin.send("hello")
    robin.send("/send Batman for you alone")
    robin.send("/login Nightwing")
    robin.ask("/join ops")
    robin.ask("/echo the end")
    window.enter("/ignore")
    ends_with(window, "You ignore: robin.")
    assert not any("hello" in line or "alone" in line or "Nightwing" in line for line in window.lines())
    window.enter("/unignore Robin")
    ends_with(window, "You no longer ignore Robin.")
    robin.send("hello again")
    wait_until(lambda: any("Nightwing: hello again" in line for line in window.lines()), "they are heard again")
    window.enter("/unignore Robin")
    ends_with(window, "You do not ignore Robin.")


def test_only_those_whose_name_it_was_are_shown_again(batman, server):
    """Whoever is ignored under another name stays so."""
    window, robin = batman
    joker = server.connect("Joker")
    window.enter("/ignore Robin")
    window.enter("/ignore Joker")
    ends_with(window, "You ignore Joker until you leave")
    joker.send("/login Jack")
    robin.send("/login Nightwing")
    robin.ask("/echo renamed")
    window.enter("/unignore Robin")
    ends_with(window, "You no longer ignore Robin.")
    joker.ask("/say lobby from an ignored one")
    robin.send("hello again")
    wait_until(lambda: any("Nightwing: hello again" in line for line in window.lines()), "they are shown again")
    assert not any("ignored one" in line for line in window.lines())


def test_settings_ignore_people_and_hide_who_comes_and_goes(open_window, server, tmp_path):
    (tmp_path / "client.toml").write_text('hide_joins = true\nignore = ["Joker"]\n')
    window = open_window(server.port, "--name", "Batman", "--config", tmp_path / "client.toml")
    wait_until(lambda: any("Batman has joined" in line for line in window.lines()), "Batman is in")
    joker, robin = server.connect("Joker"), server.connect("Robin")
    joker.send("ha")
    joker.send("/quit")
    robin.wait_for("offline")
    robin.send("hello")
    wait_until(lambda: any("Robin: hello" in line for line in window.lines()), "the message")
    assert not any("Joker" in line or "Robin has" in line for line in window.lines())


def test_clear_empties_the_window(batman):
    window, robin = batman
    window.enter("/clear")
    wait_until(lambda: window.lines() == [">"], "it is empty")
    robin.send("hello")
    window.wait_for("Robin: hello", ">")


def test_help_is_one_screen_and_knows_the_clients_own(batman):
    window, robin = batman
    window.enter("/clear")
    window.enter("/help")
    wait_until(lambda: any("/help COMMAND explains one" in line for line in window.lines()), "the help")
    lines = window.lines()
    assert len(lines) <= 22 and max(map(len, lines)) <= 80, lines
    text = "\n".join(lines).split()
    for command in ("/to", "/send", "/sendfile", "/ignore", "/nick", "/makegroup", "/calc", "/clear", "/topic", "/kick", "/away"):
        assert text.count(command) == 1, f"{command}: {lines}"
    for command, row in (("/to", "/to [ID|NAME|#ROOM|GID|all] — sets"), ("accept", "/accept [FILE]"), ("/ignore", "hides what somebody says")):
        window.enter(f"/help {command}")
        wait_until(lambda: row in window.lines()[-2] and window.lines()[-1] == ">", row)
    window.enter("/help send")
    ends_with(window, "/send ID|NAME TEXT")


def test_a_mistyped_command_is_followed_by_a_hint(batman):
    window, robin = batman
    for typed, hint in (("/jion ops", "Did you mean /join?"), ("/actve", "Did you mean /active?"), ("/ingore Robin", "Did you mean /ignore?")):
        window.enter(typed)
        ends_with(window, "There is no command", hint)
    window.enter("/xyzzy")
    ends_with(window, "There is no command /xyzzy")
