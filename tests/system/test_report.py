"""The load report: made by its unit, on a schedule, and readable by people."""
import csv
import io
import re

import pytest
from deadline import wait_until

REPORT = "/var/lib/chat/report"
FILES = {"index.html", "report.json", "traffic.csv", "people.csv", "load.csv", "hours.csv", "channels.csv", "pairs.csv"} | {
    f"{name}.{kind}" for name in ("load", "load-by-session", "traffic", "traffic-by-session", "hours", "days", "channels", "discarded", "sessions", "peaks", "lag") for kind in ("png", "svg")}


@pytest.fixture
def traffic(machine, chat):
    """Two clients, and six characters from the first to the second in the log."""
    batman, robin = chat("Batman"), chat("Robin")
    sent = batman.ask("/send Robin Robin!")
    wait_until(lambda: machine.query("SELECT 1 FROM message WHERE id = ?", int(sent["id"])), "the message's row")
    return batman, robin


@pytest.mark.requirement("D05")
def test_report_shows_the_traffic(machine, traffic):
    batman, robin = (f"{client.id}:{client.name}" for client in traffic)
    machine.systemctl("start", "chat-report.service")
    assert machine.property("chat-report.service", "Result") == "success"
    assert FILES <= set(machine.run("ls", REPORT).stdout.split())
    header, *rows = csv.reader(io.StringIO(machine.run("cat", f"{REPORT}/traffic.csv").stdout))
    cells = {row[0]: dict(zip(header[1:], row[1:])) for row in rows}
    assert header[0] == "" and header[-2:] == [batman, robin]
    assert cells[batman][robin] == "6" and cells[robin][batman] == "0"
    for plot in ("load.png", "traffic.png"):
        assert machine.path(f"{REPORT}/{plot}").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    page = machine.path(f"{REPORT}/index.html").read_text(encoding="utf-8")
    # The timer's next run, as determined inside the service's confinement.
    assert re.search(r"<dt>Next due</dt><dd><time datetime=\"[0-9T:-]{13}:[0-5][05]:00Z\">", page)
    assert 'http-equiv="refresh"' in page


@pytest.mark.requirement("D05")
def test_people_of_the_group_can_read_it_and_nothing_else(machine, traffic):
    machine.systemctl("start", "chat-report.service")
    if machine.run("getent", "passwd", "viewer", check=False).returncode:
        machine.run("useradd", "-G", "_chat", "viewer")
    as_viewer = ("runuser", "-u", "viewer", "--")
    for name in FILES:
        machine.run(*as_viewer, "test", "-r", f"{REPORT}/{name}")
    machine.run(*as_viewer, "cat", f"{REPORT}/traffic.csv")
    # By hand, any period, from the sums alone.
    assert "Batman" in machine.run(*as_viewer, "chat-report", "show", "--since", "12h", "--client", "Batman").stdout
    machine.run(*as_viewer, "sh", "-c", "chat-report --output /tmp/of-viewer --client Batman && test -s /tmp/of-viewer/index.html")
    assert machine.run(*as_viewer, "cat", "/var/lib/chat/chat.db", check=False).returncode != 0


@pytest.mark.requirement("D05")
def test_report_has_a_user_of_its_own(machine, traffic):
    machine.systemctl("start", "chat-report.service")
    assert machine.property("chat-report.service", "User") == "_chat-report"
    owners = machine.run("find", "/var/lib/chat-report", "/var/cache/chat-report", "-printf", "%u:%g\n").stdout.split()
    assert set(owners) == {"_chat-report:_chat"}


