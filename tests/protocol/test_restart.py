"""Either daemon is killed and started again, and no client notices."""
import itertools
import os
import signal
import time
from threading import Thread

import pytest
from chat_server import MESSAGES
from deadline import wait_until

pytestmark = [pytest.mark.shares_server(kills_daemons=True), pytest.mark.sanitized]

WHICH = [("acceptor",), ("delivery",), ("acceptor", "delivery")]
NAMES = ["acceptor", "delivery", "both"]


@pytest.fixture(params=WHICH, ids=NAMES)
def daemons(request):
    return request.param


def undisturbed(*clients):
    for client in clients:
        client.expect_nothing()


@pytest.mark.requirement("N01")
def test_clients_stay_and_messages_flow(server, daemons):
    a, b = server.people("Batman", "Robin")
    for number in range(3):
        server.kill(*daemons)
        answer = a.ask(f"/send Robin {number}")
        b.expect("message", str(number), id=answer["id"], from_=a.id)
        b.send(f"lobby {number}")
        a.expect("message", f"lobby {number}", to="room:lobby")
    undisturbed(a, b)


@pytest.mark.requirement("N01", "R81")
def test_identities_stay(server, daemons):
    people = server.people("Batman", "Robin", "Alfred")
    server.kill(*daemons)
    for client in people:
        line = client.ask("/whoami")
        assert (line["id"], line["name"], line["connected"]) == (client.id, client.name, client.welcome["connected"])
    clients, end = people[0].listing("/active")
    assert end["count"] == "3"
    assert {(line["id"], line["name"]) for line in clients} == {(client.id, client.name) for client in people}
    assert people[0].ask("/login Robin")["code"] == "name-taken"


@pytest.mark.requirement("N01")
@pytest.mark.own_server
def test_ids_continue(server, daemons):
    a, b = server.people("Batman", "Robin")
    ids = []
    for number in range(4):
        ids.append(int(a.ask(f"/send Robin {number}")["id"]))
        server.kill(*daemons)
    rows = server.wait_for_rows(4, "SELECT id FROM message ORDER BY id")
    assert [row["id"] for row in rows] == ids == sorted(set(ids))


@pytest.mark.requirement("N01")
def test_half_a_line_before_and_the_rest_after(server, daemons):
    a, b = server.people("Batman", "Robin")
    a.raw(b"/send Robin half and")
    server.kill(*daemons)
    a.raw(b" half\n")
    b.expect("message", "half and half")
    undisturbed(a, b)


@pytest.mark.requirement("N01")
def test_long_line_that_is_being_skipped(server, daemons):
    a, b = server.people("Batman", "Robin")
    a.raw(b"x" * 10000)
    a.expect("error", code="line-too-long")
    server.kill(*daemons)
    a.raw(b"y" * 10000 + b"\nafter\n")
    b.expect("message", "after")
    undisturbed(a, b)


@pytest.mark.requirement("N01")
def test_new_clients_after_a_restart(server, daemons):
    a, b = server.people("Batman", "Robin")
    server.kill(*daemons)
    c = server.connect("Alfred")
    for client in (a, b):
        client.expect("online", id=c.id, name="Alfred", count=3)
    assert c.id not in (a.id, b.id)
    server.connect()
    server.connect()
    refused = server.connect_raw()
    assert refused.read_all() == b"refused code=limit :Connection Limit Exceeded !!\n", "the limit counts those from before"


@pytest.mark.requirement("N01", "R88")
def test_connecting_while_it_is_down_waits_and_works(server, daemons):
    old = {daemon: server.pid(daemon) for daemon in daemons}
    for pid in old.values():
        os.kill(pid, signal.SIGKILL)
    client = server.connect("Batman")
    assert client.ask("/echo hello").text == "hello"
    wait_until(lambda: all(server.pid(daemon) != pid for daemon, pid in old.items()), "the new processes")


