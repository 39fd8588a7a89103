"""Typing and reading in one window: incoming lines leave the half-typed line intact."""
import os
import re
import signal
from pathlib import Path

import pytest
from deadline import wait_until
from scripted_server import TO_LOBBY
from window import UNDER_JOB_CONTROL


def lobby_line(text, number=1):
    return TO_LOBBY.replace("id=1", f"id={number}") + text


@pytest.mark.requirement("R51")
def test_the_half_typed_line_and_its_cursor_stay(chatting):
    window, peer = chatting()
    window.type("hello there")
    window.press("Left", "Left", "Left", "Left", "Left")
    window.wait_for("> hello there")
    row = window.wait_for_cursor(8)
    peer.send(lobby_line("one"), lobby_line("two"))
    window.wait_for("Robin: one", "Robin: two", "> hello there")
    assert window.wait_for_cursor(8) == row + 2
    window.type("you ")
    window.wait_for("> hello you there")
    window.press("Enter")
    peer.expect("hello you there")


@pytest.mark.requirement("R51")
def test_a_line_over_several_rows_stays(chatting):
    window, peer = chatting(width=30)
    long = "".join(f"word{number:02} " for number in range(12)).strip()
    rows = [("> " + long)[i:i + 30].rstrip() for i in range(0, len(long) + 2, 30)]
    assert len(rows) == 3
    window.type(long)
    window.wait_for(*rows)
    peer.send(lobby_line("one"))
    window.wait_for("Robin: one", *rows)
    assert window.lines().count(rows[0]) == 1
    window.press("Home")
    peer.send(lobby_line("two"))
    window.wait_for("Robin: one", "Robin: two", *rows)
    window.press("Enter")
    peer.expect(long)


@pytest.mark.requirement("R51", "R87")
def test_a_thousand_messages_and_a_half_typed_line(chatting):
    window, peer = chatting()
    for number in range(1000):
        peer.send(lobby_line(f"message {number}", number))
        if number % 100 == 0:
            window.type("x")
    window.wait_for("Robin: message 999", "> " + "x" * 10)
    shown = [line for line in window.lines(history=True) if line.startswith("Robin:")]
    assert shown == [f"Robin: message {number}" for number in range(1000)]
    window.press("Enter")
    peer.expect("x" * 10)


@pytest.mark.requirement("R51")
def test_characters_of_every_width(chatting):
    window, peer = chatting()
    window.type("né日本x")
    window.press("Left", "Left")
    window.wait_for("> né日本x")
    window.wait_for_cursor(6)
    peer.send(lobby_line("naïve 日本 🙂"))
    window.wait_for("Robin: naïve 日本 🙂", "> né日本x")
    window.wait_for_cursor(6)
    window.press("BSpace", "Enter")
    peer.expect("né本x")


def test_characters_of_every_width_in_the_c_locale(chatting):
    window, peer = chatting(environment={"LC_ALL": "C", "LANG": "C"})
    window.type("né")
    window.press("Left", "BSpace", "Enter")
    peer.expect("é")


@pytest.mark.requirement("R51")
def test_history_stays(chatting):
    window, peer = chatting()
    window.enter("first")
    window.enter("second")
    peer.expect("first")
    peer.expect("second")
    window.press("Up", "Up")
    window.wait_for("> first")
    peer.send(lobby_line("one"))
    window.wait_for("Robin: one", "> first")
    window.press("Down")
    window.wait_for("Robin: one", "> second")
    window.press("Enter")
    peer.expect("second")


@pytest.mark.requirement("R51")
def test_searching_the_history_stays(chatting):
    window, peer = chatting()
    window.enter("find this")
    peer.expect("find this")
    window.press("C-r")
    window.type("fi")
    window.wait_for("(reverse-i-search)`fi': find this")
    peer.send(lobby_line("one"))
    window.wait_for("Robin: one", "(reverse-i-search)`fi': find this")
    window.press("Enter")
    peer.expect("find this")
    window.wait_for("> find this", ">")


