"""Accounts over IRC: SASL, PASS NAME:PASSWORD and NickServ; they are those of /login."""
import base64

import pytest
from certificates import Certificate
from irc_client import OFFERED_OPEN, commands, connect_irc

SECRET = "correct-horse"
REGISTER = pytest.mark.settings(accounts__register='"open"')
pytestmark = [pytest.mark.sanitized, REGISTER]


def plain(name, secret, identity=""):
    return "AUTHENTICATE " + base64.b64encode(f"{identity}\0{name}\0{secret}".encode()).decode()


@pytest.fixture
def owner(server):
    """A native client that owns the name Batman and has gone."""
    client = server.connect("Batman")
    assert client.ask(f"/register {SECRET}").kind == "account"
    client.send("/quit")
    client.wait_for("bye")


def start_sasl(server, nick="Batman", mechanism="PLAIN", **options):
    client = connect_irc(server, **options)
    assert [line.raw.partition(" CAP ")[2] for line in client.ask("CAP LS 302", "CAP REQ :sasl", f"NICK {nick}", "USER u 0 * :r")] == [
        f"* LS :{OFFERED_OPEN}", "* ACK :sasl"]
    assert [line.raw.split(" ", 1)[1] for line in client.ask(f"AUTHENTICATE {mechanism}")] == ["AUTHENTICATE +"]
    return client


@pytest.mark.requirement("N09", "N14")
def test_sasl_plain_logs_in(server, owner):
    robin = server.connect("Robin")
    client = start_sasl(server)
    assert commands(client.ask(plain("batman", SECRET))) == ["900", "903"]
    lines = client.ask("CAP END")
    assert lines[0].command == "001" and lines[0].params[0] == "Batman" and "900" not in commands(lines)
    robin.expect("online", name="Batman", account="yes")
    assert [line.params[1:3] for line in client.ask("WHOIS Batman") if line.command == "330"] == [["Batman", "Batman"]]
    client.send("PRIVMSG Robin :hello")
    robin.expect("message", "hello", name="Batman", account="yes")


@pytest.mark.requirement("N09", "N14")
@pytest.mark.parametrize("answer", [plain("Batman", "wrong-horse"), plain("Batman", SECRET, "Robin"), plain("Nobody", SECRET), "AUTHENTICATE !!!!",
                                    "AUTHENTICATE +", "AUTHENTICATE " + base64.b64encode(b"no zero bytes here").decode()])
def test_sasl_refuses_everything_else(server, owner, answer):
    client = start_sasl(server)
    assert commands(client.ask(answer)) == ["904"]
    assert commands(client.ask("CAP END")) == ["433"]       # the nick belongs to an account
    assert commands(client.ask("NICK Bruce"))[0] == "001"


@pytest.mark.requirement("N09", "N14")
def test_sasl_can_be_given_up_and_has_a_limit(server, owner):
    client = start_sasl(server)
    assert commands(client.ask("AUTHENTICATE *", "AUTHENTICATE PLAIN", "AUTHENTICATE " + 401 * "A")) == ["906", "AUTHENTICATE", "905"]
    assert commands(client.ask("AUTHENTICATE NONSENSE")) == ["908", "904"]
    assert commands(client.ask("AUTHENTICATE PLAIN", plain("Batman", SECRET), "AUTHENTICATE PLAIN")) == ["AUTHENTICATE", "900", "903", "907"]


@pytest.mark.requirement("N09", "N14")
def test_the_password_may_come_with_pass(server, owner):
    client = connect_irc(server)
    lines = client.ask(f"PASS Batman:{SECRET}", "NICK Batman", "USER u 0 * :r")
    assert commands(lines)[:2] == ["900", "001"]
    other = connect_irc(server)
    assert commands(other.ask("PASS Batman:wrong-horse", "NICK Batman")) == ["464", "433"]


