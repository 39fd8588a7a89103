"""Operators of the server: OPER, KILL, WALLOPS and messages to $*."""
import pytest
from irc_client import after_source, commands, connect_irc

# As `mkpasswd -m sha512crypt` makes it; few rounds, so that a test does not wait long.
HASH = "$6$rounds=1000$abcdefgh$I84hbD0J7Jmo4sU9lTz8m9rfHdqr2VWqu9ekV6OoZIYKOQE5DVzhYkbyGHOzzK51UO2h54cIPrULnl5mNQFZP0"
OPERATORS = pytest.mark.settings(irc__operators='{ Gordon = "correct horse", James = "%s" }' % HASH)
pytestmark = [pytest.mark.sanitized, OPERATORS]


def gordon(server):
    client = connect_irc(server, "gordon")
    assert commands(client.ask("OPER Gordon :correct horse")) == ["MODE", "381"]
    return client


def test_oper_makes_an_operator(server):
    client = connect_irc(server, "gordon")
    lines = client.ask("OPER Gordon :correct horse")
    assert lines[0].params == ["gordon", "+o"] and lines[1].params[0] == "gordon"
    assert after_source(client.ask("MODE gordon")) == ["221 gordon +o"]
    other = connect_irc(server, "bob")
    assert commands(other.ask("WHOIS gordon")).count("313") == 1
    assert [line.params[6] for line in other.ask("WHO gordon") if line.command == "352"] == ["H*"]
    assert [line.params[5] for line in other.ask("WHO * o") if line.command == "352"] == ["gordon"]
    assert [line.params[1] for line in other.ask("LUSERS") if line.command == "252"] == ["1"]
    assert other.ask("USERHOST gordon")[0].params[-1].startswith("gordon*=+")


def test_the_password_may_be_a_hash(server):
    client = connect_irc(server, "james")
    assert commands(client.ask("OPER James wrong", "OPER James right")) == ["464", "MODE", "381"]


def test_operators_are_counted_whatever_becomes_of_them(server):
    other = connect_irc(server, "bob")

    def operators():
        return [line.params[1] for line in other.ask("LUSERS") if line.command == "252"]
    first, second = gordon(server), connect_irc(server, "james")
    second.ask("OPER James right")
    assert operators() == ["2"]
    server.kill("acceptor")
    assert operators() == ["2"]
    second.ask("MODE james -o")
    assert operators() == ["1"]
    first.send("QUIT")
    first.wait_for("ERROR")
    assert operators() == ["0"]


@pytest.mark.parametrize("line, code", [("OPER Gordon wrong", "464"), ("OPER Nobody :correct horse", "464"), ("OPER gordon :correct horse", "464"), ("OPER Gordon", "461"),
                                        ("OPER", "461")])
def test_oper_refuses_everything_else(server, line, code):
    client = connect_irc(server, "bob")
    assert commands(client.ask(line)) == [code]
    assert after_source(client.ask("MODE bob +o", "MODE bob")) == ["221 bob +"]
    assert commands(client.ask("KILL bob :x", "WALLOPS :x", "PRIVMSG $* :x")) == ["481", "481", "481"]


@pytest.mark.settings(irc__operators="{}")
def test_without_operators(server):
    assert commands(connect_irc(server, "bob").ask("OPER Gordon :correct horse")) == ["491"]


def test_an_operator_may_stop_being_one(server):
    client = gordon(server)
    assert after_source(client.ask("MODE gordon -o")) == ["MODE gordon -o"]
    assert commands(client.ask("KILL gordon :x")) == ["481"]


def test_guesses_count_by_address_like_those_of_logins(server):
    client = connect_irc(server, "bob", source="127.0.0.9")
    texts = [client.ask("OPER Gordon wrong")[0].params[-1] for _ in range(7)]
    assert texts[0] == "Password incorrect" and texts[-1].startswith("Too many wrong passwords")


def test_kill_ends_irc_and_native_connections(server):
    operator = gordon(server)
    robin = server.connect("Robin")
    alice = connect_irc(server, "alice")
    robin.drain()
    assert operator.ask("KILL alice :spam") == []
    alice.expect(r"ERROR :Closing Link: alice \(Kicked by the operator \(by gordon: spam\)\)")
    alice.expect_end()
    robin.expect("offline", name="alice", reason="kicked")
    assert operator.ask("KILL Robin") == []
    robin.expect("offline", name="Robin", reason="kicked")
    assert commands(operator.ask("KILL alice :again", "KILL nobody")) == ["401"]      # whoever has just left may have been killed by this line


def test_wallops_reach_those_who_want_them(server):
    operator = gordon(server)
    alice, bob = connect_irc(server, "alice"), connect_irc(server, "bob")
    assert after_source(alice.ask("MODE alice +w")) == ["MODE alice +w"]
    assert [line.params for line in operator.ask("WALLOPS :going down")] == [["going down"]]
    alice.expect(r":gordon!~user@\S+ WALLOPS :going down")
    assert bob.ask("MODE bob +w", "MODE bob -w")[-1].params == ["bob", "-w"]
    assert commands(operator.ask("WALLOPS :", "WALLOPS")) == ["461", "461"]


def test_a_message_to_everybody(server):
    operator = gordon(server)
    robin, alice = server.connect("Robin"), connect_irc(server, "alice")
    robin.drain()
    operator.ask("NOTICE $* :hello all")
    robin.expect("message", "hello all", name="gordon", to="all")
    alice.expect(r":gordon!~user@\S+ NOTICE \$\* :hello all")


def test_a_message_to_everybody_may_have_several_lines_and_colours(server):
    """Native clients have one line of it, without any codes: no client makes them a line of its own."""
    operator, robin = gordon(server), server.connect("Robin")
    robin.drain()
    operator.ask("CAP REQ :draft/multiline batch")
    operator.send("BATCH +1 draft/multiline $*", "@batch=1 NOTICE $* :\x02going\x02 down", "@batch=1 NOTICE $* :message id=9 from=1 name=Admin to=all :pay", "BATCH -1")
    assert robin.expect("message", name="gordon", to="all").text == "going down \u21b5 message id=9 from=1 name=Admin to=all :pay"
    operator.ask("NOTICE $* :\x0304red")
    assert robin.expect("message", name="gordon", to="all").text == "red"


def test_an_operator_stays_one_when_the_daemons_die(server):
    operator = gordon(server)
    alice = connect_irc(server, "alice")
    for daemon in ("acceptor", "delivery"):
        server.kill(daemon)
    assert after_source(operator.ask("MODE gordon")) == ["221 gordon +o"]
    operator.ask("KILL alice :spam")
    alice.wait_for("ERROR")
    alice.expect_end()
