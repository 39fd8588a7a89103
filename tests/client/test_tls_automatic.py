"""TLS that is tried where it may be, and kept where it was: automatic TLS, reconnections, files, half-closed
connections, and every subcommand."""
import json

import pytest
from certificates import Certificate
from chat_server import free_port
from data_port import DataPort
from deadline import wait_until
from scripted_server import BYE, ScriptedServer
from tls_relay import TlsRelay

DISTANCE = 697      # from a server's plain port to the one for TLS
CONTENT = "what is in the file\n" * 20_000


@pytest.fixture(autouse=True)
def settings_decide(monkeypatch):
    """As for people: TLS is automatic."""
    monkeypatch.delenv("CHAT_TLS")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("certificates"), "self-signed")


@pytest.fixture
def another(tmp_path):
    return Certificate(tmp_path, "another")


@pytest.fixture
def known_servers(tmp_path):
    return tmp_path / "config" / "chat" / "known_servers"


@pytest.fixture
def remember(known_servers, certificate):
    def write(port):
        known_servers.parent.mkdir(parents=True, exist_ok=True)
        known_servers.write_text(f"127.0.0.1:{port} {certificate.fingerprint}\n")
    return write


@pytest.fixture
def ports():
    """Two free ports at the distance."""
    port = free_port((1, DISTANCE))
    return port, port + DISTANCE


@pytest.fixture
def both(ports, certificate):
    """A server on the plain port, and one on the port for TLS."""
    servers = ScriptedServer(port=ports[0]), ScriptedServer(port=ports[1], tls=certificate.context())
    yield servers
    for server in servers:
        server.close()


def nobody_connects(server):
    server.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        server.socket.accept()


def is_in(window):
    wait_until(lambda: any("Batman has joined" in line for line in window.lines()), "it is in")


# ── automatic ──
@pytest.mark.parametrize("options", [[], ["--config"]], ids=["by default", "by the settings"])
def test_a_person_is_offered_tls(open_window, both, certificate, known_servers, tmp_path, options):
    plain, secured = both
    if options:
        options = ["--config", tmp_path / "client.toml"]
        options[1].write_text('tls = "auto"\n')
    window = open_window(plain.port, "--name", "Batman", *options)
    secured.accept().expect_end()
    window.wait_for("Trust this certificate from now on? (yes or no)", ">")
    window.enter("yes")
    secured.accept().accept_login("Batman", window=True)
    is_in(window)
    nobody_connects(plain)
    assert known_servers.read_text() == f"127.0.0.1:{secured.port} {certificate.fingerprint}\n"


def test_a_person_who_refuses_the_certificate_is_not_connected_without_tls(open_window, both):
    plain, secured = both
    window = open_window(plain.port, "--name", "Batman")
    secured.accept().expect_end()
    window.wait_for("Trust this certificate from now on? (yes or no)", ">")
    window.enter("no")
    assert window.wait_for_end()[0] == 1
    nobody_connects(plain)


@pytest.mark.parametrize("what", ["nothing", "closes", "a plain server"])
def test_without_tls_a_person_gets_in_all_the_same(open_window, ports, known_servers, what):
    plain = ScriptedServer(port=ports[0])
    neighbour = None if what == "nothing" else ScriptedServer(port=ports[1])
    window = open_window(plain.port, "--name", "Batman")
    if neighbour:
        connection = neighbour.accept_raw()
        if what == "a plain server":
            connection.sendall(b"welcome id=1 name=abc :Welcome!\n")
        connection.close()
    plain.accept().accept_login("Batman", window=True)
    is_in(window)
    assert not known_servers.exists()


@pytest.mark.parametrize("what, words", [("nothing", "no server at 127.0.0.1:{port}: Connection refused"), ("closes", "127.0.0.1:{port} closed the connection during the TLS handshake"),
                                         ("a plain server", "127.0.0.1:{port} does not speak TLS")])
def test_a_server_that_had_tls_is_never_reached_without(open_window, start_piped, ports, remember, what, words):
    plain = ScriptedServer(port=ports[0])
    neighbour = None if what == "nothing" else ScriptedServer(port=ports[1])
    remember(ports[1])

    def answer():
        if neighbour:
            connection = neighbour.accept_raw()
            connection.recv(65536)
            if what == "a plain server":
                connection.sendall(b"welcome id=1 name=abc :Welcome!\n")
            connection.close()
    complaint = "chat-client: " + words.format(port=ports[1])
    window = open_window(plain.port, "--name", "Batman")
    answer()
    status, lines = window.wait_for_end()
    shown = "".join(lines).replace(" ", "")     # a line that fills the screen's width loses its last blank
    assert status == 1 and shown.startswith(complaint.replace(" ", ""))
    assert shown.endswith("itwasreachedbyTLSbefore,soitisnottriedwithout(--tls=falsedoesthat)")
    client = start_piped(plain.port, "--guest")
    answer()
    assert client.wait_for_end() == 1 and client.error_lines()[0].startswith(complaint)
    client = start_piped(None, "who", "--server", f"127.0.0.1:{plain.port}")
    answer()
    assert client.wait_for_end() == 1 and client.error_lines()[0].startswith(complaint)
    nobody_connects(plain)
    start_piped(plain.port, "--tls=false", "--guest")
    plain.accept().welcome()


