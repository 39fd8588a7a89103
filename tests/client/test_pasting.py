"""A large paste is asked about once, and sent as fast as the server takes it."""
import pytest
from deadline import wait_until

SIX = [f"line {number}" for number in range(1, 7)]
SIX_SHOWN = [f"Batman: {line}" for line in SIX]
QUESTION = "6 lines: send, file or cancel?>"
SLOW = {"limits.burst": 8, "limits.lines_per_second": 40}


def shows(window, *parts):
    wait_until(lambda: any(all(part in line for part in parts) for line in window.lines()), f"{parts}; there is {window.lines()[-4:]}")


@pytest.fixture
def slow(start_server, open_window):
    """A window at a server that takes few lines at once, and who listens there."""
    server = start_server(SLOW)
    window = open_window(server.port, "--name", "Ann")
    shows(window, "Ann has joined")
    listener = server.connect("Listener")
    shows(window, "Listener has joined")
    return server, window, listener


def marked(window, text):
    window.paste(text)


def unmarked(window, text):
    """As a terminal does that does not mark what is pasted."""
    window._tmux("set-buffer", "--", text)
    window._tmux("paste-buffer")


@pytest.mark.parametrize("paste, end", [(marked, ""), (marked, "\n"), (unmarked, "\n")])
def test_six_lines_are_asked_about_and_sent_in_turn(chatting, paste, end):
    window, peer = chatting()
    paste(window, "\n".join(SIX) + end)
    window.wait_for("You pasted 6 lines. Type send to send them to the lobby, file to send them as", "  one file, or cancel.", QUESTION)
    assert peer.nothing_comes(0.3)
    window.press("Enter")
    window.enter("perhaps")
    window.wait_for(QUESTION)
    window.enter("send")
    for line in SIX:
        tag, command = peer.read_raw().split(" ", 1)
        assert command == f"/say lobby {line}"
        assert peer.nothing_comes(0.05), "the next one waits for the answer"
        peer.send(f"ok tag={tag[1:]}")
    window.wait_for(*SIX_SHOWN, ">")
    window.enter("afterwards")
    peer.expect("afterwards")


@pytest.mark.parametrize("paste", [marked, unmarked])
def test_lines_that_are_pasted_at_the_question_for_a_name_are_taken_one_by_one(start_server, open_window, paste):
    window = open_window(start_server().port)
    window.wait_for("Enter login name:", ">")
    paste(window, "\n".join([f"{number} is no name" for number in range(7)] + ["Robin", ""]))
    window.press("Enter")
    shows(window, "Robin has joined")


@pytest.mark.parametrize("paste", [marked, unmarked])
def test_calc_takes_pasted_lines_one_by_one(start_server, open_window, paste):
    window = open_window(start_server().port, subcommand="calc")
    window.wait_for("Enter login name:", ">")
    window.enter("Euclid")
    window.wait_for("Type NUMBER + - * / NUMBER to calculate, or q to quit.", ">")
    paste(window, "\n".join(f"{number} * 2" for number in range(11, 19)) + "\n")
    window.press("Enter")
    shows(window, "18 * 2 = 36")


@pytest.mark.parametrize("paste", [marked, unmarked])
def test_five_lines_are_not_asked_about(chatting, paste):
    window, peer = chatting()
    paste(window, "\n".join(SIX[:5]) + "\n\n\n")
    window.press("Enter")
    for line in SIX[:5]:
        peer.expect(line)


def test_what_was_typed_before_and_after_the_cursor_belongs_to_it(chatting):
    window, peer = chatting()
    window.type("see: !")
    window.press("Left")
    window.paste("\n".join(SIX))
    window.wait_for(QUESTION)
    window.enter("send")
    for line in ["see: line 1", *SIX[1:5], "line 6!"]:
        peer.expect(line)


def test_an_unfinished_line_belongs_to_an_unmarked_paste(chatting):
    window, peer = chatting()
    unmarked(window, "\n".join([*SIX, "the rest"]))
    window.wait_for("7 lines: send, file or cancel?>")
    window.enter("send")
    for line in [*SIX, "the rest"]:
        peer.expect(line)


@pytest.mark.parametrize("no", ["cancel", "n", "C-c"])
def test_a_paste_can_be_cancelled(chatting, no):
    window, peer = chatting()
    window.paste("\n".join(SIX))
    window.wait_for(QUESTION)
    if no == "C-c":
        window.press(no)
    else:
        window.enter(no)
    shows(window, "Nothing was sent.")
    window.wait_for(">")
    window.enter("hello")
    peer.expect("hello")