@pytest.mark.requirement("R51")
def test_another_window_size(chatting):
    window, peer = chatting()
    long = "word " * 10 + "end"
    window.type(long)
    window.wait_for("> " + long)
    window.resize(30, 24)
    peer.send(lobby_line("one"))
    rows = [("> " + long)[i:i + 30].rstrip() for i in range(0, len(long) + 2, 30)]
    window.wait_for(*rows)
    wait_until(lambda: "Robin: one" in window.lines(), "the message")
    window.resize(80, 24)
    peer.send(lobby_line("two"))
    window.wait_for("Robin: two", "> " + long)
    window.press("Enter")
    peer.expect(long)


def test_a_paste_of_several_lines_sends_each(chatting):
    window, peer = chatting()
    window.paste("one\ntwo\nthree")
    window.press("Enter")
    for line in ("one", "two", "three"):
        peer.expect(line)


def test_a_pasted_tab_is_a_character_of_the_line(chatting):
    window, peer = chatting()
    window.paste("a\tb")
    window.press("Enter")
    peer.expect("a\tb")


@pytest.mark.requirement("R51")
def test_stopped_with_ctrl_z_and_continued(chatting):
    window, peer = chatting(shell=UNDER_JOB_CONTROL)
    window.type("half")
    window.wait_for("> half")
    window.press("C-z")
    window.wait_for("> half", "[stopped]")
    peer.send(lobby_line("one"))
    window.press("Enter")
    window.wait_for("[stopped]", "", "Robin: one", "> half")
    window.type(" way")
    window.press("Enter")
    peer.expect("half way")


@pytest.mark.requirement("R51")
def test_ctrl_z_where_no_shell_could_continue_it(chatting):
    window, peer = chatting()
    window.type("half")
    window.wait_for("> half")
    window.press("C-z")
    window.wait_for("> half", "> half")
    peer.send(lobby_line("one"))
    window.wait_for("> half", "Robin: one", "> half")
    window.press("Enter")
    peer.expect("half")


@pytest.mark.requirement("R51")
def test_stopped_and_continued_from_outside(chatting):
    window, peer = chatting()
    window.type("half")
    window.wait_for("> half")
    client = window.client()
    before = window.lines()
    os.kill(client, signal.SIGSTOP)
    wait_until(lambda: re.search(r"State:\s+T", Path(f"/proc/{client}/status").read_text()), "it stops")
    os.kill(client, signal.SIGCONT)
    window.type("x")
    window.wait_for("> halfx")
    assert window.lines()[:-1] == before[:-1]


@pytest.mark.requirement("R57")
def test_messages_show_sender_and_target(chatting):
    window, peer = chatting()
    peer.send(lobby_line("to everybody"),
              "message id=2 from=51990 name=Robin to=48213 at=2026-11-20T12:31:05.123Z :to one",
              "message id=3 from=51990 name=Robin to=all at=2026-11-20T12:31:05.123Z :to all",
              "message id=4 from=51991 name=Server to=room:lobby at=2026-11-20T12:31:05.123Z :time=10.01 Robin has left.")
    window.wait_for("Robin: to everybody", "Robin (to you): to one", "Robin (to all): to all",
                    "Server (51991): time=10.01 Robin has left.", ">")


@pytest.mark.requirement("R08", "R39")
def test_answers_are_shown_as_sentences(chatting):
    window, peer = chatting(environment={"TZ": "CET-1"}, width=100)
    window.enter("/active")
    peer.expect("/active")
    peer.send("client id=48213 name=Batman connected=2020-02-03T12:31:05.123Z you=yes",
              "client id=51990 name=Robin connected=2020-02-03T23:31:05.123Z", "end of=active count=2",
              "date value=2026-11-20", "time value=12:31:05", "echo :as it was", "help command=/date :/date — today",
              "end of=help count=1", "renamed id=51990 old=Robin name=Nightwing",
              "undelivered id=7 to=51990 reason=disconnected :51990 (Robin) is now disconnected; the message was discarded.",
              "error code=bad-arguments :/send needs an id or a name, and a text.", "frobnicated room=ops new-count=3")
    window.wait_for("> /active",
                    "Server: 48213 Batman, connected since 2020-02-03 13.31 (you)",
                    "Server: 51990 Robin, connected since 2020-02-04 00.31",
                    "Server: 2 clients are connected.",
                    "Server: The date is 2026-11-20.",
                    "Server: The time is 12:31:05.",
                    "Server: as it was",
                    "  /date                 — today",
                    "Server: Robin is now called Nightwing.",
                    "Server: 51990 (Robin) is now disconnected; the message was discarded.",
                    "Server: /send needs an id or a name, and a text.",
                    "Server: frobnicated: room ops, new count 3", ">")