@pytest.mark.requirement("N09", "N14")
def test_who_logs_in_elsewhere_takes_the_name(server, owner):
    client = start_sasl(server)
    client.ask(plain("Batman", SECRET), "CAP END")
    second = start_sasl(server)
    second.ask(plain("Batman", SECRET))
    assert commands(second.ask("CAP END"))[0] == "001"
    line = client.wait_for("NICK")
    assert line.nick == "Batman" and len(line.params[0]) == 10


@pytest.mark.requirement("N09", "N14")
def test_no_secret_stays_in_shared_memory(server, owner):
    client = start_sasl(server)
    client.ask(plain("Batman", "wrong-battery"), "AUTHENTICATE PLAIN", plain("Batman", SECRET), "CAP END")
    second = connect_irc(server)
    second.ask("PASS Batman:wrong-stapler", f"PASS Batman:{SECRET}", "NICK Batman", "USER u 0 * :r")
    second.ask("PRIVMSG NickServ :IDENTIFY Batman wrong-donkey", f"NS IDENTIFY {SECRET}", "ns nonsense wrong-monkey", "PRIVMSG NickServ :REGISTER wrong-zebra-too")
    kept = server.segment.read_bytes()
    for secret in (SECRET, "wrong-battery", "wrong-stapler", "wrong-donkey", "wrong-monkey", "wrong-zebra-too"):
        assert secret.encode() not in kept and plain("Batman", secret).split()[1].encode() not in kept, secret
    log = server.database.with_name("auth.db").read_bytes() + server.database.read_bytes()
    assert SECRET.encode() not in log


@pytest.mark.requirement("N09", "N14")
def test_nickserv_registers_identifies_and_ghosts(server):
    alice = connect_irc(server, "Alice")
    lines = alice.ask(f"PRIVMSG NickServ :REGISTER {SECRET} alice@example.org")
    assert commands(lines) == ["900", "NOTICE"] and lines[1].nick == "NickServ"
    other = connect_irc(server, "Guest")
    assert commands(other.ask("NICK Alice")) == ["433"]
    [refusal] = other.ask("PRIVMSG NickServ :IDENTIFY Alice wrong-horse")
    assert refusal.nick == "NickServ" and refusal.params == ["Guest", "Wrong password"]
    lines = other.ask(f"NS GHOST Alice {SECRET}")
    assert commands(lines) == ["NICK", "900"] and lines[0].params == ["Alice"]
    assert {line.nick for line in other.ask("PRIVMSG nickserv :HELP")} == {"NickServ"}
    assert other.ask("NOTICE NickServ :hello") == []


@pytest.mark.requirement("N09", "N14")
@pytest.mark.settings(accounts__register='"open"', accounts__guests='"no"')
def test_a_server_without_guests_asks_for_a_login(server):
    client = connect_irc(server)
    client.send("NICK Joker", "USER u 0 * :r")
    assert client.read().command == "464"
    client.expect(r"ERROR :Closing Link: \* .*")
    client.expect_end()
    native = server.connect()
    native.ask("/login Batman")
    assert native.ask(f"/register {SECRET}").kind == "account"
    allowed = start_sasl(server)
    allowed.ask(plain("Batman", SECRET))
    assert commands(allowed.ask("CAP END"))[0] == "001"


@pytest.mark.requirement("N09", "N14")
def test_a_certificate_logs_in(start_server, tmp_path):
    server = start_server({"limits.max_clients": 10, "accounts.register": '"open"'}, front="tls")
    robin, context = Certificate(tmp_path, "robin"), server.tls_context()
    context.load_cert_chain(robin.path)
    native = server.connect_tls("Batman", context)
    assert native.ask(f"/register {SECRET}").kind == "account"
    native.send("/certificate add")
    native.send("/quit")
    native.wait_for("bye")
    client = start_sasl(server, mechanism="EXTERNAL", context=context)
    assert commands(client.ask("AUTHENTICATE +")) == ["900", "903"]
    assert commands(client.ask("CAP END"))[0] == "001"
    stranger = start_sasl(server, mechanism="EXTERNAL")
    assert commands(stranger.ask("AUTHENTICATE +")) == ["904"]


