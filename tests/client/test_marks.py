"""A server that keeps messages and marks, word by word: what the client asks for, and what it makes of the answers."""
import re

from deadline import wait_until
from history_pages import PASSWORD
from said import text, wait_for_said


def account_arrives(peer, *kept, unread=(), name="Robin"):
    """The login of an account, up to the question what is unread."""
    peer.send("welcome id=48213 name=q7mzxtrplw connected=2026-11-20T12:31:05.123Z limit=5 version=1 accounts=open :Welcome!")
    peer.expect(f"/login {name} {PASSWORD}")
    peer.send(f"account name={name} since=2026-11-20T12:31:05.123Z failed=0 kept={len(kept)}", f"renamed id=48213 old=q7mzxtrplw name={name} account=yes", *kept,
              f"online id=48213 name={name} count=1 account=yes :{name} has joined.")
    command = peer.read_raw()
    if command.endswith("/help"):
        tag = command.split()[0][1:]
        peer.send(f"help command=/seen tag={tag} :/seen — x", f"end of=help count=1 tag={tag}")
        command = peer.read_raw()
    assert command.endswith(" /unread"), command
    tag = command.split()[0][1:]
    peer.send(*(f"unread {row} tag={tag}" for row in unread), f"end of=unread count={len(unread)} tag={tag}")


def next_command(peer, ignored=("/active",)):
    """The next command other than these, and its tag."""
    while True:
        tag, command = peer.read_raw().split(" ", 1)
        if command not in ignored:
            return tag[1:], command
        peer.send(f"end of=active count=0 tag={tag[1:]}")


def test_kept_messages_and_marks(open_window, scripted_server, password_file):
    window = open_window(scripted_server.port, "--name", "Robin", "--password-file", str(password_file), height=40)
    peer = scripted_server.accept()
    at = "at=2026-11-20T12:31:05.123Z"
    account_arrives(peer, f"message id=70 from=48213 name=Ann to=48213 {at} account=yes kept=yes :for you",
                    unread=("place=room:lobby count=30 first=50 last=99", "place=Ann count=2 first=60 last=70"))
    questions = dict(reversed(next_command(peer)) for _ in range(2))
    assert set(questions) == {"/history lobby 20", "/history Ann 2"}, questions
    lobby, ann = questions["/history lobby 20"], questions["/history Ann 2"]
    peer.send(f"message id=100 from=51990 name=Joker to=room:lobby {at} :live",        # in the history, too
              *(f"history id={number} from=1 name=Joker to=room:lobby {at} tag={lobby} :text {number}" for number in (40, 98, 99)), f"history id=100 from=1 name=Joker to=room:lobby {at} tag={lobby} :live",
              f"end of=history count=4 first=40 last=100 upto=100 more=no complete=yes tag={lobby}",
              f"history id=60 from=1 name=Robin to=2 account=yes {at} tag={ann} :my own", f"history id=70 from=1 name=Ann to=2 account=yes {at} tag={ann} :for you",
              f"end of=history count=2 first=60 last=70 upto=100 more=no complete=yes tag={ann}")
    wait_until(lambda: "Joker: live" in text(window), "the past")
    lines = [line for line in window.lines() if any(word in line for word in ("for you", "own", "Joker", "—"))]
    assert [re.sub(r"^2026-11-20 \d\d\.\d\d ", "", line) for line in lines][:2] == ["Ann (to you, kept): for you", lines[1]], lines
    assert [re.sub(r"^2026-11-20 \d\d\.\d\d ", "", line) for line in lines][2:] == ["to Ann: my own", "Joker: text 98", "Joker: text 99", "Joker: live"], lines
    assert lines[1].startswith("— 32 messages since 2026-11-20") and lines[1].endswith(", the last 4 —"), lines
    window.press("Enter")               # the person is there
    assert {next_command(peer)[1] for _ in range(2)} == {"/seen lobby 100", "/seen Ann 70"}
    peer.send(f"message id=101 from=51990 name=Joker to=room:lobby {at} :more")
    assert next_command(peer)[1] == "/seen lobby 101"
    peer.send("seen place=room:lobby id=101", "echo :the end")
    wait_until(lambda: window.lines()[-2] == "Server: the end", "nothing is said about that")
    assert "seen" not in text(window)
    window.enter("/send Ann hello")
    tag, command = next_command(peer)
    assert command == "/send Ann hello"
    peer.send(f"kept id=102 name=Ann tag={tag} :Ann is not here; the message is kept.", f"ok id=102 kept=yes tag={tag}")
    wait_until(lambda: window.lines()[-2] == "Server: Ann is not here; the message is kept.", f"it says so: {window.lines()[-3:]}")
    assert "may be somebody else" not in text(window)


