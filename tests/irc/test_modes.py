"""Modes of channels over IRC, and what native clients receive of them."""
import pytest
from irc_client import after_source, commands, connect_irc, members
from room_members import code_of

pytestmark = [pytest.mark.sanitized]


@pytest.mark.requirement("N14")
def test_modes_are_shown(server):
    [alice] = members(server, "alice")
    assert after_source(alice.ask("MODE #films +ims-n+klC secret 5"))== ["MODE #films +ims-n+klC secret 5"]
    bob = connect_irc(server, "bob")
    assert [line.params[1:] for line in alice.ask("MODE #films") if line.command == "324"] == [["#films", "+Cimstkl", "secret", "5"]]
    assert commands(bob.ask("MODE #films")) == ["403"]      # it is secret
    alice.ask("MODE #films -s")
    assert [line.params[1:] for line in bob.ask("MODE #films") if line.command == "324"] == [["#films", "+Cimtkl", "*", "5"]]
    assert after_source(alice.ask("MODE #films -k+n-l x"))== ["MODE #films -k+n-l *"]


@pytest.mark.requirement("N14")
@pytest.mark.parametrize(("line", "answer"), [
    ("+k :with space", ["696"]), ("+k " + "x" * 24, ["696"]), ("+k :", ["696"]), ("+k", ["461"]), ("+l 0", ["696"]), ("+l -1", ["696"]), ("+l x", ["696"]), ("+l", ["461"]),
    ("+b :a b", ["696"]), ("+b " + "x" * 96, ["696"]), ("+Z", ["472"]), ("+é", ["472"]), ("+o", []), ("-l", []), ("-k", []), ("+", []), ("+b", ["368"]), ("beI", ["368", "349", "347"]),
    ("+o nobody", ["401"]), ("+" + "Z" * 400, ["472"]), ("+" + "k" * 400, ["461"] * 8), ("-" + "n+n-" * 100 + "n+n", []), ("-n+n-n", ["MODE"])])
def test_what_a_mode_takes(server, line, answer):
    [alice] = members(server, "alice")
    assert commands(alice.ask(f"MODE #films {line}")) == answer


@pytest.mark.requirement("N14")
def test_who_may_enter(server):
    [alice] = members(server, "alice")
    bob = connect_irc(server, "bob")
    [robin] = server.people("Robin")
    for mode, undo, number, code in (("+k beer", "-k x", "475", "forbidden"), ("+i", "-i", "473", "not-invited"), ("+l 1", "-l", "471", "forbidden"), ("+b *!*@*", "-b *!*@*", "474", "banned")):
        alice.ask(f"MODE #films {mode}")
        [line] = bob.ask("JOIN #films")
        assert line.command == number and line.params[1] == "#films"
        assert code_of(robin, "/join films") == code
        alice.ask(f"MODE #films {undo}")
    alice.ask("MODE #films +k beer")
    assert commands(bob.ask("JOIN #films,#other wine"))[0] == "475"
    assert commands(bob.ask("JOIN #other2,#films ,beer"))[3:] == ["JOIN", "353", "366"]
    assert code_of(robin, "/join films") == "forbidden"


@pytest.mark.requirement("N14")
def test_bans_and_exceptions_by_mask(server):
    alice, bob = members(server, "alice", "bob")
    [robin] = server.people("Robin")
    assert after_source(alice.ask("MODE #films +b-b+e BOB nobody *@native")) == ["MODE #films +be BOB!*@* *!*@native"]
    assert after_source(alice.ask("MODE #films +b *!*@native", "MODE #films +b *!*@NATIVE"))== ["MODE #films +b *!*@native"]
    bob.drain()
    lines = bob.ask("MODE #films b")
    assert [line.params[1:4] for line in lines] == [["#films", "BOB!*@*", "alice"], ["#films", "*!*@native", "alice"], ["#films", "End of channel ban list"]]
    assert int(lines[0].params[4]) > 1_700_000_000
    assert [line.params[2] for line in bob.ask("MODE #films +e")] == ["*!*@native", "End of channel exception list"]
    assert commands(bob.ask("PRIVMSG #films :hello", "NOTICE #films :hello")) == ["404"]      # who is banned may not write either
    assert robin.ask("/join films").kind == "joined"
    assert robin.ask("/say films hello").kind == "ok"
    alice.ask("MODE #films -e *!*@native")
    assert code_of(robin, "/say films hello") == "banned"
    alice.ask("MODE #films +v Robin", "MODE #films +v bob")
    assert robin.ask("/say films hello").kind == "ok"
    bob.drain()
    assert bob.ask("PRIVMSG #films :hello") == []
    bob.ask("PART #films")
    assert commands(bob.ask("JOIN #films")) == ["474"]
    assert after_source(alice.ask("MODE #films -b bob!*@*"))[-1:] == ["MODE #films -b BOB!*@*"]
    assert commands(bob.ask("JOIN #films"))[0] == "JOIN"


