"""What chat-hook does when the chat server refuses, is busy, restarts or is away: it accepts only what is confirmed."""
import hashlib
import os
import re
import signal
import ssl

import pytest
from running_hook import TOKEN

TO_BATMAN = '[hooks.ops]\nto = "Batman"\n'


def messages(client):
    return [line.text for line in client.drain() if line.kind == "message"]


@pytest.mark.shares_server
def test_it_stays_connected_under_one_name(hook, listener, server):
    for number in range(3):
        hook.text(f"{number}")
    lines = listener.drain()
    assert [line.kind for line in lines if line.get("name") == "hook"] == ["online", "joined", "message", "message", "message"]
    hook.close()
    assert listener.wait_for("offline", name="hook")["reason"] == "quit"


@pytest.mark.shares_server
def test_hooks_may_have_names_of_their_own(start_hook, server, listener):
    hook = start_hook(server.port, '[hooks.ops]\nroom = "ops"\nname = "Grafana"\n[hooks.ci]\nroom = "ops"\n', 'name = "robot"', {"ops": TOKEN, "ci": TOKEN})
    assert hook.text("one").status == hook.text("two", path="/ci").status == 202
    assert (listener.wait_for("message", name="Grafana").text, listener.wait_for("message", name="robot").text) == ("one", "two")


@pytest.mark.shares_server
def test_a_message_to_a_person(start_hook, server):
    batman, robin = server.people("Batman", "Robin")
    hook = start_hook(server.port, TO_BATMAN)
    assert hook.text("hello").status == 202
    assert batman.wait_for("message", name="hook")["to"] == batman.id
    assert messages(robin) == []
    batman.ask("/quit")
    robin.wait_for("offline", name="Batman")
    response = hook.text("hello again")
    assert (response.status, response.error) == (502, "refused") and response.json["code"] in ("disconnected", "no-such-client")


@pytest.mark.settings(accounts__register='"open"')
def test_a_message_to_an_account_that_is_away_is_kept(start_hook, server):
    batman, = server.people("Batman")
    assert batman.ask("/register correct-horse").kind == "account"
    batman.ask("/quit")
    batman.expect_end()
    hook = start_hook(server.port, TO_BATMAN)
    assert hook.text("hello").status == 202
    batman = server.connect_raw()
    batman.tags.add("l")
    batman.send("@l /login Batman correct-horse")
    assert batman.wait_for("message", kept="yes").text == "hello"


@pytest.mark.settings(accounts__register='"open"')
def test_it_can_have_an_account(start_hook, server):
    batman, robot = server.people("Batman", "robot")
    assert robot.ask("/register correct-horse").kind == "account"
    robot.ask("/quit")
    batman.ask("/join ops")
    settings = 'name = "robot"'
    hook = start_hook(server.port, settings=settings)
    response = hook.text("hello")
    assert (response.status, response.json["code"]) == (502, "password-required")
    hook = start_hook(server.port, settings=settings, tokens={"ops": TOKEN, "robot.password": "wrong-horse"})
    assert hook.text("hello").json["code"] == "wrong-secret"
    hook = start_hook(server.port, settings=settings, tokens={"ops": TOKEN, "robot.password": "correct-horse"})
    assert hook.text("hello").status == 202
    assert batman.wait_for("message", name="robot")["account"] == "yes"
    assert "horse" not in hook.log()


@pytest.mark.shares_server
def test_a_name_that_is_taken_gets_a_number(start_hook, server, listener):
    server.connect("hook")
    hook = start_hook(server.port)
    assert hook.text("hello").status == 202
    assert listener.wait_for("message")["name"] == "hook-2"


@pytest.mark.settings(limits__lines_per_second=20, limits__burst=5)
def test_the_rate_of_the_server_is_respected(start_hook, server):
    """Nothing is lost and nothing comes twice when the server says `too-fast`."""
    batman, = server.people("Batman")
    batman.ask("/join ops")
    hook = start_hook(server.port, '[hooks.ops]\nroom = "ops"\nmax_messages = 50\n', "seconds = 60")
    assert hook.text("\n".join(map(str, range(40)))).status == 202
    assert messages(batman) == list(map(str, range(40)))


@pytest.mark.settings(limits__max_clients=1)
def test_a_full_server_is_unavailable(start_hook, server):
    server.connect("Batman")
    response = start_hook(server.port).text("hello")
    assert (response.status, response.error) == (503, "unreachable") and response.headers["Retry-After"]
    assert "limit" in response.json["text"]


