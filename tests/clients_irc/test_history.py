"""What was said before, shown by clients that know nothing of history: the person asks for it."""
import pytest
from programs import CHANNEL


def test_it_shows_again_what_was_said(alice, robin):
    def times(text):
        return alice.shown().count(text)

    for text in ("the first", "the second", "the third"):
        robin.ask(f"/say {CHANNEL} {text}")
    alice.see("the third")
    alice.quote(f"CHATHISTORY LATEST {CHANNEL} * 2")
    alice.see("(?s)the third.*the third")
    assert (times("the first"), times("the second")) == (1, 2)


@pytest.mark.clients("IrcFramework")
def test_it_gets_a_page_as_a_batch(alice, robin):
    for text in ("one", "two", "three"):
        robin.ask(f"/say {CHANNEL} {text}")
    alice.see("three")
    alice.quote(f"CHATHISTORY LATEST {CHANNEL} * 2")
    alice.see(r"(?s)BATCH \+\S+ chathistory #films.*batch=\S+ :Robin!\S+ PRIVMSG #films :?two\b.*:?three\b.*BATCH -")
