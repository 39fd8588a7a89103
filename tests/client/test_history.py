"""What was said before: shown after a login, in a room that is joined, after a network failure, and page by page."""
import datetime
import re
import subprocess

import pytest
from deadline import PATIENCE, wait_until
from history_pages import PASSWORD, member, opened, say
from relay import Relay

OPEN = pytest.mark.settings(accounts__register='"open"')
MANY = pytest.mark.settings(accounts__register='"open"', limits__max_clients=10, limits__lines_per_second=0, history__pages_per_minute=1000)
HEADING = re.compile(r"— (\d+) messages? since \d\d[:.]\d\d(?:, the last (\d+))? —")


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    path.chmod(0o600)
    return path


@pytest.fixture
def robin(server, password_file):
    """Robin has an account; a function opens Robin's window."""
    member(server, "Robin").close()


@pytest.fixture
def open_robin(open_window, robin, password_file):
    def start(port, *options, **measures):
        measures.setdefault("height", 50)
        window = open_window(port, "--name", "Robin", "--password-file", str(password_file), *options, **measures)
        wait_until(lambda: any("Robin has joined" in line for line in window.lines(history=True)) and window.lines()[-1].endswith(">"), f"Robin is in: {window.lines()}")
        return window
    return start


def text(window):
    return "\n".join(window.lines(history=True))


def said(window):
    """What stands on the screen of `text N`, in this order."""
    return [int(number) for number in re.findall(r"\btext (\d+)\b", text(window))]


def wait_for_said(window, numbers):
    numbers = list(numbers)
    try:
        wait_until(lambda: said(window) == numbers, "")
    except AssertionError:
        have = said(window)
        place = next((place for place, pair in enumerate(zip(have, numbers)) if pair[0] != pair[1]), min(len(have), len(numbers)))
        raise AssertionError(f"from the {place}th on wanted {numbers[place:place + 10]} of {len(numbers)}, have {have[place:place + 10]} of {len(have)}\n" + "\n".join(window.lines(history=True)[:14])) from None


def write(client, numbers, room="lobby"):
    return say(client, room, *(f"text {number}" for number in numbers))


@pytest.mark.requirement("R51")
@OPEN
def test_a_login_shows_what_was_said_before(open_robin, server):
    ann = member(server, "Ann")
    write(ann, range(12))
    window = open_robin(server.port)
    wait_for_said(window, range(12))
    assert HEADING.search(text(window)).groups() == ("12", None)
    assert re.search(r"^\d\d\.\d\d Ann: text 11$", text(window), re.MULTILINE)
    write(ann, [12])
    wait_for_said(window, range(13))


@OPEN
def test_no_more_than_the_settings_say(open_robin, server, tmp_path):
    ann = member(server, "Ann")
    write(ann, range(30))
    settings = tmp_path / "client.toml"
    settings.write_text("history = 5\n")
    window = open_robin(server.port, "--config", str(settings))
    wait_for_said(window, range(25, 30))
    settings.write_text("history = 0\n")
    window.enter("/quit")
    window.wait_for_end()
    window = open_robin(server.port, "--config", str(settings))
    write(ann, [30])
    wait_for_said(window, [30])


@OPEN
def test_times_and_days_of_the_past(open_robin, server, tmp_path):
    ann = member(server, "Ann")
    ids = write(ann, range(2))
    yesterday = datetime.datetime.now() - datetime.timedelta(days=1)
    settings = tmp_path / "client.toml"
    settings.write_text("timestamps = true\nhistory = 0\n")
    window = open_robin(server.port, "--config", str(settings), width=100)
    server.wait_for_rows(2, "SELECT id FROM message")
    with opened(server) as database:
        database.execute("UPDATE message SET at = at - 86400000000 WHERE id = ?", (ids[0],))
    window.enter("/history")
    wait_for_said(window, range(2))
    lines = window.lines()
    place = next(number for number, line in enumerate(lines) if line.endswith("Ann: text 0"))
    assert lines[place - 1] == yesterday.strftime("%A, %-d %B %Y")
    assert re.fullmatch(r"\d\d:\d\d Ann: text 0", lines[place])
    assert re.fullmatch(r"— 2 messages since \d{4}-\d\d-\d\d \d\d:\d\d —", lines[place - 2])


