"""What the packages install, and that starting one socket is enough."""
import json
import socket

import pytest
from deadline import wait_until


@pytest.mark.requirement("D06")
def test_packages_install_and_start_what_they_should(machine):
    assert "not starting it" not in machine.installation
    assert machine.systemctl("is-enabled", "chat.socket") == "enabled"
    assert machine.systemctl("is-enabled", "chat-report.timer") == "enabled"
    assert machine.systemctl("is-enabled", "chat-tls.socket") == "enabled"
    assert machine.is_active("chat.socket") and machine.is_active("chat-report.timer") and machine.is_active("chat-tls.socket")
    assert "_chat" in machine.run("getent", "passwd", "_chat").stdout
    assert "/etc/chat/chat.toml" in machine.run("dpkg-query", "-W", "-f", "${Conffiles}", "chat-server").stdout
    assert machine.run("systemd-analyze", "verify", "--man=no", *(f"/lib/systemd/system/{unit}" for unit in (
        "chat.socket", "chat-data.socket", "chat-irc.socket", "chat-delivery.socket", "chat-proxied.socket", "chat-data-proxied.socket", "chat-irc-proxied.socket", "chat-acceptor.service", "chat-delivery.service",
        "chat-auth.socket", "chat-login.socket", "chat-auth.service", "chat-auth-pam.socket", "chat-auth-pam.service",
        "chat-report.service", "chat-report.timer", "chat-tls.socket", "chat-tls.service"))).stderr == ""


@pytest.mark.requirement("D07")
def test_daemons_use_the_chosen_libraries(machine):
    libraries = {name: machine.run("ldd", f"/usr/libexec/chat/{name}").stdout for name in ("chat-acceptor", "chat-delivery")}
    for name, linked in libraries.items():
        for library in ("libsystemd.so", "libspdlog.so", "libsqlite3.so"):
            assert library in linked, f"{name} is not linked with {library}"


@pytest.mark.requirement("D01")
def test_starting_the_socket_is_all_it_takes(stopped):
    machine = stopped
    machine.systemctl("start", "chat.socket")
    for unit in ("chat-delivery.socket", "chat-irc.socket", "chat-proxied.socket", "chat-data-proxied.socket", "chat-irc-proxied.socket"):
        assert machine.is_active(unit)
    assert machine.pid("chat-acceptor") == machine.pid("chat-delivery") == 0
    client = machine.connect()
    welcome = client.expect("welcome")
    assert 10000 <= int(welcome["id"]) <= 99999 and len(welcome["name"]) == 10
    assert machine.is_active("chat-acceptor.service") and machine.is_active("chat-delivery.service")
    assert machine.property("chat-acceptor", "StatusText") and machine.property("chat-delivery", "StatusText")
    client.close()


@pytest.mark.requirement("D01")
def test_sockets_may_be_started_any_number_of_times(machine):
    """Within seconds, as an operator does who tries a setting."""
    own = ["chat.socket", "chat-tls.socket", "chat-auth-pam.socket", "chat-metrics.socket", "chat-hook.socket"]
    sockets = sorted(path.name for path in machine.path("/usr/lib/systemd/system").glob("chat*.socket"))
    off = [unit for unit in sockets if not machine.is_active(unit)]
    try:
        for unit in [unit for unit in own for _ in range(7)]:
            machine.systemctl("restart", unit)
        assert {machine.property(unit, "StartLimitIntervalUSec") for unit in sockets} == {"0"}
        assert [unit for unit in sockets if not machine.is_active(unit)] == []
    finally:
        if off:
            machine.systemctl("stop", *off)


