"""Connecting to the server, and what the client says when it cannot."""
import re
import socket
import subprocess

import pytest
from chat_server import free_port
from deadline import wait_until
from mounting import needs_mount_namespace
from scripted_server import ScriptedServer


@pytest.mark.requirement("R88")
def test_no_server_is_one_clear_line(start_piped):
    port = free_port()
    client = start_piped(port, "--guest")
    assert client.wait_for_end() == 1
    assert client.error_lines() == [f"chat-client: no server at 127.0.0.1:{port}: Connection refused"]
    assert client.lines() == []


@pytest.mark.requirement("R88")
def test_no_server_in_a_terminal(open_window):
    port = free_port()
    window = open_window(port)
    assert window.wait_for_end() == (1, [f"chat-client: no server at 127.0.0.1:{port}: Connection refused", "Is the server running, and the address right? --server HOST[:PORT] sets it."])


@pytest.mark.requirement("R06")
def test_refused(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.send("refused code=limit :Connection Limit Exceeded !!")
    peer.close()
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["Connection Limit Exceeded !!"]


@pytest.mark.parametrize("reason, words", [("spam", "You are banned from this server: spam"), ("You are banned", "You are banned from this server.")])
@pytest.mark.parametrize("subcommand", [[], ["who"]], ids=str)
def test_banned(start_piped, scripted_server, subcommand, reason, words):
    client = start_piped(None, *subcommand, "--server", f"127.0.0.1:{scripted_server.port}", *([] if subcommand else ["--guest"]))
    scripted_server.accept().refuse(f"code=banned :{reason}")
    assert client.wait_for_end() == (4 if subcommand else 1)
    assert client.error_lines() == [f"chat-client: {words}"]


@pytest.mark.parametrize("refusal, lines", [
    ("code=banned :spam", ["chat-client: You are banned from this server: spam", "Only the server's operator can lift this."]),
    ("code=limit :Too many connections from your address", ["Too many connections from your address", "Close another one first; the server's operator can raise limits.max_per_address."]),
    ("code=busy :The server is busy; try again later", ["The server is busy; try again later"]),
], ids=["banned", "per address", "busy"])
def test_a_person_reads_what_can_be_done_about_a_refusal_before_any_question(open_window, scripted_server, refusal, lines):
    window = open_window(scripted_server.port, width=100)
    scripted_server.accept().refuse(refusal)
    assert window.wait_for_end() == (1, lines)


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.2\n", b"\x15\x03\x01\x00\x02", b"\x00\xff" * 5000], ids=["ssh", "tls", "noise"])
def test_a_person_reads_at_once_that_it_is_no_chat_server(open_window, scripted_server, said):
    window = open_window(scripted_server.port)
    scripted_server.accept().socket.sendall(said)
    assert window.wait_for_end() == (1, [f"chat-client: 127.0.0.1:{scripted_server.port} is not a chat server", "--server HOST[:PORT] says where the chat server is; its usual port is 5000."])


def test_in_a_narrow_window_the_reason_is_not_cut_in_mid_word(open_window):
    port = free_port()
    status, lines = open_window(port, width=40, height=15).wait_for_end()
    assert (status, lines) == (1, ["chat-client: no server at", f"  127.0.0.1:{port}: Connection refused", "Is the server running, and the address", "  right? --server HOST[:PORT] sets it."])


@pytest.mark.requirement("R06", "R31")
@pytest.mark.settings(limits__max_clients=2)
def test_refused_by_the_real_server(start_piped, open_window, server):
    for number in (1, 2):
        client = start_piped(server.port, "--guest")
        wait_until(client.lines, f"client {number} is welcome")
    client = start_piped(server.port, "--name", "Batman")
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["Connection Limit Exceeded !!"]
    window = open_window(server.port, width=120)
    status, lines = window.wait_for_end()
    assert (status, lines) == (1, ["Connection Limit Exceeded !!", "The server is full. Try again later; its operator can raise limits.max_clients."])


@pytest.mark.requirement("R34")
def test_a_server_that_closes_without_a_word(start_piped, scripted_server):
    client = start_piped(scripted_server.port, "--guest")
    scripted_server.accept().close()
    assert client.wait_for_end() == 1
    assert client.error_lines() == ["chat-client: the server closed the connection"]


@pytest.mark.requirement("R34")
@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.2"])
def test_every_address_of_a_name_is_tried(program, tmp_path, address):
    """A name with two addresses, and a server at one of them, in a mount namespace with an /etc/hosts of its own."""
    needs_mount_namespace()
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 chat.test\n127.0.0.2 chat.test\n")
    server = ScriptedServer(host=address)
    script = f"mount --bind {hosts} /etc/hosts && exec {program} --server chat.test:{server.port} --guest"
    client = subprocess.Popen(["unshare", "--mount", "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    peer = server.accept()
    peer.welcome()
    peer.expect("/quit")
    server.close()
    output, _ = client.communicate(timeout=20)
    assert output.startswith(b"Server: Welcome!")


@pytest.mark.requirement("R34")
def test_ipv6(start_piped):
    try:
        server = ScriptedServer(socket.AF_INET6, "::1")
    except OSError as error:
        pytest.skip(f"no IPv6 on this machine: {error}")
    client = start_piped(None, "--server", f"[::1]:{server.port}", "--guest")
    server.accept().welcome()
    client.wait_for("Server: Welcome! You are q7mzxtrplw (48213). /help lists the commands.")
    server.close()


@pytest.mark.requirement("R86")
@pytest.mark.parametrize("address", ["", ":5000", "host:", "host:0", "host:65536", "host:port", "[::1", "[::1]5000", "a:b:c", "two words:5000"])
def test_invalid_server_address(start_piped, address):
    client = start_piped(None, "--server", address, "--guest")
    assert client.wait_for_end() == 2
    assert client.error_lines()[0] == f"--server: '{address}' is not HOST[:PORT] or [IPv6][:PORT]"


@pytest.mark.requirement("R88")
def test_unknown_host_name(start_piped):
    client = start_piped(None, "--server", "nowhere.invalid", "--guest")
    assert client.wait_for_end() == 1
    assert len(client.error_lines()) == 1
    assert client.error_lines()[0].startswith("chat-client: cannot find the server nowhere.invalid: ")


def test_help_and_version(start_piped):
    client = start_piped(None, "--help")
    assert client.wait_for_end() == 0
    assert all(word in client.output.decode() for word in ("--server", "--name", "--guest", "--version"))
    client = start_piped(None, "--version")
    assert client.wait_for_end() == 0
    assert re.fullmatch(r"chat-client \d+\.\d+\.\d+\n", client.output.decode())


@pytest.mark.requirement("R86")
def test_wrong_options(start_piped):
    for options in (["--guest", "--name", "Batman"], ["--nonsense"], ["word"]):
        client = start_piped(None, *options)
        assert client.wait_for_end() == 2
        assert client.error_lines()


@pytest.mark.requirement("R06")
def test_a_full_server_says_so_and_a_person_learns_what_can_be_done(open_window, start_piped, scripted_server):
    window = open_window(scripted_server.port, "--name", "Batman", width=120)
    scripted_server.accept().refuse("code=limit :Connection Limit Exceeded !!")
    status, lines = window.wait_for_end()
    assert (status, lines[-2:]) == (1, ["Connection Limit Exceeded !!", "The server is full. Try again later; its operator can raise limits.max_clients."])
    client = start_piped(scripted_server.port, "--name", "Batman")
    scripted_server.accept().refuse("code=limit :Connection Limit Exceeded !!")
    assert (client.wait_for_end(), client.error_lines()) == (1, ["Connection Limit Exceeded !!"])
