"""Groups: each row of the protocol's table, tagged and untagged, with its errors; admins; the log; and survival of
restarts."""
import pytest
from deadline import wait_until

pytestmark = pytest.mark.sanitized

SETTINGS = {"limits.max_clients": 20, "limits.lines_per_second": 0}


@pytest.fixture
def people(shared_server):
    """Six clients that have seen each other arrive; they leave at the end."""
    there = shared_server.people("Ann", "Ben", "Cid", "Dan", "Eve", "Fay")
    yield there
    for client in there:
        client.close()
    watcher = shared_server.connect()
    wait_until(lambda: watcher.listing("/active")[1]["count"] == "1", "all have left")
    assert watcher.listing("/activeallgroups")[0] == []
    watcher.send("/quit")
    watcher.wait_for("bye")


def ids(*clients):
    return " ".join(client.id for client in clients)


def made(maker, *others):
    """Makes a group with these members, who have all been notified of it. Returns its number."""
    group = maker.ask(f"/makegroup {ids(*others)}")["id"]
    for other in others:
        other.expect("group", id=group)
    return group


def error_of(client, command):
    """The error code of the answer to the command, tagged and untagged."""
    tagged = client.ask(command)
    assert tagged.kind == "error" and tagged.text, tagged
    client.send(command)
    client.expect("error", tagged.text, code=tagged["code"], tag=None)
    return tagged["code"]


def groups_of(client, command="/activegroups"):
    lines, end = client.listing(command)
    assert end["of"] == command[1:] and end["count"] == str(len(lines)) and {line.kind for line in lines} <= {"group"}
    return [(line["id"], line["admin"], line["members"].split(",")) for line in lines]


def nothing_more(*clients):
    for client in clients:
        client.expect_nothing()


@pytest.mark.requirement("R63", "R64")
@pytest.mark.parametrize("tagged", [True, False])
def test_makegroup(people, tagged):
    ann, ben, cid, dan, *_ = people
    command = f"/makegroup {ids(ben, cid)}"
    answer = ann.ask(command) if tagged else ann.send(command) or ann.expect("group", tag=None)
    assert answer.kind == "group" and answer.text and 1000 <= int(answer["id"]) <= 9999
    assert (answer["admin"], answer["members"]) == (ann.id, f"{ann.id},{ben.id},{cid.id}")
    for other in (ben, cid):
        other.expect("group", answer.text, id=answer["id"], admin=ann.id, members=answer["members"], tag=None)
    nothing_more(ann, ben, cid, dan)
    assert groups_of(ben) == [(answer["id"], ann.id, [ann.id, ben.id, cid.id])]


@pytest.mark.requirement("R64")
def test_makegroup_takes_names_too(people):
    ann, ben, cid, *_ = people
    assert ann.ask(f"/makegroup ben {cid.id}")["members"] == f"{ann.id},{ben.id},{cid.id}"


@pytest.mark.requirement("R65", "R66")
@pytest.mark.parametrize("tagged", [True, False])
def test_makegroupreq(people, tagged):
    ann, ben, cid, dan, *_ = people
    command = f"/makegroupreq {ids(ben, cid)}"
    answer = ann.ask(command) if tagged else ann.send(command) or ann.expect("group", tag=None)
    assert (answer.kind, answer["admin"], answer["members"]) == ("group", ann.id, ann.id)
    for other in (ben, cid):
        assert other.expect("invite", group=answer["id"], from_=ann.id, name="Ann", tag=None).text
        assert groups_of(other) == []
    nothing_more(ann, ben, cid, dan)


@pytest.mark.requirement("R64", "R65")
@pytest.mark.parametrize("command", ["/makegroup", "/makegroupreq"])
def test_all_or_nothing(people, command):
    ann, ben, cid, dan, eve, fay = people
    for arguments, code in (("", "bad-arguments"), (" ", "bad-arguments"), (f" {ids(ben, cid, ben)}", "bad-arguments"), (f" {ben.id} Ben", "bad-arguments"),
                            (f" {ids(ben, ann)}", "self"), (f" {ben.id} Nobody", "no-such-client"), (f" {ben.id} 1234", "no-such-client"),
                            (f" {ids(ben, cid, dan, eve, fay)}", "group-full")):
        assert error_of(ann, command + arguments) == code, arguments
    assert groups_of(ann, "/activeallgroups") == []
    nothing_more(*people)
    assert ann.ask(f"{command} {ids(ben, cid, dan, eve)}").kind == "group"      # five with the admin


