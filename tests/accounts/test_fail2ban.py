"""The filter for fail2ban finds the address in what chat-auth writes to the journal."""
import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from auth_daemon import AuthDaemon, line

FILTER = Path(__file__).parents[2] / "packaging" / "fail2ban" / "chat-auth.conf"
# As fail2ban makes them of entries of the journal, and as they are in a file of syslog.
PREFIXES = ["", " host chat-auth[4711]: ", "chat-auth[4711]: ", "host chat-auth[4711]: ", "host chat-auth: "]
HOST = r"(?P<host>[0-9a-fA-F:.]+)"


@pytest.fixture
def messages(tmp_path):
    """What was logged about wrong passwords from some addresses, and about a right one."""
    found = {}
    for number, address in enumerate(("192.0.2.7", "2001:db8::7")):
        daemon = AuthDaemon(tmp_path / f"state{number}").start()
        assert daemon.register("Robin", "password", line(1))["outcome"] == "ok"
        assert daemon.login("Robin", "passworf", line(2), address=address)["outcome"] == "wrong-secret"
        assert daemon.login("Robin", "password", line(3), address=address)["outcome"] == "ok"
        daemon.close()
        [found[address]] = re.findall(r"Login from .*", daemon.log.decode())
    return found


def expression():
    """The regular expression, in the notation of Python."""
    parser = configparser.RawConfigParser()
    parser.read(FILTER)
    assert parser["Definition"]["journalmatch"] == "_SYSTEMD_UNIT=chat-auth.service"
    return parser["Definition"]["failregex"].replace("<HOST>", HOST)


def test_filter_matches(messages):
    for address, message in messages.items():
        for prefix in PREFIXES:
            assert re.search(expression(), prefix + message)["host"] == address
    counted = messages["192.0.2.7"] + " (and 12 others before it)"
    assert re.search(expression(), counted)["host"] == "192.0.2.7"
    for other in ("The account Robin is registered", "somebody says: Login from 192.0.2.9 failed: wrong-secret", "Login from 192.0.2.9 failed: busy"):
        assert not re.search(expression(), other), other


@pytest.mark.skipif(shutil.which("fail2ban-regex") is None, reason="needs fail2ban-regex (Debian: fail2ban)")
def test_fail2ban_reads_the_filter(messages, tmp_path):
    log = tmp_path / "log"
    log.write_text("".join(f"Nov 28 20:40:{second:02} {prefix}{message}\n" for prefix in PREFIXES[3:] for second, message in enumerate(messages.values())))
    done = subprocess.run(["fail2ban-regex", "--out", "ip", log, FILTER], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and sorted(done.stdout.split()) == sorted([*messages] * 2), done.stdout + done.stderr