def test_a_server_that_is_away_is_unavailable_until_it_is_there(start_hook, start_server, server):
    hook = start_hook(server.port)
    server.close()
    response = hook.text("lost")
    assert (response.status, response.error) == (503, "unreachable") and response.headers["Retry-After"]
    again = start_server({}, state=server.state)
    hook = start_hook(again.port)
    batman, = again.people("Batman")
    batman.ask("/join ops")
    assert hook.text("hello").status == 202
    assert messages(batman) == ["hello"]


@pytest.mark.parametrize("daemons", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_a_death_of_the_daemons_neither_loses_nor_doubles_what_is_accepted(hook, server, listener, daemons):
    accepted = []
    for number in range(30):
        if number % 10 == 5:
            for daemon in daemons:
                server.kill(daemon)
        if hook.text(f"{number}").status == 202:
            accepted.append(f"{number}")
    assert messages(listener) == accepted == list(map(str, range(30)))
    assert not [line for line in listener.drain() if line.kind == "offline"]


def test_a_server_that_stops_and_starts_again(start_hook, server):
    """Its clients are gone then; chat-hook connects again when there is something to say."""
    hook = start_hook(server.port)
    assert hook.text("before").status == 202
    server.close_clients()
    server.stop()
    server.may_move = False
    server.start()
    batman, = server.people("Batman")
    batman.ask("/join ops")
    assert hook.text("after").status == 202
    assert messages(batman) == ["after"]
    texts = [row["text"] for row in server.wait_for_rows(2, "SELECT text FROM message_log WHERE sender_name = 'hook' ORDER BY id")]
    assert texts == ["before", "after"]


@pytest.mark.settings(limits__lines_per_second=2, limits__burst=5)
def test_a_request_that_is_repeated_continues_where_it_failed(start_hook, server):
    """The server takes only some of the lines in time; the sender repeats the request, as Alertmanager does."""
    batman, = server.people("Batman")
    batman.ask("/join ops")
    hook, lines, statuses = start_hook(server.port, settings="seconds = 1"), [f"line {number}" for number in range(10)], []
    while 202 not in statuses and len(statuses) < 30:
        response = hook.text("\n".join(lines))
        statuses.append(response.status)
    assert statuses[0] == 503 and statuses[-1] == 202
    written = messages(batman)
    # The one that is under way when the time is over may have been written.
    assert list(dict.fromkeys(written)) == lines and len(written) < len(lines) + len(statuses)


def test_a_server_that_does_not_confirm_in_time(start_hook, server):
    batman, = server.people("Batman")
    batman.ask("/join ops")
    hook = start_hook(server.port, settings="seconds = 1")
    assert hook.text("first").status == 202
    acceptor = server.acceptor_pid()
    os.kill(acceptor, signal.SIGSTOP)
    try:
        response = hook.text("second")
    finally:
        os.kill(acceptor, signal.SIGCONT)
    assert (response.status, response.error) == (503, "unconfirmed")
    assert hook.text("third").status == 202
    assert messages(batman) in (["first", "third"], ["first", "second", "third"])


@pytest.mark.shares_server
def test_a_room_that_it_was_removed_from_is_entered_again(hook, server, listener, texts):
    assert hook.text("one").status == 202
    server.operate("Remove", room="ops", clients=["hook"])
    listener.wait_for("left", name="hook")
    assert hook.text("two").status == 202
    assert texts(listener, 1) == ["two"]


@pytest.mark.sanitized
def test_it_speaks_tls_and_checks_the_certificate(start_hook, start_server, server):
    behind_tls = start_server({}, front="tls")
    batman, = behind_tls.people("Batman")
    batman.ask("/join ops")
    certificate = ssl.PEM_cert_to_DER_cert(re.search("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", (behind_tls.state / "tls" / "server.pem").read_text(), re.DOTALL)[0])
    fingerprint = hashlib.sha256(certificate).hexdigest()
    port = behind_tls.port + 697
    response = start_hook(port, settings="tls = true").text("hello")
    assert (response.status, response.error) == (503, "unreachable") and "TLS: self-signed certificate" in response.json["text"]
    response = start_hook(port, settings=f'tls = true\nfingerprint = "{fingerprint[::-1]}"').text("hello")
    assert (response.status, response.error) == (503, "unreachable") and "another certificate" in response.json["text"]
    assert start_hook(port, settings=f'tls = true\nfingerprint = "{fingerprint.upper()}"').text("hello").status == 202
    assert messages(batman) == ["hello"]
