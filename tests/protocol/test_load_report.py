"""The load report of a real server's log, read while the daemons write it and their notes for it."""
import json
import subprocess
from pathlib import Path

import pytest
from chat_server import MESSAGES
from deadline import wait_until

PROGRAM = Path(__file__).resolve().parents[2] / "analysis" / "chat-report"


def report(server, *arguments):
    done = subprocess.run([PROGRAM, "show", "--json", "--database", server.database, *arguments], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def cells(found):
    names = [label.split(" ")[0] for label in found["traffic"]["clients"]]
    return {(sender, receiver): number for sender, row in zip(names, found["traffic"]["characters"]) for receiver, number in zip(names, row) if number}


@pytest.mark.requirement("R18", "R19", "R20", "R21")
def test_the_numbers_of_a_real_log(server):
    batman, robin, joker = server.people("Batman", "Robin", "Joker")
    batman.ask(f"/send {robin.id} 12345")
    robin.ask(f"/send {batman.id} 123")
    batman.ask("/broadcast 1234567890")
    server.wait_for_rows(3, MESSAGES)
    first = report(server)
    assert cells(first) == {("Batman", "Robin"): 5, ("Robin", "Batman"): 3}
    assert (first["messages"], first["characters"], first["sessions"]["connected"]) == (3, 18, 3)
    assert first["clients_at_one_time"]["most"] == 3
    assert 0 <= first["log_lag_seconds"]["longest"] < 60
    # Continue from there, with the daemons killed in between, one client gone, and a message to nobody.
    joker.send("/quit")
    batman.wait_for("offline", id=joker.id)
    for daemon in ("acceptor", "delivery"):
        server.kill(daemon)
    batman.send(f"/send {joker.id} 1234")
    batman.wait_for("undelivered", to=joker.id)
    batman.ask(f"/send {robin.id} 1")
    server.wait_for_rows(5, MESSAGES)
    wait_until(lambda: report(server)["sessions"]["ended_by"] == {"quit": 1}, "the end of the session in the log")
    second = report(server)
    assert cells(second) == {("Batman", "Robin"): 6, ("Robin", "Batman"): 3}
    assert (second["messages"], second["characters"], second["messages_discarded"]) == (5, 23, 1)
    assert second["discarded_by_receivers_leaving"] == {"quit": {"messages": 1, "characters": 4}}
    assert {row["label"].split(" ")[0]: row["characters"] for row in second["load"]["shown"]} == {"Batman": 20, "Robin": 3, "Joker": 0}
    assert report(server, "--client", "Robin")["characters"] == 3
