"""What one address may have: connections, new connections, lines. 127.0.0.1 is trusted; the others of 127.0.0.0/8 are
addresses like all others."""
import os
import signal
import time

import pytest
from chat_client import Client
from deadline import Deadline, wait_until

TOO_MANY = b"refused code=limit :Too many connections from your address\n"
TOO_FAST = b"refused code=busy :Too many new connections from your address\n"
FULL = b"refused code=limit :Connection Limit Exceeded !!\n"


def refusal(server, source=None):
    """What a connection receives that is refused."""
    client = server.connect_raw(source=source)
    try:
        return client.read_all()
    finally:
        client.close()
        server.clients.remove(client)


def leave(client):
    client.send("/quit")
    client.wait_for("bye")
    client.expect_end()
    client.close()


@pytest.mark.settings(limits__max_clients=20, limits__max_per_address=3)
@pytest.mark.requirement("N06")
def test_an_address_has_so_many_connections(server):
    people = [server.connect(source="127.0.0.2") for _ in range(3)]
    for _ in range(5):
        assert refusal(server, "127.0.0.2") == TOO_MANY
    server.connect(source="127.0.0.3")
    leave(people[1])
    server.connect(source="127.0.0.2")
    assert refusal(server, "127.0.0.2") == TOO_MANY


@pytest.mark.settings(limits__max_clients=40)
@pytest.mark.requirement("N06")
def test_by_default_a_quarter_of_all(server):
    for _ in range(10):
        server.connect(source="127.0.0.2")
    assert refusal(server, "127.0.0.2") == TOO_MANY
    for _ in range(15):
        server.connect()


@pytest.mark.requirement("R06", "N06")
def test_server_that_is_full_says_so_to_every_address(server):
    for _ in range(5):
        server.connect(source="127.0.0.2")
    for source in ("127.0.0.2", "127.0.0.3", "127.0.0.1"):
        assert refusal(server, source) == FULL


@pytest.mark.settings(limits__max_clients=20, limits__max_per_address=2)
@pytest.mark.parametrize("daemons", [("acceptor",), ("acceptor", "delivery")], ids="+".join)
@pytest.mark.requirement("N06")
def test_connections_are_counted_again_after_a_death(server, daemons):
    people = [server.connect(source="127.0.0.2") for _ in range(2)]
    other = server.connect(source="127.0.0.3")
    leave(other)
    for _ in range(2):
        server.kill(*daemons)
        assert refusal(server, "127.0.0.2") == TOO_MANY
    leave(people[0])
    server.connect(source="127.0.0.2")
    assert refusal(server, "127.0.0.2") == TOO_MANY
    for _ in range(2):
        server.connect(source="127.0.0.3")


@pytest.mark.settings(limits__max_clients=20, limits__max_per_address=2)
@pytest.mark.requirement("N06")
def test_one_who_left_while_the_acceptor_was_away_does_not_count(server):
    first, second = (server.connect(name, source="127.0.0.2") for name in ("First", "Second"))
    os.kill(server.acceptor_pid(), signal.SIGSTOP)
    first.send("/quit")
    first.close()
    server.kill("acceptor")
    second.wait_for("offline", id=first.id)
    server.connect(source="127.0.0.2")
    assert refusal(server, "127.0.0.2") == TOO_MANY


@pytest.mark.settings(limits__max_clients=100)
@pytest.mark.requirement("N06")
def test_new_connections_of_an_address_are_bounded(server):
    begin, welcome = time.monotonic(), 0
    deadline = Deadline()
    while True:
        assert not deadline.passed(), f"{welcome} connections and no end"
        client = Client(server.port, source="127.0.0.2")
        line = client.read()
        if line.kind == "refused":
            assert line.raw == TOO_FAST
            client.close()
            break
        welcome += 1
        leave(client)
    seconds = time.monotonic() - begin
    assert 60 <= welcome <= 60 + 2 * seconds + 1, f"{welcome} in {seconds:.1f} s"
    server.connect(source="127.0.0.3")
    for _ in range(100):
        leave(server.connect())
    wait_until(lambda: refusal_or_welcome(server, "127.0.0.2").kind == "welcome", "it may connect again")


def refusal_or_welcome(server, source):
    client = Client(server.port, source=source)
    try:
        return client.read()
    finally:
        client.close()