@pytest.mark.requirement("R51")
@OPEN
def test_a_room_that_is_joined_shows_what_was_said_there(open_robin, server):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    write(ann, range(3), "cave")
    window = open_robin(server.port)
    window.enter("/join cave")
    wait_for_said(window, range(3))
    assert "Ann (in cave): text 2" in text(window)
    assert HEADING.search(text(window)).groups() == ("3", None)
    write(ann, [3], "cave")
    wait_for_said(window, range(4))
    window.enter("/join cave")          # once more: nothing is new
    window.enter("/part cave")
    wait_until(lambda: "You have left the room cave" in text(window), "it has left")
    assert ann.wait_for("left", room="cave")
    write(ann, [4], "cave")
    window.enter("/join cave")
    wait_for_said(window, range(5))


@OPEN
def test_guests_ask_for_nothing(open_window, server):
    ann = member(server, "Ann")
    write(ann, range(3))
    window = open_window(server.port, "--name", "Batman")
    wait_until(lambda: "Batman has joined" in text(window), "they are in")
    window.enter("/join cave")
    wait_until(lambda: "You are in the room cave" in text(window), "it has joined")
    write(ann, [3])
    wait_for_said(window, [3])
    assert "—" not in text(window) and "not a member" not in text(window)


@pytest.mark.requirement("R51", "R85")
@MANY
def test_after_a_network_failure_nothing_is_missing_and_nothing_comes_twice(open_robin, server):
    """The client is away while others write; some of it was on its way when the network failed."""
    ann = member(server, "Ann")
    ann.ask("/join cave")
    relay = Relay(server.port)
    try:
        window = open_robin(relay.port)
        window.enter("/join cave")
        wait_until(lambda: "You are in the room cave" in text(window), "it has joined")
        write(ann, range(5))
        wait_for_said(window, range(5))
        relay.go_away()
        for number in range(5, 245):            # more than two pages
            write(ann, [number], "lobby" if number % 3 else "cave")
        relay.come_back()
        wait_for_said(window, range(245))
        write(ann, [245, 246])
        wait_for_said(window, range(247))
        heading = HEADING.search(text(window)).groups()
        assert heading == ("240", None)
        assert text(window).count("Connected again, as Robin.") == 1
        relay.go_away()                         # and again, without a message in between
        write(ann, range(247, 250))
        relay.come_back()
        wait_for_said(window, range(250))
    finally:
        relay.close()


@MANY
def test_what_is_said_while_the_past_is_fetched_comes_after_it(open_robin, server):
    ann = member(server, "Ann")
    relay = Relay(server.port)
    numbers = 0
    try:
        window = open_robin(relay.port)
        for _ in range(4):
            relay.go_away()
            write(ann, range(numbers, numbers + 20))
            relay.come_back()
            numbers += 20
            until = text(window).count("Connected again") + 1
            while text(window).count("Connected again") < until:
                write(ann, [numbers])
                numbers += 1
            write(ann, range(numbers, numbers + 5))
            numbers += 5
            wait_for_said(window, range(numbers))
    finally:
        relay.close()


@MANY
def test_own_messages_that_were_not_confirmed_are_found_again(open_robin, server):
    ann = member(server, "Ann")
    relay = Relay(server.port)
    try:
        window = open_robin(relay.port)
        write(ann, [0])
        wait_for_said(window, [0])
        relay.break_after("down", b"ok ")        # the server has it, and its answer is lost
        window.enter("text 1")
        wait_until(lambda: "Connected again" in text(window), "it is back")
        wait_until(lambda: "Not confirmed by the server: text 1" in text(window), "it is said")
        wait_for_said(window, [0, 1, 1, 1])
        assert re.search(r"^\d\d\.\d\d Robin: text 1$", text(window), re.MULTILINE)
    finally:
        relay.close()