@pytest.mark.requirement("R67")
@pytest.mark.parametrize("tagged", [True, False])
def test_joingroup_by_an_invited_client(people, tagged):
    ann, ben, cid, *_ = people
    group = ann.ask(f"/makegroupreq {ids(ben, cid)}")["id"]
    for count, client in ((2, ben), (3, cid)):
        client.expect("invite", group=group)
        answer = client.ask(f"/joingroup {group}") if tagged else client.send(f"/joingroup group:{group}") or client.expect("group-joined", tag=None)
        assert (answer.kind, answer["group"], answer["id"], answer["name"], answer["count"]) == ("group-joined", group, client.id, client.name, str(count))
        ann.expect("group-joined", group=group, id=client.id, name=client.name, count=count, tag=None)
    ben.expect("group-joined", group=group, id=cid.id, count=3)
    nothing_more(ann, ben, cid)
    assert groups_of(cid) == [(group, ann.id, [ann.id, ben.id, cid.id])]
    assert error_of(cid, f"/joingroup {group}") == "already-member"


@pytest.mark.requirement("R68", "R69")
@pytest.mark.parametrize("tagged", [True, False])
def test_joingroup_by_an_uninvited_client_and_approve(people, tagged):
    ann, ben, cid, dan, *_ = people
    group = made(ann, ben)
    answer = cid.ask(f"/joingroup {group}") if tagged else cid.send(f"/joingroup {group}") or cid.expect("pending", tag=None)
    assert (answer.kind, answer["group"]) == ("pending", group) and answer.text
    assert ann.expect("join-request", group=group, id=cid.id, name="Cid", tag=None).text
    nothing_more(ben, cid, dan)
    assert groups_of(cid) == [] and error_of(ben, f"/approve {group} {cid.id}") == "not-admin" and error_of(dan, f"/reject {group} {cid.id}") == "not-admin"
    if tagged:
        assert ann.ask(f"/approve {group} {cid.id}").fields.keys() == {"tag"}
    else:
        ann.send(f"/approve {group} {cid.id}")
    for client in (ann, ben, cid):
        client.expect("group-joined", group=group, id=cid.id, name="Cid", count=3, tag=None)
    nothing_more(*people)
    assert groups_of(cid) == [(group, ann.id, [ann.id, ben.id, cid.id])]
    assert error_of(ann, f"/approve {group} {cid.id}") == "no-such-request"


@pytest.mark.requirement("R69")
@pytest.mark.parametrize("tagged", [True, False])
def test_reject(people, tagged):
    ann, ben, cid, *_ = people
    group = made(ann, ben)
    cid.ask(f"/joingroup {group}")
    ann.expect("join-request", id=cid.id)
    if tagged:
        assert ann.ask(f"/reject {group} {cid.id}").kind == "ok"
    else:
        ann.send(f"/reject {group} {cid.id}")
    cid.expect("rejected", group=group, tag=None)
    nothing_more(*people)
    assert error_of(ann, f"/reject {group} {cid.id}") == error_of(ann, f"/approve {group} {cid.id}") == "no-such-request"
    assert cid.ask(f"/joingroup {group}").kind == "pending"     # one may ask again
    ann.expect("join-request", id=cid.id)


@pytest.mark.requirement("R69")
@pytest.mark.parametrize("tagged", [True, False])
def test_declinegroup(people, tagged):
    ann, ben, cid, *_ = people
    group = ann.ask(f"/makegroupreq {ids(ben, cid)}")["id"]
    for client in (ben, cid):
        client.expect("invite")
    if tagged:
        assert ben.ask(f"/declinegroup {group}").kind == "ok"
    else:
        ben.send(f"/declinegroup {group}")
    ann.expect("declined", group=group, id=ben.id, name="Ben", tag=None)
    nothing_more(*people)
    assert error_of(ben, f"/declinegroup {group}") == "not-invited" == error_of(ann, f"/declinegroup {group}")
    assert ben.ask(f"/joingroup {group}").kind == "pending"     # a request is needed now
    ann.expect("join-request", id=ben.id)


