"""Every command, used correctly and incorrectly, always on the build with sanitizers."""
import pytest
from data_connection import download, sha256, stored, upload
from deadline import wait_until

pytestmark = [pytest.mark.sanitized, pytest.mark.settings(limits__max_clients=20, limits__lines_per_second=0, accounts__register='"open"')]
CONTENT = b"what is in the file\n" * 100
WRONG = ["", " x", " x y", " x y z", " 99999", " 99999 x", " 1000", " 1000 99999", " lobby", " lobby x", " Ann", " Ann x", " " + "x" * 4000, " \x01", " \xff", "\t", " 1 + 1"]


def commands(client):
    lines, _ = client.listing("/help")
    return {line["command"] for line in lines}


class Talk:
    """A conversation with the kind of each answer; `said` are the commands."""

    def __init__(self):
        self.said = set()

    def __call__(self, client, line, kind):
        self.said.add(line.split()[0])
        tag = client.tagged(line)
        answers = [answer for answer in client.drain() if answer.tag == tag]
        assert answers and answers[-1].kind == kind, f"{line}: {answers}"
        return answers[-1]


def test_each_command_does_its_work(server):
    ann, ben, cid, dan = server.people("Ann", "Ben", "Cid", "Dan")
    say = Talk()
    for line, kind in (("/whoami", "client"), ("/active", "end"), ("/login Ann2", "renamed"), ("/login Ann", "renamed"), ("/send Ben hello", "ok"), (f"/send {cid.id} hello", "ok"),
                       ("/broadcast hello", "ok"), ("/action Ben waves", "ok"), ("/away on patrol", "ok"), ("/say lobby hello", "ok"), ("/join cave", "joined"), ("/rooms", "end"), ("/members cave", "end"), ("/history cave 5", "end"),
                       ("/delete lobby 1", "error"), ("/topic cave Bats", "topic"), ("/leave cave", "left"),
                       ("/help", "end"), ("/calc 4.5 / -6", "result"), ("/echo hello", "echo"), ("/date", "date"), ("/time", "time"), ("/activegroups", "end"), ("/activeallgroups", "end")):
        say(ann, line, kind)
    group = say(ann, "/makegroupreq Ben Cid", "group")["id"]
    say(ben, f"/joingroup {group}", "group-joined")
    say(cid, f"/declinegroup {group}", "ok")
    say(ann, f"/sendgroup {group} hello", "ok")
    for answer in ("/approve", "/reject"):
        say(dan, f"/joingroup {group}", "pending")
        say(ann, f"{answer} {group} Dan", "ok")
        if answer == "/approve":
            say(dan, f"/leavegroup {group}", "group-left")
    say(cid, "/makegroup Dan", "group")
    say(ann, "/join cave", "joined")
    say(ben, "/join cave", "joined")
    for line in ("/op cave Ben", "/deop cave Ben", "/kick cave Ben too loud"):
        say(ann, line, "ok")
    offer = say(ann, f"/sendfile Ben {len(CONTENT)} {sha256(CONTENT)} notes.txt", "upload")
    assert upload(offer, CONTENT) == stored(offer, CONTENT)
    assert download(ben.wait_for("file")) == CONTENT
    for line, kind in (("/register correct-horse", "account"), ("/password correct-horse better-horse", "ok"), ("/logout", "renamed"), ("/reset Cid token better-horse", "error"), ("/certificate add", "error"), ("/seen lobby 1", "error"), ("/unread", "error")):
        say(cid, line, kind)
    say(server.connect(), "/quiet", "ok")
    known = commands(ann)
    for client, line in ((cid, "/quit"), (dan, "/exit")):
        say.said.add(line)
        client.send(line)
        client.wait_for("bye")
    assert say.said == known, "a command is missing here"
    server.wait_for_rows(5, "SELECT id FROM message")
    wait_until(lambda: [row["outcome"] for row in server.query("SELECT outcome FROM file")] == ["delivered"], "the file has its end")


@pytest.mark.shares_server
def test_every_command_copes_with_trailing_text(server):
    ann, ben = server.people("Ann", "Ben")
    for command in sorted(commands(ann) - {"/quit", "/exit"}):
        for rest in WRONG:
            for line in (command + rest, command.upper() + rest + " "):
                tag = ann.tagged(line.encode("latin-1") if "\xff" in line else line)
                answers = [answer for answer in ann.drain() if answer.tag == tag]
                assert answers, line
        ben.drain()