@pytest.mark.requirement("N01")
@pytest.mark.own_server
def test_leaving_while_it_is_down(server, daemons):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    for daemon in daemons:
        os.kill(server.pid(daemon), signal.SIGKILL)
    b.close()
    c.send("good bye")
    c.send("/quit")
    lines = [a.wait_for("offline"), a.wait_for("offline")]
    assert {(line["id"], line["reason"]) for line in lines} == {(b.id, "lost"), (c.id, "quit")}
    assert a.ask("/send Robin x").kind == "undelivered"
    rows = server.wait_for_rows(2, "SELECT * FROM session WHERE ended_at IS NOT NULL ORDER BY session")
    assert [row["reason"] for row in rows] == ["lost", "quit"]


@pytest.mark.requirement("N01", "R13")
def test_departed_are_still_known(server, daemons):
    a, b = server.people("Batman", "Robin")
    b.send("/quit")
    a.expect("offline", id=b.id)
    server.kill(*daemons)
    line = a.ask("/send Robin x")
    assert (line.kind, line.get("to")) == ("undelivered", b.id)


@pytest.mark.requirement("N01", "R54")
def test_announced_once(server, daemons):
    a = server.connect("Batman")
    b = server.connect()            # not announced yet: the second is still running
    server.kill(*daemons)
    a.expect("online", id=b.id, count=2)
    b.expect("online", id=b.id, count=2)
    undisturbed(a, b)


@pytest.mark.requirement("N01", "N03")
@pytest.mark.own_server
@pytest.mark.settings(limits__lines_per_second=0)
def test_traffic_during_many_kills(server, daemons):
    """Nothing accepted is lost, doubled or out of order, and the log has each message once."""
    a, b, c = server.people("Batman", "Robin", "Alfred")
    count, stop = [0, 0], []

    def talk(position, client):
        while not stop:
            client.send(f"@s /send Alfred {count[position]}")
            count[position] += 1
            time.sleep(0.004)

    talkers = [Thread(target=talk, args=(position, client)) for position, client in enumerate((a, b))]
    for client in (a, b):
        client.tags.add("s")
    for thread in talkers:
        thread.start()
    for _ in range(6):
        server.kill(*daemons)
        time.sleep(0.15)
    stop.append(True)
    for thread in talkers:
        thread.join()

    heard = {a.id: [], b.id: []}
    for _ in range(sum(count)):
        line = c.expect("message")
        heard[line["from"]].append((line["id"], line.text))
    for client, number in ((a, count[0]), (b, count[1])):
        assert [text for _, text in heard[client.id]] == [str(n) for n in range(number)]
        accepted = [client.expect("ok", tag="s")["id"] for _ in range(number)]
        assert accepted == [message_id for message_id, _ in heard[client.id]]
    rows = server.wait_for_rows(sum(count), MESSAGES)
    for client in (a, b):
        assert [(str(row["id"]), row["text"]) for row in rows if str(row["sender_id"]) == client.id] == heard[client.id]
    assert not any(row["discarded"] for row in rows)
    undisturbed(a, b, c)


