"""The window changes its size while somebody types and others write."""
import pytest
from scripted_server import TO_LOBBY


def said(window):
    """What others have said, from the lines on the screen and those that have scrolled away."""
    return [word for line in window.lines(history=True) for word in line.split() if word.startswith("MSG")]


def rows(text, width):
    return [("> " + text)[i:i + width].rstrip() for i in range(0, len(text) + 2, width)]


@pytest.mark.requirement("R51")
@pytest.mark.parametrize("widths", [(60, 80), (80, 40, 80), (80, 120), (120, 40), (40, 41, 39, 80, 20, 100), (30, 90, 30)])
@pytest.mark.parametrize("length", [10, 58, 70, 78, 79, 150])
def test_nothing_that_was_said_disappears(chatting, widths, length):
    window, peer = chatting(width=widths[0])
    peer.send(TO_LOBBY + "MSG-first")
    text = ("abcdefghi " * 20)[:length].rstrip().ljust(length, "x")
    window.type(text)
    window.wait_for("Robin: MSG-first", *rows(text, widths[0]))
    wanted = ["MSG-first"]
    for number, width in enumerate(widths):
        window.resize(width, 24)
        peer.send(f"{TO_LOBBY}MSG{number}")
        window.wait_for(f"Robin: MSG{number}", *rows(text, width))
        wanted.append(f"MSG{number}")
        assert said(window) == wanted
    window.type("!")
    window.press("Enter")
    peer.expect(text + "!")


@pytest.mark.requirement("R51")
def test_the_cursor_is_in_the_middle(chatting):
    window, peer = chatting(width=40)
    text = "x" * 100
    window.type(text)
    window.wait_for(*rows(text, 40))
    window.press("Home", "Right", "Right", "Right")
    for width in (80, 30, 40):
        window.resize(width, 24)
        peer.send(f"{TO_LOBBY}MSG{width}")
        window.wait_for(f"Robin: MSG{width}", *rows(text, width))
        window.wait_for_cursor(5)
    assert said(window) == ["MSG80", "MSG30", "MSG40"]
