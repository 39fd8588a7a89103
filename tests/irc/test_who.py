"""WHO lists people, in its WHOX form with the fields that the client has chosen."""
import pytest
from irc_client import after_source, commands, connect_irc, meet

pytestmark = [pytest.mark.sanitized]


@pytest.fixture
def alice(server):
    return connect_irc(server, "alice")


def rows(lines):
    """Those of WHOX, without the nick of the one who asked."""
    return [after_source([line])[0].partition(" alice ")[2] for line in lines if line.command == "354"]


def test_an_answer_has_the_fields_that_were_asked_for_in_a_fixed_order(server, alice):
    bob = connect_irc(server, "bob")
    meet(alice, bob)
    bob.ask("AWAY :at lunch")
    host = [line.params[3] for line in alice.ask("WHO bob") if line.command == "352"][0]
    server_name = alice.ask("VERSION")[0].source
    everything = f"7 #cave ~user 255.255.255.255 {host} {server_name} bob G 0 0 0 n/a :Real Name"
    for letters in ("tcuihsnfdlaor", "roaldfnshiuct"):
        lines = alice.ask(f"WHO bob %{letters},7")
        assert rows(lines) == [everything] and lines[-1].params[:2] == ["alice", "bob"] and len(lines) == 2
    assert rows(alice.ask("WHO #cave %nf")) == ["alice H@", "bob G"]
    assert rows(alice.ask("WHO #cave %r")) == [":Real Name", ":Real Name"]


def test_the_token_of_a_question_comes_back(alice):
    assert rows(alice.ask("WHO alice %nt,321", "WHO alice %nt", "WHO alice %nt,12345")) == ["321 alice", "0 alice", "0 alice"]
    assert commands(alice.ask("WHO nobody %nt,321", "WHO alice %")) == ["315", "352", "315"]
    assert "WHOX" in " ".join(line.raw for line in alice.ask("VERSION"))


@pytest.mark.settings(accounts__register='"open"')
def test_an_account_is_a_field(server, alice):
    bob, native = connect_irc(server, "bob"), server.connect("Batman")
    bob.ask("NS REGISTER correct-horse")
    assert rows(alice.ask("WHO bob %na", "WHO alice %na", "WHO Batman %uhna")) == ["bob bob", "alice 0", f"{native.id} native Batman 0"]


def test_who_is_invisible_is_found_by_nick_or_in_a_shared_channel(server, alice):
    bob = connect_irc(server, "bob")
    bob.ask("MODE bob +i", "JOIN #cave")
    def finds_bob(client, mask):
        """A mask may also fit hosts and the name of the server, which are not known here."""
        return "bob" in [line.params[5] for line in client.ask(f"WHO {mask}") if line.command == "352"]
    assert [finds_bob(alice, mask) for mask in ("b*", "#cave", "bob")] == [False, False, True]
    assert commands(alice.ask("WHO #cave")) == ["315"]
    alice.ask("JOIN #cave")
    assert [finds_bob(alice, mask) for mask in ("b*", "#cave", "bob")] == [True, True, True]
    assert commands(alice.ask("WHO #cave")).count("352") == 2
    assert finds_bob(bob, "b*")


@pytest.mark.settings(limits__max_clients=100, limits__lines_per_second=0)
def test_a_long_answer_has_all_of_its_rows(server, alice):
    nicks = [f"a-rather-long-nick-number-{number:03}" for number in range(80)]
    for nick in nicks:
        connect_irc(server, nick)
    assert rows(alice.ask("WHO a-rather* %tcuhsnfr,1")) == [rows(alice.ask(f"WHO {nick} %tcuhsnfr,1"))[0] for nick in nicks]
