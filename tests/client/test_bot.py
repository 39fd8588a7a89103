"""The example of a bot does what docs/use/bots.md says, and the page quotes it as it is."""
import re
import subprocess
import threading
from pathlib import Path

import pytest
from deadline import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]
BOT, PAGE = ROOT / "examples" / "bot", ROOT / "docs" / "use" / "bots.md"


class Bot:
    def __init__(self, port, *options):
        self.process = subprocess.Popen([BOT, "--port", str(port), *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.output, self.errors = [], []
        self.readers = [threading.Thread(target=lambda stream=stream, lines=lines: lines.extend(stream), daemon=True)
                        for stream, lines in ((self.process.stdout, self.output), (self.process.stderr, self.errors))]
        for reader in self.readers:
            reader.start()
        self.starts = 0

    def wait_until_ready(self):
        """Its next `ready`."""
        self.starts += 1
        wait_until(lambda: self.output.count("ready\n") >= self.starts or self.process.poll() is not None, f"ready; there are {self.errors}", 3 * PATIENCE)
        assert self.process.poll() is None, self.errors
        return self

    def close(self):
        self.process.kill()
        self.process.wait(PATIENCE)
        for reader in self.readers:
            reader.join(PATIENCE)
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()


@pytest.fixture
def start_bot(server):
    bots = []

    def start(*options):
        bots.append(Bot(server.port, *options))
        return bots[-1]
    yield start
    for bot in bots:
        bot.close()


def in_room(server, name="Batman"):
    client, = server.people(name)
    client.ask("/join ops")
    return client


@pytest.mark.shares_server
def test_it_answers_where_it_was_asked(server, start_bot):
    batman = in_room(server)
    start_bot("--room", "ops").wait_until_ready()
    batman.ask("/say ops !dice 1")
    message = batman.wait_for("message", name="Dice")
    assert (message["to"], message.text) == ("room:ops", "Batman: 1")
    batman.ask("/send Dice !help")
    message = batman.wait_for("message", name="Dice")
    assert (message["to"], message.text) == (batman.id, "I know !help and !dice [SIDES].")
    for text in ("hello", "!dice 0", "!dice 1 2", "!dice\u00a01", " !help"):
        batman.ask(f"/say ops {text}")
    batman.ask("/say ops !dice 1")
    assert batman.wait_for("message", name="Dice").text == "Batman: 1"


@pytest.mark.settings(accounts__register='"open"')
def test_it_logs_in_to_an_account(server, start_bot, password_file):
    batman = in_room(server)
    dice = server.connect("Dice")
    assert dice.ask(f"/register {password_file.read_text().split()[0]}").kind == "account"
    dice.ask("/quit")
    batman.drain()
    bot = start_bot("--room", "ops")
    assert bot.process.wait(PATIENCE) == 1
    wait_until(lambda: bot.errors, "why it ended")
    assert bot.errors[-1].startswith("bot: password-required: ")
    start_bot("--room", "ops", "--password-file", password_file).wait_until_ready()
    batman.ask("/say ops !dice 1")
    assert batman.wait_for("message", name="Dice")["account"] == "yes"


@pytest.mark.settings(limits__lines_per_second=5, limits__burst=5)
def test_what_is_too_fast_is_said_again_and_nothing_is_lost(server, start_bot):
    clients = [in_room(server, name) for name in ("Batman", "Robin", "Alfred")]
    start_bot("--room", "ops").wait_until_ready()
    for client in clients:
        for _ in range(3):
            client.ask("/say ops !dice 1")
    answers = [clients[0].wait_for("message", 3 * PATIENCE, name="Dice").text for _ in range(9)]
    assert answers == [f"{name}: 1" for name in ("Batman", "Robin", "Alfred") for _ in range(3)]


def test_it_comes_back_after_a_restart_of_the_server(server, start_bot):
    bot = start_bot("--room", "ops").wait_until_ready()
    server.kill("acceptor", "delivery")
    batman = in_room(server)
    batman.ask("/say ops !dice 1")
    assert batman.wait_for("message", name="Dice").text == "Batman: 1"
    server.close_clients()
    server.stop()
    server.may_move = False
    server.start()
    bot.wait_until_ready()
    batman = in_room(server)
    batman.ask("/say ops !dice 1")
    assert batman.wait_for("message", name="Dice").text == "Batman: 1"


@pytest.mark.shares_server
def test_it_looks_around_unseen(server):
    batman, robin = server.people("Batman", "Robin")
    batman.drain()
    done = subprocess.run([BOT, "--port", str(server.port), "--who"], capture_output=True, text=True, timeout=3 * PATIENCE)
    assert (done.returncode, sorted(done.stdout.split()), done.stderr) == (0, ["Batman", "Robin"], "")
    assert batman.drain() == []


def test_the_page_quotes_the_example():
    code = [line.strip() for line in BOT.read_text(encoding="utf-8").splitlines()]
    quotes = re.findall(r"^```python\n# examples/bot\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(quotes) >= 5
    for quote in quotes:
        lines = [line.strip() for line in quote.splitlines()]
        assert any(code[at:at + len(lines)] == lines for at in range(len(code))), quote
