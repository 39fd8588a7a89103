"""Lists that are longer than the outbox of the client that asks: they come in parts, as it reads."""
import socket
import subprocess

import pytest
from builds import program
from deadline import wait_until

pytestmark = pytest.mark.sanitized
SETTINGS = {"limits.outbox_kib": 64, "limits.lines_per_second": 0, "limits.max_clients": 40}     # 64 is the least
SEND_BUFFER = 16_384        # what the kernel holds for a client
TAG = "t" * 31
OUTBOX = 64 * 1024
CLIENTS, ROOMS_EACH = 30, 32


def room_name(owner, number):
    return f"{owner}-{number:02}".ljust(32, "x")


@pytest.fixture
def crowded(start_server):
    """A server with 961 rooms of long names; and a client that is in none of them but the lobby."""
    server = start_server(SETTINGS, send_buffer=SEND_BUFFER)
    asker = server.connect("Asker")
    names = []
    for owner in range(CLIENTS):
        guest = server.connect(f"Guest{owner}")
        mine = [room_name(guest.name, number) for number in range(ROOMS_EACH)]
        guest.raw("".join(f"/join {name}\n" for name in mine).encode())
        guest.drain()
        names += mine
    asker.drain()
    return server, asker, ["lobby", *sorted(names, key=str.lower)]


def request(client, command, tag=TAG):
    client.tags.add(tag)
    client.send(f"@{tag} {command}")


def request_many(client, count, last=()):
    """All in one packet: what the server has read counts, even if the client vanishes."""
    tags = [f"n{number}" for number in range(count)]
    client.tags |= set(tags)
    client.send("\n".join([f"@{tag} /rooms" for tag in tags] + list(last)))


def read_list(client, tag=TAG):
    """The rows and the closing line, whatever comes in between."""
    rows = []
    while True:
        line = client.read()
        if line.tag != tag:
            continue
        if line.kind in ("end", "error"):
            return rows, line
        rows.append(line)


def test_list_of_rooms_that_is_longer_than_the_outbox(crowded):
    server, asker, names = crowded
    request(asker, "/rooms")
    rows, end = read_list(asker)
    assert sum(len(row.raw) for row in rows) > OUTBOX
    assert [row["name"] for row in rows] == names
    assert (end.kind, end["of"], end["count"]) == ("end", "rooms", str(len(names)))
    assert [row["you"] for row in rows] == ["yes"] + ["no"] * (len(names) - 1)
    asker.expect_nothing()


@pytest.mark.parametrize("killed", [(), ("acceptor",), ("delivery",), ("acceptor", "delivery")], ids=["undisturbed", "acceptor killed", "delivery killed", "both killed"])
def test_list_waits_for_a_client_that_reads_late(crowded, killed):
    """Twenty lists, far more than the outbox and the kernel hold: those that do not fit wait, and so do later lines of
    that client. Nobody else waits."""
    server, asker, names = crowded
    late = server.connect("Late", receive_buffer=4096)
    other = server.connect("Other")
    request_many(late, 20, ["said at the end"])
    wait_until(lambda: server.outbox(late) > 0, "the kernel takes no more")
    assert other.ask("/echo at once").text == "at once"
    if killed:
        server.kill(*killed)
    assert other.ask("/echo at once").text == "at once"
    assert server.outbox(late) <= OUTBOX
    for number in range(20):
        rows, end = read_list(late, f"n{number}")
        assert ([row["name"] for row in rows], end["count"]) == (names, str(len(names)))
    other.wait_for("message", from_=late.id)
    late.expect_nothing()


def test_members_and_clients_longer_than_the_outbox_in_one_stream(start_server):
    server = start_server({**SETTINGS, "limits.max_clients": 400, "limits.announce_up_to": 0})
    asker = server.connect("Asker")
    clients = [server.connect_raw() for _ in range(300)]
    everyone = [asker.id] + [client.expect("welcome")["id"] for client in clients]
    for number, command in enumerate(["/active", "/members lobby"] * 3):
        request(asker, command, f"n{number}")
    for number in range(6):
        rows, end = read_list(asker, f"n{number}")
        assert ([row["id"] for row in rows], end["count"]) == (everyone, "301")
        assert [row["id"] for row in rows if row.get("you") == "yes"] == [asker.id]


def test_groups_longer_than_the_outbox(start_server):
    server = start_server({**SETTINGS, "limits.max_groups_per_client": 1000, "limits.max_groups_made": 1000})
    people = server.people("Ann", "Ben", "Cid")
    for maker, invited in zip(people, people[1:] + people[:1]):
        maker.raw(f"/makegroupreq {invited.id}\n".encode() * 330)
        maker.drain()
        invited.drain()
    ann = people[0]
    for command, count in (("/activeallgroups", 990), ("/activegroups", 330)):
        request(ann, command)
        rows, end = read_list(ann)
        ids = [int(row["id"]) for row in rows]
        assert ids == sorted(set(ids)) and (len(ids), end["count"]) == (count, str(count))
        assert end["of"] == command[1:]
    ann.expect_nothing()


