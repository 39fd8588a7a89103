"""Clients that send too fast or do not read: they are notified or disconnected, and never slow down the others."""
import socket
import time
from threading import Thread

import pytest
from deadline import Deadline, wait_until

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]


def until_allowed(client):
    """Waits until the client may send again."""
    wait_until(lambda: client.ask("/echo again").kind == "echo", "a line is allowed again")


def until_calm(client):
    """Waits until what the client has used of its burst is there again."""
    time.sleep(0.5)
    client.drain()


@pytest.mark.requirement("R86")
@pytest.mark.settings(limits__lines_per_second=5, limits__burst=10)
def test_lines_sent_too_fast_are_refused(server):
    fast, other = server.connect("Batman"), server.connect("Robin")
    fast.expect("online", id=other.id)
    until_allowed(fast)
    begin = time.monotonic()
    fast.raw(b"".join(b"@n%d /send Robin %d\n" % (number, number) for number in range(200)))
    fast.tags |= {f"n{number}" for number in range(200)}
    answers = [fast.read() for _ in range(200)]
    seconds = time.monotonic() - begin
    assert [line.tag for line in answers] == [f"n{number}" for number in range(200)]
    refused = [line for line in answers if line.kind == "error"]
    assert refused and {line["code"] for line in refused} == {"too-fast"}
    assert 200 - len(refused) <= 10 + 5 * seconds + 1, f"10 at once and 5 a second: in {seconds:.1f} s {200 - len(refused)} were taken"
    accepted = [str(number) for number, line in enumerate(answers) if line.kind == "ok"]
    assert [line.text for line in other.drain()] == accepted
    until_allowed(fast)


@pytest.mark.requirement("R86")
@pytest.mark.settings(limits__lines_per_second=1, limits__burst=1)
def test_too_fast_carries_the_tag(server):
    client = server.connect()
    tags = [client.tagged("/echo x") for _ in range(30)]
    answers = [line for line in (client.read() for _ in range(31)) if line.kind != "online"]
    assert [line.tag for line in answers] == tags
    assert answers[0].kind == "echo" and {(line.kind, line.get("code")) for line in answers} == {("echo", None), ("error", "too-fast")}


@pytest.mark.requirement("R80")
@pytest.mark.settings(limits__lines_per_second=5, limits__burst=10)
def test_rate_is_counted_for_each_client(server):
    fast, calm = server.connect(), server.connect("Robin")
    fast.raw(b"/whoami\n" * 100)
    fast.wait_for("error", code="too-fast")
    assert calm.ask("/echo x").kind == "echo"


@pytest.mark.requirement("R80")
@pytest.mark.own_server
def test_pasting_fifty_lines_works_with_the_defaults_also_across_a_restart(server):
    a, b = server.people("Batman", "Robin")
    for paste in ("before", "after"):
        a.raw(b"".join(b"%s %d\n" % (paste.encode(), number) for number in range(50)))
        for number in range(50):
            b.expect("message", f"{paste} {number}")
        a.expect_nothing()
        server.kill("acceptor")


@pytest.mark.requirement("R80")
@pytest.mark.own_server
@pytest.mark.settings(limits__lines_per_second=5, limits__burst=10)
def test_restart_gives_one_burst_and_no_more(server):
    a, b = server.people("Batman", "Robin")
    a.tags |= {"before", "after"}
    a.raw(b"x\n" * 40 + b"@before /whoami\n")
    while (line := a.read()).tag != "before":
        pass
    assert line["code"] == "too-fast"
    begin = time.monotonic()
    server.kill("acceptor")
    a.raw(b"y\n" * 200 + b"@after /whoami\n")
    while a.read().tag != "after":
        pass
    seconds = time.monotonic() - begin
    heard = [line.text for line in b.drain()]
    assert 10 <= heard.count("y") <= 10 + 5 * seconds + 1, f"10 at once and 5 a second, in {seconds:.1f} s: {heard}"


