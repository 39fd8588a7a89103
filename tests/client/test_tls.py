"""TLS: which certificates the client accepts, what it remembers, and what it says when a handshake fails."""
import socket
import ssl
import stat
import struct
import threading

import pytest
from certificates import Certificate
from chat_server import free_port
from deadline import Deadline, wait_until
from scripted_server import BYE, ScriptedServer

FINGERPRINT_OF_NOBODY = "ab" * 32


@pytest.fixture(autouse=True)
def settings_decide(monkeypatch):
    """As for people: TLS is automatic."""
    monkeypatch.delenv("CHAT_TLS")


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Certificates by their titles, each made once."""
    directory = tmp_path_factory.mktemp("certificates")
    authority = Certificate(directory, "Test Authority", kind="ca")
    old = (-30, -1)
    return {
        "authority": authority,
        "vouched": Certificate(directory, "vouched", ("127.0.0.1", "::1", "localhost"), authority),
        "elsewhere": Certificate(directory, "elsewhere", ("chat.example.org", "10.1.2.3"), authority),
        "expired": Certificate(directory, "expired", issuer=authority, days=old),
        "future": Certificate(directory, "future", issuer=authority, days=(2, 30)),
        "self-signed": Certificate(directory, "self-signed", ("chat.example.org",)),
        "another": Certificate(directory, "another", ("chat.example.org",)),
        "expired self-signed": Certificate(directory, "expired self-signed", days=old),
    }


@pytest.fixture
def trusting(made, monkeypatch):
    """The system knows the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(made["authority"].path))


@pytest.fixture
def serving(made):
    """A function that starts a server with one of the certificates."""
    servers = []

    def start(title, **options):
        servers.append(ScriptedServer(tls=made[title].context(), **options))
        return servers[-1]
    yield start
    for server in servers:
        server.close()


@pytest.fixture
def known_servers(tmp_path):
    return tmp_path / "config" / "chat" / "known_servers"


def remember(known_servers, *lines):
    known_servers.parent.mkdir(parents=True, exist_ok=True)
    known_servers.write_text("".join(f"{line}\n" for line in lines))


def farewell(peer):
    """The server's goodbye; a client that only broke the connection would be an error here."""
    peer.send(BYE)
    peer.socket.settimeout(Deadline().left())
    peer.socket.unwrap().close()


def is_welcome(client, server):
    """The client chats until its input ends, and says farewell."""
    peer = server.accept()
    peer.accept_login("Batman")
    client.write("hello\n")
    peer.expect("hello")
    client.end_input()
    peer.expect("/quit")
    farewell(peer)
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


def refusal(client, server):
    """The client completes the handshake, says nothing and ends. Returns its complaint."""
    server.accept().expect_end()
    assert client.wait_for_end() == 1
    assert client.lines() == [] and len(client.error_lines()) == 1
    return client.error_lines()[0]


@pytest.mark.parametrize("protocol, host, family", [("TLSv1.2", "127.0.0.1", socket.AF_INET), ("TLSv1.3", "localhost", socket.AF_INET), ("TLSv1.3", "::1", socket.AF_INET6)])
def test_a_certificate_of_a_known_authority(start_piped, serving, trusting, known_servers, protocol, host, family):
    server = serving("vouched", family=family, host=host)
    server.tls.maximum_version = ssl.TLSVersion[protocol.replace(".", "_")]
    names = []
    server.tls.sni_callback = lambda _socket, name, _context: names.append(name)
    where = f"[{host}]:{server.port}" if ":" in host else f"{host}:{server.port}"
    client = start_piped(None, "--tls", "--server", where, "--name", "Batman")
    peer = server.accept()
    assert (peer.socket.version(), peer.socket.selected_alpn_protocol()) == (protocol, "chat")
    assert names == ["localhost" if host == "localhost" else None], "an address is not a server name"
    peer.accept_login("Batman")
    client.end_input()
    peer.expect("/quit")
    farewell(peer)
    assert (client.wait_for_end(), client.error_lines()) == (0, [])
    assert known_servers.read_text() == f"{where} authority\n"
    assert stat.S_IMODE(known_servers.stat().st_mode) == 0o600