def test_client_that_vanishes_while_its_list_waits(crowded):
    server, asker, _ = crowded
    late = server.connect("Late", receive_buffer=4096)
    request_many(late, 20, ["said at the end"])
    wait_until(lambda: server.outbox(late) > OUTBOX // 4, "a list waits")
    late.reset()
    asker.wait_for("message", from_=late.id)
    assert asker.wait_for("offline", id=late.id)["reason"] == "lost"


def test_client_that_ends_its_side_gets_the_whole_list(crowded):
    server, asker, names = crowded
    last = server.connect("Last", receive_buffer=4096)
    request_many(last, 3)
    last.socket.shutdown(socket.SHUT_WR)
    for number in range(3):
        rows, end = read_list(last, f"n{number}")
        assert ([row["name"] for row in rows], end["count"]) == (names, str(len(names)))
    last.expect_end()
    asker.wait_for("offline", id=last.id)


def test_kicked_while_its_list_waits(crowded):
    """Whatever a client waits for, it can be disconnected, and its place is free again."""
    server, asker, _ = crowded
    late = server.connect("Late", receive_buffer=4096)
    request_many(late, 20)
    wait_until(lambda: server.outbox(late) > OUTBOX // 4, "a list waits")
    subprocess.run([program("chatctl"), "--socket", server.state / "admin.sock", "kick", late.id], check=True, capture_output=True, timeout=60)
    asker.wait_for("offline", id=late.id, reason="kicked")
    late.read_all()
    again = server.connect("Late")
    assert again.ask("/echo x").text == "x"


def test_blank_lines_between_lists_do_not_end_a_client(start_server):
    """Six hundred blank lines count as too fast, which pauses the client. A list that has to wait after that still
    waits, and the client stays."""
    server = start_server({**SETTINGS, "limits.lines_per_second": 100_000, "limits.burst": 100_000}, send_buffer=SEND_BUFFER)
    asker = server.connect("Asker")
    for owner in range(20):
        guest = server.connect(f"Guest{owner}")
        guest.raw("".join(f"/join {room_name(guest.name, number)}\n" for number in range(ROOMS_EACH)).encode())
        guest.drain()
    late = server.connect("Late", receive_buffer=4096)
    tags = [f"n{number}" for number in range(12)]
    late.tags |= set(tags)
    late.raw("".join(f"@{tag} /rooms\n" + "\n" * 600 for tag in tags).encode())
    wait_until(lambda: server.outbox(late) > OUTBOX // 4, "a list waits")
    assert asker.ask("/echo x").text == "x"
    for tag in tags:
        rows, end = read_list(late, tag)
        assert (len(rows), end["count"]) == (1 + 20 * ROOMS_EACH, str(1 + 20 * ROOMS_EACH))
    assert late.ask("/echo still here").text == "still here"


@pytest.mark.parametrize("killed", [(), ("acceptor",), ("delivery",)], ids=["undisturbed", "acceptor killed", "delivery killed"])
def test_smallest_queue_with_the_largest_limits(start_server, killed):
    """A part is as long whatever the limits are, so that a queue of 1 MiB is enough for all lists."""
    server = start_server({"limits.outbox_kib": 64, "limits.queue_mib": 1, "limits.lines_per_second": 0, "limits.max_clients": 4000,
                           "limits.max_rooms": 100_000, "limits.max_rooms_per_client": 1000, "limits.max_groups": 9000, "limits.max_groups_made": 9000,
                           "limits.max_groups_per_client": 9000}, send_buffer=SEND_BUFFER)
    owners = server.people("Ann", "Ben")
    names = []
    for owner in owners:
        mine = [room_name(owner.name, number) for number in range(900)]
        for some in range(0, 900, 100):
            owner.raw("".join(f"/join {name}\n" for name in mine[some:some + 100]).encode())
            owner.drain()
        names += mine
    ann, ben = owners
    groups = []
    for _ in range(10):
        tags = [ann.tagged(f"/makegroup {ben.id}") for _ in range(100)]
        groups += [int(ann.answer(tag)["id"]) for tag in tags]
        ann.drain()
    asker = server.connect("Asker", receive_buffer=4096)
    asker.tags |= {"r", "g"}
    asker.send("@r /rooms\n@g /activeallgroups\n/echo end")
    wait_until(lambda: server.outbox(asker) > 0, "the kernel takes no more")
    if killed:
        server.kill(*killed)
    rows, end = read_list(asker, "r")
    assert [row["name"] for row in rows] == ["lobby", *sorted(names, key=str.lower)]
    rows, end = read_list(asker, "g")
    assert [int(row["id"]) for row in rows] == sorted(groups) and end["count"] == str(len(groups))
    assert asker.wait_for("echo").text == "end"