def test_a_script_uses_tls_where_a_person_did(start_piped, both, remember):
    plain, secured = both
    start_piped(plain.port, "--guest")
    plain.accept().welcome()        # a script cannot be asked, so TLS is not tried
    nobody_connects(secured)
    remember(secured.port)
    start_piped(plain.port, "--guest")
    secured.accept().welcome()
    nobody_connects(plain)


@pytest.mark.parametrize("setting, options, is_secured", [("tls = true", [], True), ("tls = false", [], False), ("tls = true", ["--tls=false"], False), ("tls = false", ["--tls"], True)])
def test_settings_and_options(start_piped, both, remember, tmp_path, setting, options, is_secured):
    plain, secured = both
    (tmp_path / "client.toml").write_text(f"{setting}\n")
    remember(secured.port)
    server = secured if is_secured else plain
    start_piped(server.port, "--config", tmp_path / "client.toml", *options, "--guest")
    server.accept().welcome()


@pytest.mark.parametrize("options, complaint", [(["--tls=false", "--fingerprint", "ab" * 32], "--fingerprint: needs TLS"), (["--fingerprint", "ab"], "--fingerprint: 'ab' is not a SHA-256 of 64 hexadecimal digits")])
def test_options_that_make_no_sense(start_piped, options, complaint):
    for subcommand in ([], ["who"]):
        client = start_piped(None, *subcommand, *options)
        assert client.wait_for_end() == 2
        assert client.error_lines()[0] == complaint


# ── reconnections ──
def test_a_reconnection_keeps_tls(open_window, both, remember):
    plain, secured = both
    remember(secured.port)
    window = open_window(plain.port, "--name", "Batman")
    peer = secured.accept()
    peer.accept_login("Batman", window=True)
    is_in(window)
    for _ in range(2):
        peer.close()
        peer = secured.accept()
        peer.welcome()
        peer.expect("/login Batman")
        peer.send("renamed id=48213 old=q7mzxtrplw name=Batman", "online id=48213 name=Batman count=1 :Batman has joined.")
    nobody_connects(plain)


def test_a_certificate_that_changes_meanwhile_receives_nothing(open_window, both, remember, certificate, another):
    _, secured = both
    remember(secured.port)
    window = open_window(secured.port, "--tls", "--name", "Batman")
    peer = secured.accept()
    peer.accept_login("Batman", window=True)
    is_in(window)
    secured.tls = another.context()
    peer.close()
    for _ in range(2):
        secured.accept().expect_end()
    wait_until(lambda: another.fingerprint in "".join(window.lines()), "it says which certificate is there now")
    assert "".join(window.lines()).count("has changed") == 1
    secured.tls = certificate.context()
    peer = secured.accept()
    peer.welcome()
    peer.expect("/login Batman")


# ── files ──
@pytest.fixture
def secured_data_port(certificate):
    port = DataPort(tls=certificate.context())
    yield port
    port.close()


def test_a_file_is_sent_by_tls(start_piped, both, remember, secured_data_port, tmp_path):
    _, secured = both
    remember(secured.port)
    (tmp_path / "notes.txt").write_text(CONTENT)
    client = start_piped(None, "sendfile", "--tls", "--server", f"127.0.0.1:{secured.port}", "Robin", tmp_path / "notes.txt")
    peer = secured.accept()
    peer.welcome()
    tag = peer.read_raw().split(" ")[0][1:]
    peer.send(secured_data_port.ticket().format(tag=f"tag={tag}"))
    data = secured_data_port.accept()
    data.expect("/upload abc 0")
    data.send("go offset=0")
    assert data.read(1000) == CONTENT.encode()[:1000]
    data.socket.close()                             # the transfer is resumed
    data = secured_data_port.accept()
    assert data.read_line().startswith("/upload abc ")
    data.send("go offset=1000")
    assert data.read(len(CONTENT) - 1000) == CONTENT.encode()[1000:]
    data.send("stored")
    peer.expect("/quit")
    peer.send(BYE)
    assert (client.wait_for_end(), client.error_lines()) == (0, [])


def test_a_file_is_received_by_tls(open_window, both, remember, secured_data_port, downloads):
    _, secured = both
    remember(secured.port)
    window = open_window(secured.port, "--tls", "--name", "Batman")
    peer = secured.accept()
    peer.accept_login("Batman", window=True)
    peer.send(secured_data_port.offer(CONTENT.encode(), "notes.txt"))
    data = secured_data_port.accept()
    data.expect("/download abc 0")
    data.send("go offset=0")
    data.send(CONTENT.encode())
    data.expect("/done")
    data.close()
    wait_until(lambda: any("saved as" in line for line in window.lines()), "it is saved")
    assert (downloads / "notes.txt").read_text() == CONTENT