def test_a_server_is_remembered_once(start_piped, serving, trusting, known_servers):
    server = serving("vouched")
    remember(known_servers, "# mine", "elsewhere:5697 authority")
    for _ in range(2):
        is_welcome(start_piped(server.port, "--tls", "--name", "Batman"), server)
    assert known_servers.read_text() == f"# mine\nelsewhere:5697 authority\n127.0.0.1:{server.port} authority\n"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_for_another_host_is_refused(start_piped, serving, trusting, made, host):
    server = serving("elsewhere")
    where = f"{host}:{server.port}"
    assert refusal(start_piped(None, "--tls", "--server", where, "--guest"), server) == \
        f"chat-client: the certificate of {where} is for chat.example.org, 10.1.2.3, not for {host}; " \
        f"--fingerprint {made['elsewhere'].fingerprint} accepts exactly this certificate"


@pytest.mark.parametrize("title, words", [("expired", " has expired: it was valid until 20"), ("expired self-signed", " has expired: it was valid until 20"), ("future", " is not valid before 20")])
def test_a_certificate_outside_its_time_is_refused(start_piped, serving, trusting, title, words):
    server = serving(title)
    assert refusal(start_piped(server.port, "--tls", "--guest"), server).startswith(f"chat-client: the certificate of 127.0.0.1:{server.port}{words}")


@pytest.mark.parametrize("title, words", [("self-signed", "is self-signed"), ("vouched", "is from Test Authority, which this system does not know")])
def test_without_a_terminal_an_unknown_certificate_is_refused(start_piped, serving, made, known_servers, title, words):
    server, fingerprint = serving(title), made[title].fingerprint
    for subcommand in ([], ["who"], ["send", "all", "hello"]):
        client = start_piped(None, *subcommand, "--tls", "--server", f"127.0.0.1:{server.port}", *([] if subcommand else ["--guest"]))
        assert refusal(client, server) == f"chat-client: the certificate of 127.0.0.1:{server.port} {words}, with the SHA-256 fingerprint {fingerprint}. " \
            f"If the server's operator confirms this fingerprint, accept the certificate with --fingerprint {fingerprint}"
    assert not known_servers.exists()


@pytest.mark.parametrize("title", ["self-signed", "expired", "elsewhere"])
def test_a_fingerprint_accepts_exactly_this_certificate_and_is_remembered(start_piped, serving, made, known_servers, title):
    server, fingerprint = serving(title), made[title].fingerprint
    as_openssl_prints_it = ":".join(fingerprint[i:i + 2] for i in range(0, 64, 2)).upper()
    is_welcome(start_piped(server.port, "--fingerprint", as_openssl_prints_it, "--name", "Batman"), server)
    assert known_servers.read_text() == f"127.0.0.1:{server.port} {fingerprint}\n"
    is_welcome(start_piped(server.port, "--tls", "--name", "Batman"), server)
    assert refusal(start_piped(server.port, "--tls", "--fingerprint", FINGERPRINT_OF_NOBODY, "--guest"), server) == \
        f"chat-client: the certificate of 127.0.0.1:{server.port} has the SHA-256 fingerprint {fingerprint}, expected {FINGERPRINT_OF_NOBODY}"


def test_a_fingerprint_holds_for_vouched_certificates_too(start_piped, serving, trusting, made):
    server = serving("vouched")
    assert FINGERPRINT_OF_NOBODY in refusal(start_piped(server.port, "--fingerprint", FINGERPRINT_OF_NOBODY, "--guest"), server)
    is_welcome(start_piped(server.port, "--fingerprint", f"SHA256:{made['vouched'].fingerprint}", "--name", "Batman"), server)


def test_a_changed_certificate_is_refused(start_piped, serving, made, known_servers):
    server, was, now = serving("another"), made["self-signed"].fingerprint, made["another"].fingerprint
    remember(known_servers, f"127.0.0.1:{server.port} {was}")
    complaint = refusal(start_piped(server.port, "--tls", "--guest"), server)
    assert complaint.startswith(f"chat-client: the certificate of 127.0.0.1:{server.port} has changed: its SHA-256 fingerprint was {was} and is now {now}. ")
    assert f"--fingerprint {now} accepts exactly this certificate" in complaint
    is_welcome(start_piped(server.port, "--fingerprint", now, "--name", "Batman"), server)
    is_welcome(start_piped(server.port, "--tls", "--name", "Batman"), server)


def test_a_server_that_loses_its_authority_is_refused(start_piped, serving, known_servers, made):
    server = serving("self-signed")
    remember(known_servers, f"127.0.0.1:{server.port} authority")
    complaint = refusal(start_piped(server.port, "--tls", "--guest"), server)
    assert complaint.startswith(f"chat-client: the certificate of 127.0.0.1:{server.port} is self-signed; before, an authority of this system vouched for the server. ")
    assert made["self-signed"].fingerprint in complaint


