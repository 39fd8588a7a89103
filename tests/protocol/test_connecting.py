"""What a connection receives at once: a welcome with its identity, or a refusal above the limit."""
import re
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from deadline import wait_until

pytestmark = pytest.mark.shares_server

WELCOME = re.compile(rb"welcome id=([1-9]\d{4}) name=([a-z][a-z0-9]{9}) connected=(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) limit=5 version=1 accounts=invite "
                     rb":Welcome! You are (\S+) \((\d+)\)\. /help lists the commands\.\n")
REFUSED = b"refused code=limit :Connection Limit Exceeded !!\n"


@pytest.mark.requirement("R01", "R02", "R03", "R04", "R05")
def test_welcome_byte_for_byte(server):
    before = time.time()
    client = server.connect_raw()
    raw = client.read().raw
    match = WELCOME.fullmatch(raw)
    assert match, raw
    assert match[1] == match[5] and match[2] == match[4]
    connected = datetime.strptime(match[3].decode(), "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp()
    assert before - 0.01 <= connected <= time.time() + 0.01


@pytest.mark.requirement("R02", "R03", "R04", "R70")
def test_what_the_welcome_says_is_what_the_server_stores(server):
    client = server.connect()
    stored = client.ask("/whoami")
    assert (stored["id"], stored["name"], stored["connected"]) == (client.id, client.name, client.welcome["connected"])


@pytest.mark.requirement("R03", "R04")
def test_ids_and_names_are_random_and_not_used_again(server):
    seen_ids, seen_names = set(), set()
    for _ in range(60):
        client = server.connect()
        seen_ids.add(client.id)
        seen_names.add(client.name)
        client.send("/quit")
        client.wait_for("bye")
        client.expect_end()
    assert len(seen_ids) == 60 and len(seen_names) == 60
    numbers = sorted(map(int, seen_ids))
    assert numbers[-1] - numbers[0] > 10000, f"these are not spread over 10000-99999: {numbers}"


@pytest.mark.requirement("R24")
@pytest.mark.settings(limits__max_clients=2)
def test_the_server_talks_back_over_the_same_stream(server):
    client = server.connect()
    assert client.ask("/whoami")["id"] == client.id
    assert client.ask("/echo hello").text == "hello"


@pytest.mark.requirement("R06")
def test_sixth_client_is_refused_with_the_exact_sentence(server):
    people = server.people("A1", "A2", "A3", "A4", "A5")
    sixth = server.connect_raw()
    assert sixth.read_all() == REFUSED
    for client in people:
        client.expect_nothing()


@pytest.mark.requirement("R06")
def test_refused_client_that_has_already_sent_can_read_the_refusal(server):
    server.people("A1", "A2", "A3", "A4", "A5")
    for _ in range(20):
        sixth = socket.socket()
        sixth.connect(("127.0.0.1", server.port))
        sixth.settimeout(20)
        sixth.sendall(b"/login Batman\nhello, is anybody there?\n" * 20)
        received = b""
        while data := sixth.recv(4096):     # a reset would raise here
            received += data
        sixth.close()
        assert received == REFUSED


@pytest.mark.requirement("R06")
def test_the_slot_of_a_departed_client_is_free_again(server):
    people = server.people("A1", "A2", "A3", "A4", "A5")
    people[2].send("/quit")
    people[2].wait_for("bye")
    people[0].expect("offline", id=people[2].id)
    newcomer = server.connect("A6")
    people[0].expect("online", id=newcomer.id, name="A6", count=5)


@pytest.mark.requirement("R06")
@pytest.mark.settings(limits__max_clients=1)
def test_limit_is_a_setting_and_is_in_the_welcome(server):
    assert server.connect().welcome["limit"] == "1"
    assert server.connect_raw().read_all() == REFUSED


@pytest.mark.requirement("R25", "R50")
@pytest.mark.settings(limits__max_clients=200)
def test_many_clients_are_served_at_once(server):
    clients = [server.connect() for _ in range(150)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda client: client.ask("/whoami"), clients))
    assert [answer["id"] for answer in answers] == [client.id for client in clients]
    assert len({client.id for client in clients}) == 150


@pytest.mark.requirement("R25")
@pytest.mark.settings(limits__max_clients=100, limits__lines_per_second=0)
def test_takes_new_clients_while_it_handles_messages(server):
    talker, listener = server.people("Talker", "Listener")
    for number in range(200):
        talker.send(f"line {number}")
        if number % 10 == 0:
            server.connect()
    heard = [listener.wait_for("message").text for _ in range(200)]
    assert heard == [f"line {number}" for number in range(200)]


@pytest.mark.requirement("R82", "R84")
@pytest.mark.own_server
def test_server_shows_arrivals_with_addresses_and_departures(server):
    client = server.connect("Batman")
    server.wait_for_log(rf"{client.id}.*{re.escape(client.address)}|{re.escape(client.address)}.*{client.id}")
    server.wait_for_log(r"Batman")
    client.send("/quit")
    client.wait_for("bye")
    row = server.wait_for_rows(1, "SELECT * FROM session WHERE ended_at IS NOT NULL")[0]
    assert (row["peer"], str(row["client_id"]), row["name"], row["reason"]) == (client.address, client.id, "Batman", "quit")
    wait_until(lambda: len([line for line in server.log if client.id in line]) >= 2, "entry and exit are shown")


@pytest.mark.requirement("R06", "D04")
@pytest.mark.own_server
def test_refusal_is_an_event_in_the_log(server):
    server.people("A1", "A2", "A3", "A4", "A5")
    sixth = server.connect_raw()
    sixth.read_all()
    row = server.wait_for_rows(1, "SELECT * FROM event WHERE kind = 'refused'")[0]
    assert sixth.address in row["detail"] and row["session"] is None
