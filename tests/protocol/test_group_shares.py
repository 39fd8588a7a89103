"""What one client may take of the groups: others cannot use up its share."""
import pytest


def error_of(client, command):
    """The error code of the answer to the command."""
    answer = client.ask(command)
    assert answer.kind == "error", answer
    return answer["code"]


@pytest.mark.requirement("R63", "N06")
def test_groups_that_others_make_use_up_nobody_elses_share(start_server):
    """Each maker has a share of its own, whether it puts others into a group or invites them."""
    server = start_server({"limits.max_clients": 10, "limits.lines_per_second": 0, "limits.max_groups_per_client": 40})
    victim, *makers = server.people("Victim", "A", "B", "C")
    for maker in makers:
        for number in range(32):
            answer = maker.ask(f"/makegroup{'req' if number % 2 else ''} {victim.id}")
            assert answer.kind == "group", answer
            if answer["members"].count(",") == 0:
                victim.ask(f"/declinegroup {answer['id']}")
        maker.drain()
        assert error_of(maker, f"/makegroup {victim.id}") == "too-many-groups"
        assert error_of(maker, f"/makegroupreq {victim.id}") == "too-many-groups"
    victim.drain()
    assert victim.listing("/activegroups")[1]["count"] == "48"
    friends = [maker.id for maker in makers]
    own = [victim.ask(f"/makegroup {friend}")["id"] for friend in friends]
    assert len(set(own)) == 3
    server.kill("acceptor")
    makers[0].drain()
    assert error_of(makers[0], f"/makegroup {victim.id}") == "too-many-groups"
    assert victim.ask(f"/makegroup {friends[0]}").kind == "group"


@pytest.mark.requirement("R69", "N06")
def test_a_client_has_few_requests_that_wait(start_server):
    server = start_server({"limits.max_clients": 10, "limits.lines_per_second": 0})
    asker, *admins = server.people("Asker", "A", "B")
    groups = [admin.ask(f"/makegroupreq {admins[0 if number else 1].id}")["id"] for number, admin in enumerate(admins) for _ in range(20)]
    for group in groups[:32]:
        assert asker.ask(f"/joingroup {group}").kind == "pending"
    assert error_of(asker, f"/joingroup {groups[32]}") == "busy"
    assert asker.ask(f"/joingroup {groups[0]}").kind == "pending", "a reminder"
    admins[0].ask(f"/reject {groups[0]} {asker.id}")
    asker.wait_for("rejected", group=groups[0])
    assert asker.ask(f"/joingroup {groups[32]}").kind == "pending"


@pytest.mark.requirement("N06")
@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2"], ids=["trusted", "not trusted"])
def test_groups_of_a_maker_that_reconnects_still_count(start_server, host):
    server = start_server({"limits.max_clients": 10, "limits.lines_per_second": 0, "limits.max_groups_made": 4})
    victim, other = server.people("Victim", "Other")
    first = server.connect("Maker", source=host)
    made = [first.ask(f"/makegroup {victim.id}")["id"] for _ in range(3)]
    first.send("/quit")
    first.read_all()
    for _ in range(3):
        again = server.connect("Maker", source=host)
        answer = again.ask(f"/makegroup {victim.id}")
        made += [answer["id"]] if answer.kind == "group" else []
        again.send("/quit")
        again.read_all()
    assert len(made) == 4
    # A host has as many shares as it has connections, and another host its own.
    two = [server.connect(name, source=host) for name in ("Maker", "Friend")]
    assert error_of(two[0], f"/makegroup {victim.id}") == "too-many-groups"
    assert two[1].ask(f"/makegroup {victim.id}").kind == "group"
    stranger = server.connect("Stranger", source="127.0.0.3")
    assert stranger.ask(f"/makegroup {victim.id}").kind == "group"
    for group in made:
        victim.ask(f"/leavegroup {group}")
    assert two[0].ask(f"/makegroup {victim.id}").kind == "group", "what has ended no longer counts"
