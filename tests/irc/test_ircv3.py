"""IRCv3: tags, echoes, labels, and notifications, each only for clients that have asked for it."""
import re

import pytest
from deadline import wait_until
from irc_client import commands, connect_irc, connect_with, meet

pytestmark = [pytest.mark.sanitized]
SECRET = "correct-horse"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


@pytest.mark.requirement("N14")
def test_a_message_has_the_same_id_and_time_for_everyone_who_asked(server):
    alice = connect_with(server, "alice", "message-tags server-time echo-message")
    bob, plain = connect_with(server, "bob", "message-tags server-time"), connect_irc(server, "plain")
    native = server.connect("native")
    native.ask("/join cave")
    meet(alice, bob, plain)
    [echo] = alice.ask("PRIVMSG #cave :hello")
    [heard] = bob.drain()
    assert echo.raw == heard.raw and re.fullmatch(TIME, heard.tags["time"])
    message = native.wait_for("message")
    log, _, number = heard.tags["msgid"].partition("-")
    assert number == message["id"] and message["at"] == heard.tags["time"] and int(log) > 0
    assert [line.raw.partition(" ")[2] for line in plain.drain()] == ["PRIVMSG #cave :hello"]


@pytest.mark.requirement("N14")
def test_the_spelling_changes_with_the_answer_to_cap_req(server):
    client = connect_irc(server, "alice")
    lines = client.ask("PING 1", "CAP REQ :server-time", "PING 2", "CAP REQ :-server-time", "PING 3")
    assert ["time" in line.tags for line in lines] == [False, False, True, True, False]


@pytest.mark.requirement("N14")
def test_the_log_keeps_its_part_of_message_ids(server):
    bob = connect_with(server, "bob", "message-tags echo-message")
    first = bob.ask("PRIVMSG bob :one")[-1].tags["msgid"]
    server.kill("acceptor", "delivery")
    second = bob.ask("PRIVMSG bob :two")[-1].tags["msgid"]
    assert first.partition("-")[0] == second.partition("-")[0] and int(first.partition("-")[2]) < int(second.partition("-")[2])


@pytest.mark.requirement("N14")
def test_tags_of_clients_are_passed_on_to_those_who_take_tags(server):
    alice, bob = connect_with(server, "alice", "message-tags"), connect_with(server, "bob", "message-tags")
    timed, plain = connect_with(server, "timed", "server-time"), connect_irc(server, "plain")
    meet(alice, bob, timed, plain)
    alice.ask("@+draft/reply=a\\sb;secret=1;+x PRIVMSG #cave :hello", "@+typing=active TAGMSG #cave", "TAGMSG #cave", "@+typing=done TAGMSG bob")
    first, typing, direct = bob.drain()
    assert first.tags["+draft/reply"] == "a\\sb" and "+x" in first.tags and "secret" not in first.tags
    assert (typing.command, typing.params, typing.tags["+typing"]) == ("TAGMSG", ["#cave"], "active") and typing.tags["msgid"]
    assert (direct.command, direct.params) == ("TAGMSG", ["bob"])
    for client in (timed, plain):
        assert commands(client.drain()) == ["PRIVMSG"]
    wait_until(lambda: [row["text"] for row in server.query("SELECT text FROM message")] == ["hello"], "only the text is logged")
    assert alice.ask("@+x TAGMSG nobody")[0].command == "401"
    assert alice.ask("@+x TAGMSG")[0].command == "411"


@pytest.mark.requirement("N14")
def test_as_many_tags_as_the_standard_allows_fit_before_a_line(server):
    alice, bob = connect_with(server, "alice", "message-tags"), connect_with(server, "bob", "message-tags")
    tag = "+foo=" + (4096 - 7) * "x"
    assert alice.ask(f"@{tag} PRIVMSG bob :{400 * 'y'}") == []
    [line] = bob.drain()
    assert line.tags["+foo"] == tag[5:] and line.params[1] == 400 * "y"
    assert commands(alice.ask(f"@{tag}x PRIVMSG bob :hello")) == ["417"]


