"""An upgrade from the packages of an earlier release, built from the history of this repository, while many clients
write; and a refused downgrade."""
import os
import platform
import shutil
import socket
import sys
import threading
from pathlib import Path

import pytest
from deadline import wait_until
from disturbances import ACCEPTOR, DELIVERY
from logged_sessions import have_ended
from older_release import older_packages
from test_kills import SETTINGS, finish     # of this directory

sys.path.append(str(Path(__file__).resolve().parents[1] / "crash"))
from crowd import Crowd         # noqa: E402 - of tests/crash

CLIENTS, PACE = 40, 0.05
OLD = "0.1.0"
SUITE = os.environ.get("CHAT_SUITE") or platform.freedesktop_os_release()["VERSION_CODENAME"]
INSTALL = "dpkg -i /packages/*_*.deb"


@pytest.fixture(scope="module")
def old_packages(packages):
    """The packages of 0.1.0, which the machine sees as /packages/0.1.0."""
    shutil.copytree(older_packages(SUITE, OLD), packages / OLD, dirs_exist_ok=True)


@pytest.fixture
def old(stopped, old_packages):
    """The machine with only the packages of 0.1.0, as if there had never been others; afterwards with the current
    ones."""
    machine = stopped
    machine.run("dpkg", "--purge", "chat-auth-pam", "chat-client", "chat-report", "chat-tls", "chat-server")
    machine.run("sh", "-c", f"dpkg -i /packages/{OLD}/*.deb")
    assert installed_version(machine) == OLD
    yield machine
    machine.run("sh", "-c", INSTALL)
    machine.systemctl("unmask", "chat-irc.socket")
    machine.systemctl("restart", "chat.socket")


@pytest.fixture
def crowd(old, configuration):
    """Clients that have already logged in to 0.1.0."""
    configuration(SETTINGS)
    old.systemctl("start", "chat.socket")

    def connect():
        with old.network():
            return socket.create_connection(("127.0.0.1", 5000), timeout=30)
    crowd = Crowd(connect, CLIENTS, seed=5, pace=PACE)
    yield crowd
    crowd.close()


def installed_version(machine):
    return machine.run("dpkg-query", "-W", "-f", "${Version}", "chat-server").stdout


def under_load(crowd, machine, *commands):
    """Runs the commands while the crowd keeps writing."""
    errors = []

    def work():
        try:
            for command in commands:
                machine.run("sh", "-c", command, timeout=300)
        except Exception as error:      # raised in the thread that waits for this one
            errors.append(error)
    worker = threading.Thread(target=work)
    worker.start()
    while worker.is_alive():
        crowd.run(0.2, lambda: None)
    assert not errors, errors[0]


@pytest.mark.parametrize("struck", [None, ACCEPTOR, DELIVERY], ids=["", "acceptor dies", "delivery dies"])
@pytest.mark.requirement("N05")
def test_nobody_notices_an_upgrade_from_0_1(old, crowd, struck, record_property):
    """`struck` dies when its new program is in place but its new unit is not yet in effect: systemd restarts it at
    once."""
    listening_since = old.property("chat.socket", "ActiveEnterTimestampMonotonic")
    pids = {unit: old.pid(unit) for unit in (ACCEPTOR, DELIVERY)}
    crowd.run(1.0, lambda: None)
    if struck:
        under_load(crowd, old, INSTALL.replace("-i", "--unpack"), f"systemctl kill -s KILL {struck}", "sleep 1",
                   "dpkg --configure -a")
    else:
        under_load(crowd, old, INSTALL)
    crowd.run(1.0, lambda: None)
    assert installed_version(old) > OLD
    for unit, pid in pids.items():
        wait_until(lambda unit=unit: old.is_active(f"{unit}.service"), f"{unit} to be active")
        assert old.pid(unit) not in (0, pid), "the old program still runs"
        assert "(deleted)" not in old.run("readlink", f"/proc/{old.pid(unit)}/exe").stdout
    assert old.property("chat.socket", "ActiveEnterTimestampMonotonic") == listening_since, "the socket was closed"
    newcomer = old.connect_tls()
    assert newcomer.expect("welcome")["tls"] == "yes"
    newcomer.close()
    outcome = finish(old, crowd)
    record_property("silence", f"upgrade from {OLD}, {struck or 'nobody'} died, {CLIENTS} clients, longest "
                               f"{1000 * crowd.longest_wait:.0f} ms, {outcome}")