@pytest.mark.requirement("N14")
def test_a_mute_keeps_nobody_out(server):
    [alice] = members(server, "alice")
    assert after_source(alice.ask("MODE #films +b m:bob"))== ["MODE #films +b m:bob!*@*"]
    [bob] = members(server, "bob")
    assert commands(bob.ask("PRIVMSG #films :hello")) == ["404"]
    alice.ask("MODE #films +e m:bob!*@*")
    bob.drain()
    assert bob.ask("PRIVMSG #films :hello") == []


@pytest.mark.requirement("N14")
@pytest.mark.settings(accounts__register='"open"')
def test_masks_of_accounts(server):
    [alice] = members(server, "alice")
    assert "ACCOUNTEXTBAN=a" in connect_irc(server).register("someone")[6].params
    assert after_source(alice.ask("MODE #films +b a:Bob"))== ["MODE #films +b a:Bob"]
    assert commands(alice.ask("MODE #films +b a:b@c")) == ["696"]
    bob = connect_irc(server, "bob")
    assert commands(bob.ask("JOIN #films"))[0] == "JOIN"       # a guest
    assert commands(bob.ask("PRIVMSG #films :hello")) == []
    bob.ask("PART #films", "PRIVMSG NickServ :REGISTER correct-horse")
    assert commands(bob.ask("JOIN #films")) == ["474"]
    alice.ask("MODE #films -b a:bob", "MODE #films +b *!*@*", "MODE #films +e a:b?b")
    assert commands(bob.ask("JOIN #films"))[0] == "JOIN"
    bob.ask("PART #films")
    alice.ask("MODE #films -be *!*@* a:b?b", "MODE #films +i")
    assert commands(bob.ask("JOIN #films")) == ["473"]
    alice.ask("MODE #films +I a:bob", "MODE #films +b m:a:bob")
    assert commands(bob.ask("JOIN #films"))[0] == "JOIN"
    assert commands(bob.ask("PRIVMSG #films :hello")) == ["404"]
    alice.ask("MODE #films -b m:a:bob")
    bob.drain()
    assert bob.ask("PRIVMSG #films :hello") == []


@pytest.mark.requirement("N14")
@pytest.mark.settings(irc__masks_per_room=3)
def test_the_lists_of_a_room_are_bounded(server):
    [alice] = members(server, "alice")
    assert commands(alice.ask("MODE #films +bbbe a b c d")) == ["478", "MODE"]
    assert commands(alice.ask("MODE #films +I d")) == ["478"]
    assert commands(alice.ask("MODE #films -b+I a d")) == ["478", "MODE"]
    assert commands(alice.ask("MODE #films +I d")) == ["MODE"]
    token = [token for line in alice.ask("VERSION") for token in line.params if token.startswith("MAXLIST")]
    assert token == ["MAXLIST=beI:3"]


@pytest.mark.requirement("N14")
def test_a_long_list_comes_in_parts(server):
    [alice] = members(server, "alice")
    masks = [f"{'x' * 60}{number:02}!*@*" for number in range(60)]
    for at in range(0, 60, 4):
        alice.ask("MODE #films +bbbb " + " ".join(masks[at:at + 4]))
    lines = alice.ask("MODE #films +bb")
    assert [line.params[2] for line in lines] == [*masks, "End of channel ban list"]


