"""The operator and the groups: their members, who is invited and who asks to join."""
import pytest

pytestmark = pytest.mark.settings(limits__max_clients=20)


def person(client):
    return {"id": int(client.id), "name": client.name}


@pytest.mark.requirement("R63")
@pytest.mark.shares_server
def test_groups_has_the_people_of_each(server, control):
    ann, ben, cid, dan = server.people("Ann", "Ben", "Cid", "Dan")
    assert control.json("groups") == {"groups": []}
    assert control.run("groups").stdout == "There are no groups.\n"
    one = ann.ask("/makegroup Ben")["id"]
    two = cid.ask("/makegroupreq Dan")["id"]
    assert dan.ask(f"/joingroup {one}").kind == "pending"
    rows = {str(row["id"]): row for row in control.json("groups")["groups"]}
    assert rows == {one: {"id": int(one), "admin": person(ann), "members": [person(ann), person(ben)], "invited": [], "asking": [person(dan)]},
                    two: {"id": int(two), "admin": person(cid), "members": [person(cid)], "invited": [person(dan)], "asking": []}}
    lines = {line.split()[0]: line.split()[1:] for line in control.run("groups").stdout.splitlines()}
    assert lines == {"GROUP": ["ADMIN", "MEMBERS", "INVITED", "ASKING"], one: ["Ann", "Ann", "Ben", "Dan"], two: ["Cid", "Cid", "Dan"]}


@pytest.mark.requirement("R63")
def test_groups_follow_their_people_across_the_death_of_the_acceptor(server, control):
    ann, ben, cid = server.people("Ann", "Ben", "Cid")
    group = ann.ask("/makegroup Ben Cid")["id"]
    ann.ask("/quit")
    cid.wait_for("group-admin", group=group)
    server.kill("acceptor")
    row, = control.json("groups")["groups"]
    assert (row["admin"], row["members"]) == (person(ben), [person(ben), person(cid)])
    for client in (ben, cid):
        assert client.ask(f"/leavegroup {group}").kind == "group-left"
    assert control.json("groups") == {"groups": []}
