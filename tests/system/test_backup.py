"""A backup of the installed server, and its restoration by the lines of docs/operate/backup.md."""
import re
from pathlib import Path

import pytest
from deadline import wait_until

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "operate" / "backup.md").read_text()
SECRET = "correct-horse-9"


@pytest.mark.requirement("N19")
def test_a_backup_is_restored_as_the_page_says(machine, chat):
    machine.forget_wrong_passwords()
    robin = chat("Robin")
    assert robin.ask(f"/register {SECRET} {machine.run('chatctl', 'invite').stdout.strip()}").kind == "account"
    machine.run("chatctl", "ban", "192.0.2.7")
    robin.ask("/broadcast before the backup 41c7")
    wait_until(lambda: machine.query("SELECT 1 FROM message WHERE text = 'before the backup 41c7'"), "the message in the log")
    make, = re.findall(r"^(chatctl backup \S+)$", PAGE, re.MULTILINE)
    machine.run("sh", "-c", make)
    assert machine.run("stat", "-c", "%U %a", make.split()[-1]).stdout.split() == ["root", "600"]
    robin.ask("/broadcast after the backup 41c7")
    machine.run("chatctl", "account", "delete", "Robin")
    machine.run("chatctl", "unban", "192.0.2.7")
    robin.close()

    lines, = re.findall(r"^```\n(systemctl stop chat\.socket .*?)```$", PAGE, re.MULTILINE | re.DOTALL)
    machine.run("sh", "-ec", lines)
    owners = machine.run("stat", "-c", "%U:%G %a", "/var/lib/chat/chat.db", "/var/lib/chat-auth/auth.db", "/var/lib/chat-auth").stdout.splitlines()
    assert [owner.split(":")[0] for owner in owners] == ["_chat", "_chat-auth", "_chat-auth"] and owners[1].endswith(" 600")
    try:
        client = machine.connect()
        client.expect("welcome")
        answer = wait_until(lambda: (answer := client.ask(f"/login Robin {SECRET}")).get("code") != "busy" and answer, "an answer")
        assert (answer.kind, answer["name"]) == ("account", "Robin")
        assert [row for row, in machine.query("SELECT text FROM message WHERE text LIKE '%the backup 41c7'")] == ["before the backup 41c7"]
        assert "192.0.2.7" in machine.run("chatctl", "bans").stdout
        client.ask("/broadcast once more 41c7")
        wait_until(lambda: machine.query("SELECT 1 FROM message WHERE text = 'once more 41c7'"), "the log continues")
    finally:
        client.close()
        machine.run("chatctl", "account", "delete", "Robin", check=False)
        machine.run("chatctl", "unban", "192.0.2.7", check=False)


@pytest.mark.requirement("N19")
def test_only_root_makes_a_backup(machine, chat):
    chat("Robin")
    refused = machine.run("setpriv", "--reuid=_chat", "--regid=_chat", "--clear-groups", "chatctl", "backup", "/tmp/mine.tar", check=False)
    assert refused.returncode == 77 and "only root" in refused.stderr
    assert machine.run("sh", "-c", "ls /tmp/mine.tar*", check=False).stdout == ""