@pytest.mark.requirement("R51")
@OPEN
def test_history_pages_back(open_robin, server, tmp_path):
    settings = tmp_path / "client.toml"
    settings.write_text("history = 0\ntimestamps = false\n")
    ann = member(server, "Ann")
    write(ann, range(50))
    window = open_robin(server.port, "--config", str(settings), height=100)
    window.enter("/history")
    wait_for_said(window, range(30, 50))
    window.enter("/history")
    wait_for_said(window, [*range(30, 50), *range(10, 30)])
    window.enter("/history lobby 4")
    wait_for_said(window, [*range(30, 50), *range(10, 30), *range(6, 10)])
    window.enter("/clear")
    window.enter("/history lobby 3")
    wait_for_said_on_screen(window, range(47, 50))
    window.enter("/history #lobby 3")
    wait_for_said_on_screen(window, [47, 48, 49, 44, 45, 46])
    window.enter("/history lobby 2 after=0")
    wait_for_said_on_screen(window, [47, 48, 49, 44, 45, 46, 0, 1])
    window.enter("/history")
    wait_until(lambda: window.lines()[-2] == "There is nothing earlier.", f"the end; it is {window.lines()[-3:]}")
    window.enter("/history nowhere")
    wait_until(lambda: "nowhere" in window.lines()[-2] and "Server: " in window.lines()[-2], "a refusal")


def wait_for_said_on_screen(window, numbers):
    wait_until(lambda: [int(number) for number in re.findall(r"\btext (\d+)\b", "\n".join(window.lines()))] == list(numbers), f"{list(numbers)}; it is {window.lines()}")


@OPEN
def test_the_history_of_a_conversation(open_robin, server):
    ann = member(server, "Ann")
    window = open_robin(server.port)
    wait_until(lambda: ann.wait_for("online", name="Robin"), "both are here")
    window.enter("/to Ann")
    wait_until(lambda: window.lines()[-1] == "Ann>", "the prompt")
    window.enter("text 0")
    ann.wait_for("message")
    ann.ask("/send Robin text 1")
    wait_for_said(window, [0, 1])
    window.enter("/history")
    wait_for_said(window, [0, 1, 0, 1])
    lines = window.lines()
    assert re.fullmatch(r"\d\d\.\d\d to Ann: text 0", lines[-3]) and re.fullmatch(r"\d\d\.\d\d Ann \(to you\): text 1", lines[-2]), lines


@pytest.mark.requirement("R51")
@OPEN
def test_tail_prints_what_was_said_since(program, server, robin, password_file):
    ann = member(server, "Ann")
    ann.ask("/join cave")
    write(ann, range(3))
    write(ann, range(3, 6), "cave")
    where = ["--server", f"127.0.0.1:{server.port}", "--name", "Robin", "--password-file", str(password_file)]
    done = subprocess.run([program, "tail", *where, "--room", "cave", "--since", "1h", "--count", "6"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["Ann: text 0", "Ann: text 1", "Ann: text 2", "Ann (in cave): text 3", "Ann (in cave): text 4", "Ann (in cave): text 5"]
    done = subprocess.run([program, "tail", *where, "--json", "--since", "today", "--count", "1"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert '"kind":"history"' in done.stdout and '"name":"Ann"' in done.stdout
    with subprocess.Popen([program, "tail", *where, "--since", "1h", "--count", "5"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as client:
        lines = [client.stdout.readline() for _ in range(3)]
        write(ann, [6, 7])
        lines += client.stdout.readlines()
    assert lines == [f"Ann: text {number}\n" for number in (0, 1, 2, 6, 7)]
    done = subprocess.run([program, "tail", *where, "--since", "nonsense"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 2 and "--since" in done.stderr


# ── a server that keeps messages and marks, word by word ──

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
