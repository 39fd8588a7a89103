"""Names: assigned, chosen, refused, listed."""
import pytest

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]


@pytest.mark.requirement("R52", "R56")
def test_login_renames(server):
    client, other = server.connect(), None
    answer = client.ask("/login Batman")
    assert answer.kind == "renamed"
    assert (answer["id"], answer["old"], answer["name"]) == (client.id, client.name, "Batman")
    client.expect("online", "Batman has joined.", id=client.id, name="Batman", count=1)
    other = server.connect("Robin")
    client.expect("online", id=other.id, name="Robin", count=2)


@pytest.mark.requirement("R83")
def test_later_rename_is_announced_to_everyone_and_tagged_for_the_asker_alone(server):
    a, b, c = server.people("Batman", "Robin", "Alfred")
    answer = a.ask("/login Bruce")
    assert (answer["id"], answer["old"], answer["name"]) == (a.id, "Batman", "Bruce")
    for other in (b, c):
        other.expect("renamed", id=a.id, old="Batman", name="Bruce", tag=None)
    for client in (a, b, c):
        client.expect_nothing()


@pytest.mark.requirement("R56")
def test_untagged_login(server):
    client = server.connect()
    client.send("/login Batman")
    client.expect("renamed", id=client.id, old=client.name, name="Batman", tag=None)
    client.expect("online", id=client.id, name="Batman")


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("command", ["/login", "/login ", "/LOGIN"])
def test_empty_name_says_exactly(server, command):
    client = server.connect()
    client.send(command)
    assert client.read().raw == b"error code=empty-name :Username can't be empty\n"
    answer = client.ask(command)
    assert (answer["code"], answer.text) == ("empty-name", "Username can't be empty")


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("name", ["1abc", ".x", "-x", "lobby", "NickServ", "a!b", "a@b", "a/b", "#room", "a=b", "a:b", "Zoë", "ёж", "a" * 33, "12345"])
def test_bad_names(server, name):
    client = server.connect()
    assert client.ask(f"/login {name}")["code"] == "bad-name"
    assert client.ask("/whoami")["name"] == client.name


@pytest.mark.requirement("R52")
@pytest.mark.parametrize("name", ["a", "Z", "a" * 32, "A-b_c.d9", "x2"])
def test_good_names(server, name):
    client = server.connect()
    assert client.ask(f"/login {name}")["name"] == name


@pytest.mark.requirement("R52", "R86")
def test_name_is_unique_without_regard_to_case(server):
    a, b = server.people("Batman", "Robin")
    for name in ("Batman", "batman", "BATMAN"):
        answer = b.ask(f"/login {name}")
        assert answer["code"] == "name-taken"
    a.expect_nothing()
    assert b.ask("/whoami")["name"] == "Robin"


@pytest.mark.requirement("R52")
def test_assigned_name_of_another_is_taken(server):
    a, b = server.connect(), server.connect()
    assert b.ask(f"/login {a.name}")["code"] == "name-taken"


@pytest.mark.requirement("R52")
def test_own_name_in_another_spelling(server):
    client = server.connect("batman")
    answer = client.ask("/login Batman")
    assert (answer.kind, answer.get("old"), answer.get("name")) == ("renamed", "batman", "Batman")


@pytest.mark.requirement("R52")
def test_name_is_free_again_after_its_owner_left_or_took_another(server):
    a, b = server.people("Batman", "Robin")
    a.ask("/login Bruce")
    b.expect("renamed", old="Batman", name="Bruce")
    assert b.ask("/login Batman")["name"] == "Batman"
    a.expect("renamed", old="Robin", name="Batman")
    b.send("/quit")
    a.expect("offline", id=b.id, name="Batman")
    assert a.ask("/login batman")["name"] == "batman"


@pytest.mark.requirement("R07", "R08", "R53", "R70", "R81")
def test_active_lists_everyone(server):
    people = server.people("Batman", "Robin", "Alfred")
    for asker in people:
        clients, end = asker.listing("/active")
        assert (end.kind, end["of"], end["count"]) == ("end", "active", "3")
        assert {line.kind for line in clients} == {"client"}
        listed = {line["id"]: line for line in clients}
        assert listed.keys() == {client.id for client in people}
        for client in people:
            line = listed[client.id]
            assert (line["name"], line["connected"]) == (client.name, client.welcome["connected"])
            assert line.get("you") == ("yes" if client is asker else None)


@pytest.mark.requirement("R07", "R70")
def test_active_untagged(server):
    client = server.connect("Batman")
    client.send("/active")
    client.expect("client", id=client.id, name="Batman", connected=client.welcome["connected"], you="yes", tag=None)
    client.expect("end", of="active", count=1, tag=None)


@pytest.mark.requirement("R53")
def test_whoami(server):
    client = server.connect("Batman")
    client.send("/whoami")
    client.expect("client", id=client.id, name="Batman", connected=client.welcome["connected"], you="yes", tag=None)
    line = client.ask("/whoami")
    assert (line["id"], line["name"], line["you"]) == (client.id, "Batman", "yes")


@pytest.mark.requirement("R53", "R85")
def test_active_without_departed_clients(server):
    a, b = server.people("Batman", "Robin")
    b.send("/quit")
    a.expect("offline", id=b.id)
    clients, end = a.listing("/active")
    assert [line["id"] for line in clients] == [a.id] and end["count"] == "1"


@pytest.mark.requirement("R08", "R81")
@pytest.mark.settings(limits__max_clients=300, limits__announce_up_to=0, limits__lines_per_second=0, limits__outbox_kib=16384)
def test_list_of_many_while_others_come_and_go(server):
    """Every list is consistent: its count is right, and it has each client once and the client that asked."""
    asker = server.connect("Asker")
    crowd = [server.connect() for _ in range(200)]
    tags = []
    for leaver in crowd[:100]:
        tags.append(asker.tagged("/active"))
        leaver.send("/quit")
        server.connect()
    for tag in tags:
        *clients, end = asker._answer(tag, lambda line: line.kind == "end")
        ids = [line["id"] for line in clients]
        assert len(ids) == len(set(ids)) == int(end["count"])
        assert [line["id"] for line in clients if line.get("you") == "yes"] == [asker.id]