@pytest.mark.requirement("D01")
def test_irc_clients_are_served_too(machine, chat):
    """On a port that is part of a new installation, and over TLS."""
    assert machine.is_active("chat-irc.socket")
    batman = chat("Batman")
    clients = [machine.connect_irc("alice"), machine.connect_irc("bob", 6697, machine.tls_context())]
    for client in clients:
        client.ask("JOIN #lobby")
    for client in clients:
        client.drain()
    batman.drain()
    batman.send("hello")
    for client in clients:
        line = client.read()
        assert (line.nick, line.params) == ("Batman", ["#lobby", "hello"])
    rows = {row["name"]: row for row in json.loads(machine.run("chatctl", "clients", "--json").stdout)["clients"]}
    assert {name: (row["dialect"], "tls" in row) for name, row in rows.items() if name in ("Batman", "alice", "bob")} == {
        "Batman": ("native", False), "alice": ("irc", False), "bob": ("irc", True)}
    for client in clients:
        client.send("QUIT")
        client.wait_for("ERROR")
        client.close()


@pytest.mark.requirement("D01")
def test_both_internet_protocols_and_datagrams_are_served(machine, chat):
    chat()      # over IPv4
    with machine.network():
        stream = socket.create_connection(("::1", 5000), timeout=20)
    with stream:
        assert stream.recv(8) == b"welcome "
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        with machine.network():
            datagrams = socket.socket(family, socket.SOCK_DGRAM)
        with datagrams:
            datagrams.settimeout(20)
            datagrams.sendto(b"ECHO hello", (address, 5000))
            assert datagrams.recv(100) == b"hello"


@pytest.mark.requirement("D06")
def test_packaged_client_talks_to_the_packaged_server(machine, chat):
    listener = chat("Batman")
    done = machine.run("chat-client", "--name", "Robin", stdin="Holy socket activation\nquit\n")
    said = listener.wait_for("message", name="Robin")
    assert said.text == "Holy socket activation"
    listener.wait_for("offline", name="Robin", reason="quit")
    assert "Robin has joined" in done.stdout


@pytest.mark.requirement("D01")
def test_stopping_the_socket_ends_the_chat(stopped):
    machine = stopped
    machine.systemctl("start", "chat.socket")
    client = machine.connect()
    welcome = client.expect("welcome")
    machine.systemctl("stop", "chat.socket")
    assert machine.pid("chat-acceptor") == machine.pid("chat-delivery") == 0
    client.expect("offline", id=welcome["id"], reason="shutdown")
    client.expect_end()
    client.close()
    machine.systemctl("start", "chat.socket")
    machine.connect().close()
    ended = "SELECT reason FROM session WHERE client_id = ? AND ended_at IS NOT NULL ORDER BY session DESC LIMIT 1"
    assert wait_until(lambda: machine.query(ended, int(welcome["id"])), "the end of the session in the log") == [("shutdown",)]


@pytest.mark.requirement("R16", "D01")
def test_stopping_the_services_says_goodbye_at_once(machine, chat):
    client = chat()
    machine.systemctl("stop", "chat-acceptor", "chat-delivery")
    client.expect("offline", id=client.id, reason="shutdown")
    client.expect_end()
    assert machine.is_active("chat.socket")
    assert chat().id != client.id      # and the next client starts them again


@pytest.mark.requirement("N01")
@pytest.mark.parametrize("unit", ["chat-acceptor", "chat-delivery"])
def test_stopping_one_service_keeps_the_clients(machine, chat, unit):
    client = chat()
    machine.systemctl("stop", unit)
    machine.systemctl("start", unit)
    assert client.ask("/whoami")["id"] == client.id


@pytest.mark.requirement("D06")
def test_purge_leaves_nothing_and_installing_again_works(stopped):
    machine = stopped
    machine.systemctl("start", "chat.socket")
    client = machine.connect()
    client.expect("welcome")
    machine.run("dpkg", "--purge", "chat-auth-pam", "chat-client", "chat-report", "chat-tls", "chat-server")
    client.read_all()
    client.close()
    left = machine.run("find", "/etc", "/lib/systemd", "/usr/lib/sysusers.d", "/usr/libexec", "/usr/bin", "/var/lib/chat", "/var/cache", "/run", "/dev/shm",
                       "/var/lib/systemd", "-regex", ".*/\\(stamp-\\)?chat\\b.*", "-not", "-path", "/run/systemd/*", check=False).stdout
    machine.run("sh", "-c", "dpkg -i /packages/*_*.deb")
    assert left == ""
    client = machine.connect()
    client.expect("welcome")
    client.close()
