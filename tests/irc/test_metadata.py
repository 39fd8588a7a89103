"""Metadata (draft/metadata-3): what IRC clients say of themselves and of their channels, and who is told."""
import pytest
from irc_client import after_source, commands, connect_irc, connect_with, meet

pytestmark = [pytest.mark.sanitized]

CAPABILITIES = "draft/metadata-3 batch"
LATER = "774 alice #cave 1 :ask for it with SYNC"


def connect(server, nick, subscribed=""):
    client = connect_with(server, nick, CAPABILITIES)
    if subscribed:
        assert commands(client.ask(f"METADATA * SUB {subscribed}"))[0] == "770"
    return client


def failures(lines):
    return [" ".join(line.params[1:-1]) for line in lines if line.command == "FAIL"]


def warnings(lines):
    return [" ".join(line.params[1:-1]) for line in lines if line.command == "WARN"]


def values(lines):
    """Target, key and value of each line that tells one; None: it is not set."""
    return [(line.params[1], line.params[2], line.params[4] if line.command == "761" else None) for line in lines if line.command in ("761", "766")]


def test_it_is_offered_with_its_limits(server):
    client = connect_irc(server)
    assert "draft/metadata-3=before-connect,max-subs=12,max-keys=12,max-value-bytes=300" in client.ask("CAP LS 302")[0].params[-1].split()
    assert "draft/metadata-3" in client.ask("CAP LS")[0].params[-1].split()
    alice = connect_irc(server, "alice")
    assert after_source(alice.ask("METADATA * LIST")) == ["421 alice METADATA :Ask for the capability draft/metadata-3 first"]


@pytest.mark.settings(irc__metadata_values=0)
def test_without_a_place_for_values_it_is_not_offered(server):
    alice = connect_irc(server, "alice")
    assert "metadata" not in alice.ask("CAP LS 302")[0].params[-1]
    assert alice.ask("CAP REQ :draft/metadata-3")[0].params[1] == "NAK"


def test_own_values_are_set_shown_and_removed(server):
    alice = connect(server, "alice")
    assert after_source(alice.ask("METADATA * SET display-name :Alice in Chains")) == ["761 alice alice display-name * :Alice in Chains"]
    assert after_source(alice.ask("METADATA ALICE SET url :x")) == ["761 alice alice url * :x"]
    lines = alice.ask("METADATA alice GET url display-name avatar nonsense")
    assert [line.raw.split(" ", 1)[1] for line in (lines[0], lines[-1])] == ["BATCH +metadata metadata alice", "BATCH -metadata"]
    assert all(line.tags["batch"] == "metadata" for line in lines[1:-1])
    assert [line.raw.split(" ", 2)[2] for line in lines[1:-1]] == [
        "761 alice alice url * :x", "761 alice alice display-name * :Alice in Chains", "766 alice alice avatar :key not set",
        "WARN METADATA INVALID_KEY nonsense :invalid key"]
    assert values(alice.ask("METADATA * LIST")) == [("alice", "display-name", "Alice in Chains"), ("alice", "url", "x")]
    assert after_source(alice.ask("METADATA * SET url", "METADATA * SET url", "METADATA * SET url :")) == ["766 alice alice url :key not set"] * 3
    assert values(alice.ask("METADATA * SET display-name :Al", "METADATA * LIST")) == [("alice", "display-name", "Al")] * 2
    alice.ask("METADATA * SET status :here")
    assert values(alice.ask("METADATA * SET status :", "METADATA * LIST")) == [("alice", "status", None), ("alice", "display-name", "Al")]
    assert values(alice.ask("METADATA * CLEAR")) == [("alice", "display-name", None)]
    assert commands(alice.ask("METADATA * CLEAR", "METADATA * LIST")) == ["BATCH"] * 4