@pytest.mark.requirement("N01", "R80")
@pytest.mark.settings(limits__lines_per_second=0, limits__outbox_kib=16384)
def test_receiver_that_was_not_reading(server, daemons):
    """What waits in its outbox is written by the next process, from exactly the byte where the last one stopped."""
    a = server.connect("Batman")
    b = server.connect("Robin", receive_buffer=4096)
    a.expect("online", id=b.id)
    numbers = itertools.count()

    def say():
        a.raw(b"".join(b"/send Robin %d %s\n" % (next(numbers), b"x" * 3900) for _ in range(250)))
        a.drain()
    server.fill_outbox(b, say, 2_000_000)
    count = next(numbers)
    server.kill(*daemons)
    for number in range(count // 2):
        assert b.expect("message").text == f"{number} " + "x" * 3900
    server.kill(*daemons)
    for number in range(count // 2, count):
        assert b.expect("message").text == f"{number} " + "x" * 3900
    undisturbed(a, b)


@pytest.mark.requirement("N01", "R80")
@pytest.mark.parametrize("away", ["stopped", "killed"])
@pytest.mark.settings(limits__lines_per_second=0, limits__outbox_kib=64, limits__queue_mib=16)
def test_backlog_greater_than_an_outbox(server, away):
    """A backlog that grew while delivery was away does not make a receiver slow if its end of the connection has room
    for it."""
    outbox, line = 64 * 1024, 1000
    a, measure = server.people("Batman", "Measure")
    said = []

    def say():
        said.append(a.raw(b"".join(b"/send Measure %s\n" % (b"x" * (line - 60)) for _ in range(5))))
        a.ask("/whoami")
    server.fill_outbox(measure, say, 20 * line)
    kernel = (5 * len(said) - 20) * line
    for _ in range(5 * len(said)):
        measure.expect("message")
    measure.close()
    a.wait_for("offline", id=measure.id)
    b = server.connect("Robin")
    a.expect("online", id=b.id)
    pid = server.delivery_pid()
    os.kill(pid, signal.SIGSTOP)
    count = (outbox + kernel // 2) // line
    a.raw(b"".join(b"@s%d /send Robin %s\n" % (number, b"x" * (line - 60)) for number in range(count)))
    a.tags |= {f"s{number}" for number in range(count)}
    os.kill(pid, signal.SIGKILL if away == "killed" else signal.SIGCONT)
    for number in range(count):
        a.expect("ok", tag=f"s{number}")
    for number in range(count):
        b.expect("message")
    undisturbed(a, b)


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("one", ["acceptor", "delivery"])
def test_more_clients_than_the_manager_holds(start_server, one):
    """Without the store each daemon gets the sockets back from the other one."""
    server = start_server({"limits.max_clients": 400, "limits.announce_up_to": 0, "limits.fd_store_max": 0})
    clients = [server.connect() for _ in range(300)]
    server.kill(one)
    for position, client in enumerate(clients):
        client.send(f"/send {clients[position - 1].id} {position}")
    for position, client in enumerate(clients):
        client.wait_for("message", from_=clients[(position + 1) % 300].id)


@pytest.mark.requirement("N01")
def test_all_sockets_of_many_clients_come_back(start_server, daemons):
    server = start_server({"limits.max_clients": 1000, "limits.announce_up_to": 0, "limits.lines_per_second": 0})
    clients = [server.connect() for _ in range(600)]
    server.kill(*daemons)
    asker = clients[0]
    assert asker.listing("/active")[1]["count"] == "600"
    for client in clients:
        assert client.ask("/whoami")["id"] == client.id


@pytest.mark.requirement("R16", "R32")
def test_clients_that_cannot_be_kept_are_disconnected(start_server):
    """Both daemons are killed at once and nobody else has the sockets: the connections end, and the log says so."""
    server = start_server({"limits.fd_store_max": 0})
    a, b = server.people("Batman", "Robin")
    server.kill("acceptor", "delivery")
    for client in (a, b):
        client.socket.settimeout(20)
        try:
            assert client.socket.recv(1000) == b""
        except ConnectionResetError:
            pass
    rows = server.wait_for_rows(2, "SELECT * FROM session WHERE ended_at IS NOT NULL")
    assert {row["reason"] for row in rows} == {"lost"}
    c = server.connect("Batman")
    assert c.listing("/active")[1]["count"] == "1"


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("daemon", ["acceptor", "delivery"])
def test_polite_restart(server, daemon):
    a, b = server.people("Batman", "Robin")
    for number in range(3):
        server.kill(daemon, number=signal.SIGUSR2)
        a.send(f"/send Robin {number}")
        b.expect("message", str(number))
    undisturbed(a, b)


@pytest.mark.requirement("N01")
def test_kill_in_quick_succession(server):
    """Also while the other one, or itself, is still starting."""
    a, b = server.people("Batman", "Robin")
    for number in range(12):
        for daemon in ("acceptor", "delivery"):
            try:
                os.kill(server.pid(daemon), signal.SIGKILL)
            except ProcessLookupError:
                pass        # it is already dead and not yet restarted
            time.sleep(0.02 * (number % 7))
    a.send("/send Robin still there?")
    b.expect("message", "still there?")
    undisturbed(a, b)
