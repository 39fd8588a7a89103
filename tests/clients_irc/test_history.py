"""What was said before, for the clients that ask for it (draft/chathistory)."""
import pytest
from programs import CHANNEL


@pytest.mark.clients("IrcFramework")
def test_it_reads_what_was_said(alice, robin):
    if "draft/chathistory" not in alice.shown():
        pytest.skip("the server does not offer draft/chathistory")
    for text in ("one", "two", "three"):
        robin.ask(f"/say {CHANNEL} {text}")
    alice.see("three")
    alice.do("raw", f"CHATHISTORY LATEST {CHANNEL} * 2")
    alice.see(r"(?s)BATCH \+\S+ chathistory #films.*batch=\S+ :Robin!\S+ PRIVMSG #films :?two\b.*:?three\b.*BATCH -")
