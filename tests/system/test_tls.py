"""TLS as the packages serve it: HAProxy in a unit of its own, which restarts, upgrades and deaths of the chat leave
alone."""
import contextlib
import functools
import os
import random
import re
import socket
import ssl
import sys
import threading
from pathlib import Path

import pytest
from certificates import Certificate
from data_connection import download, offer, stored, upload
from deadline import wait_until
from disturbances import Killer
from test_kills import SETTINGS, finish, segment     # of this directory
from tls_socket import TlsSocket

sys.path.append(str(Path(__file__).resolve().parents[1] / "crash"))
from crowd import Crowd         # noqa: E402 - of tests/crash

SOURCE = Path(__file__).resolve().parents[2]
README = (SOURCE / "packaging" / "deb" / "chat-tls.README.Debian").read_text()
PEM = "/etc/chat/tls/server.pem"
CLIENTS, PACE = 30, 0.05        # lines from each client every 50 ms
RANDOM_SECONDS = 8
CONNECT = """
import socket, sys
for port in (5002, 5003, 5004):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5)
        print(port, "open")
    except ConnectionRefusedError:
        print(port, "refused")
"""
REACHED, REFUSED = ("".join(f"{port} {what}\n" for port in (5002, 5003, 5004)) for what in ("open", "refused"))


@pytest.fixture
def tls(machine, chat):
    """A function that connects a client over TLS: tls() or tls("Ann"). Afterwards the certificate is again the one that
    the installation has made."""
    earlier = machine.path(PEM).read_bytes()
    yield functools.partial(chat, tls=True)
    if machine.path(PEM).read_bytes() != earlier:
        machine.path(PEM).write_bytes(earlier)
        machine.systemctl("try-reload-or-restart", "chat-tls")


def fingerprint_shown(machine):
    """The fingerprint of the certificate that a new connection is shown."""
    done = machine.run("sh", "-c", "openssl s_client -connect 127.0.0.1:5697 </dev/null 2>/dev/null | openssl x509 -noout -fingerprint -sha256")
    return done.stdout.strip().partition("=")[2].replace(":", "").lower()


def put(machine, certificate, directory):
    """The certificate's two files, as certbot names them, in a directory of the machine."""
    text = certificate.path.read_text()
    key, end, chain = text.partition("-----END PRIVATE KEY-----\n")
    place = machine.path(directory)
    place.mkdir(parents=True, exist_ok=True)
    (place / "fullchain.pem").write_text(chain)
    (place / "privkey.pem").write_text(key + end)


def workers(machine):
    pid = machine.pid("chat-tls")
    return set(Path(machine.path(f"/proc/{pid}/task/{pid}/children")).read_text().split())


@pytest.mark.requirement("N08")
def test_clients_with_and_without_tls_share_the_chat(machine, chat, tls):
    ann, ben = tls("Ann"), chat("Ben")
    assert (ann.welcome["tls"], ben.welcome.get("tls")) == ("yes", None)
    ann.drain()
    ann.send("hello")
    assert ben.wait_for("message").text == "hello"
    ben.send("/send Ann psst")
    assert ann.wait_for("message", from_=ben.id).text == "psst"
    [row] = wait_until(lambda: machine.query("SELECT peer FROM session WHERE client_id = ? AND ended_at IS NULL", int(ann.id)), "her row in the log")
    assert row[0] == ann.address, "the log has not got the client's own address"
    content, context = os.urandom(300_000), machine.tls_context()
    for sender, receiver, with_tls in ((ann, ben, True), (ben, ann, False)):
        answer = offer(sender, "room:lobby", content)
        assert answer["port"] == ("5698" if with_tls else "5001")
        with machine.network():
            assert upload(answer, content, context=context if with_tls else None) == stored(answer, content)
        line = receiver.wait_for("file")
        assert line["port"] == ("5001" if with_tls else "5698")
        with machine.network():
            assert download(line, context=None if with_tls else context) == content


@pytest.mark.requirement("N08")
def test_the_packaged_client_and_openssl_use_it(machine, chat, tls):
    listener = chat("Batman")
    fingerprint = fingerprint_shown(machine)
    client = ["env", "HOME=/root/tls", "chat-client", "--tls", "--server", "127.0.0.1"]     # whose known_servers are for this test
    machine.run(*client, "--fingerprint", fingerprint, "--name", "Robin", stdin="Holy terminator\nquit\n")
    assert listener.wait_for("message", name="Robin").text == "Holy terminator"
    refused = machine.run(*client, "--fingerprint", "00" * 32, "--name", "Joker", stdin="hello\n", check=False)
    assert refused.returncode == 1 and "Joker" not in machine.run("chatctl", "clients").stdout
    done = machine.run("openssl", "s_client", "-quiet", "-connect", "127.0.0.1:5697", stdin="/login Ann\n/echo x\n/quit\n")
    assert "\necho :x\n" in done.stdout and done.stdout.endswith("bye :Session ended\n")


