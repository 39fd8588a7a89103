"""The operator's socket as the packages install it: its owner, and what its users can do."""
import json

import pytest
from deadline import wait_until


@pytest.fixture
def olive(machine):
    """Makes olive, a member of the group chat-admin, and oscar, who is no member. Returns olive's user id."""
    for name, groups in (("olive", ["--groups", "chat-admin"]), ("oscar", [])):
        if machine.run("getent", "passwd", name, check=False).returncode:
            machine.run("useradd", "--no-create-home", *groups, name)
    return int(machine.run("id", "-u", "olive").stdout)


def as_user(machine, name, *command, check=True):
    return machine.run("setpriv", f"--reuid={name}", f"--regid={name}", "--init-groups", *command, check=check)


def test_socket_is_there_with_the_chat_and_for_the_group_alone(machine):
    machine.systemctl("start", "chat.socket")
    assert machine.is_active("chat-admin.socket")
    assert machine.run("stat", "-c", "%U %G %a", "/run/chat/admin.sock").stdout.split() == ["root", "chat-admin", "660"]
    assert machine.run("systemd-analyze", "verify", "--man=no", "/lib/systemd/system/chat-admin.socket").stderr == ""


@pytest.mark.requirement("R82", "R83")
def test_members_of_the_group_are_operators_and_others_are_refused(machine, chat, olive):
    client = chat("Batman")
    rows = json.loads(as_user(machine, "olive", "chatctl", "--json", "clients").stdout)["clients"]
    assert [(row["name"], row["peer"]) for row in rows] == [("Batman", client.address)]
    refused = as_user(machine, "oscar", "chatctl", "clients", check=False)
    assert refused.returncode == 77 and "chat-admin" in refused.stderr and not refused.stdout
    assert machine.run("chatctl", "status").stdout


def test_acts_are_in_the_journal_and_the_log_with_their_operator(machine, chat, olive):
    client = chat("Joker")
    as_user(machine, "olive", "chatctl", "announce", "the secret plan")
    as_user(machine, "olive", "chatctl", "kick", "Joker")
    client.wait_for("announcement")
    client.wait_for("offline", reason="kicked")
    kicked, = wait_until(lambda: machine.journal("CHAT_EVENT=client-kicked", f"CHAT_CLIENT_ID={client.id}"), "the act in the journal")
    assert kicked["CHAT_OPERATOR_UID"] == str(olive) and kicked["CHAT_PEER"] == client.address
    assert wait_until(lambda: machine.query("SELECT kind, detail FROM event WHERE kind IN ('kick', 'announce') ORDER BY event DESC LIMIT 2"), "rows") == [
        ("kick", f"uid={olive}"), ("announce", f"uid={olive} receivers=1")]
    assert "secret plan" not in machine.run("journalctl", "-b", "-o", "export", "--all").stdout


def test_forgotten_texts_are_gone_from_the_disk_and_the_journal_has_the_act(machine, chat, olive):
    joker, robin = chat("Joker"), chat("Robin")
    sent = joker.ask("/send Robin a most secret joke")
    wait_until(lambda: machine.query("SELECT text FROM message WHERE id = ?", int(sent["id"])) == [("a most secret joke",)], "the text in the log")
    done = json.loads(as_user(machine, "olive", "chatctl", "--json", "forget", joker.id).stdout)
    assert (done["outcome"], done["messages"]) == ("removed", 1)
    assert machine.run("grep", "-rl", "a most secret joke", "/var/lib/chat", check=False).returncode == 1
    for event, unit in (("forget", "chat-acceptor"), ("forgotten", "chat-delivery")):
        entry, = wait_until(lambda event=event: machine.journal(f"CHAT_EVENT={event}", f"CHAT_REQUEST={done['request']}"), "the act in the journal")
        assert entry["_SYSTEMD_UNIT"] == f"{unit}.service"
    assert machine.query("SELECT detail FROM event WHERE event = ?", done["request"]) == [(f"uid={olive} client={joker.id}",)]
    assert as_user(machine, "oscar", "chatctl", "forget", "Robin", check=False).returncode == 77
    assert robin.ask("/whoami")["id"] == robin.id


def test_first_question_starts_the_server(stopped):
    machine = stopped
    machine.systemctl("start", "chat.socket")
    assert machine.pid("chat-acceptor") == 0
    status = json.loads(machine.run("chatctl", "--json", "status", check=False).stdout)
    assert status["pid"] == machine.pid("chat-acceptor") and sorted(status["listening"]) == ["tcp [::]:5000", "tcp [::]:5001", "tcp [::]:6667", "udp [::]:5000"]


def test_a_stopped_server_has_an_exit_status_of_its_own(stopped):
    machine = stopped
    assert machine.run("chatctl", "status", check=False).returncode == 69
    machine.systemctl("start", "chat.socket")


def test_socket_comes_back_with_a_restart_of_the_service(machine, chat):
    """As in an upgrade from a version that had no such socket."""
    chat("Batman")
    machine.systemctl("stop", "chat-admin.socket")
    machine.systemctl("restart", "chat-acceptor")
    assert machine.is_active("chat-admin.socket")
    assert [row["name"] for row in json.loads(machine.run("chatctl", "--json", "clients").stdout)["clients"]] == ["Batman"]