def test_what_is_refused(server):
    alice, bob = connect(server, "alice"), connect(server, "bob")
    refused = {
        "nobody LIST": "INVALID_TARGET nobody", "#none GET url": "INVALID_TARGET #none", "&1 LIST": "INVALID_TARGET &1", "bob SUB url": "INVALID_TARGET bob",
        "* SHOUT": "INVALID_PARAMS SHOUT", "* SET nonsense :x": "INVALID_KEY nonsense", "* SET nonsense": "INVALID_KEY nonsense",
        "bob SET url :x": "KEY_NO_PERMISSION bob url", "bob CLEAR": "KEY_NO_PERMISSION bob *", "* SET url :" + 301 * "x": "INVALID_VALUE url",
        "* SET url :" + 101 * "→": "INVALID_VALUE url",
    }
    for question, expected in refused.items():
        assert failures(alice.ask("METADATA " + question)) == [expected], question
    alice.raw(b"METADATA * SET url :\xc3\r\n")
    assert failures(alice.drain()) == ["INVALID_UTF8"]
    assert commands(alice.ask("METADATA", "METADATA *", "METADATA * GET", "METADATA * SET")) == ["461"] * 4
    assert commands(alice.ask("METADATA * LIST")) == ["BATCH", "BATCH"]
    assert values(alice.ask("METADATA * SET url :" + 300 * "x")) == [("alice", "url", 300 * "x")]
    assert bob.drain() == []


def test_subscriptions(server):
    alice = connect(server, "alice")
    assert after_source(alice.ask("METADATA * SUB url nonsense avatar url")) == ["770 alice url avatar", "WARN METADATA INVALID_KEY nonsense :invalid key"]
    assert warnings(alice.ask("METADATA * UNSUB nonsense")) == ["INVALID_KEY nonsense"]
    lines = alice.ask("METADATA alice SUBS")
    assert after_source(lines[:1]) == ["BATCH +metadata metadata-subs"] and [line.params for line in lines[1:-1]] == [["alice", "avatar"], ["alice", "url"]]
    assert after_source(alice.ask("METADATA * UNSUB url color")) == ["771 alice url color"]
    assert [line.params[-1] for line in alice.ask("METADATA * SUBS") if line.command == "772"] == ["avatar"]


@pytest.mark.settings(limits__max_clients=10)
def test_subscribers_who_share_a_channel_are_told_of_changes(server):
    alice, bob, carol = connect(server, "alice"), connect(server, "bob", "status url"), connect(server, "carol", "avatar")
    dave, stranger = connect_with(server, "dave", "batch"), connect(server, "stranger", "status")
    [batman] = server.people("Batman")
    meet(alice, bob, carol, dave)
    batman.ask("/join cave")
    for client in (alice, bob, carol, dave, batman):
        client.drain()
    alice.ask("METADATA * SET status :busy", "METADATA * SET status :at lunch", "METADATA * SET status", "METADATA * SET color :#ff0000", "METADATA * SET url :x", "METADATA * CLEAR")
    # Those who have subscribed to one of the keys that are cleared are told of all.
    assert values(bob.drain()) == [("alice", "status", "busy"), ("alice", "status", "at lunch"), ("alice", "status", None), ("alice", "url", "x"),
                                   ("alice", "color", None), ("alice", "url", None)]
    for client in (carol, dave, stranger):
        assert client.drain() == []
    batman.expect_nothing()


@pytest.mark.parametrize("capability", ["draft/metadata-3", "batch"])
def test_subscriptions_end_with_the_capability(server, capability):
    alice, bob = connect(server, "alice"), connect(server, "bob", "status")
    meet(alice, bob)
    bob.ask(f"CAP REQ :-{capability}")
    alice.ask("METADATA * SET status :here")
    assert bob.drain() == []
    bob.ask(f"CAP REQ :{capability}")
    alice.ask("METADATA * SET status :there")
    assert bob.drain() == [] and "772" not in commands(bob.ask("METADATA * SUBS"))


def test_watchers_are_told_of_changes(server):
    alice, bob = connect(server, "alice"), connect(server, "bob", "status")
    alice.ask("METADATA * SET status :here", "METADATA * SET url :x")
    lines = bob.ask("MONITOR + alice,nobody")
    assert commands(lines) == ["730", "731", "BATCH", "761", "BATCH"] and values(lines) == [("alice", "status", "here")]
    alice.ask("METADATA * SET status :there")
    assert values(bob.drain()) == [("alice", "status", "there")]
    bob.ask("MONITOR C")
    alice.ask("METADATA * SET status :gone")
    assert bob.drain() == []


def test_values_of_many_who_are_watched_are_read_later(start_server):
    server = start_server({"limits.max_clients": 100, "limits.lines_per_second": 0})
    nicks = [f"client{number:02}" for number in range(30)]
    for nick in nicks:
        connect(server, nick).ask(f"METADATA * SET status :{'x' * 290}")
    alice = connect(server, "alice", "status")
    lines = alice.ask(f"MONITOR + {','.join(nicks)}")
    told = [target for target, _, _ in values(lines)]
    later = [line.params[1] for line in lines if line.command == "774"]
    assert told and later and told + later == nicks
    # Who subscribes later is told of all of them.
    lines = alice.ask("METADATA * UNSUB status", "METADATA * SUB status")
    assert sorted(line.params[1] for line in lines if line.command == "774") == nicks and not values(lines)