def connect_talk_and_leave(server, source, lines):
    """Returns how many of the lines were accepted."""
    client = Client(server.port, source=source)
    if client.read().kind == "refused":
        client.close()
        return None
    client.raw(b"/calc 1 + 1\n" * lines)
    client.socket.shutdown(1)
    accepted = client.read_all().count(b"result value=2 ")
    client.close()
    return accepted


@pytest.mark.requirement("R80", "R86", "N06")
def test_reconnecting_gives_no_further_lines(server):
    """What one connection has used, the next one of its address does not have."""
    begin, accepted = time.monotonic(), 0
    for _ in range(20):
        accepted += connect_talk_and_leave(server, "127.0.0.2", 198) or 0
    seconds = time.monotonic() - begin
    assert 200 <= accepted <= 200 + 50 * seconds + 1, f"{accepted} lines in {seconds:.1f} s"
    assert connect_talk_and_leave(server, "127.0.0.3", 198) == 198


@pytest.mark.requirement("N06")
def test_a_trusted_address_has_a_full_burst_with_each_connection(server):
    for _ in range(5):
        assert connect_talk_and_leave(server, "127.0.0.1", 198) == 198


@pytest.mark.settings(limits__max_clients=20, limits__max_per_address=1, limits__trusted_addresses='["127.0.0.2", "127.1.0.0/16"]')
@pytest.mark.requirement("N06")
def test_trusted_addresses_are_a_setting(server):
    for source in ("127.0.0.2", "127.1.2.3"):
        for _ in range(3):
            server.connect(source=source)
    for source in ("127.0.0.1", "127.2.0.1"):
        server.connect(source=source)
        assert refusal(server, source) == TOO_MANY


@pytest.mark.settings(limits__max_clients=3, limits__idle_newcomer_seconds=1)
@pytest.mark.requirement("N06")
def test_a_silent_client_makes_room_when_the_server_is_full(server):
    active = server.connect("Active")
    first = server.connect(source="127.0.0.2")
    second = server.connect(source="127.0.0.2")
    second.send("/no-such-command")         # it does not succeed
    second.wait_for("error", code="unknown-command")
    for client in (first, second):
        active.wait_for("online", id=client.id)
    wait_until(lambda: refusal_or_joined(server, "Newcomer"), "a silent client makes room")
    first.wait_for("offline", id=first.id, reason="timeout")
    first.expect_end()
    active.wait_for("offline", id=first.id, reason="timeout")
    wait_until(lambda: refusal_or_joined(server, "Another"), "the second one too")
    second.wait_for("offline", id=second.id, reason="timeout")
    assert refusal(server) == FULL, "those who are left have had a successful command"
    assert active.ask("/echo x").text == "x"
    row = server.wait_for_rows(1, "SELECT reason FROM session WHERE client_id = ? AND ended_at IS NOT NULL", int(first.id))[0]
    assert row["reason"] == "timeout"


def refusal_or_joined(server, name):
    """A client that was admitted and has logged in, or None."""
    client = server.connect_raw()
    tag = client.tagged(f"/login {name}")
    if client.read().kind == "refused":
        return None
    assert client.answer(tag).kind == "renamed"
    return client


@pytest.mark.settings(limits__max_clients=2, limits__idle_newcomer_seconds=3600)
@pytest.mark.requirement("N06")
def test_nobody_makes_room_before_the_time(server):
    silent = [server.connect() for _ in range(2)]
    for _ in range(3):
        assert refusal(server) == FULL
    for client in silent:
        assert client.ask("/echo x").text == "x"


@pytest.mark.settings(limits__max_clients=4, limits__max_per_address=2, limits__idle_newcomer_seconds=1)
@pytest.mark.requirement("N06")
def test_nobody_makes_room_for_an_address_that_has_its_share(server):
    silent = [server.connect(source="127.0.0.2") for _ in range(2)]
    for name in ("A", "B"):
        server.connect(name)
    time.sleep(1.5)
    assert refusal(server, "127.0.0.2") == FULL
    for client in silent:
        assert client.ask("/echo x").text == "x"


@pytest.mark.settings(limits__max_clients=2, limits__idle_newcomer_seconds=1)
@pytest.mark.requirement("N06")
def test_silence_before_a_death_counts(server):
    silent = server.connect()
    active = server.connect("Active")
    time.sleep(1)
    server.kill("acceptor")
    newcomer = server.connect("Newcomer")
    silent.wait_for("offline", id=silent.id, reason="timeout")
    for client in (active, newcomer):
        assert client.ask("/echo x").text == "x"