def test_a_server_that_gains_an_authority_is_accepted(start_piped, serving, trusting, known_servers, made):
    server = serving("vouched")
    remember(known_servers, f"127.0.0.1:{server.port} {made['self-signed'].fingerprint}")
    is_welcome(start_piped(server.port, "--tls", "--name", "Batman"), server)
    assert known_servers.read_text().endswith(f"\n127.0.0.1:{server.port} authority\n")


def test_known_servers_that_cannot_be_read_are_not_forgotten(start_piped, serving, trusting, known_servers):
    server = serving("vouched")
    known_servers.mkdir(parents=True)
    client = start_piped(server.port, "--tls", "--guest")
    assert client.wait_for_end() == 1
    assert client.error_lines() == [f"chat-client: cannot read {known_servers}: Is a directory"]


def test_a_server_that_cannot_be_remembered_is_used_with_a_note(start_piped, serving, trusting, tmp_path, monkeypatch):
    server = serving("vouched")
    (tmp_path / "file").write_text("where the directory should be")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    client = start_piped(None, "who", "--tls", "--server", f"127.0.0.1:{server.port}")
    peer = server.accept()
    peer.welcome()
    peer.expect("/quiet")
    peer.answer("/active", "end of=active count=0 {tag}")
    peer.expect("/quit")
    peer.send(BYE)
    assert client.wait_for_end() == 0
    assert len(client.error_lines()) == 1 and client.error_lines()[0].startswith("chat-client: The server cannot be remembered: cannot make ")


# ── the question on a terminal ──
def question(server, fingerprint):
    return [f"The certificate of 127.0.0.1:{server.port} is self-signed.", f"SHA-256: {fingerprint}",
            "Compare this fingerprint with the one that the server's operator gives you.", "Trust this certificate from now on? (yes or no)"]


@pytest.mark.parametrize("answer", ["yes", "fingerprint"])
def test_a_person_is_asked_once(open_window, serving, made, known_servers, answer):
    server, fingerprint = serving("self-signed"), made["self-signed"].fingerprint
    window = open_window(server.port, "--tls", "--name", "Batman")
    server.accept().expect_end()
    window.wait_for(*question(server, fingerprint), ">")
    window.enter("what?")
    window.wait_for("> what?", question(server, fingerprint)[-1], ">")
    window.type("no")
    window.wait_for("> no")
    window.press("C-c")         # clears the line
    window.wait_for("> what?", question(server, fingerprint)[-1], ">")
    assert not known_servers.exists()
    window.enter(fingerprint.upper() if answer == "fingerprint" else answer)
    server.accept().accept_login("Batman", window=True)
    wait_until(lambda: any("Batman has joined" in line for line in window.lines()), "it is in")
    assert known_servers.read_text() == f"127.0.0.1:{server.port} {fingerprint}\n"
    window = open_window(server.port, "--tls", "--name", "Batman")
    server.accept().accept_login("Batman", window=True)
    wait_until(lambda: any("Batman has joined" in line for line in window.lines()), "it is in")
    assert not any("SHA-256" in line for line in window.lines())


@pytest.mark.parametrize("answer", ["no", "another fingerprint", "C-d"])
def test_a_person_does_not_accept(open_window, serving, made, known_servers, answer):
    server = serving("self-signed")
    window = open_window(server.port, "--tls", "--name", "Batman")
    server.accept().expect_end()
    window.wait_for(*question(server, made["self-signed"].fingerprint), ">")
    if answer == "C-d":
        window.press(answer)
    else:
        window.enter(FINGERPRINT_OF_NOBODY if answer == "another fingerprint" else answer)
    status, lines = window.wait_for_end()
    assert (status, lines[-1]) == (1, "chat-client: the server's certificate was not accepted")
    assert not known_servers.exists()


@pytest.mark.parametrize("answer, status", [("yes", 0), ("no", 1)])
def test_subcommands_ask_too(open_window, serving, made, answer, status):
    server = serving("self-signed")
    window = open_window(server.port, "--tls", subcommand="who")
    server.accept().expect_end()
    *lines, last = question(server, made["self-signed"].fingerprint)
    window.wait_for(*lines, last)
    window.enter(answer)
    if answer == "yes":
        peer = server.accept()
        peer.welcome()
        peer.expect("/quiet")
        peer.answer("/active", "client id=51990 name=Robin connected=2026-11-20T12:31:05.123Z {tag}", "end of=active count=1 {tag}")
        peer.expect("/quit")
        peer.send(BYE)
    assert window.wait_for_end()[0] == status