@pytest.mark.requirement("R63")
def test_a_full_group(people):
    ann, ben, cid, dan, eve, fay = people
    group = ann.ask(f"/makegroupreq {ids(ben, cid, dan, eve)}")["id"]
    for client in (ben, cid, dan, eve):
        client.expect("invite")
    fay.ask(f"/joingroup {group}")
    ann.expect("join-request", id=fay.id)
    for client in (ben, cid, dan):
        client.ask(f"/joingroup {group}")
    ann.ask(f"/approve {group} {fay.id}")
    for client in people:
        client.drain()
    # the invitation remains valid: a place may become free
    assert error_of(eve, f"/joingroup {group}") == "group-full"
    assert fay.ask(f"/leavegroup {group}")["count"] == "4"
    assert eve.ask(f"/joingroup {group}")["count"] == "5"
    assert error_of(fay, f"/joingroup {group}") == "group-full"
    assert eve.ask(f"/leavegroup {group}")["count"] == "4"
    assert fay.ask(f"/joingroup {group}").kind == eve.ask(f"/joingroup {group}").kind == "pending"
    ann.ask(f"/approve {group} {eve.id}")
    assert ann.ask(f"/approve {group} {fay.id}")["code"] == "group-full"


@pytest.mark.requirement("R63")
@pytest.mark.parametrize("tagged", [True, False])
def test_leavegroup_and_the_next_admin(people, tagged):
    ann, ben, cid, dan, *_ = people
    group = made(ann, ben, cid)
    answer = ann.ask(f"/leavegroup {group}") if tagged else ann.send(f"/leavegroup {group}") or ann.expect("group-left", tag=None)
    assert (answer.kind, answer["group"], answer["id"], answer["name"], answer["count"]) == ("group-left", group, ann.id, "Ann", "2")
    for client in (ben, cid):
        client.expect("group-left", group=group, id=ann.id, name="Ann", count=2, tag=None)
        client.expect("group-admin", group=group, id=ben.id, name="Ben", tag=None)
    nothing_more(*people)
    assert groups_of(cid) == [(group, ben.id, [ben.id, cid.id])]
    dan.ask(f"/joingroup {group}")
    ben.expect("join-request", id=dan.id)
    assert cid.ask(f"/leavegroup {group}")["count"] == "1"
    ben.expect("group-left", id=cid.id)
    assert ben.ask(f"/leavegroup {group}")["count"] == "0"      # and the request ends with the group
    nothing_more(*people)
    assert error_of(dan, f"/joingroup {group}") == error_of(ben, f"/leavegroup {group}") == "no-such-group"


@pytest.mark.requirement("R63")
def test_the_admin_is_the_longest_standing_member(people):
    ann, ben, cid, dan, *_ = people
    group = ann.ask(f"/makegroupreq {ids(ben, cid)}")["id"]
    for client in (cid, ben):
        client.ask(f"/joingroup {group}")
    dan.ask(f"/joingroup {group}")
    assert groups_of(ann) == [(group, ann.id, [ann.id, cid.id, ben.id])]
    ann.ask(f"/leavegroup {group}")
    assert groups_of(ben) == [(group, cid.id, [cid.id, ben.id])]
    cid.wait_for("group-admin", id=cid.id)
    assert cid.ask(f"/approve {group} Dan").kind == "ok"        # requests are the group's: the next admin answers them
    assert cid.expect("group-joined", id=dan.id, count=3)


