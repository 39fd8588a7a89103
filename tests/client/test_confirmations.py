"""A person sees that a command has done what they asked for, also where the server answers `ok` alone."""
import pytest
from deadline import wait_until
from history_pages import PASSWORD


def says(window, words):
    wait_until(lambda: words in window.lines(), f"{words!r}; it is {window.lines()[-6:]}")


@pytest.fixture
def people(server, open_window):
    window = open_window(server.port, "--name", "Ann", width=100)
    wait_until(lambda: any("Ann has joined" in line for line in window.lines()), "Ann is in")
    return window, server.connect("Pal")


def test_operators_of_a_room(people):
    window, pal = people
    window.enter("/join ops")
    wait_until(lambda: any("You are in the room ops" in line for line in window.lines()), "Ann has opened the room")
    assert pal.ask("/join ops").kind == "joined"
    wait_until(lambda: any("Pal has joined the room ops" in line for line in window.lines()), "both are there")
    window.enter("/op #ops pal")
    says(window, "Pal is now an operator of the room ops.")
    window.enter(f"/deop ops {pal.id}")
    says(window, "Pal is no longer an operator of the room ops.")
    window.enter("/kick ops Pal too loud")
    says(window, "Pal was removed from the room ops.")
    window.enter("/op ops Pal")
    wait_until(lambda: any("not in" in line for line in window.lines()), "a refusal is one")
    assert window.lines().count("Pal is now an operator of the room ops.") == 1


def test_groups(people):
    window, pal = people
    answer = pal.ask("/makegroupreq Ann")
    assert answer.kind == "group"
    group = answer["id"]
    wait_until(lambda: any("invites you" in line for line in window.lines()), "the invitation")
    window.enter(f"/declinegroup {group}")
    says(window, f"You have declined the invitation to group {group}.")


@pytest.mark.settings(accounts__register='"open"')
def test_passwords(people):
    window, _ = people
    window.enter(f"/register {PASSWORD}")
    wait_until(lambda: any("is yours now" in line for line in window.lines()), "it is registered")
    window.enter(f"/password {PASSWORD} another-password")
    says(window, "Your password is changed.")


@pytest.mark.parametrize("width, height", [(40, 15), (60, 30), (80, 24)])
def test_the_overview_of_commands_fits_the_window(server, open_window, width, height):
    window = open_window(server.port, "--name", "Ann", width=width, height=height)
    wait_until(lambda: any("Ann has joined" in line for line in window.lines(history=True)), "Ann is in")
    window.enter("/help op")            # once that is answered, the list of commands has come
    wait_until(lambda: "/op ROOM" in " ".join(window.lines()) and window.lines()[-1] == ">", "the server explains it")
    window.enter("/help")
    wait_until(lambda: window.lines()[-1] == ">" and "leaves." in window.lines()[-2], "the overview is shown")
    lines = window.lines(history=True)
    rows = lines[next(place for place, line in enumerate(lines) if line.startswith("Talk ")):]
    rows = rows[:next(place for place, line in enumerate(rows) if line.startswith("/help COMMAND"))]
    assert all(row and (row[:9].strip().isalpha() or not row[:9].strip()) and row[9] == "/" for row in rows), rows
    said = " ".join(row[9:] for row in rows).split()
    assert len(said) == len(set(said)) and {"/to", "/op", "/joingroup", "/accept", "/forget", "/quit"} <= set(said)


def test_delete_alone_means_the_last_message(people):
    window, pal = people
    for typed, place in (("oops", "room:lobby"), (f"/send {pal.id} psst", pal.id), ("/me waves", "room:lobby")):
        window.enter(typed)
        message = pal.wait_for("message")
        assert message["to"] == place
        before = sum("The date is" in line for line in window.lines())
        window.enter("/date")
        wait_until(lambda: sum("The date is" in line for line in window.lines()) > before, "the answer to the message was there before")
        window.enter("/delete")
        deleted = pal.wait_for("deleted")
        assert (deleted["id"], deleted["to"]) == (message["id"], place)
    wait_until(lambda: window.lines().count("The message is deleted.") == 3, "each is confirmed")
