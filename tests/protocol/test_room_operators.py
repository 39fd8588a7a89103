"""Operators of rooms: /topic /op /deop /kick, and who becomes an operator."""
import pytest
from irc_client import connect_irc
from room_members import code_of, raw, room_with

pytestmark = [pytest.mark.shares_server, pytest.mark.sanitized]


@pytest.mark.requirement("N17")
def test_a_topic_is_set_shown_and_cleared(server):
    a, b = room_with(server, "Batman", "Robin")
    assert raw(b.ask("/topic cave")) == f"topic room=cave tag=t{b.tag_number}"
    assert raw(a.ask("/topic CAVE Bats & more")) == f"topic room=cave name=Batman at=TIME tag=t{a.tag_number} :Bats & more"
    b.expect("topic", "Bats & more", room="cave", name="Batman", tag=None)
    a.send("/login Bruce")
    b.wait_for("renamed")
    shown = b.ask("/topic #cave")
    assert raw(shown) == f"topic room=cave name=Batman at=TIME tag=t{b.tag_number} :Bats & more"
    assert raw(a.wait_for("renamed")) == f"renamed id={a.id} old=Batman name=Bruce"
    assert raw(a.ask("/topic cave -")) == f"topic room=cave name=Bruce at=TIME tag=t{a.tag_number}"
    b.expect("topic", room="cave", name="Bruce")
    assert raw(b.ask("/topic cave")) == f"topic room=cave tag=t{b.tag_number}"


@pytest.mark.requirement("N17")
def test_who_may_set_a_topic(server):
    a, b, c = room_with(server, "Batman", "Robin", "Alfred")
    assert c.ask("/leave cave").kind == "left"
    assert code_of(b, "/topic cave mine") == "forbidden"
    assert code_of(c, "/topic cave mine") == "not-a-member"
    assert code_of(a, "/topic attic mine") == "no-such-room"
    assert code_of(a, "/topic lobby mine") == "forbidden"
    assert code_of(a, "/topic") == "bad-arguments"
    assert code_of(a, "/topic cave " + "x" * 391) == "bad-arguments"
    assert a.ask("/topic cave " + "x" * 390).text == "x" * 390
    assert c.ask("/topic cave").text == "x" * 390
    assert raw(c.ask("/topic lobby")) == f"topic room=lobby tag=t{c.tag_number}"


@pytest.mark.requirement("N17")
def test_members_says_who_operates_the_room_and_who_has_voice(server):
    a, b, _ = room_with(server, "Batman", "Robin", "Alfred")

    def members(client, room="cave"):
        return {line["name"]: (line.get("op"), line.get("voice")) for line in client.listing(f"/members {room}")[0]}
    assert members(b) == {"Batman": ("yes", None), "Robin": (None, None), "Alfred": (None, None)}
    a.ask("/op cave Robin")
    a.ask("/deop cave Batman")
    batgirl = connect_irc(server, "Batgirl")
    batgirl.ask("JOIN #cave")
    assert members(b) == {"Batman": (None, None), "Robin": ("yes", None), "Alfred": (None, None), "Batgirl": (None, None)}
    b.ask("/op cave Batgirl")
    batgirl.ask("MODE #cave +v Alfred", "MODE #cave +v Robin", "MODE #cave -o Batgirl")
    assert members(a) == {"Batman": (None, None), "Robin": ("yes", "yes"), "Alfred": (None, "yes"), "Batgirl": (None, None)}
    assert set(members(a, "lobby").values()) == {(None, None)}, "the lobby has no operators"
    assert not [line for line in a.listing("/active")[0] if "op" in line.fields or "voice" in line.fields], "it is not about a room"
    for client in (a, b, batgirl):
        client.drain()


@pytest.mark.requirement("N17")
def test_a_topic_ends_with_its_room(server):
    [a] = room_with(server, "Batman")
    a.ask("/topic cave Bats")
    a.ask("/leave cave")
    a.ask("/join cave")
    assert a.ask("/topic cave").text is None