@pytest.mark.requirement("R75")
@pytest.mark.parametrize("how", ["quit", "vanish"])
def test_leaving_the_server_leaves_every_group(people, how):
    ann, ben, cid, dan, eve, fay = people
    first, second = made(ann, ben, cid), made(ben, ann)
    third = dan.ask(f"/makegroupreq {ids(ann, eve)}")["id"]
    for client in (ann, eve):
        client.expect("invite", group=third)
    ann.ask(f"/joingroup {third}")
    dan.expect("group-joined", id=ann.id)
    dan.ask(f"/joingroup {second}")
    ben.expect("join-request", group=second, id=dan.id)
    if how == "quit":
        ann.send("/quit")
    else:
        ann.reset()
    for client in (ben, cid, dan, eve, fay):
        client.expect("offline", id=ann.id)
    for client in (ben, cid):
        client.expect("group-admin", group=first, id=ben.id, name="Ben")
    nothing_more(ben, cid, dan, eve, fay)
    assert groups_of(fay, "/activeallgroups") == sorted([(first, ben.id, [ben.id, cid.id]), (second, ben.id, [ben.id]), (third, dan.id, [dan.id])])
    dan.send("/quit")       # this also removes the group whose only member it is, its invitation and its own request
    for client in (ben, eve):
        client.expect("offline", id=dan.id)
    assert error_of(eve, f"/joingroup {third}") == "no-such-group"
    assert error_of(ben, f"/approve {second} {dan.id}") == "no-such-request"


@pytest.mark.requirement("R72")
@pytest.mark.parametrize("tagged", [True, False])
def test_sendgroup(people, shared_server, tagged):
    ann, ben, cid, dan, *_ = people
    group = made(ann, ben, cid)
    if tagged:
        answer = ben.ask(f"/sendgroup {group}  to my peers ")
        assert answer.kind == "ok"
    else:
        ben.send(f"/sendgroup group:{group}  to my peers ")
    lines = [client.expect("message", " to my peers ", from_=ben.id, name="Ben", to=f"group:{group}", tag=None) for client in (ann, cid)]
    assert lines[0]["id"] == lines[1]["id"] == (answer["id"] if tagged else lines[0]["id"])
    nothing_more(*people)
    row = shared_server.wait_for_rows(1, "SELECT * FROM message_log WHERE id = ? AND sender_name GLOB '[A-Z]*'", lines[0]["id"])[0]
    assert (row["kind"], row["target"], row["receivers"], row["discarded"], row["receiver_session"]) == ("group", f"group:{group}", 2, 0, None)
    receipts = shared_server.wait_for_rows(2, "SELECT client_id, outcome FROM receipt JOIN session ON session = receiver WHERE message = ?", lines[0]["id"])
    assert sorted((str(row["client_id"]), row["outcome"]) for row in receipts) == sorted((client.id, "delivered") for client in (ann, cid))


@pytest.mark.requirement("R72")
def test_to_a_group_of_one(people):
    ann, ben, *_ = people
    group = ann.ask(f"/makegroupreq {ben.id}")["id"]
    assert "id" in ann.ask(f"/sendgroup {group} hello?").fields
    ben.expect("invite")
    nothing_more(ann, ben)


@pytest.mark.requirement("R67", "R69", "R72")
@pytest.mark.parametrize("command, code", [
    ("/joingroup", "bad-arguments"), ("/joingroup 1 2", "bad-arguments"), ("/joingroup {none}", "no-such-group"), ("/joingroup group:", "no-such-group"),
    ("/joingroup lobby", "no-such-group"), ("/declinegroup", "bad-arguments"), ("/declinegroup {none}", "no-such-group"), ("/declinegroup {group}", "not-invited"),
    ("/approve", "bad-arguments"), ("/approve {group}", "bad-arguments"), ("/approve {group} Ben too", "bad-arguments"), ("/approve {none} Ben", "no-such-group"),
    ("/approve {group} Ann", "not-admin"), ("/reject", "bad-arguments"), ("/reject {group}", "bad-arguments"), ("/reject {none} Ben", "no-such-group"),
    ("/reject {group} Ann", "not-admin"), ("/leavegroup", "bad-arguments"), ("/leavegroup {none}", "no-such-group"), ("/leavegroup {group}", "not-a-member"),
    ("/sendgroup", "bad-arguments"), ("/sendgroup {group}", "bad-arguments"), ("/sendgroup {none} x", "no-such-group"), ("/sendgroup {group} x", "not-a-member"),
    ("/activegroups x", "bad-arguments"), ("/activeallgroups x", "bad-arguments")])
def test_errors_of_a_non_member(people, command, code):
    ann, ben, cid, *_ = people
    group = made(ann, ben)
    none = next(str(number) for number in range(1000, 1002) if str(number) != group)
    assert error_of(cid, command.format(group=group, none=none)) == code
    nothing_more(ann, ben)