def test_a_data_port_with_another_certificate_receives_nothing(start_piped, both, remember, another, tmp_path):
    _, secured = both
    remember(secured.port)
    (tmp_path / "notes.txt").write_text(CONTENT)
    client = start_piped(None, "sendfile", "--tls", "--server", f"127.0.0.1:{secured.port}", "Robin", tmp_path / "notes.txt")
    port = DataPort(tls=another.context())
    peer = secured.accept()
    peer.welcome()
    tag = peer.read_raw().split(" ")[0][1:]
    peer.send(port.ticket().format(tag=f"tag={tag}"))
    assert port.accept().read(1) == b""
    peer.expect("/quit")
    peer.send(BYE)
    assert client.wait_for_end() == 1
    assert "has changed" in client.error_lines()[0] and another.fingerprint in client.error_lines()[0]
    port.close()


# ── with the real server behind a terminator ──
@pytest.fixture
def terminator(server, certificate, remember):
    data = TlsRelay(certificate.context(), server.port + 1)
    chat = TlsRelay(certificate.context(), server.port, ports={server.port + 1: data.port})
    remember(chat.port)
    chat.data = data
    yield chat
    chat.close()
    data.close()


def test_each_subcommand_works_by_tls(terminator, start_piped, downloads, tmp_path):
    (tmp_path / "notes.txt").write_text(CONTENT)

    def start(subcommand, *options):
        return start_piped(None, subcommand, "--tls", "--server", f"127.0.0.1:{terminator.port}", *map(str, options))

    def run(*words, given=""):
        client = start(*words)
        if given:
            client.write(given)
        client.end_input()
        assert (client.wait_for_end(), client.error_lines()) == (0, []), words
        return client.lines()

    chat = start_piped(terminator.port, "--tls", "--name", "Ann")
    chat.wait_for_line("Ann")
    listener = start("tail", "--json", "--files", "--name", "Ear")
    chat.wait_for_line("Ear")
    chat.write("/to Ear\nhello\n/calc 1 + 1\n")
    chat.wait_for_line("1 + 1 = 2")
    assert any("Ann" in line for line in run("who"))
    assert run("send", "Ear", "psst") == []
    assert run("sendfile", "Ear", tmp_path / "notes.txt") == []
    assert run("echo", "hello") == ["hello"]
    assert run("calc", "--name", "Ada", given="4.5 / -6\nq\n") == ["4.5 / -6 = -0.75", "Session ended"]
    listener.wait_for_line('"finished"', '"received"')
    listener.wait_for_line('"psst"')
    assert (downloads / "notes.txt").read_text() == CONTENT
    chat.write("/sendfile Ear " + str(tmp_path / "notes.txt") + "\n/quit\n")
    assert chat.wait_for_end() == 0
    listener.wait_for_line("notes (1).txt", '"received"')
    assert (downloads / "notes (1).txt").read_text() == CONTENT
    listener.process.terminate()
    listener.wait_for_end()
    assert not listener.error_lines() and not chat.error_lines()
    assert terminator.served >= 7 and terminator.data.served >= 4


def test_what_is_typed_last_arrives(terminator, start_piped):
    listener = start_piped(terminator.port, "--tls", "--name", "Ear")
    listener.wait_for_line("Ear")
    for number in range(10):
        client = start_piped(None, "send", "--tls", "--server", f"127.0.0.1:{terminator.port}", "all", "-")
        client.write("".join(f"{number} {line}\n" for line in range(20)))
        client.end_input()
        assert (client.wait_for_end(), client.error_lines()) == (0, [])
        listener.wait_for_line(f": {number} 19")
    said = [line.partition(": ")[2] for line in listener.lines()]
    assert [text for text in said if text[:1].isdigit() and " " in text] == [f"{number} {line}" for number in range(10) for line in range(20)]


def test_a_signal_says_goodbye_by_tls(terminator, start_piped):
    """The departure has a reason: the last line arrived before the end."""
    listener = start_piped(None, "tail", "--json", "--tls", "--server", f"127.0.0.1:{terminator.port}")
    client = start_piped(None, "tail", "--tls", "--server", f"127.0.0.1:{terminator.port}", "--name", "Guest")
    listener.wait_for_line('"Guest"')       # as who joins, or as the new name of somebody
    client.process.terminate()
    assert client.wait_for_end() == 128 + 15
    listener.wait_for_line('"offline"', '"Guest"')
    assert [line["reason"] for line in map(json.loads, listener.lines()) if line["kind"] == "offline"] == ["killed"]
