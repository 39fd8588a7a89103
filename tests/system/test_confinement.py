"""What the services may do: only what their work requires."""
import json
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
@pytest.mark.parametrize("unit", [*DAEMONS, "chat-auth", "chat-auth-pam", "chat-report", "chat-tls"])
def test_exposure_is_low(running, unit):
    report = running.run("systemd-analyze", "security", "--no-pager", f"{unit}.service", check=False).stdout
    exposure = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", report)[1])
    print(f"{unit}.service: exposure {exposure}")
    assert exposure <= 0.5, "\n".join(line for line in report.splitlines() if line.startswith("✗"))


PROBE = """
import os, sys
LOG = {"/var/lib/chat/chat.db", "/var/lib/chat/chat.db-wal", "/var/lib/chat/chat.db-shm"}
OWN = ("/var/lib/chat/report", "/var/lib/chat/chat.db.rollup")
FOR_ALL = "/run/chat/login.sock"       # where any local user gets a ticket of their own
read, found = set(), []
def leave(error):
    found.extend([] if isinstance(error, PermissionError) else [str(error)])
for place in ("/dev/shm", "/run/chat", "/var/lib/chat", "/etc/chat"):
    if place != "/dev/shm" and os.access(place, os.W_OK):      # which everybody may write
        found.append("may write " + place)
    for directory, _, files in os.walk(place, onerror=leave):
        for path in (os.path.join(directory, name) for name in files):
            if os.access(path, os.W_OK) and path not in (*OWN, FOR_ALL):
                found.append("may write " + path)
            try:
                os.close(os.open(path, os.O_RDONLY))
                read.add(path)
            except OSError:
                pass
read = {path for path in read if path not in OWN and not path.startswith("/etc/chat/")}
if read != LOG:
    found.append("can read " + " ".join(sorted(read)))
for pid in sys.argv[1:]:
    try:
        os.kill(int(pid), 0)
        found.append("may signal " + pid)
    except PermissionError:
        pass
sys.exit("; ".join(found) if found else 0)
"""


@pytest.mark.requirement("N02")
@pytest.mark.parametrize("confined", ["as its unit says", "by its user alone"])
def test_report_reaches_nothing_of_the_server_but_the_log(running, confined):
    """A program in the place of chat-report, with everything that its unit says, or only with its user and group."""
    directory = running.path("/run/systemd/system/chat-report.service.d")
    directory.mkdir(parents=True)
    running.path("/usr/share/chat-report/probe.py").write_text(PROBE)
    pids = " ".join(str(running.pid(unit)) for unit in DAEMONS)
    open_up = "" if confined == "as its unit says" else "InaccessiblePaths=\nProtectSystem=no\nPrivateUsers=no\nPrivateMounts=no\nPrivateIPC=no\nProtectProc=default\n"
    (directory / "probe.conf").write_text(f"[Service]\nExecStart=\nExecStart=/usr/bin/python3 /usr/share/chat-report/probe.py {pids}\n{open_up}")
    running.run("chatctl", "ban", "192.0.2.7")      # so that there is a list of bans
    running.run("install", "-d", "-m", "0700", "-o", "_chat", "-g", "_chat", "/var/lib/chat/files")     # as the first file does
    running.run("ls", "-d", "/dev/shm/chat-default", "/run/chat/delivery.sock", "/run/chat/admin.sock")     # what is missing proves nothing
    try:
        running.run("systemctl", "daemon-reload")
        started = running.run("systemctl", "start", "chat-report.service", check=False)
        assert started.returncode == 0, running.run("journalctl", "-u", "chat-report.service", "-n", "20", "--no-pager").stdout
    finally:
        (directory / "probe.conf").unlink()
        directory.rmdir()
        running.path("/usr/share/chat-report/probe.py").unlink()
        running.run("systemctl", "daemon-reload")
        running.run("systemctl", "reset-failed", "chat-report.service", check=False)


@pytest.mark.parametrize("unit", DAEMONS)
def test_memory_is_limited_and_no_core_is_written(running, unit):
    limits = running.run("cat", f"/proc/{running.pid(unit)}/limits").stdout
    assert re.search(r"Max core file size +0 +0 ", limits)
    shown = dict(line.split("=", 1) for line in running.run("systemctl", "show", unit, "-p", "MemoryMax", "-p", "MemoryHigh").stdout.splitlines())
    assert int(shown["MemoryHigh"]) < int(shown["MemoryMax"])
    status = json.loads(running.run("chatctl", "--json", "status").stdout)["memory"]
    assert status["shared"] < status["bound"] < int(shown["MemoryMax"])
    # A machine with version 1 of control groups has no memory.max.
    assert status.get("limit", int(shown["MemoryMax"])) == int(shown["MemoryMax"])