def test_a_short_page_does_not_lose_the_rest_when_the_connection_breaks(open_window, scripted_server, password_file):
    window = open_window(scripted_server.port, "--name", "Robin", "--password-file", str(password_file), height=40)
    at = "at=2026-11-20T12:31:05.123Z"
    peer = scripted_server.accept()
    account_arrives(peer)
    tag, command = next_command(peer)
    assert command == "/history lobby 1"
    peer.send(f"end of=history count=0 upto=10 more=no complete=yes tag={tag}")
    wait_until(lambda: window.lines()[-1] == ">", "the prompt")
    peer.send(f"message id=11 from=51990 name=Joker to=room:lobby {at} :text 11")
    wait_for_said(window, [11])
    peer.close()
    peer = scripted_server.accept()
    account_arrives(peer)
    tag, command = next_command(peer)
    assert command == "/history lobby 100 after=11"
    peer.send(f"history id=12 from=1 name=Joker to=room:lobby {at} tag={tag} :text 12", f"end of=history count=1 first=12 last=12 upto=14 more=yes complete=yes tag={tag}")
    tag, command = next_command(peer)
    assert command == "/history lobby 100 after=12"
    peer.send(f"message id=15 from=51990 name=Joker to=room:lobby {at} :text 15")
    peer.close()
    wait_for_said(window, [11, 12, 15])
    peer = scripted_server.accept()
    account_arrives(peer)
    tag, command = next_command(peer)
    assert command == "/history lobby 100 after=11"
    peer.send(*(f"history id={number} from=1 name=Joker to=room:lobby {at} tag={tag} :text {number}" for number in range(12, 16)), f"end of=history count=4 first=12 last=15 upto=15 more=no complete=yes tag={tag}")
    wait_for_said(window, [11, 12, 15, 13, 14])


def test_a_busy_server_is_asked_for_the_past_again(open_window, scripted_server, password_file):
    window = open_window(scripted_server.port, "--name", "Robin", "--password-file", str(password_file), height=40)
    peer = scripted_server.accept()
    account_arrives(peer, unread=("place=room:lobby count=1 first=50 last=50",))
    tag, command = next_command(peer)
    assert command == "/history lobby 1"
    peer.send(f"error code=busy tag={tag} :The server is busy; try again later")
    tag, again = next_command(peer)
    assert again == command
    peer.send(f"history id=50 from=1 name=Joker to=room:lobby at=2026-11-20T12:31:05.123Z tag={tag} :at last",
              f"end of=history count=1 first=50 last=50 upto=50 more=no complete=yes tag={tag}")
    wait_until(lambda: "Joker: at last" in text(window), "the past")


def test_a_page_of_the_room_of_the_prompt(open_window, scripted_server, password_file):
    window = open_window(scripted_server.port, "--name", "Robin", "--password-file", str(password_file), height=40)
    peer = scripted_server.accept()
    account_arrives(peer, unread=("place=room:lobby count=0 first=0 last=50",))
    window.enter("/history since=14:00")
    assert next_command(peer)[1] == "/history lobby since=14:00"


def test_nothing_is_marked_after_a_logout(open_window, scripted_server, password_file):
    window = open_window(scripted_server.port, "--name", "Robin", "--password-file", str(password_file), height=40)
    peer = scripted_server.accept()
    account_arrives(peer)
    tag, command = next_command(peer)
    assert command == "/history lobby 1"
    peer.send(f"end of=history count=0 upto=10 more=no complete=yes tag={tag}")
    wait_until(lambda: window.lines()[-1] == ">", "the prompt")
    window.enter("/logout")
    tag, command = next_command(peer)
    assert command == "/logout"
    peer.send("renamed id=48213 old=Robin name=q7mzxtrplw", f"ok tag={tag}",
              "message id=11 from=51990 name=Joker to=room:lobby at=2026-11-20T12:31:05.123Z :text 11")
    wait_for_said(window, [11])
    window.enter("/quit")       # what is read is marked before one leaves
    assert peer.read_raw().split()[-1] == "/quit"