@pytest.mark.requirement("N17")
def test_operators_are_made_and_unmade(server):
    a, b, c = room_with(server, "Batman", "Robin", "Alfred")
    assert code_of(b, "/op cave Robin") == "forbidden"
    assert raw(a.ask(f"/op cave {b.id}")) == f"ok tag=t{a.tag_number}"
    for client in (b, c):
        assert raw(client.read()) == f"op room=cave id={b.id} name=Robin value=yes"
    a.expect_nothing()
    assert a.ask("/op cave ROBIN").kind == "ok"      # it is one already: nobody is notified
    assert b.ask("/deop cave Batman").kind == "ok"
    for client in (a, c):
        assert raw(client.read()) == f"op room=cave id={a.id} name=Batman value=no"
    assert code_of(a, "/op cave Batman") == "forbidden"
    for client in (a, b, c):
        client.expect_nothing()


@pytest.mark.requirement("N17")
def test_whom_an_operator_can_name(server):
    a, b = room_with(server, "Batman", "Robin")
    [c] = server.people("Alfred")
    for command in ("/op", "/deop", "/kick"):
        assert code_of(a, f"{command} cave Alfred") == "not-a-member"
        assert code_of(a, f"{command} cave Nobody") == "no-such-client"
        assert code_of(a, f"{command} attic Robin") == "no-such-room"
        assert code_of(a, f"{command} lobby Robin") == "forbidden"
        assert code_of(c, f"{command} cave Robin") == "not-a-member"
        assert code_of(b, f"{command} cave Batman") == "forbidden"
        assert code_of(a, f"{command} cave") == "bad-arguments"
    assert code_of(a, "/op cave Robin x") == "bad-arguments"


@pytest.mark.requirement("N17")
def test_a_member_is_removed(server):
    a, b, c = room_with(server, "Batman", "Robin", "Alfred")
    assert raw(a.ask("/kick cave Robin too loud")) == f"ok tag=t{a.tag_number}"
    for client in (b, c):
        assert raw(client.read()) == f"kicked room=cave id={b.id} name=Robin by=Batman :too loud"
    assert code_of(b, "/say cave hello") == "not-a-member"
    a.send(f"/kick #cave {c.id}")
    assert raw(c.read()) == f"kicked room=cave id={c.id} name=Alfred by=Batman"
    b.expect_nothing()
    assert b.ask("/join cave")["count"] == "2"
    assert code_of(b, "/topic cave x") == "forbidden"


@pytest.mark.requirement("N17")
def test_the_member_who_has_been_there_longest_follows_the_last_operator(server):
    a, b, c = room_with(server, "Batman", "Robin", "Alfred")
    b.ask("/leave cave")
    b.ask("/join cave")
    for client in (a, c):
        client.drain()
    a.ask("/leave cave")
    b.wait_for("left")
    for client in (b, c):
        assert raw(client.wait_for("op")) == f"op room=cave id={c.id} name=Alfred value=yes"
    c.send("/quit")
    assert raw(b.wait_for("op")) == f"op room=cave id={b.id} name=Robin value=yes"
    assert b.ask("/topic cave mine").text == "mine"


@pytest.mark.requirement("N17")
def test_an_operator_who_removes_themself_is_followed(server):
    a, b = room_with(server, "Batman", "Robin")
    assert a.ask("/kick cave Batman").kind == "ok"
    b.expect("kicked", room="cave", name="Batman", by="Batman")
    b.expect("op", room="cave", name="Robin", value="yes")


@pytest.mark.requirement("N17")
def test_a_room_whose_operator_gives_it_up_has_none(server):
    a, b = room_with(server, "Batman", "Robin")
    assert a.ask("/deop cave Batman").kind == "ok"
    b.expect("op", name="Batman", value="no")
    a.ask("/leave cave")
    b.wait_for("left")
    b.expect_nothing()
    assert code_of(b, "/op cave Robin") == "forbidden"


@pytest.mark.requirement("N17")
@pytest.mark.settings(accounts__register='"open"')
def test_members_with_an_account_come_first(server):
    a, b, c = room_with(server, "Batman", "Robin", "Alfred")
    assert c.ask("/register correct-horse").kind == "account"
    a.ask("/leave cave")
    assert b.wait_for("op")["name"] == "Alfred"


@pytest.mark.requirement("N17")
@pytest.mark.settings(rooms__auto_join='["cave"]')
def test_a_room_that_everybody_joins_automatically_has_no_operator(server):
    a, b = server.people("Batman", "Robin")
    assert code_of(a, "/topic cave mine") == "forbidden"
    server.operate("ChangeModes", room="cave", modes="+o", parameters=["Robin"])
    assert raw(a.wait_for("op")) == f"op room=cave id={b.id} name=Robin value=yes"
    assert b.ask("/topic cave mine").text == "mine"