@pytest.mark.requirement("N14")
def test_four_long_masks_become_several_lines(server):
    [alice] = members(server, "alice")
    masks = [f"{'x' * 80}{number}!*@*" for number in range(4)]
    changed = [word for line in alice.ask("MODE #films +bbbb " + " ".join(masks)) for word in line.params[2:]]
    assert changed == masks


@pytest.mark.requirement("N14")
def test_an_invitation_opens_the_door_once(server):
    alice, carol = members(server, "alice", "carol")
    bob = connect_irc(server, "bob")
    [robin] = server.people("Robin")
    alice.ask("MODE #films +ilk 2 beer", "MODE #films +b *!*@*")
    assert commands(carol.drain()) == ["MODE", "MODE"]
    assert commands(carol.ask("INVITE bob #films")) == ["482"]
    assert after_source(alice.ask("INVITE bob #films")) == ["341 alice bob #films"]
    bob.expect(r":alice!\S+ INVITE bob #films")
    assert carol.drain() == []
    assert after_source(bob.ask("INVITE")) == ["336 bob #films", "337 bob :End of /INVITE list"]
    assert commands(bob.ask("JOIN #films")) == ["JOIN", "353", "366"]
    assert commands(bob.ask("INVITE")) == ["337"]
    alice.drain()
    bob.ask("PART #films")
    assert commands(bob.ask("JOIN #films")) == ["474"]
    alice.drain()
    assert commands(alice.ask("INVITE nobody #films", "INVITE carol #films", "INVITE bob #none", "INVITE bob")) == ["401", "443", "403", "461"]
    assert commands(bob.ask("INVITE Robin #films")) == ["442"]
    alice.ask("INVITE Robin #films")
    robin.expect("invite", "alice invites you to the room films: /join films", room="films", name="alice")
    assert robin.ask("/join films").kind == "joined"


@pytest.mark.requirement("N14")
def test_invitations_to_several_channels(server):
    alice, bob = connect_irc(server, "alice"), connect_irc(server, "bob")
    alice.ask("JOIN #films,#music,#books", "MODE #music +s")
    alice.ask("INVITE bob #music", "INVITE bob #books", "INVITE bob #films")
    bob.drain()
    alice.ask("PART #books")
    assert [line.params[1] for line in bob.ask("INVITE") if line.command == "336"] == ["#music", "#films"]
    bob.send("QUIT")
    bob.wait_for("ERROR")
    again = connect_irc(server, "bob")
    assert commands(again.ask("INVITE")) == ["337"]


@pytest.mark.requirement("N14")
def test_members_invite_to_an_open_channel(server):
    alice, bob = members(server, "alice", "bob")
    carol = connect_irc(server, "carol")
    assert commands(bob.ask("INVITE carol #films")) == ["341"]
    carol.expect(r":bob!\S+ INVITE carol #films")
    assert commands(carol.ask("INVITE")) == ["337"]     # it is no more than a message
    alice.ask("MODE #films +i")
    assert commands(carol.ask("JOIN #films")) == ["473"]        # nobody may be let in by those who are not operators
    alice.ask("MODE #films +I carol")
    assert commands(carol.ask("JOIN #films"))[0] == "JOIN"


@pytest.mark.requirement("N14")
def test_a_moderated_channel(server):
    alice, bob = members(server, "alice", "bob")
    [robin] = server.people("Robin")
    robin.ask("/join films")
    alice.ask("MODE #films +m")
    bob.drain()
    assert after_source(bob.ask("PRIVMSG #films :hello")) == ["404 bob #films :Cannot send to channel (+m)"]
    assert bob.ask("NOTICE #films :hello") == []
    assert code_of(robin, "/say films hello") == "forbidden"
    alice.ask("MODE #films +vv bob Robin")
    bob.drain()
    assert bob.ask("PRIVMSG #films :hello") == [] and robin.wait_for("message").text == "hello"
    assert robin.ask("/say films hello").kind == "ok"


