"""online and offline: who is notified of what, and when."""
import time

import pytest

pytestmark = pytest.mark.shares_server


@pytest.mark.requirement("R54", "R83")
def test_login_opens_under_that_name(server):
    a = server.connect("Batman")
    b = server.connect_raw()
    b.send("/login Robin")      # at once: after a second it would be announced without a login
    welcome = b.expect("welcome")
    b.expect("renamed", id=welcome["id"], old=welcome["name"], name="Robin")
    for client in (a, b):
        client.expect("online", "Robin has joined.", id=welcome["id"], name="Robin", count=2)
        client.expect_nothing()


@pytest.mark.requirement("R54")
def test_announced_under_the_assigned_name_after_a_second(server):
    a = server.connect("Batman")
    connected = time.monotonic()
    b = server.connect()
    for client in (a, b):
        client.expect("online", f"{b.name} has joined.", id=b.id, name=b.name, count=2)
    assert time.monotonic() - connected > 0.8


@pytest.mark.requirement("R54")
@pytest.mark.parametrize("command", ["/whoami", "/active", "/echo x", "/date", "/broadcast hello", "hello"])
def test_announced_at_once_by_the_first_command_that_succeeds(server, command):
    a = server.connect("Batman")
    b = server.connect()
    b.send(command)
    b.send("/nonsense")
    while (line := b.read()).kind != "online":
        assert line.kind != "error", "it is the second that is waited for"
    assert (line["id"], line["name"]) == (b.id, b.name)
    a.wait_for("online", id=b.id, name=b.name, count=2)


@pytest.mark.requirement("R54")
@pytest.mark.parametrize("command", ["/login", "/login 1x", "/login Batman", "/nonsense", "/send", "/send Nobody x", "\x01"])
def test_errors_do_not_end_the_second(server, command):
    a = server.connect("Batman")
    connected = time.monotonic()
    b = server.connect_raw()
    b.send(command)
    welcome = b.expect("welcome")
    b.expect("error")
    b.expect("online", id=welcome["id"], name=welcome["name"])
    assert time.monotonic() - connected > 0.8
    a.expect("online", id=welcome["id"], name=welcome["name"])


@pytest.mark.requirement("R54")
def test_login_after_a_refused_login_is_still_the_first_name(server):
    a = server.connect("Batman")
    b = server.connect_raw()
    b.raw(b"/login batman\n/login Robin\n")
    b.wait_for("renamed", name="Robin")
    a.expect("online", name="Robin")
    a.expect_nothing()


@pytest.mark.requirement("R54")
def test_a_client_that_leaves_before_its_announcement_is_never_announced(server):
    a = server.connect("Batman")
    for end in ("close", "reset"):
        while True:
            begin = time.monotonic()
            b = server.connect()
            getattr(b, end)()
            server.wait_for_rows(1, "SELECT * FROM session WHERE client_id = ? AND ended_at IS NOT NULL", int(b.id))
            if time.monotonic() - begin < 1:
                break
            a.drain()       # this machine was too slow, so it may have been announced
        a.expect_nothing()
    c = server.connect("Robin")
    a.expect("online", id=c.id, count=2)


@pytest.mark.requirement("R54")
def test_quit_as_the_first_command_is_announced(server):
    a = server.connect("Batman")
    b = server.connect()
    b.send("/quit")
    a.expect("online", id=b.id, name=b.name, count=2)
    a.expect("offline", f"{b.name} has left.", id=b.id, reason="quit", count=1)


@pytest.mark.requirement("R16", "R54")
def test_counts_are_after_the_event(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    c.send("/quit")
    for client in (a, b):
        client.expect("offline", "Alfred has left.", id=c.id, name="Alfred", reason="quit", count=2)
    b.send("/quit")
    a.expect("offline", "Robin has left.", id=b.id, count=1)
    d = server.connect("Joker")
    a.expect("online", "Joker has joined.", id=d.id, count=2)


@pytest.mark.requirement("R54")
@pytest.mark.settings(limits__max_clients=20, limits__announce_up_to=3)
def test_no_announcements_in_a_crowd(server):
    people = server.people("A1", "A2", "A3")
    fourth = server.connect()
    assert fourth.ask("/login A4").kind == "renamed"
    fourth.drain()
    assert fourth.ask("/login B4").kind == "renamed"
    for client in people:
        client.expect_nothing()
    clients, end = people[0].listing("/active")
    assert end["count"] == "4" and "B4" in [line["name"] for line in clients]
