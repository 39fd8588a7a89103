"""The chat window as two people see it, word for word."""
import re

import pytest
from deadline import wait_until
from scripted_server import Lobby

FIRST = """\
Enter login name:
> Batman

Server: time=HH.MM Batman has joined. Member count=1
Server: time=HH.MM Voldemort has joined. Member count=2
> Anyone here?
Voldemort: Crucio!
> Aaaaaaahrrhhhhhh..
> quit"""
SECOND = """\
Enter login name:
> Voldemort

Server: time=HH.MM Voldemort has joined. Member count=2
Batman: Anyone here?
> Crucio!
Batman: Aaaaaaahrrhhhhhh..
Server: time=HH.MM Batman has left. Member count=1
>"""


@pytest.fixture(params=["lobby", "server"])
def port(request):
    """The tests' own small lobby, and the real server."""
    if request.param == "server":
        yield request.getfixturevalue("server").port
        return
    lobby = Lobby()
    yield lobby.port
    lobby.close()


def without_times(lines):
    return re.sub(r"time=\d\d\.\d\d ", "time=HH.MM ", "\n".join(lines))


def wait_for(window, pattern):
    """Waits until the screen ends with these lines, ignoring times."""
    wanted = pattern.split("\n")
    wait_until(lambda: without_times(window.lines()).split("\n")[-len(wanted):] == wanted, f"the screen ends with {pattern}")


@pytest.mark.requirement("R51", "R54", "R55", "R56", "R57", "R58", "R87")
def test_transcript(open_window, port):
    first, second = open_window(port), open_window(port)
    first.wait_for("Enter login name:", ">")
    first.enter("Batman")
    wait_for(first, "\nServer: time=HH.MM Batman has joined. Member count=1\n>")
    second.wait_for("Enter login name:", ">")
    second.enter("Voldemort")
    wait_for(second, "\nServer: time=HH.MM Voldemort has joined. Member count=2\n>")
    wait_for(first, "Server: time=HH.MM Voldemort has joined. Member count=2\n>")
    first.enter("Anyone here?")
    second.wait_for("Batman: Anyone here?", ">")
    second.enter("Crucio!")
    first.wait_for("Voldemort: Crucio!", ">")
    first.enter("Aaaaaaahrrhhhhhh..")
    second.wait_for("Batman: Aaaaaaahrrhhhhhh..", ">")
    first.enter("quit")

    status, lines = first.wait_for_end()
    assert status == 0
    assert without_times(lines) == FIRST
    wait_for(second, "Server: time=HH.MM Batman has left. Member count=1\n>")
    assert without_times(second.lines()) == SECOND
