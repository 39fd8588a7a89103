"""What the services may do: only what their work requires."""
import re

import pytest

DAEMONS = ["chat-acceptor", "chat-delivery"]
REACH = """
import socket, sys
try:
    socket.create_connection(("127.0.0.1", 5000), timeout=5)
except OSError as error:
    sys.exit(f"no way out: {error}")
"""


@pytest.fixture
def running(machine, chat):
    chat()
    return machine


@pytest.mark.requirement("N02")
@pytest.mark.parametrize("unit", DAEMONS)
def test_daemons_have_no_network_of_their_own(running, unit):
    pid = running.pid(unit)
    interfaces = re.findall(r"^\s*(\S+):", running.run("cat", f"/proc/{pid}/net/dev").stdout, re.MULTILINE)
    assert interfaces == ["lo"]
    namespaces = [running.run("readlink", f"/proc/{process}/ns/net").stdout for process in (1, pid)]
    assert namespaces[0] != namespaces[1]
    running.run("python3", "-c", REACH)     # the server that it belongs to can still be reached from outside
    reached = running.run("nsenter", "-t", pid, "-n", "python3", "-c", REACH, check=False)
    assert "no way out" in reached.stderr


@pytest.mark.requirement("N02")
@pytest.mark.parametrize("unit", DAEMONS)
def test_daemons_have_no_privilege(running, unit):
    status = dict(line.split(":\t", 1) for line in running.run("cat", f"/proc/{running.pid(unit)}/status").stdout.splitlines() if ":\t" in line)
    user = running.run("id", "-u", "_chat").stdout.strip()
    assert status["Uid"].split() == [user] * 4
    assert {int(status[kind], 16) for kind in ("CapEff", "CapPrm", "CapBnd", "CapAmb")} == {0}
    assert status["NoNewPrivs"] == "1" and status["Seccomp"] == "2"


@pytest.mark.requirement("N02")
@pytest.mark.parametrize("unit", [*DAEMONS, "chat-report"])
def test_exposure_is_low(running, unit):
    report = running.run("systemd-analyze", "security", "--no-pager", f"{unit}.service", check=False).stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", report)[1])
    print(f"{unit}.service: exposure {exposure}")
    assert exposure <= 0.5, "\n".join(line for line in report.splitlines() if line.startswith("✗"))