@pytest.mark.requirement("R80")
def test_flood_is_answered_line_by_line_at_a_pace_that_costs_nobody(server):
    """Lines beyond the rate are answered at some thousand a second: all of them, in order."""
    flooder, other = server.people("Flooder", "Other")
    lines = 4000
    talker = Thread(target=flooder.raw, args=(b"".join(b"@f%d /echo %d\n" % (number, number) for number in range(lines)),))
    flooder.tags |= {f"f{number}" for number in range(lines)}
    talker.start()
    answers = [flooder.read() for _ in range(lines)]
    talker.join()
    assert [line.tag for line in answers] == [f"f{number}" for number in range(lines)]
    assert {(line.kind, line.get("code")) for line in answers} == {("echo", None), ("error", "too-fast")}
    assert other.ask("/echo x").kind == "echo"
    flooder.raw(b"x\n" * 1000)
    flooder.socket.shutdown(socket.SHUT_WR)
    said = 0
    while (heard := other.read()).kind == "message":
        said += 1
    check = (heard.kind, heard["id"], heard["reason"])
    assert check == ("offline", flooder.id, "lost")
    assert said + flooder.read_all().count(b"error code=too-fast ") == 1000


@pytest.mark.requirement("R80")
@pytest.mark.settings(limits__max_clients=150)
def test_what_many_receive_costs_more(server):
    """One token, and one for each 64 receivers: 130 others cost three."""
    talker, listener = server.people("Talker", "Listener")
    for _ in range(129):
        server.connect()
    until_calm(talker)
    begin = time.monotonic()
    talker.raw(b"".join(b"/broadcast %d\n" % number for number in range(300)))
    tag = talker.tagged("/echo end")
    while (answer := talker.read()).tag != tag:
        assert answer.kind in ("error", "online")
    seconds = time.monotonic() - begin
    heard = [line.text for line in listener.drain() if line.kind == "message"]
    assert 60 <= len(heard) <= (200 + 50 * seconds) / 3 + 1, f"{len(heard)} in {seconds:.1f} s"
    assert heard == sorted(heard, key=int)


@pytest.mark.requirement("R80")
def test_a_flooder_that_resets_is_gone(server):
    flooder, other = server.people("Flooder", "Other")
    flooder.raw(b"x\n" * 5000)
    flooder.wait_for("error", code="too-fast")
    flooder.reset()
    other.wait_for("offline", id=flooder.id)
    again = server.connect("Flooder")
    assert again.ask("/echo x").kind == "echo"


@pytest.mark.requirement("R80")
def test_flood_of_bytes_without_an_end_of_line(server):
    flooder, other = server.people("Flooder", "Other")
    talker = Thread(target=flooder.raw, args=(b"x" * 10_000_000 + b"\n",))
    talker.start()
    for number in range(50):
        assert other.ask(f"/echo {number}").text == str(number)
    talker.join()
    flooder.wait_for("error", code="line-too-long")
    until_allowed(flooder)


@pytest.mark.requirement("R80")
@pytest.mark.own_server
@pytest.mark.settings(limits__lines_per_second=5, limits__burst=10)
def test_restart_in_the_middle_of_a_flood(server):
    flooder, other = server.people("Flooder", "Other")
    flooder.raw(b"x\n" * 1000)
    flooder.wait_for("error", code="too-fast")
    server.kill("acceptor")
    flooder.tags.add("end")
    flooder.send("@end /whoami")
    while flooder.read().tag != "end":
        pass
    assert other.ask("/echo x").kind == "echo"


@pytest.mark.own_server
@pytest.mark.settings(limits__lines_per_second=1, limits__burst=1)
def test_too_fast_is_logged_once_a_second_at_most(server):
    client, start = server.connect(), time.monotonic()
    client.raw(b"/whoami\n" * 500)
    answered = 0
    while answered < 500:
        answered += client.read().kind in ("client", "error")
    seconds = time.monotonic() - start
    rows = server.wait_for_rows(1, "SELECT * FROM event WHERE kind = 'too-fast'")
    assert len(rows) <= 1 + seconds
    session = server.query("SELECT session FROM session WHERE client_id = ?", int(client.id))[0]["session"]
    assert {row["session"] for row in rows} == {session}


@pytest.mark.requirement("R06")
@pytest.mark.own_server
@pytest.mark.settings(limits__max_clients=1)
def test_flood_of_refused_clients_does_not_fill_the_log(server):
    """Everyone is told; the first hundred are logged one by one, the rest as a count."""
    first, start = server.connect("First"), time.monotonic()

    def refuse():
        client = server.connect_raw()
        assert client.read_all() == b"refused code=limit :Connection Limit Exceeded !!\n"
        client.close()

    for _ in range(400):
        refuse()
    seconds = time.monotonic() - start
    assert len(server.query("SELECT * FROM event WHERE kind = 'refused'")) <= 101 + 10 * seconds
    if seconds < 20:
        time.sleep(0.2)
        refuse()
        row = server.wait_for_rows(1, "SELECT detail FROM event WHERE kind = 'refused' AND detail LIKE '%others before it)'")[0]
        assert row["detail"].startswith("127.0.0.1:")
    assert first.ask("/echo x").text == "x"