def test_commands_go_as_typed(chatting):
    window, peer = chatting()
    lines = ["/send 51990  two  spaces ", "//text", "@bob hello", "@7 /say lobby hi", "/EXITS", "exit now", " quit"]
    for line in lines:      # several at once would be a paste
        window.enter(line)
        peer.expect("/text" if line == "//text" else line)
    window.wait_for(*(f"> {line.rstrip()}" for line in lines), ">")     # typed ahead, yet each is seen only once


def test_plain_lines_go_where_to_says(chatting):
    window, peer = chatting()
    peer.send("joined room=ops id=48213 name=Batman count=1", "group id=1234 admin=48213 members=48213")
    window.wait_for("Server: group 1234: you (admin)", ">")
    for target, words, command in (("Robin", "Robin", "/send 51990"), ("51990", "Robin (51990)", "/send 51990"), ("rOBIN", "Robin", "/send 51990"), ("#ops", "the room ops", "/say ops"),
                                   ("room:ops", "the room ops", "/say ops"), ("1234", "group 1234", "/sendgroup 1234"), ("all", "everybody", "/broadcast")):
        window.enter(f"/to {target}")
        wait_until(lambda: f"What you type goes to {words}." in window.lines()[-2:], f"it talks to {words}")
        window.enter("//hello")
        peer.expect(f"{command} /hello")
    window.enter("/to")
    window.enter("hello")
    peer.expect("hello")
    window.enter("/to two words")
    wait_until(lambda: "Usage: /to [ID|NAME|#ROOM|GID|all]" in window.lines(), "a usage")


@pytest.mark.requirement("R63", "R72")
def test_a_group_is_named_by_its_members(chatting):
    """In its messages, in its events and at the prompt; a client that joins by invitation asks for the members."""
    window, peer = chatting(width=120)
    peer.send("client id=51991 name=Alfred connected=2026-11-20T12:31:05.123Z", "invite group=1234 from=51990 name=Robin :Robin invites you")
    window.wait_for("Server: Robin invites you to group 1234: /joingroup 1234 or /declinegroup 1234.", ">")
    window.enter("/joingroup 1234")
    peer.answer("/joingroup 1234", "group-joined group=1234 id=48213 name=Batman count=2 {tag}")
    peer.answer("/activegroups", "group id=1234 admin=51990 members=51990,48213 {tag}", "end of=activegroups count=1 {tag}")
    window.wait_for("> /joingroup 1234", "Server: You are in group 1234. Member count=2", ">")
    window.enter("/to 1234")
    window.wait_for("What you type goes to group 1234 with Robin.", "group Robin>")
    peer.send("message id=7 from=51990 name=Robin to=group:1234 at=2026-11-20T12:31:05.123Z :psst", "group-joined group=1234 id=51991 name=Alfred count=3")
    window.wait_for("Robin+Alfred>")
    assert "Robin (to group 1234 with Robin): psst" in window.lines()
    window.enter("both of you")
    peer.expect("/sendgroup 1234 both of you")
    peer.send("offline id=51990 name=Robin reason=quit count=2 :Robin has left.")
    window.wait_for("group Alfred>")
    peer.send("group-left group=1234 id=48213 name=Batman count=1")
    window.wait_for("group 1234 is gone: /to sets who receives what you type.", "(gone) group 1234>")


def test_what_the_server_refuses_is_shown_as_not_sent(chatting):
    window, peer = chatting()
    window.enter("/to Robin")
    window.enter("hello")
    tag = peer.read_raw().split()[0].removeprefix("@")
    peer.send(f"error code=no-such-client tag={tag} :There is no client Robin.")
    wait_until(lambda: window.lines()[-3:-1] == ["Server: There is no client Robin.", "Not sent: hello"], "it is said")