def test_values_of_a_channel_are_those_of_its_operators(server):
    alice, bob = connect(server, "alice"), connect(server, "bob", "url")
    meet(alice, bob)
    assert failures(bob.ask("METADATA #cave SET url :x", "METADATA #cave CLEAR")) == ["KEY_NO_PERMISSION #cave url", "KEY_NO_PERMISSION #cave *"]
    assert after_source(alice.ask("METADATA #CAVE SET url :the cave")) == ["761 alice #cave url * :the cave"]
    alice.ask("METADATA #cave SET color :black")
    assert after_source(bob.drain()) == ["761 * #cave url * :the cave"]
    assert values(bob.ask("METADATA #cave LIST", "METADATA #cave SYNC")) == [("#cave", "color", "black"), ("#cave", "url", "the cave"), ("#cave", "url", "the cave")]
    assert values(alice.ask("METADATA #cave CLEAR")) == [("#cave", "color", None), ("#cave", "url", None)]
    assert values(bob.drain()) == [("#cave", "color", None), ("#cave", "url", None)]
    assert failures(alice.ask("METADATA #lobby SET url :x", "JOIN #lobby", "METADATA #lobby SET url :x")) == ["KEY_NO_PERMISSION #lobby url"] * 2


def test_who_may_not_enter_a_channel_may_not_read_it(server):
    alice, bob = connect(server, "alice"), connect(server, "bob", "url")
    alice.ask("JOIN #cave", "METADATA #cave SET url :hidden")
    assert values(bob.ask("METADATA #cave GET url")) == [("#cave", "url", "hidden")]
    for mode, code in {"+i": "KEY_NO_PERMISSION #cave *", "-i+k beer": "KEY_NO_PERMISSION #cave *", "-k+s beer": "INVALID_TARGET #cave"}.items():
        alice.ask(f"MODE #cave {mode}")
        for question in ("GET url", "LIST", "SYNC"):
            lines = bob.ask(f"METADATA #cave {question}")
            assert failures(lines) == [code] and not values(lines)
    bob.ask("JOIN #cave")
    assert values(bob.ask("METADATA #cave GET url")) == [("#cave", "url", "hidden")]


def test_who_joins_receives_values(server):
    alice, bob, carol = connect(server, "alice", "status"), connect(server, "bob", "status url"), connect(server, "carol", "status")
    alice.ask("JOIN #cave", "METADATA * SET status :here", "METADATA * SET color :#000000", "METADATA #cave SET url :the cave")
    bob.ask("METADATA * SET status :new", "METADATA * SET url :x")
    lines = bob.ask("JOIN #cave")
    assert commands(lines) == ["JOIN", "353", "366", "BATCH", "761", "761", "761", "761", "BATCH"]
    assert values(lines) == [("#cave", "url", "the cave"), ("alice", "status", "here"), ("bob", "status", "new"), ("bob", "url", "x")]
    # Others learn of changes only: nobody can send them values with JOIN alone.
    assert commands(alice.drain()) == ["JOIN"]
    assert commands(carol.ask("JOIN #cave"))[:4] == ["JOIN", "353", "366", "BATCH"]
    assert commands(alice.drain()) == ["JOIN"]
    plain = connect_irc(server, "plain")
    assert commands(plain.ask("JOIN #cave,#other")) == ["JOIN", "353", "366"] * 2


def test_a_channel_with_many_values_is_read_later_in_parts(start_server):
    server = start_server({"limits.max_clients": 100, "limits.lines_per_second": 0})
    nicks = [f"client{number:02}" for number in range(30)]
    for nick in nicks:
        client = connect(server, nick)
        client.ask("JOIN #cave", f"METADATA * SET status :{nick}{'x' * 290}")
    alice = connect(server, "alice", "status")
    assert after_source(alice.ask("JOIN #cave"))[-2:] == ["366 alice #cave :End of /NAMES list", LATER]
    lines = alice.ask("METADATA #cave SYNC")
    assert [target for target, _, _ in values(lines)] == nicks
    assert commands(lines) == ["BATCH", *["761"] * 30, "BATCH"] and lines[0].params == ["+metadata", "metadata", "#cave"]
    assert after_source(alice.ask("METADATA * SUB status url", "METADATA * UNSUB status", "METADATA * SUB status")) == [
        "770 alice status url", "771 alice status", "770 alice status", LATER]