@pytest.mark.requirement("N05")
def test_an_upgrade_from_0_1_opens_no_port_for_irc(old):
    """Until the operator asks for it, and they are told how."""
    old.systemctl("start", "chat.socket")
    client = old.connect()
    client.expect("welcome")
    done = old.run("sh", "-c", INSTALL)
    [advice] = [line for line in done.stderr.splitlines() if "systemctl" in line and "irc" in line]
    assert old.systemctl("is-enabled", "chat-irc.socket", check=False) == "masked"

    def is_open():
        with old.network(), socket.socket() as visitor:
            visitor.settimeout(20)
            return visitor.connect_ex(("127.0.0.1", 6667)) == 0
    assert not is_open()
    old.systemctl("restart", "chat-acceptor", "chat-delivery")
    assert not is_open()
    old.run("sh", "-c", advice.partition("chat-server:")[2])
    assert client.ask("/echo still here").text == "still here"
    alice = old.connect_irc("alice")
    alice.ask("JOIN #lobby")
    client.drain()
    client.send("hello")
    assert alice.wait_for("PRIVMSG").params == ["#lobby", "hello"]
    for one in (alice, client):
        one.close()
    old.run("sh", "-c", INSTALL)        # once more: the choice stays
    assert is_open()


@pytest.mark.requirement("N05", "D05")
def test_the_report_and_its_totals_move_to_the_user_that_makes_them(old):
    # Every five minutes the timer starts a run of its own, which may find the log half made.
    old.systemctl("stop", "chat-report.timer", "chat-report.service")
    old.systemctl("start", "chat.socket")
    client = old.connect()
    welcome = client.expect("welcome")
    client.close()
    wait_until(lambda: have_ended(old.query, [welcome["id"]]), "its departure is logged")
    old.systemctl("start", "chat-report.service")
    assert old.run("stat", "-c", "%U", "/var/lib/chat/report", "/var/lib/chat/chat.db.rollup").stdout.split() == ["_chat", "_chat"]
    page = old.run("stat", "-c", "%i", "/var/lib/chat/report/index.html").stdout
    totals = old.run("stat", "-c", "%i", "/var/lib/chat/chat.db.rollup").stdout
    old.run("sh", "-c", INSTALL)
    assert old.run("stat", "-c", "%i", "/var/lib/chat/report/index.html").stdout == page, "the page was not there all the time"
    old.systemctl("start", "chat-report.service")
    assert old.property("chat-report.service", "Result") == "success"
    assert old.run("stat", "-L", "-c", "%i", "/var/lib/chat/chat.db.rollup").stdout == totals, "the totals were made again"
    assert set(old.run("find", "/var/lib/chat-report", "-printf", "%u:%g\n").stdout.split()) == {"_chat-report:_chat"}


def test_a_downgrade_to_an_earlier_series_is_refused_and_changes_nothing(machine, old_packages, chat):
    client, version = chat("Batman"), installed_version(machine)
    done = machine.run("sh", "-c", f"dpkg -i /packages/{OLD}/chat-server_*.deb", check=False)
    assert done.returncode != 0
    assert f"{version} cannot be replaced by {OLD}" in done.stderr
    state = machine.run("dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Version}", "chat-server").stdout
    assert state == f"ii  {version}"
    assert machine.run("dpkg", "--audit").stdout == ""
    assert client.ask("/echo still here").text == "still here"


def test_an_earlier_release_can_be_installed_once_this_one_is_removed(old_packages, stopped):
    """As README.Debian says: the log stays, and both releases write it."""
    machine = stopped
    machine.systemctl("start", "chat.socket")
    client = machine.connect()
    welcome = client.expect("welcome")
    client.close()
    wait_until(lambda: have_ended(machine.query, [welcome["id"]]), "its departure is logged")
    version = machine.query("PRAGMA user_version")
    rows = machine.query("SELECT * FROM session ORDER BY session")
    machine.run("dpkg", "--remove", "chat-auth-pam", "chat-report", "chat-tls", "chat-server")
    machine.run("sh", "-c", f"dpkg -i /packages/{OLD}/chat-server_*.deb")
    try:
        machine.connect().expect("welcome")
        wait_until(lambda: len(machine.query("SELECT * FROM session")) == len(rows) + 1, "0.1.0 writes the log")
        assert machine.query("SELECT * FROM session ORDER BY session")[:-1] == rows
    finally:
        machine.run("sh", "-c", INSTALL)
        machine.systemctl("unmask", "chat-irc.socket")
        machine.systemctl("restart", "chat-acceptor")
    assert machine.query("PRAGMA user_version") == version and version > [(1,)]