@pytest.mark.requirement("D05")
def test_report_can_read_a_log_that_is_made_again(stopped):
    """The access control list of the directory passes its permissions on to the new files."""
    stopped.run("sh", "-c", "mkdir /tmp/aside && rm /var/lib/chat/chat.db.rollup; mv /var/lib/chat/chat.db* /var/lib/chat-report/chat.db.rollup /tmp/aside/")
    try:
        stopped.run("systemd-tmpfiles", "--create", "chat-report.conf")
        for _ in range(2):      # the second time for -wal and -shm alone
            stopped.systemctl("start", "chat.socket")
            client = stopped.connect()
            client.expect("welcome")
            wait_until(lambda: all(stopped.path(f"/var/lib/chat/chat.db{end}").exists() for end in ("", "-wal", "-shm")), "the files of the log")
            stopped.run("runuser", "-u", "_chat-report", "-g", "_chat", "--", "sh", "-c", "cat /var/lib/chat/chat.db /var/lib/chat/chat.db-wal /var/lib/chat/chat.db-shm >/dev/null")
            as_group = stopped.run("setpriv", "--reuid=nobody", "--regid=_chat", "--clear-groups", "sh", "-c", "cat /var/lib/chat/chat.db-wal || cat /var/lib/chat/chat.db", check=False)
            assert as_group.returncode != 0, "a member of _chat can read the log"
            stopped.systemctl("start", "chat-report.service")
            assert stopped.property("chat-report.service", "Result") == "success"
            stopped.systemctl("stop", "chat.socket", "chat-acceptor", "chat-delivery")
            client.close()
    finally:
        stopped.systemctl("stop", "chat.socket", "chat-acceptor", "chat-delivery")
        stopped.run("sh", "-c", "rm -f /var/lib/chat/chat.db* && mv /tmp/aside/chat.db.rollup /var/lib/chat-report/ && mv /tmp/aside/* /var/lib/chat/ && rmdir /tmp/aside;"
                                " systemctl reset-failed chat-report.service")
        stopped.run("systemd-tmpfiles", "--create", "chat-report.conf")


@pytest.mark.requirement("D05")
def test_its_permissions_are_set_again_at_each_boot(machine, traffic):
    def permissions():
        """Without sizes and times, which the daemons change."""
        return sorted(machine.run("find", "/var/lib/chat", "-maxdepth", "1", "-printf", "%M %U %G %p\\n").stdout.splitlines())
    before = permissions()
    machine.run("systemd-tmpfiles", "--create", "chat-report.conf")
    assert permissions() == before


@pytest.mark.requirement("D05")
def test_timer_regenerates_it(machine, traffic):
    assert machine.is_active("chat-report.timer")
    assert "*:00/5:00" in machine.property("chat-report.timer", "TimersCalendar")
    machine.run("rm", "-rf", f"{REPORT}/index.html")
    drop_in = machine.path("/run/systemd/system/chat-report.timer.d/often.conf")
    drop_in.parent.mkdir(parents=True)
    drop_in.write_text("[Timer]\nOnCalendar=\nOnCalendar=*:*:0/2\nAccuracySec=100ms\n")
    try:
        machine.systemctl("daemon-reload")
        machine.systemctl("restart", "chat-report.timer")
        wait_until(machine.path(f"{REPORT}/index.html").exists, "the timer to regenerate the report", seconds=60)
    finally:
        drop_in.unlink()
        drop_in.parent.rmdir()
        machine.systemctl("daemon-reload")
        machine.systemctl("restart", "chat-report.timer")


@pytest.mark.requirement("D05")
def test_a_log_that_cannot_be_read_fails_the_unit_and_keeps_the_report(stopped):
    stopped.systemctl("start", "chat-report.service", check=False)
    before = stopped.run("sh", "-c", f"cat {REPORT}/* 2>/dev/null | sha256sum").stdout
    stopped.run("sh", "-c", "mkdir /tmp/aside && mv /var/lib/chat/chat.db* /tmp/aside/ && echo 'Dear diary' > /var/lib/chat/chat.db && chown _chat: /var/lib/chat/chat.db")
    try:
        stopped.systemctl("start", "chat-report.service", check=False)
        assert stopped.property("chat-report.service", "Result") == "exit-code"
        assert stopped.property("chat-report.service", "ActiveState") == "failed"
        assert "chat.db: not an SQLite database" in stopped.run("journalctl", "-u", "chat-report.service", "-o", "cat").stdout
        assert stopped.run("sh", "-c", f"cat {REPORT}/* 2>/dev/null | sha256sum").stdout == before
    finally:
        stopped.run("sh", "-c", "rm -f /var/lib/chat/chat.db* && mv /tmp/aside/* /var/lib/chat/ && rmdir /tmp/aside; systemctl reset-failed chat-report.service")


@pytest.mark.requirement("D05")
def test_a_missing_log_is_not_a_failure(stopped):
    stopped.run("sh", "-c", "mkdir /tmp/aside && mv /var/lib/chat/chat.db* /tmp/aside/")
    try:
        stopped.systemctl("start", "chat-report.service")
        assert stopped.property("chat-report.service", "Result") == "success"
        assert stopped.property("chat-report.service", "ConditionResult") == "no"
    finally:
        stopped.run("sh", "-c", "mv /tmp/aside/* /var/lib/chat/ && rmdir /tmp/aside")