@pytest.mark.requirement("N14")
def test_a_label_comes_back_once_for_each_command(server):
    alice = connect_with(server, "alice", "labeled-response batch echo-message")
    bob = connect_irc(server, "bob")
    meet(alice, bob)
    assert [line.raw for line in alice.ask("@label=a1 PONG x")] == [f"@label=a1 :{server_name(alice)} ACK"]
    [one] = alice.ask("@label=a2 PRIVMSG #cave :hello")
    assert one.tags == {"label": "a2"} and one.command == "PRIVMSG"
    opening, *inner, end = alice.ask("@label=a3 WHOIS bob")
    assert opening.tags == {"label": "a3"} and opening.params[1] == "labeled-response" and opening.params[0][0] == "+"
    reference = opening.params[0][1:]
    assert all(line.tags == {"batch": reference} for line in inner) and commands(inner)[0] == "311" and commands(inner)[-1] == "318"
    assert end.command == "BATCH" and end.params == ["-" + reference]
    [error] = alice.ask("@label=a4 NONSENSE")
    assert (error.command, error.tags) == ("421", {"label": "a4"})
    assert commands(alice.ask("@label=a5 PRIVMSG alice :to myself")) == ["PRIVMSG", "PRIVMSG"]
    delivered, echo = alice.ask("@label=a6 PRIVMSG alice :to myself")
    assert delivered.tags == {} and echo.tags == {"label": "a6"}
    assert all(not line.tags for line in bob.drain())


def server_name(client):
    return client.ask("VERSION")[0].source


@pytest.mark.requirement("N14")
def test_one_batch_holds_a_line_of_several_records(server):
    alice = connect_with(server, "alice", "labeled-response batch")
    lines = alice.ask("@label=many JOIN #one,#two,nonsense", "PING between")
    assert commands(lines) == ["BATCH", "JOIN", "353", "366", "JOIN", "353", "366", "403", "BATCH", "PONG"]
    assert [line.tags for line in lines] == [{"label": "many"}] + 7 * [{"batch": lines[0].params[0][1:]}] + [{}, {}]


@pytest.mark.requirement("N14")
@pytest.mark.settings(accounts__register='"open"')
def test_the_account_of_others_is_known_at_once(server):
    watcher = connect_with(server, "watcher", "account-tag account-notify extended-join")
    plain = connect_irc(server, "plain")
    meet(watcher, plain)
    alice = connect_irc(server, "alice")
    alice.ask("JOIN #cave")
    [joined] = watcher.drain()
    assert joined.params == ["#cave", "*", "Real Name"]
    alice.ask(f"NS REGISTER {SECRET}", "PRIVMSG #cave :it is me")
    account, message = watcher.drain()
    assert account.raw.endswith(" ACCOUNT alice") and message.tags == {"account": "alice"}
    alice.ask("PART #cave", "JOIN #cave", "NICK bruce")
    assert [(line.command, line.params, line.tags) for line in watcher.drain()] == [
        ("PART", ["#cave"], {"account": "alice"}), ("JOIN", ["#cave", "alice", "Real Name"], {"account": "alice"}),
        ("NICK", ["bruce"], {}), ("ACCOUNT", ["*"], {})]
    assert commands(plain.drain()) == ["JOIN", "PRIVMSG", "PART", "JOIN", "NICK"]


