"""What the log keeps of messages from IRC clients, and how native clients read it again."""
import pytest
from irc_client import connect_irc

pytestmark = [pytest.mark.sanitized]


@pytest.mark.requirement("N14", "N17")
def test_the_form_of_a_message_is_in_its_row(server):
    alice = connect_irc(server, "Alice")
    alice.ask("JOIN #films", "PRIVMSG #films :hello", "PRIVMSG #films :\x01ACTION waves\x01", "NOTICE #films :beep", "PRIVMSG #films :\x01VERSION\x01",
              "NOTICE #films :\x01VERSION sic\x01", "PRIVMSG #films :\x02bold\x02")
    rows = server.wait_for_rows(6, "SELECT text, form FROM message_log ORDER BY id")
    assert [tuple(row) for row in rows] == [("hello", None), ("waves", "action"), ("beep", "notice"), (None, "ctcp"), (None, "ctcp"), ("\x02bold\x02", None)]


@pytest.mark.requirement("N14", "N17")
def test_history_shows_them_as_they_arrived(server):
    batman, alice = server.connect("Batman"), connect_irc(server, "Alice")
    batman.send("/join films")
    batman.wait_for("joined")
    alice.ask("JOIN #films", "PRIVMSG #films :\x01ACTION waves\x01", "NOTICE #films :\x0304red\x03 alert", "PRIVMSG #films :\x01VERSION\x01")
    batman.drain()
    rows, end = batman.listing("/history films")
    assert [(row["name"], row.get("as"), row.text) for row in rows] == [("Alice", "action", "waves"), ("Alice", "notice", "red alert")]
    assert end["count"] == "2"


@pytest.mark.requirement("N14")
def test_reasons_are_shown_to_native_clients_without_formatting(server):
    batman, alice = server.connect("Batman"), connect_irc(server, "Alice")
    alice.send("QUIT :\x02gone\x02 fishing")
    assert batman.wait_for("offline", name="Alice").text == "Alice has left (gone fishing)."