@pytest.mark.requirement("N08", "N02")
def test_nothing_but_the_terminator_reaches_the_ports_behind_it(machine, tls):
    tls()
    pid = machine.pid("chat-tls")
    in_namespace_of = ["nsenter", "-t", pid, "-n", "python3", "-c", CONNECT]
    assert machine.run(*in_namespace_of).stdout == REACHED      # what cannot be reached at all proves nothing
    assert machine.run("python3", "-c", CONNECT).stdout == REFUSED
    assert machine.run("systemd-run", "-q", "--wait", "--pipe", "-p", "PrivateNetwork=yes", "python3", "-c", CONNECT).stdout == REFUSED
    for unit in ("chat-acceptor", "chat-delivery"):
        assert machine.run("nsenter", "-t", machine.pid(unit), "-n", "python3", "-c", CONNECT).stdout == REFUSED
    assert machine.run("python3", "-c", CONNECT.replace("127.0.0.1", "::1")).stdout == REFUSED
    namespaces = {unit: machine.run("readlink", f"/proc/{process}/ns/net").stdout for unit, process in
                  {"the machine": 1, "tls": pid, "acceptor": machine.pid("chat-acceptor"), "delivery": machine.pid("chat-delivery")}.items()}
    assert len(set(namespaces.values())) == len(namespaces), namespaces