def test_all_of_it_is_text(chatting):
    """Nobody reads six lines for commands, or for a word that would leave the chat."""
    window, peer = chatting()
    lines = ["/usr/bin/true", "/broadcast secret", "quit", "//comment", "@7 /quit", "end"]
    window.paste("\n".join(lines))
    window.wait_for(QUESTION)
    window.enter("send")
    for line in lines:
        peer.expect(line)


def test_three_hundred_lines_arrive_in_their_order(slow):
    server, window, listener = slow
    lines = [f"line {number} of a long paste" for number in range(300)]
    window.paste("\n".join(lines) + "\n")
    window.wait_for("300 lines: send, file or cancel?>")
    window.enter("send")
    assert [listener.wait_for("message").text for _ in lines] == lines
    shows(window, "line 299 of a long paste")
    assert not any("Not sent" in line or "fast" in line for line in window.lines(history=True))


def test_a_typed_line_comes_before_the_rest(slow):
    server, window, listener = slow
    lines = [f"line {number}" for number in range(100)]
    window.paste("\n".join(lines))
    window.wait_for("100 lines: send, file or cancel?>")
    window.enter("send")
    assert listener.wait_for("message").text == "line 0"
    window.enter("in between")
    received = [listener.wait_for("message").text for _ in range(100)]
    assert sorted(received, key=lambda text: text != "in between")[1:] == lines[1:], "they keep their order"
    assert "in between" in received[:99]


def test_the_rest_of_a_paste_is_cancelled_by_ctrl_c(slow):
    server, window, listener = slow
    window.paste("\n".join(f"line {number}" for number in range(1000)))
    window.wait_for("1000 lines: send, file or cancel?>")
    window.enter("send")
    assert listener.wait_for("message").text == "line 0"
    window.press("C-c")
    shows(window, "Not sent:", "lines of the paste.")
    window.enter("and now")
    texts = [*iter(lambda: listener.wait_for("message").text, "and now")]
    assert texts == [f"line {number}" for number in range(1, 1 + len(texts))]
    listener.ask("/echo end")
    assert not [line for line in listener.drain() if line.kind == "message"]


def test_a_paste_as_a_file(slow, tmp_path):
    server, window, listener = slow
    window.paste("\n".join(SIX))
    window.wait_for(QUESTION)
    window.enter("/to Listener")        # not an answer
    window.wait_for(QUESTION)
    window.enter("file")
    offer = listener.wait_for("file")
    assert (offer.text, offer.get("size")) == ("paste.txt", str(len("\n".join(SIX)) + 1))
    shows(window, "paste.txt")


def test_a_paste_to_nobody_goes_nowhere(slow):
    server, window, listener = slow
    window.enter("/to Listener")
    window.wait_for("Listener>")
    listener.send("/quit")
    window.wait_for("(gone) Listener>")
    window.paste("\n".join(SIX))
    shows(window, "Not sent: 6 lines of the paste.")
    window.wait_for("(gone) Listener>")


def test_the_addressee_leaves_before_the_answer(slow):
    server, window, listener = slow
    window.enter("/to Listener")
    window.wait_for("Listener>")
    window.paste("\n".join(SIX))
    window.wait_for(QUESTION)
    listener.send("/quit")
    shows(window, "Listener has left")
    window.enter("send")
    shows(window, "Not sent: 6 lines of the paste.")


def test_a_script_is_paced_too(start_server, start_piped):
    server = start_server(SLOW)
    listener = server.connect("Listener")
    client = start_piped(server.port, "--name", "Script")
    lines = [f"line {number}" for number in range(60)]
    client.write("\n".join(lines) + "\n")
    client.end_input()
    assert [listener.wait_for("message").text for _ in lines] == lines
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


def test_a_server_that_does_not_answer_holds_a_script_up_only_for_a_while(chatting_piped):
    client, peer = chatting_piped
    client.write("one\ntwo\n")
    client.end_input()
    assert peer.read_raw() == "@c1 /say lobby one"
    assert peer.read_raw() == "@c2 /say lobby two"
    assert peer.read_raw() == "/quit"
    peer.say_goodbye()
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["chat-client: Not confirmed by the server: one", "chat-client: Not confirmed by the server: two"]
