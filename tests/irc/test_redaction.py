"""REDACT: a message is deleted (draft/message-redaction)."""
import pytest
from irc_client import commands, connect_irc, connect_with

pytestmark = [pytest.mark.sanitized]
CAPABILITIES = "draft/message-redaction message-tags echo-message"


def people(server, *nicks, capabilities=CAPABILITIES):
    """Clients in #films; the first is its operator."""
    clients = [connect_with(server, nick, capabilities) for nick in nicks]
    for client in clients:
        client.ask("JOIN #films")
    for client in clients:
        client.drain()
    return clients


def said(client, text="hello", target="#films"):
    [line] = client.ask(f"PRIVMSG {target} :{text}")
    return line.tags["msgid"]


def test_the_sender_and_the_operator_may(server):
    alice, bob = people(server, "alice", "bob")
    for redactor, reason in ((bob, ""), (alice, " :not here, please")):
        msgid = said(bob)
        alice.drain()
        [echo] = redactor.ask(f"REDACT #films {msgid}{reason}")
        other = bob if redactor is alice else alice
        [heard] = other.drain()
        for line in (echo, heard):
            assert (line.command, line.nick, line.params) == ("REDACT", redactor.nick, ["#films", msgid] + ([reason[2:]] if reason else [])), line
            assert "msgid" not in line.tags


def test_refusals(server):
    alice, bob = people(server, "alice", "bob")
    msgid = said(alice)
    bob.drain()
    for line, wanted in ((f"REDACT #films {msgid}", ["REDACT", "REDACT_FORBIDDEN", "#films", msgid]), ("REDACT #films 1-2-3", ["REDACT", "UNKNOWN_MSGID", "#films", "1-2-3"]),
                         (f"REDACT #films {msgid}0", ["REDACT", "UNKNOWN_MSGID", "#films", msgid + "0"]), (f"REDACT #none {msgid}", ["REDACT", "INVALID_TARGET", "#none"]),
                         (f"REDACT nobody {msgid}", ["REDACT", "INVALID_TARGET", "nobody"]), (f"REDACT &4711 {msgid}", ["REDACT", "INVALID_TARGET", "&4711"])):
        [answer] = bob.ask(line)
        assert answer.command == "FAIL" and answer.params[:-1] == wanted, answer
    assert commands(bob.ask("REDACT #films")) == ["461"]
    assert alice.drain() == []


def test_only_those_who_have_asked_for_it_and_native_clients_learn_of_it(server):
    [alice] = people(server, "alice")
    bob = connect_with(server, "bob", "message-tags echo-message")
    bob.ask("JOIN #films")
    ann = server.connect("Ann")
    ann.ask("/join films")
    alice.drain()
    msgid = said(alice)
    assert commands(bob.drain()) == ["JOIN", "PRIVMSG"]
    assert commands(alice.ask(f"REDACT #films {msgid} :\x02oops")) == ["REDACT"]
    assert bob.drain() == []
    number = msgid.partition("-")[2]
    ann.wait_for("message", id=number)
    assert ann.expect("deleted").raw == f"deleted id={number} to=room:films by=alice :oops\n".encode()
    assert ann.ask("/say films mine").kind == "ok"
    [line] = [one for one in alice.drain() if one.command == "PRIVMSG"]
    ann.send(f"/delete films {line.tags['msgid'].partition('-')[2]} mistake")
    heard = alice.wait_for("REDACT")
    assert (heard.source, heard.params) == (f"Ann!{ann.id}@native", ["#films", line.tags["msgid"], "mistake"])


def test_without_the_echo_the_label_is_answered(server):
    [alice] = people(server, "alice", capabilities="draft/message-redaction message-tags batch labeled-response echo-message")
    bob = connect_with(server, "bob", "draft/message-redaction message-tags batch labeled-response")
    bob.ask("JOIN #films")
    bob.send("PRIVMSG #films :from bob")
    msgid = alice.wait_for("PRIVMSG").tags["msgid"]
    [answer] = bob.ask(f"@label=x REDACT #films {msgid}")
    assert (answer.command, answer.tags["label"]) == ("ACK", "x")
    alice.drain()
    msgid = said(alice)
    [answer] = alice.ask(f"@label=y REDACT #films {msgid}")[-1:]
    assert (answer.command, answer.tags["label"]) == ("REDACT", "y")


def test_a_direct_message_and_one_to_oneself(server):
    alice, bob = people(server, "alice", "bob")
    msgid = said(alice, target="bob")
    bob.drain()
    [echo] = alice.ask(f"REDACT BOB {msgid} :sorry")
    [heard] = bob.drain()
    assert echo.params == heard.params == ["bob", msgid, "sorry"]
    [failed] = bob.ask(f"REDACT alice {msgid}")
    assert failed.params[1] == "REDACT_FORBIDDEN"
    lines = alice.ask("PRIVMSG alice :note to self")
    [line] = alice.ask(f"REDACT alice {lines[0].tags['msgid']}")
    assert line.command == "REDACT"


@pytest.mark.settings(accounts__register='"open"')
def test_a_receiver_that_has_logged_in_again_reads_its_own_nick(server):
    [alice] = people(server, "alice")
    first = connect_with(server, "robin", CAPABILITIES)
    assert commands(first.ask("REGISTER * * correct-horse"))[0] == "REGISTER"
    msgid = said(alice, target="robin")
    first.ask("NICK other")
    second = connect_with(server, "zed", CAPABILITIES)
    second.ask("PRIVMSG NickServ :IDENTIFY robin correct-horse")
    first.drain()
    second.drain()
    [echo] = alice.ask(f"REDACT robin {msgid}")
    [heard] = second.drain()
    assert echo.params[0] == heard.params[0] == "robin", (echo, heard)
    assert first.drain() == [], "it has lost the account"


def test_once_more_says_nothing_to_others(server):
    alice, bob = people(server, "alice", "bob")
    msgid = said(bob)
    alice.drain()
    for number in range(2):
        [echo] = bob.ask(f"REDACT #films {msgid} :{number}")
        assert echo.command == "REDACT"
        assert commands(alice.drain()) == ["REDACT"] * (number == 0)


def test_a_page_of_history_does_not_show_it(server):
    alice, bob = people(server, "alice", "bob", capabilities=CAPABILITIES + " draft/chathistory batch")
    ids = [said(alice, f"line {number}") for number in range(3)]
    bob.drain()
    alice.ask(f"REDACT #films {ids[1]}")
    bob.wait_for("REDACT")
    assert [line.params[-1] for line in bob.ask("CHATHISTORY LATEST #films * 9")[1:-1]] == ["line 0", "line 2"]


@pytest.mark.settings(log__messages="false")
def test_without_a_log_it_is_not_offered(server):
    alice = connect_irc(server, "alice")
    [line] = alice.ask("CAP LS 302")
    assert "draft/message-redaction" not in line.params[-1]
    assert commands(alice.ask("CAP REQ :draft/message-redaction")) == ["CAP"]
    alice.ask("JOIN #films")
    [failed] = alice.ask("REDACT #films 1-1")
    assert failed.params[1] == "UNKNOWN_MSGID"
