"""What was said before: shown after a login, in a room that is joined, after a network failure, and page by page."""
import datetime
import re
import subprocess

import pytest
from deadline import PATIENCE, wait_until
from history_pages import member, opened, say
from relay import Relay
from said import said, text, wait_for_said

OPEN = pytest.mark.settings(accounts__register='"open"')
MANY = pytest.mark.settings(accounts__register='"open"', limits__max_clients=10, limits__lines_per_second=0, history__pages_per_minute=1000)
HEADING = re.compile(r"— (\d+) messages? since \d\d[:.]\d\d(?:, the last (\d+))? —")


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
        assert ("240", "") in HEADING.findall(text(window))
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


@OPEN
def test_what_was_read_is_not_shown_again(open_robin, program, server):
    ann = member(server, "Ann")
    write(ann, range(4))
    window = open_robin(server.port)
    wait_for_said(window, range(4))
    window.enter("/unread")
    wait_until(lambda: "There is nothing unread." in window.lines()[-2] or "4 unread messages" in text(window), "an answer")
    window.enter("/quit")
    assert window.wait_for_end()[0] == 0
    write(ann, range(4, 7))
    send = [program, "send", "--server", f"127.0.0.1:{server.port}", "--name", "Batman", "Robin", "text 7"]
    assert subprocess.run(send, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False).returncode == 0
    window = open_robin(server.port)
    wait_for_said(window, [7, 4, 5, 6])
    assert re.search(r"^\d\d\.\d\d Batman \(to you, kept\): text 7$", text(window), re.MULTILINE), text(window)
    assert HEADING.search(text(window)).groups() == ("3", None)
    window.enter("/quit")
    window.wait_for_end()
    window = open_robin(server.port)
    window.enter("/unread")
    wait_until(lambda: "There is nothing unread." in text(window), f"all is read: {window.lines()}")
    assert said(window) == [] and "—" not in text(window)