@pytest.mark.requirement("N08", "N02")
def test_the_process_with_the_key_has_no_network_and_no_privilege(machine, tls):
    tls()
    user = machine.run("id", "-u", "_chat-tls").stdout.strip()
    for pid in {str(machine.pid("chat-tls")), *workers(machine)}:
        interfaces = re.findall(r"^\s*(\S+):", machine.run("cat", f"/proc/{pid}/net/dev").stdout, re.MULTILINE)
        assert interfaces == ["lo"]
        status = dict(line.split(":\t", 1) for line in machine.run("cat", f"/proc/{pid}/status").stdout.splitlines() if ":\t" in line)
        assert status["Uid"].split() == [user] * 4
        assert {int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {0}
        assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"
    assert machine.run("stat", "-c", "%U:%G %a", PEM, "/etc/chat/tls").stdout.splitlines() == ["root:_chat-tls 640", "root:_chat-tls 750"]
    for other in ("_chat", "_chat-report", "nobody"):
        assert machine.run("setpriv", "--reuid", other, "--clear-groups", "cat", PEM, check=False).returncode != 0
    # It has its own service; the package does not change that of HAProxy.
    assert machine.pid("haproxy") not in (machine.pid("chat-tls"), *map(int, workers(machine)))


@pytest.fixture
def mixed_crowd(machine, chat, tls, configuration):
    """Clients that have already logged in, every second one over TLS."""
    configuration(SETTINGS)
    machine.systemctl("start", "chat.socket")
    machine.systemctl("restart", "chat-acceptor", "chat-delivery")
    tls().close()       # chat-tls.service runs
    context, turns = machine.tls_context(), iter(range(1_000_000))
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE      # it is replaced meanwhile

    def connect():
        with machine.network():
            if next(turns) % 2:
                return socket.create_connection(("127.0.0.1", 5000), timeout=30)
            return TlsSocket(socket.create_connection(("127.0.0.1", 5697), timeout=30), context)

    wait_until(segment(machine).is_delivered_and_logged, "what came before is in the log")
    [(earlier,)] = machine.query("SELECT coalesce(max(id), 0) FROM message")
    crowd = Crowd(connect, CLIENTS, seed=11, pace=PACE, earlier=earlier)
    yield crowd
    crowd.close()


@pytest.mark.requirement("N08", "N15", "N01", "N03")
def test_kills_restarts_and_a_new_certificate_under_load(machine, mixed_crowd, tmp_path, record_property):
    crowd, killer = mixed_crowd, Killer(machine, random.Random(7))
    renewed, before = Certificate(tmp_path, "renewed"), machine.pid("chat-tls")
    put(machine, renewed, "/root/renewed")
    hook = threading.Thread(target=lambda: machine.run("env", "RENEWED_LINEAGE=/root/renewed", "/usr/libexec/chat-tls/use-certificate"))
    crowd.run(RANDOM_SECONDS / 2, killer)
    hook.start()
    crowd.run(RANDOM_SECONDS / 2, killer)
    killer.thread.join()
    hook.join()
    restarts = threading.Thread(target=lambda: machine.run("systemctl", "restart", "chat-acceptor", "chat-delivery"))
    restarts.start()
    crowd.run(1.0, lambda: None)
    restarts.join()
    assert machine.pid("chat-tls") == before and fingerprint_shown(machine) == renewed.fingerprint
    outcome = finish(machine, crowd)
    record_property("silence", f"{killer.kills} random kills in {RANDOM_SECONDS} s, {CLIENTS} clients, half of them over TLS, "
                               f"longest silence {1000 * crowd.longest_wait:.0f} ms, {outcome}")


@pytest.mark.requirement("N08", "N15")
def test_a_new_certificate_is_for_new_connections(machine, tls, tmp_path):
    early = tls("Ann")
    shown, before = fingerprint_shown(machine), workers(machine)
    for title in ("first", "second"):
        certificate = Certificate(tmp_path, title)
        put(machine, certificate, f"/root/{title}")
        machine.run("/usr/libexec/chat-tls/use-certificate", f"/root/{title}/fullchain.pem", f"/root/{title}/privkey.pem")
        wait_until(lambda certificate=certificate: fingerprint_shown(machine) == certificate.fingerprint, "the new certificate is shown")
        assert tls().welcome["tls"] == "yes" and early.ask("/echo still here").text == "still here"
    assert shown != certificate.fingerprint and before < workers(machine), "the first process has not stayed for its client"
    # A mistake is reported and changes nothing.
    machine.path(PEM).write_text("this is no certificate\n")
    assert machine.run("systemctl", "reload", "chat-tls", check=False).returncode != 0
    assert wait_until(lambda: [entry for entry in machine.journal("_COMM=haproxy", "_SYSTEMD_UNIT=chat-tls.service") if "server.pem" in entry["MESSAGE"]],
                      "the reason in the journal")
    assert fingerprint_shown(machine) == certificate.fingerprint and early.ask("/echo still here").text == "still here"
    mixed = ["/root/first/fullchain.pem", "/root/second/privkey.pem"]
    refused = machine.run("/usr/libexec/chat-tls/use-certificate", *mixed, check=False)
    assert refused.returncode == 1 and "does not belong to the certificate" in refused.stderr


@pytest.mark.requirement("N08")
def test_death_of_the_terminator_ends_its_clients_alone(machine, chat, tls):
    ann, ben = tls("Ann"), chat("Ben")
    before = machine.pid("chat-tls")
    machine.systemctl("kill", "-s", "KILL", "chat-tls")
    with contextlib.suppress(ssl.SSLError, ConnectionError):
        ann.read_all()
    assert ben.wait_for("offline", id=ann.id)["reason"] == "lost"
    assert tls("Ann").welcome["tls"] == "yes"       # waits for the next process
    assert machine.pid("chat-tls") not in (0, before)
    assert ben.ask("/echo x").text == "x"


@pytest.mark.requirement("N08")
def test_it_serves_again_once_its_certificate_is_right(machine, chat, tls):
    """While it cannot start it uses up no processor, connections wait, and the chat goes on without it."""
    ben, good = chat("Ben"), machine.path(PEM).read_bytes()
    machine.path(PEM).write_text("this is no certificate\n")
    machine.systemctl("stop", "chat-tls.service")
    with machine.network():
        waiting = socket.create_connection(("127.0.0.1", 5697), timeout=60)
    wait_until(lambda: int(machine.property("chat-tls.service", "NRestarts")) >= 2, "it tries again")
    assert machine.is_active("chat-tls.socket") and ben.ask("/echo x").text == "x"
    machine.path(PEM).write_bytes(good)
    with machine.tls_context().wrap_socket(waiting, server_hostname="127.0.0.1") as client:
        assert client.recv(8) == b"welcome "


@pytest.mark.requirement("N08", "D01")
def test_stopping_the_chat_says_goodbye_over_tls_and_no_connection_starts_it_again(machine, chat, tls):
    ann, pid = tls("Ann"), machine.pid("chat-tls")
    machine.systemctl("restart", "chat.socket")     # which is no stop
    assert ann.ask("/echo still here").text == "still here"
    assert tls().welcome["tls"] == "yes"
    machine.systemctl("stop", "chat.socket")
    ann.wait_for("offline", id=ann.id, reason="shutdown")
    ann.expect_end()
    left = machine.systemctl("list-units", "--plain", "--no-legend", "chat*.socket", "chat*.service").splitlines()
    left = {line.split()[0] for line in left} - {"chat-auth-pam.socket", "chat-auth-pam.service"}     # they serve chat-auth alone
    assert left == {"chat-tls.socket", "chat-tls.service"} and machine.pid("chat-tls") == pid
    for is_running in (True, False):
        if not is_running:
            machine.systemctl("stop", "chat-tls.service")
        client = machine.connect_tls()
        client.expect_end()
        client.close()
        assert not machine.is_active("chat.socket") and machine.pid("chat-acceptor") == 0
    machine.systemctl("start", "chat.socket")       # the terminator, which runs already, has made the namespace
    assert tls("Ann").welcome["tls"] == "yes"
    alice = machine.connect_irc("alice", 6697, machine.tls_context())
    alice.close()
    listening = machine.run("nsenter", "-t", machine.pid("chat-tls"), "-n", "cat", "/proc/net/tcp").stdout
    assert all(f"0100007F:{port:04X} 00000000:0000 0A" in listening for port in (5002, 5003, 5004))


@pytest.mark.requirement("N08", "N15")
def test_an_upgrade_of_haproxy_or_openssl_reloads_it(machine, tls):
    """What dpkg does after it has unpacked them."""
    ann, pid = tls("Ann"), machine.pid("chat-tls")
    triggers = machine.path("/var/lib/dpkg/triggers/File").read_text()
    triggers = re.findall(r"^(/\S+) chat-tls", triggers, re.MULTILINE)
    assert len(triggers) == 3
    for path in triggers:
        assert machine.run("dpkg", "-S", path).stdout, f"{path} does not come from a package"
        before = workers(machine)
        machine.run("dpkg-trigger", "--by-package=haproxy", path)
        machine.run("dpkg", "--configure", "--pending")
        wait_until(lambda before=before: workers(machine) - before, "a new process")
        assert ann.ask("/echo still here").text == "still here" and tls().welcome["tls"] == "yes"
    assert machine.pid("chat-tls") == pid
    override = machine.path("/etc/needrestart/conf.d/chat-tls.conf").read_text()
    assert re.search(r"^\$nrconf\{override_rc\}\{qr\(\^chat-tls\\\.service\$\)\} = 0;$", override, re.MULTILINE)


@pytest.mark.requirement("N08", "D06")
def test_removing_keeps_the_certificate_and_installing_again_uses_it(machine, chat, tls):
    ann, ben, shown = tls("Ann"), chat("Ben"), fingerprint_shown(machine)
    machine.run("dpkg", "--remove", "chat-tls")
    ben.wait_for("offline", id=ann.id, reason="lost")
    with machine.network(), socket.socket() as visitor:
        assert visitor.connect_ex(("127.0.0.1", 5697)) != 0
    left = machine.systemctl("list-units", "--plain", "--no-legend", "chat-tls*")
    machine.run("sh", "-c", "dpkg -i /packages/chat-tls_*.deb")
    assert left == "" and fingerprint_shown(machine) == shown
    machine.run("sh", "-c", "dpkg -i /packages/chat-tls_*.deb")     # an upgrade
    assert ben.ask("/echo x").text == "x" and fingerprint_shown(machine) == shown


@pytest.mark.requirement("N08", "D06")
def test_haproxys_own_service_is_not_started_because_of_tls(machine, chat):
    assert machine.is_active("haproxy") and machine.systemctl("is-enabled", "haproxy") == "enabled"     # it was there before
    try:
        machine.run("dpkg", "--purge", "chat-tls", "haproxy")
        for packages in ("/packages/chat-tls_*.deb", ""):       # the second time as an upgrade of HAProxy alone does
            done = machine.run("sh", "-c", f"dpkg -i /var/cache/packages/again/haproxy_*.deb {packages} 2>&1")
            assert "error" not in done.stdout.lower()
            assert machine.systemctl("is-enabled", "haproxy", check=False) == "disabled" and not machine.is_active("haproxy")
        assert chat("Ann", tls=True).welcome["tls"] == "yes"
    finally:
        machine.systemctl("enable", "--now", "haproxy")
    machine.run("dpkg", "--purge", "chat-tls")
    machine.run("sh", "-c", "dpkg -i /packages/chat-tls_*.deb")
    assert machine.is_active("haproxy") and machine.systemctl("is-enabled", "haproxy") == "enabled"


@pytest.mark.requirement("N08")
def test_other_ports_as_the_readme_says(machine, chat):
    [(unit, lines)] = re.findall(r"^ +systemctl edit (\S+)\n((?: {8}\S.*\n)+)", README, re.MULTILINE)
    directory = machine.path(f"/etc/systemd/system/{unit}.d")
    directory.mkdir()
    (directory / "override.conf").write_text("".join(f"{line.strip()}\n" for line in lines.splitlines()))
    try:
        machine.systemctl("daemon-reload")
        machine.systemctl("restart", unit)
        client = machine.connect_tls(7000)
        assert client.expect("welcome")["tls"] == "yes"
        client.close()
    finally:
        (directory / "override.conf").unlink()
        directory.rmdir()
        machine.systemctl("daemon-reload")
        machine.systemctl("restart", unit)