def test_default_burst_is_200(server):
    a, b = server.people("Batman", "Robin")
    time.sleep(0.2)         # what the login used has been refilled
    a.raw(b"".join(b"%d\n" % number for number in range(4000)))
    heard = [line.text for line in (b.wait_for("message") for _ in range(200))]
    assert heard == [str(number) for number in range(200)]
    a.wait_for("error", code="too-fast")


@pytest.mark.settings(limits__lines_per_second=0)
def test_no_limit(server):
    a, b = server.people("Batman", "Robin")
    a.raw(b"".join(b"%d\n" % number for number in range(5000)))
    for number in range(5000):
        b.expect("message", str(number))
    a.expect_nothing()


@pytest.mark.requirement("R80")
@pytest.mark.settings(limits__lines_per_second=0, limits__outbox_kib=64)
def test_client_that_does_not_read_is_disconnected_and_nobody_waits_for_it(server):
    talker, listener = server.people("Talker", "Listener")
    lazy = server.connect("Lazy", receive_buffer=4096)
    for client in (talker, listener):
        client.expect("online", id=lazy.id)
    text = "x" * 4000
    number, gone, deadline = 0, None, Deadline(120)
    while not gone:
        assert not deadline.passed(), f"{number} messages later it is still there"
        talker.send(f"{number} {text}")
        heard = listener.read()
        if heard.kind == "offline":
            gone = heard
        else:
            assert heard.text == f"{number} {text}"
            number += 1
    assert (gone["id"], gone["reason"], gone.text) == (lazy.id, "slow", "Lazy has left.")
    talker.wait_for("offline", id=lazy.id, reason="slow")
    row = server.wait_for_rows(1, "SELECT * FROM session WHERE client_id = ? AND ended_at IS NOT NULL", int(lazy.id))[0]
    assert row["reason"] == "slow"


@pytest.mark.requirement("R80")
@pytest.mark.settings(limits__lines_per_second=0)
def test_more_than_the_outbox_holds_to_a_client_that_reads(server):
    """Only a client that does not read is slow: this one is sent ten times what an outbox holds, but never more than
    that at once."""
    a, b = server.people("Batman", "Robin")
    for burst in range(12):
        talker = Thread(target=a.raw, args=(b"".join(b"/send Robin %s\n" % (b"x" * 4000) for _ in range(220)),))
        talker.start()
        received = 0
        while received < 220:
            data = b.socket.recv(1 << 20)
            assert data, f"disconnected in burst {burst} after {received} messages"
            received += data.count(b"\n")
        talker.join()


@pytest.mark.requirement("R80")
@pytest.mark.settings(limits__lines_per_second=0)
def test_client_that_reads_late_gets_everything_in_order(server):
    talker = server.connect("Talker")
    late = server.connect("Late", receive_buffer=4096)
    for number in range(300):
        talker.send(f"{number} " + "x" * 1000)
    talker.drain()
    for number in range(300):
        assert late.wait_for("message").text == f"{number} " + "x" * 1000


@pytest.mark.settings(limits__lines_per_second=0, limits__queue_mib=1, limits__outbox_kib=65536)
def test_nothing_is_dropped_when_the_queue_is_full(server):
    """Sends far more than the queue holds, faster than it is delivered: the senders wait, and everything arrives."""
    people = server.people("A1", "A2", "A3")
    listener = server.connect("Listener")
    for client in people:
        client.expect("online", id=listener.id)
    threads = [Thread(target=client.raw, args=(b"".join(b"/send Listener %d %s\n" % (number, b"x" * 2000) for number in range(1500)),)) for client in people]
    for thread in threads:
        thread.start()
    expected = {client.id: 0 for client in people}
    for _ in range(4500):
        line = listener.expect("message")
        assert line.text.split(" ")[0] == str(expected[line["from"]])
        expected[line["from"]] += 1
    for thread in threads:
        thread.join()