def test_values_can_be_set_before_the_registration(server):
    alice = connect_irc(server)
    alice.ask(f"CAP REQ :{CAPABILITIES}")
    assert after_source(alice.ask("METADATA * SET status :first", "METADATA * SUB status", "METADATA nobody LIST")) == [
        "761 * * status * :first", "770 * status", "FAIL METADATA INVALID_TARGET nobody :invalid metadata target"]
    alice.send("NICK alice", "USER user 0 * :Real Name", "CAP END")
    lines = alice.drain()
    begin = commands(lines).index("BATCH")
    assert commands(lines)[begin - 1:begin + 4] == ["266", "BATCH", "761", "BATCH", "422"]
    assert lines[begin].params[1:] == ["metadata", "alice"] and lines[begin + 1].params == ["alice", "alice", "status", "*", "first"]
    assert values(alice.ask("METADATA * LIST")) == [("alice", "status", "first")]
    assert [line.params[-1] for line in alice.ask("METADATA * SUBS") if line.command == "772"] == ["status"]


def test_whois_shows_values_to_those_who_take_metadata(server):
    alice, bob, plain = connect(server, "alice"), connect(server, "bob"), connect_irc(server, "plain")
    alice.ask("METADATA * SET status :here", "METADATA * SET avatar :x")
    assert [line.params for line in bob.ask("WHOIS alice") if line.command == "760"] == [
        ["bob", "alice", "avatar", "*", "x"], ["bob", "alice", "status", "*", "here"]]
    assert "760" not in commands(plain.ask("WHOIS alice"))


def test_values_stay_with_their_owner(server):
    alice, bob = connect(server, "alice"), connect(server, "bob")
    alice.ask("METADATA * SET status :here", "NICK Alicia")
    assert values(bob.ask("METADATA alicia GET status")) == [("Alicia", "status", "here")]
    connect(server, "alice")
    assert values(bob.ask("METADATA alice GET status")) == [("alice", "status", None)]
    alice.ask("JOIN #cave", "METADATA #cave SET url :x", "PART #cave", "JOIN #cave")
    assert values(alice.ask("METADATA #cave LIST")) == []


@pytest.mark.settings(irc__metadata_values=3)
def test_a_full_pool_is_free_again_when_owners_go(server):
    alice, bob = connect(server, "alice"), connect(server, "bob")
    bob.ask("METADATA * SET url :x", "JOIN #cave", "METADATA #cave SET url :y", "METADATA #cave SET color :z")
    assert failures(alice.ask("METADATA * SET url :x")) == ["LIMIT_REACHED SET alice 3"]
    assert failures(bob.ask("METADATA * SET url :another")) == []
    bob.ask("PART #cave")
    assert failures(alice.ask("METADATA * SET url :1", "METADATA * SET color :2", "METADATA * SET status :3")) == ["LIMIT_REACHED SET alice 3"]
    bob.send("QUIT")
    bob.wait_for("ERROR")
    bob.expect_end()
    assert failures(alice.ask("METADATA * SET status :3")) == []


def test_answers_repeat_a_label(server):
    alice = connect_with(server, "alice", "draft/metadata-3 batch labeled-response server-time")
    [line] = alice.ask("@label=a METADATA * SET url :x")
    assert line.tags["label"] == "a" and line.command == "761" and line.tags["time"]
    lines = alice.ask("@label=b METADATA * GET url")
    assert commands(lines) == ["BATCH", "761", "BATCH"] and lines[0].tags["label"] == "b" and lines[1].tags["batch"] == "metadata" and lines[1].tags["time"]
    alice.ask("METADATA * SUB url")
    lines = alice.ask("@label=c JOIN #cave")
    assert lines[0].tags["label"] == "c" and lines[-1].params == ["-label"] and values(lines) == [("alice", "url", "x")]


def test_without_batches_the_lines_come_alone(server):
    alice = connect_with(server, "alice", "draft/metadata-3")
    alice.ask("METADATA * SET url :x", "METADATA * SUB url")
    assert after_source(alice.ask("METADATA * GET url color", "METADATA * SUBS")) == ["761 alice alice url * :x", "766 alice alice color :key not set", "772 alice url"]