@pytest.mark.requirement("N14")
def test_outsiders_and_ctcp(server):
    alice, bob = members(server, "alice", "bob")
    carol = connect_irc(server, "carol")
    assert commands(carol.ask("PRIVMSG #films :hello")) == ["404"]
    alice.ask("MODE #films -n+C")
    bob.drain()
    assert carol.ask("PRIVMSG #films :hello") == []
    assert bob.expect(r":carol!\S+ PRIVMSG #films :hello")
    assert commands(carol.ask("PRIVMSG #films :\x01PING 1\x01", "PRIVMSG #films :\x01ACTION waves\x01")) == ["404"]
    [robin] = server.people("Robin")
    assert robin.ask("/say films from outside").kind == "ok"
    alice.ask("MODE #films +b Robin")
    assert code_of(robin, "/say films again") == "banned"


@pytest.mark.requirement("N14")
def test_a_secret_channel(server):
    alice, bob = members(server, "alice", "bob")
    carol = connect_irc(server, "carol")
    [robin] = server.people("Robin")
    alice.ask("MODE #films +s")
    assert [line.params[1] for line in bob.ask("NAMES #films") if line.command == "353"] == ["@"]
    assert commands(carol.ask("NAMES #films", "TOPIC #films", "WHO #films", "LIST #films")) == ["366", "403", "315", "321", "323"]
    assert commands(carol.ask("WHOIS alice")).count("319") == 0 and commands(bob.ask("WHOIS alice")).count("319") == 1
    lines, _ = robin.listing("/rooms")
    assert [line["name"] for line in lines] == ["lobby"]
    assert code_of(robin, "/members films") == "no-such-room" and code_of(robin, "/topic films") == "no-such-room"
    assert robin.ask("/join films").kind == "joined"
    assert len(robin.listing("/rooms")[0]) == 2


@pytest.mark.requirement("N14")
def test_a_message_to_the_operators(server):
    alice, bob, carol = members(server, "alice", "bob", "carol")
    [robin] = server.people("Robin")
    robin.ask("/join films")
    alice.ask("MODE #films +ov Robin carol")
    for client in (bob, carol):
        client.drain()
    robin.drain()
    assert bob.ask("PRIVMSG @#films :for operators", "NOTICE +#films :for all of them", "PRIVMSG #films :for everybody") == []
    assert after_source(alice.drain()) == ["PRIVMSG @#films :for operators", "NOTICE +#films :for all of them", "PRIVMSG #films :for everybody"]
    assert after_source(carol.drain()) == ["NOTICE +#films :for all of them", "PRIVMSG #films :for everybody"]
    assert [(line["to"], line.get("only"), line.text) for line in robin.drain()] == [
        ("room:films", "operators", "for operators"), ("room:films", "voiced", "for all of them"), ("room:films", None, "for everybody")]
    dave = connect_irc(server, "dave")
    assert commands(dave.ask("PRIVMSG @#films :hello", "PRIVMSG @#none :hello")) == ["404", "403"]
    rows = server.wait_for_rows(3, "SELECT channel, text FROM message ORDER BY id")
    assert [row["channel"] for row in rows] == ["@films", "+films", "films"]


@pytest.mark.requirement("N14", "N15")
@pytest.mark.parametrize("daemons", [("acceptor",), ("delivery",), ("acceptor", "delivery")])
def test_modes_and_lists_survive_the_daemons(server, daemons):
    alice, bob = members(server, "alice", "bob")
    carol = connect_irc(server, "carol")
    alice.ask("MODE #films +imkl beer 7", "MODE #films +bbeI x y z w", "MODE #films -b x", "INVITE carol #films")
    server.kill(*daemons)
    alice.drain()
    lines = alice.ask("MODE #films", "MODE #films beI")
    assert [line.params[2:] for line in lines if line.command == "324"] == [["+imntkl", "beer", "7"]]
    assert [line.params[2] for line in lines if line.command in ("367", "348", "346")] == ["y!*@*", "z!*@*", "w!*@*"]
    bob.drain()
    assert commands(bob.ask("PRIVMSG #films :hello")) == ["404"]
    carol.drain()
    assert commands(carol.ask("JOIN #films"))[0] == "JOIN"