# ── failures before there is a certificate ──
HELLO = bytes([22, 3])      # how a handshake begins
RESET = struct.pack("ii", 1, 0)


def answer_with(data):
    def answer(connection):
        connection.sendall(data)
    return answer


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


@pytest.mark.parametrize("act, words", [
    (answer_with(b"welcome id=48213 name=q7mzxtrplw :Welcome!\n"), "127.0.0.1:{port} does not speak TLS: a chat server answers there, without TLS"),
    (answer_with(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "127.0.0.1:{port} does not speak TLS"),
    (answer_with(b""), "127.0.0.1:{port} closed the connection during the TLS handshake"),
    (answer_with(b"\x16\x03"), "127.0.0.1:{port} closed the connection during the TLS handshake"),
    (reset, "127.0.0.1:{port} reset the connection during the TLS handshake"),
    (answer_with(b"\x15\x03\x03\x00\x02\x02\x46"), "127.0.0.1:{port} has no version of TLS in common with this client, which needs TLS 1.2 or later"),
    (answer_with(b"\x15\x03\x03\x00\x02\x02\x78"), '127.0.0.1:{port} speaks TLS, but it is not a chat server (it refuses the protocol "chat")'),
    (answer_with(b"\x15\x03\x03\x00\x02\x02\x28"), "the TLS handshake with 127.0.0.1:{port} failed: "),
], ids=["plain chat", "something else", "nothing", "half a record", "reset", "version", "protocol", "alert"])
def test_each_failure_of_the_handshake_has_its_text(start_piped, scripted_server, act, words):
    client = start_piped(scripted_server.port, "--tls", "--guest")
    connection = scripted_server.accept_raw()
    begin = b""
    while len(begin) < 5 or len(begin) < 5 + int.from_bytes(begin[3:5], "big"):
        begin += connection.recv(65536)         # all of it: the kernel would reset a connection that is closed with unread bytes
    assert begin.startswith(HELLO)
    act(connection)
    connection.close()
    assert client.wait_for_end() == 1
    assert len(client.error_lines()) == 1 and client.error_lines()[0].startswith("chat-client: " + words.format(port=scripted_server.port)), client.error_lines()


def test_an_old_version_of_tls_is_refused(start_piped, serving):
    server = serving("self-signed")
    server.tls.minimum_version = ssl.TLSVersion.TLSv1
    server.tls.maximum_version = ssl.TLSVersion.TLSv1_1
    server.tls.set_ciphers("ALL:@SECLEVEL=0")
    client = start_piped(server.port, "--tls", "--guest")
    with pytest.raises(ssl.SSLError):
        server.accept()
    assert client.wait_for_end() == 1
    assert client.error_lines() == [f"chat-client: 127.0.0.1:{server.port} has no version of TLS in common with this client, which needs TLS 1.2 or later"]


def test_a_server_that_does_not_answer_the_handshake(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--tls", "--guest")
    connection = scripted_server.accept_raw()
    assert client.wait_for_end() == 1
    assert client.error_lines() == [f"chat-client: timeout: 127.0.0.1:{scripted_server.port} did not complete the TLS handshake within 10 s"]
    connection.close()


def test_tls_to_nobody(start_piped):
    port = free_port()
    client = start_piped(port, "--tls", "--guest")
    assert client.wait_for_end() == 1
    assert client.error_lines() == [f"chat-client: no server at 127.0.0.1:{port}: Connection refused"]


# ── what is written ──
def test_everything_typed_arrives_before_the_farewell(start_piped, serving, made):
    """More than the kernel takes at once: records are written in parts."""
    server = serving("self-signed")
    client = start_piped(server.port, "--fingerprint", made["self-signed"].fingerprint, "--name", "Batman")
    peer = server.accept()
    peer.accept_login("Batman")
    lines = [f"{number} " + "x" * 2000 for number in range(3000)]
    threading.Thread(target=lambda: [client.write("".join(f"{line}\n" for line in lines)), client.end_input()], daemon=True).start()
    for line in lines:
        peer.expect(line)
    peer.expect("/quit")
    farewell(peer)
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


def test_a_server_that_breaks_off_is_a_lost_connection(start_piped, serving, made):
    server = serving("self-signed")
    client = start_piped(server.port, "--fingerprint", made["self-signed"].fingerprint, "--guest")
    peer = server.accept()
    peer.welcome()
    client.wait_for_line("Welcome!")
    socket.socket(fileno=peer.socket.detach()).close()      # without the farewell of TLS
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["chat-client: the server closed the connection"]