def log_in_by_sasl(server):
    client = connect_irc(server)
    client.send("CAP REQ :sasl", "NICK Batman", "USER u 0 * :r", "AUTHENTICATE PLAIN", plain("Batman", SECRET), "CAP END")
    return client


def log_in_by_pass(server):
    client = connect_irc(server)
    client.send(f"PASS Batman:{SECRET}", "NICK Batman", "USER u 0 * :r")
    return client


def log_in_by_nickserv(server):
    client = connect_irc(server, "Guest")
    client.send(f"NS IDENTIFY Batman {SECRET}")
    return client


@pytest.mark.requirement("N09", "N12", "N14")
@pytest.mark.parametrize("log_in", [log_in_by_sasl, log_in_by_pass, log_in_by_nickserv])
@pytest.mark.settings(accounts__register='"open"', irc__auto_join='["films"]', limits__outbox_kib="128")
def test_kept_messages_come_at_the_login_and_before_any_later_one(server, owner, log_in):
    """They are more than one record holds, and a registration goes on behind them."""
    robin = server.connect("Robin")
    kept, later = 45, 200
    for number in range(kept):
        assert robin.ask(f"/send Batman {number} {3000 * 'x'}").kind == "kept"
        robin.expect("ok")
    client = log_in(server)
    for number in range(kept, later):
        robin.send(f"/send Batman {number}")
    client.wait_for("900")
    numbers, lines = [], []
    while not numbers or numbers[-1] != later - 1:
        line = client.read()
        lines.append(line.command)
        if line.command == "PRIVMSG" and not line.params[1].startswith("x"):
            numbers.append(int(line.params[1].split()[0]))
    assert numbers == list(range(later))
    if log_in is not log_in_by_nickserv:
        assert lines.index("PRIVMSG") == lines.index("221") + 1
        assert commands(client.drain()).count("366") + lines.count("366") == 1
    client.send("QUIT")
    client.wait_for("ERROR")
    robin.wait_for("offline", name="Batman")
    again = log_in_by_pass(server)
    again.wait_for("366")
    assert again.drain() == []      # nothing comes twice


@pytest.mark.requirement("N09", "N12", "N14")
@pytest.mark.parametrize("log_in", [log_in_by_sasl, log_in_by_pass])
def test_the_session_that_takes_the_name_over_does_not_receive_again_what_the_other_has(server, owner, log_in):
    robin = server.connect("Robin")
    assert robin.ask("/send Batman once").kind == "kept"
    robin.expect("ok")
    first = log_in_by_sasl(server)
    first.wait_for("PRIVMSG", "Batman", "once")
    robin.wait_for("online", name="Batman")
    second = log_in(server)
    robin.wait_for("online", name="Batman")
    assert robin.ask("/send Batman twice").kind == "ok"
    assert [line.params[-1] for line in second.drain() if line.command == "PRIVMSG"] == ["twice"]


@pytest.mark.requirement("N09", "N14", "N15")
@pytest.mark.parametrize("killed", [["acceptor"], ["delivery"], ["acceptor", "delivery"]])
def test_a_login_in_steps_survives_the_death_of_the_daemons(server, owner, killed):
    client = connect_irc(server)
    assert commands(client.ask("CAP REQ :sasl")) == ["CAP"]   # a connection that has had no answer may be lost
    client.send("NICK Batman", "USER u 0 * :r", "AUTHENTICATE PLAIN")
    server.kill(*killed)
    client.send(plain("Batman", SECRET))
    server.kill(*killed)
    assert commands(client.drain()) == ["AUTHENTICATE", "900", "903"]
    server.kill(*killed)
    assert commands(client.ask("CAP END")).count("001") == 1


@pytest.mark.requirement("N09", "N14")
def test_a_word_that_looks_like_nickserv_gets_no_answer_of_nickserv(server):
    alice = connect_irc(server, "alice")
    lines = alice.ask("PRIVMSG nobody,NickServ :x")
    assert [line.command for line in lines] == ["401", "401"] and lines[1].params[1] == "NickServ"