@pytest.mark.requirement("R69")
def test_answers_to_clients_that_have_not_asked(people):
    ann, ben, cid, dan, *_ = people
    group = ann.ask(f"/makegroupreq {ids(ben)}")["id"]
    for who in (ann, ben, cid):     # the admin, an invited client, one that is neither
        for command in ("/approve", "/reject"):
            assert error_of(ann, f"{command} {group} {who.id}") == "no-such-request"
    assert error_of(ann, f"/approve {group} Nobody") == "no-such-request"


@pytest.mark.requirement("R73", "R74")
def test_activegroups(people):
    ann, ben, cid, *_ = people
    first, second = made(ann, ben), made(cid, ann)
    third = ben.ask(f"/makegroupreq {ann.id}")["id"]
    groups = {first: (first, ann.id, [ann.id, ben.id]), second: (second, cid.id, [cid.id, ann.id]), third: (third, ben.id, [ben.id])}
    assert groups_of(ann, "/activeallgroups") == sorted(groups.values())
    assert groups_of(ann) == sorted([groups[first], groups[second]])
    assert groups_of(ben) == sorted([groups[first], groups[third]])
    assert groups_of(people[5]) == []


@pytest.mark.requirement("R54")
def test_above_announce_up_to_those_who_share_a_group_are_notified(start_server):
    server = start_server({"limits.announce_up_to": 0})
    ann, ben, cid = (server.connect(name) for name in ("Ann", "Ben", "Cid"))
    made(ann, ben)
    ben.send("/login Bob")
    ben.expect("renamed", id=ben.id)
    ann.expect("renamed", id=ben.id, name="Bob")
    nothing_more(cid)


@pytest.mark.requirement("R63")
def test_bounds_on_groups(start_server):
    server = start_server({"limits.max_groups": 3, "limits.max_groups_per_client": 2, "limits.max_group_members": 3})
    ann, ben, cid, dan = server.people("Ann", "Ben", "Cid", "Dan")
    assert error_of(ann, f"/makegroup {ids(ben, cid, dan)}") == "group-full"
    groups = [made(ann, ben), made(ann, ben)]
    assert len(set(groups)) == 2
    assert error_of(ann, f"/makegroup {cid.id}") == "too-many-groups"       # groups of one client
    assert error_of(cid, f"/makegroup {ann.id}") == "too-many-groups"
    third = cid.ask(f"/makegroupreq {ann.id}")["id"]
    ann.expect("invite", group=third)
    assert error_of(ann, f"/joingroup {third}") == "too-many-groups"
    assert error_of(dan, f"/makegroup {cid.id}") == "too-many-groups"       # groups in all
    cid.ask(f"/leavegroup {third}")
    assert dan.ask(f"/makegroup {cid.id}").kind == "group"


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("daemons", [("acceptor",), ("delivery",), ("acceptor", "delivery")], ids=["acceptor", "delivery", "both"])
def test_groups_survive(start_server, daemons):
    server = start_server({"limits.max_clients": 6})
    ann, ben, cid, dan, eve, fay = server.people("Ann", "Ben", "Cid", "Dan", "Eve", "Fay")
    group = ann.ask(f"/makegroupreq {ids(ben, cid)}")["id"]
    ben.ask(f"/joingroup {group}")
    dan.ask(f"/joingroup {group}")
    for client in (ann, ben, dan):
        client.drain()
    other = made(eve, fay, ann)
    for client in (ann, ben, cid, dan, eve, fay):
        client.drain()
    before = groups_of(ann, "/activeallgroups")
    server.kill(*daemons)
    assert groups_of(ann, "/activeallgroups") == before
    assert cid.ask(f"/joingroup {group}")["count"] == "3"                       # still invited
    assert ann.ask(f"/approve {group} Dan").kind == "ok"                        # still asking
    server.kill(*daemons)
    eve.send("/quit")
    fay.expect("offline", id=eve.id)
    fay.expect("group-admin", group=other, id=fay.id)
    assert groups_of(dan) == [(group, ann.id, [ann.id, ben.id, cid.id, dan.id])]
    answer = fay.ask(f"/sendgroup {other} still here")
    ann.wait_for("message", id=answer["id"], to=f"group:{other}")