@pytest.mark.requirement("N14")
def test_away_and_real_names_are_reported_to_those_who_share_a_channel(server):
    watcher, stranger = connect_with(server, "watcher", "away-notify setname"), connect_with(server, "stranger", "away-notify")
    alice, plain = connect_with(server, "alice", "setname"), connect_irc(server, "plain")
    meet(watcher, alice, plain)
    alice.ask("AWAY :at lunch", "AWAY")
    assert [line.raw.partition(" ")[2] for line in watcher.drain()] == ["AWAY :at lunch", "AWAY"]
    [own] = alice.ask("SETNAME :Alice B.")
    assert own.params == ["Alice B."] and watcher.drain()[0].params == ["Alice B."]
    assert [line.params for line in plain.ask("WHOIS alice") if line.command == "311"][0][-1] == "Alice B."
    assert alice.ask("SETNAME :" + 200 * "x")[0].raw.endswith("FAIL SETNAME INVALID_REALNAME :The real name is empty or too long")
    alice.ask("AWAY :again")
    late = connect_with(server, "late", "away-notify")
    meet(late)
    alice.ask("PART #cave", "JOIN #cave")
    assert [line.command for line in watcher.drain()] == ["AWAY", "JOIN", "PART", "JOIN", "AWAY"]
    assert stranger.drain() == []


@pytest.mark.requirement("N14")
def test_names_have_hosts_for_those_who_ask(server):
    client = connect_with(server, "alice", "userhost-in-names")
    names = [line for line in client.ask("JOIN #cave") if line.command == "353"]
    assert re.fullmatch(r"\W*alice!~user@[0-9a-f]{12}\.hidden", names[0].params[-1])


@pytest.mark.requirement("N14")
def test_names_have_both_signs_for_those_who_ask(server):
    alice, plain = connect_with(server, "alice", "multi-prefix"), connect_irc(server, "plain")
    meet(alice, plain)
    alice.ask("MODE #cave +v alice")
    names = {client.nick: [line.params[-1].split()[0] for line in client.ask("NAMES #cave") if line.command == "353"] for client in (alice, plain)}
    assert names == {"alice": ["@+alice"], "plain": ["@alice"]}


@pytest.mark.requirement("N14")
def test_a_label_that_is_no_text_is_not_repeated(server):
    alice = connect_with(server, "alice", "labeled-response batch")
    [refusal] = alice.ask("@label=a\x0bb PONG x")
    assert refusal.command == "FAIL" and refusal.tags == {}


@pytest.mark.settings(limits__lines_per_second=1, limits__burst=12)
def test_a_label_comes_back_with_what_is_too_fast_or_too_long(server):
    alice = connect_with(server, "alice", "labeled-response batch")
    plain = connect_irc(server, "plain")
    assert [(line.command, line.tags) for line in alice.ask("@label=long PRIVMSG alice :" + 600 * "x")] == [("417", {"label": "long"})]
    alice.send(*[f"@label=n{number} VERSION" for number in range(30)])
    refused = alice.wait_for("263")
    assert refused.params[1] == "VERSION" and re.fullmatch(r"n\d+", refused.tags["label"])
    plain.send(*[f"@label=n{number} VERSION" for number in range(30)])
    assert plain.wait_for("263").tags == {}


def test_invitations_by_others_are_reported_to_those_who_asked(server):
    alice, watcher, plain, bob = (connect_with(server, "alice", "invite-notify"), connect_with(server, "watcher", "invite-notify"),
                                  connect_irc(server, "plain"), connect_irc(server, "bob"))
    meet(alice, watcher, plain)
    assert commands(alice.ask("INVITE bob #cave")) == ["341"]
    assert [line.raw.partition(" ")[2] for line in watcher.drain()] == ["INVITE bob #cave"]
    assert [line.params for line in bob.drain()] == [["bob", "#cave"]] and plain.drain() == []
    assert commands(bob.ask("JOIN #cave"))[0] == "JOIN"


def test_a_refusal_without_a_number_is_a_standard_reply_for_those_who_asked(server):
    alice, plain = connect_with(server, "alice", "standard-replies"), connect_irc(server, "plain")
    group = server.connect("Batman").ask("/makegroup alice plain")["id"]
    for client in (alice, plain):
        client.ask(f"JOIN &{group}")
    assert [line.raw.partition(" ")[2] for line in alice.ask(f"JOIN &{group}")] == [f"FAIL * ALREADY_MEMBER {group} :You are already in this group"]
    assert [line.raw.partition(" ")[2] for line in plain.ask(f"JOIN &{group}")] == [f"400 plain {group} :You are already in this group"]
