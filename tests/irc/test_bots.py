"""Bots: a client says that it is one (user mode B), and others see that."""
import pytest
from irc_client import after_source, commands, connect_irc, connect_with, meet

pytestmark = [pytest.mark.sanitized]


def changes(lines):
    """The last parameters of MODE and 221."""
    assert all(line.command in ("MODE", "221") for line in lines)
    return [line.params[-1] for line in lines]


@pytest.fixture
def bot(server):
    bot = connect_with(server, "robby", "message-tags echo-message")
    assert changes(bot.ask("MODE robby +B")) == ["+B"]
    return bot


def test_a_client_turns_the_mode_on_and_off(bot):
    assert changes(bot.ask("MODE robby", "MODE robby +B", "MODE robby -B+i", "MODE robby")) == ["+B", "+i-B", "+i"]
    support = " ".join(line.raw for line in bot.ask("VERSION"))
    assert " BOT=B " in support


def test_others_see_that_it_is_a_bot(server, bot):
    alice = connect_irc(server, "alice")
    meet(alice, bot)
    whois = alice.ask("WHOIS robby")
    assert [line.params for line in whois if line.command == "335"] == [["alice", "robby", "is a bot"]]
    flags = {line.params[5]: line.params[6] for line in alice.ask("WHO #cave") if line.command == "352"}
    assert flags == {"alice": "H@", "robby": "HB"}
    assert after_source(alice.ask("WHO robby %nf"))[0] == "354 alice robby HB"
    bot.ask("MODE robby -B")
    assert "335" not in commands(alice.ask("WHOIS robby"))


def test_its_lines_have_a_tag_for_those_who_take_tags(server, bot):
    alice, plain = connect_with(server, "alice", "message-tags"), connect_irc(server, "plain")
    meet(alice, bot, plain)
    [echo] = bot.ask("PRIVMSG #cave :beep")
    bot.ask("NOTICE alice :boop", "@+x TAGMSG #cave", "PART #cave")
    heard = alice.drain()
    assert commands(heard) == ["PRIVMSG", "NOTICE", "TAGMSG", "PART"]
    assert all(line.tags["bot"] == "" for line in [echo, *heard])
    assert all(not line.tags for line in plain.drain())
    alice.ask("PRIVMSG robby :hello")
    assert "bot" not in bot.drain()[0].tags
