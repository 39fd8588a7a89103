"""Two people talk: what the journal and the database then contain, and how the two services share the work."""
import re

import pytest
from deadline import wait_until

SECRET = "the Batmobile is parked behind the old mill"


@pytest.fixture
def pair(chat):
    """Two clients that have seen each other arrive."""
    batman = chat("Batman")
    voldemort = chat("Voldemort")
    batman.wait_for("online", name="Voldemort")
    voldemort.wait_for("online", name="Voldemort")
    return batman, voldemort


def entries(machine, *match):
    """Waits for entries of the journal: they are written before clients are notified, but become readable later."""
    return wait_until(lambda: machine.journal(*match), f"an entry with {match} in the journal")


@pytest.mark.requirement("D01", "D02")
def test_messages_go_from_one_to_another(pair):
    batman, voldemort = pair
    sent = batman.ask(f"/send {voldemort.id} Anyone here?")
    assert sent.kind == "ok"
    voldemort.expect("message", "Anyone here?", id=sent["id"], from_=batman.id, name="Batman", to=voldemort.id)
    voldemort.send("Crucio!")
    batman.expect("message", "Crucio!", from_=voldemort.id, name="Voldemort", to="room:lobby")


@pytest.mark.requirement("D04")
def test_messages_are_in_the_database(machine, pair):
    batman, voldemort = pair
    sent = batman.ask(f"/send Voldemort {SECRET} é")
    text = f"{SECRET} é"
    row = ("direct", int(batman.id), "Batman", int(voldemort.id), "Voldemort", voldemort.id, 1, 0, len(text), len(text) + 1, text)
    query = ("SELECT kind, sender_id, sender_name, receiver_id, receiver_name, target, receivers, discarded, characters, bytes, text "
             "FROM message_log WHERE id = ?")
    wait_until(lambda: machine.query(query, int(sent["id"])) == [row], "the message's row, with the names that its clients have now")
    assert machine.query("SELECT peer, ended_at FROM session WHERE client_id = ? ORDER BY session DESC LIMIT 1", int(batman.id)) == [(batman.address, None)]


@pytest.mark.requirement("D04")
def test_both_services_log_to_the_journal(machine, pair):
    for unit in ("chat-acceptor", "chat-delivery"):
        started = entries(machine, f"_SYSTEMD_UNIT={unit}.service", "CHAT_EVENT=started")
        assert all(entry["_COMM"] == unit and entry["MESSAGE_ID"] for entry in started)


@pytest.mark.requirement("R82", "R84")
def test_entry_and_exit_are_shown_with_names_and_addresses(machine, chat):
    client = chat("Robin")
    client.ask("/quit")
    client.close()
    events = {}
    for entry in entries(machine, f"CHAT_CLIENT_ID={client.id}", "CHAT_EVENT=client-left") and machine.journal(f"CHAT_CLIENT_ID={client.id}"):
        events.setdefault(entry["CHAT_EVENT"], entry)
    assert events["client-connected"]["CHAT_PEER"] == client.address
    assert events["client-connected"]["CHAT_CLIENT_NAME"] == client.welcome["name"]
    assert events["client-left"]["CHAT_CLIENT_NAME"] == "Robin"
    assert events["client-left"]["CHAT_PEER"] == client.address
    for entry in events.values():
        assert entry["_SYSTEMD_UNIT"] == "chat-acceptor.service" and re.fullmatch("[0-9a-f]{32}", entry["MESSAGE_ID"])


@pytest.mark.requirement("D04")
def test_no_message_text_is_in_the_journal(machine, pair):
    batman, voldemort = pair
    for line in (f"/send {voldemort.id} {SECRET}", f"/broadcast {SECRET}", SECRET, f"/nonsense {SECRET}", f"/send nobody {SECRET}", f"\x01 {SECRET}"):
        batman.send(line)
    batman.drain()
    voldemort.drain()
    machine.run("journalctl", "--sync")
    everything = machine.run("journalctl", "-b", "-o", "export", "--all").stdout
    assert "CHAT_EVENT=client-connected" in everything
    assert "Batmobile" not in everything
    assert "Batmobile" not in machine.property("chat-acceptor", "StatusText") + machine.property("chat-delivery", "StatusText")


@pytest.mark.requirement("R06")
def test_sixth_client_is_refused(machine, chat):
    for _ in range(5):
        chat()
    sixth = machine.connect()
    assert sixth.read_all() == b"refused code=limit :Connection Limit Exceeded !!\n"
    sixth.close()
    assert entries(machine, "CHAT_EVENT=client-refused", f"CHAT_PEER={sixth.address}")
    assert wait_until(lambda: machine.query("SELECT kind FROM event WHERE detail LIKE ?", f"%{sixth.address}%"), "the refusal's row") == [("refused",)]


@pytest.mark.requirement("D02")
def test_services_share_one_queue(machine, pair):
    stat = machine.run("stat", "-c", "%U %a %i", "/dev/shm/chat-default").stdout.split()
    assert stat[:2] == ["_chat", "600"]
    for unit in ("chat-acceptor", "chat-delivery"):
        maps = machine.run("cat", f"/proc/{machine.pid(unit)}/maps").stdout
        mapped = [line.split() for line in maps.splitlines() if line.endswith("/dev/shm/chat-default")]
        assert mapped and {line[4] for line in mapped} == {stat[2]}, f"{unit} does not map the queue"
    assert machine.pid("chat-acceptor") != machine.pid("chat-delivery")


@pytest.mark.requirement("D03")
def test_both_services_hold_the_connection(machine, chat):
    """Only SCM_RIGHTS can pass a descriptor from one process to another."""
    client = chat()
    local = f":{int(client.address.rsplit(':', 1)[1]):04X}"
    rows = (line.split() for line in machine.run("cat", "/proc/net/tcp", "/proc/net/tcp6").stdout.splitlines())
    inode, = {row[9] for row in rows if row[2].endswith(local)}
    for unit in ("chat-acceptor", "chat-delivery"):
        descriptors = machine.run("sh", "-c", f"ls -l /proc/{machine.pid(unit)}/fd").stdout
        assert f"socket:[{inode}]" in descriptors, f"{unit} does not hold the client's connection"
