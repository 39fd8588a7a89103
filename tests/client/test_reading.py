"""Somebody in several rooms sees where a line was written, by whom, and what they have not answered to."""
import re

from deadline import wait_until
from scripted_server import TO_LOBBY

IN_OPS = TO_LOBBY.replace("lobby", "ops")
LOOK = r"((?:\x1b\[[\d;]+m)+)"      # tmux writes each attribute as a sequence of its own


def prompt(window, wanted):
    wait_until(lambda: window.lines()[-1] == wanted, f"the prompt {wanted!r}; it is {window.lines()[-1]!r}")


def escapes(window):
    return window._tmux("capture-pane", "-p", "-e")


def test_unread_messages_are_counted_by_room(chatting):
    window, peer = chatting()
    peer.send("joined room=ops id=48213 name=Batman count=2", IN_OPS + "one", TO_LOBBY + "here", IN_OPS + "two")
    prompt(window, "[ops 2] >")
    window.enter("/to #ops")
    prompt(window, "#ops>")
    peer.send(TO_LOBBY + "back there", IN_OPS + "three", "message id=9 from=51990 name=Robin to=48213 at=x :for you alone")
    prompt(window, "[lobby 1] #ops>")
    window.type("half a line")
    peer.send(TO_LOBBY + "more")
    prompt(window, "[lobby 2] #ops> half a line")
    window.press("C-u", "Enter")       # an empty line: all of it is read
    prompt(window, "#ops>")
    peer.send(TO_LOBBY + "again")
    prompt(window, "[lobby 1] #ops>")
    window.enter("/say lobby I am here")
    peer.expect("/say lobby I am here".removeprefix("/say lobby "))
    prompt(window, "#ops>")
    peer.send(TO_LOBBY + "once more")
    prompt(window, "[lobby 1] #ops>")
    window.enter("/help me")
    prompt(window, "[lobby 1] #ops>")
    wait_until(lambda: "#ops> /help me" in window.lines(), "what was typed stands without the counts")


def test_many_unread_rooms_leave_room_for_the_line(chatting):
    window, peer = chatting(width=40)
    peer.send(*(TO_LOBBY.replace("lobby", f"room{number}") + "hi" for number in range(9)))
    prompt(window, "[unread 9] >")


def test_who_ignores_somebody_has_nothing_unread_of_theirs(chatting):
    window, peer = chatting()
    window.enter("/ignore Robin")
    wait_until(lambda: any("You ignore Robin" in line for line in window.lines()), "they are ignored")
    peer.send(IN_OPS + "one", "echo :the end")
    window.wait_for("Server: the end", ">")


def test_rooms_and_speakers_have_colours_of_their_own(chatting):
    window, peer = chatting(width=100)
    speakers = [f"S{number}" for number in range(12)]
    peer.send(*(f"message id=1 from={60000 + number} name={name} to=room:lobby at=x :hi" for number, name in enumerate(speakers)),
              *(f"message id=1 from=60000 name=S0 to=room:{room} at=x :hi" for room in ("ops", "dev", "pub")), "echo :the end")
    wait_until(lambda: any("the end" in line for line in window.lines()), "all lines")
    shown = escapes(window)
    colours = {name: re.search(f"{LOOK}{name}:", shown)[1].removeprefix("\x1b[0m") for name in speakers}
    assert len(set(colours.values())) == 12, colours
    rooms = {room: re.search(rf"{LOOK}\(in {room}\)", shown)[1].removeprefix("\x1b[0m") for room in ("ops", "dev", "pub")}
    assert len(set(rooms.values())) == 3, rooms


def test_what_somebody_does_goes_where_plain_lines_go(chatting, scripted_server):
    """/me is a message: never to somebody else, and not to anybody who is gone."""
    window, peer = chatting(width=100)
    window.enter("/help all")           # the list grows
    tag = peer.read_raw().split()[0].removeprefix("@")
    peer.send(*(f"help command={name} tag={tag} :{name} — x" for name in ("/action", "/send", "/active")), f"end of=help count=3 tag={tag}")
    wait_until(lambda: any(line.startswith("  /active ") for line in window.lines()), "the list")
    window.enter("/to Robin")
    prompt(window, "Robin>")
    window.enter("/me  waves")
    peer.expect("/action 51990  waves")
    peer.send("message id=8 from=51990 name=Robin to=48213 at=x as=action :waves back")
    window.wait_for("* Robin (to you) waves back", "Robin>")
    peer.send("offline id=51990 name=Robin reason=quit count=1 :Robin has left.")
    prompt(window, "(gone) Robin>")
    window.enter("/me waves")
    window.wait_for("(gone) Robin> /me waves", "Robin is gone: /to sets who receives what you type.", "Not sent: /me waves", "(gone) Robin>")
    assert peer.nothing_comes(0.3)
