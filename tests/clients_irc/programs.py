"""Real IRC clients without a screen: what all of them share, and ii, sic and irc-framework."""
import json
import os
import re
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import npm_packages
import pytest
from chat_server import end_with_the_tests
from deadline import wait_until
from irc_client import IRC, IRC_TLS

PATIENCE = 120.0    # seconds; these programs are large, and a passing test never waits this long
CHANNEL = "#films"
PATH = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin"))


def end(process):
    """Ends a program that may not want to."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Installed:
    """Something that needs programs and packages."""
    needs = ()              # programs
    packages = ()           # of npm

    @classmethod
    def missing(cls):
        """What is not installed; None if nothing is missing."""
        program = next((name for name in cls.needs if not shutil.which(name, path=PATH)), None)
        return program or (npm_packages.missing() if cls.packages else None)

    @classmethod
    def require(cls):
        """Skips the test if something is missing."""
        if missing := cls.missing():
            pytest.skip(f"needs {missing}")


class Program(Installed):
    """An IRC client that has connected as `nick` and joins CHANNEL.

    `place`: an empty directory with a short path, for all that it reads and writes. The regular expressions in capitals
    say how it shows something; see() fills in {nick} and the like.
    """
    tls = False             # whether it connects over TLS
    can_act = True          # whether it has a command for actions
    OPPED = r"\+o {nick}"
    RENAMED = r"{old}.* is now known as {new}"
    GONE = r"(?i)disconnect|reconnect|connection (lost|closed|reset)|timeout"

    process = None

    def __init__(self, place, server, nick):
        self.place, self.server, self.nick = Path(place), server, nick
        self.port = server.port + (IRC_TLS if self.tls else IRC)
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    # ── what each client does in its own way ──
    def start(self):
        raise NotImplementedError

    def shown(self):
        """All that it has shown so far."""
        raise NotImplementedError

    def command(self, line):
        """Enters a line such as "/nick Robin" where it concerns the channel."""
        raise NotImplementedError

    def say(self, text):
        self.command(text)

    def act(self, text):
        self.command(f"/me {text}")

    def tell(self, nick, text):
        self.command(f"/msg {nick} {text}")

    def rename(self, nick):
        self.command(f"/nick {nick}")

    def set_topic(self, text):
        self.command(f"/topic {text}")

    def quote(self, line):
        """Sends a line of IRC as it is."""
        self.command(f"/quote {line}")

    # ── what all do alike ──
    def see(self, wanted, **words):
        """Waits until it has shown what matches `wanted`."""
        pattern = wanted.format(**{word: re.escape(text) for word, text in words.items()}) if words else wanted
        try:
            wait_until(lambda: re.search(pattern, self.shown()), "", PATIENCE)
        except AssertionError:
            raise AssertionError(f"{type(self).__name__} does not show {pattern!r} but\n{self.shown()}") from None

    def run(self, *command, **options):
        self.process = subprocess.Popen([*map(str, command)], cwd=self.place, preexec_fn=end_with_the_tests,
                                        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **options})

    def run_with_lines(self, *command, **options):
        """A client that reads lines and writes what it shows."""
        with open(self.place / "shown", "wb") as shown:
            self.run(*command, stdin=subprocess.PIPE, stdout=shown, stderr=subprocess.STDOUT, **options)

    def enter(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def read(self, *patterns):
        """The text of all files below its directory with such names."""
        files = sorted({path for pattern in patterns for path in self.place.rglob(pattern) if path.is_file()})
        return "".join(path.read_text(encoding="utf-8", errors="replace") for path in files)

    def close(self):
        if self.process is None:
            return
        if self.process.stdin:
            with suppress(BrokenPipeError):
                self.process.stdin.close()
        end(self.process)


class Ii(Program):
    """A directory for each channel and person, with a pipe to write to and a file to read."""
    needs = ("ii",)
    can_act = False
    OPPED = r"changed mode/#films -> \+o {nick}"
    RENAMED = r"{old} changed nick to {new}"

    def start(self):
        self.run("ii", "-s", "127.0.0.1", "-p", self.port, "-n", self.nick, "-i", self.place)
        wait_until((self.place / "127.0.0.1" / "in").exists, "ii has its pipe for the server", PATIENCE)
        self.write("127.0.0.1/in", f"/j {CHANNEL}")

    def write(self, pipe, line):
        wait_until((self.place / pipe).exists, f"ii has the pipe {pipe}", PATIENCE)
        with open(self.place / pipe, "w", encoding="utf-8") as file:
            file.write(line + "\n")

    def shown(self):
        return self.read("out")

    def command(self, line):
        self.write(f"127.0.0.1/{CHANNEL}/in", line)

    def tell(self, nick, text):
        self.write("127.0.0.1/in", f"/j {nick} {text}")

    def rename(self, nick):
        self.command(f"/n {nick}")

    def set_topic(self, text):
        self.command(f"/t {text}")

    def quote(self, line):
        self.command(f"/{line}")


class Sic(Program):
    """Lines in, lines out."""
    needs = ("sic",)
    can_act = False
    OPPED = r"MODE \(#films \+o {nick}\)"
    RENAMED = r"{old}.*NICK.*{new}"

    def start(self):
        self.run_with_lines("sic", "-h", "127.0.0.1", "-p", self.port, "-n", self.nick)
        self.enter(f":j {CHANNEL}")
        self.enter(f":s {CHANNEL}")

    def shown(self):
        return self.read("shown")

    def command(self, line):
        self.enter(line)

    def tell(self, nick, text):
        self.enter(f":m {nick} {text}")

    def rename(self, nick):
        self.quote(f"NICK {nick}")

    def set_topic(self, text):
        self.quote(f"TOPIC {CHANNEL} :{text}")

    def quote(self, line):
        self.enter(f":{line}")


class IrcFramework(Program):
    """The library behind Kiwi IRC, The Lounge and many bots, with a few lines of our own around it."""
    packages = ("irc-framework",)
    OPPED = r"MODE #films \+o {nick}"
    RENAMED = r":{old}!\S+ NICK :?{new}"
    GONE = r"(?m)^(close|reconnecting|socket close)"

    def start(self):
        script = Path(__file__).with_name("irc_framework.js")
        self.run_with_lines(npm_packages.node(), script, self.port, self.nick, CHANNEL, env=npm_packages.environment())

    def shown(self):
        return self.read("shown")

    def do(self, *words):
        """Calls a method of the client: the first word, with the others."""
        self.enter(json.dumps(words))

    def say(self, text):
        self.do("say", CHANNEL, text)

    def act(self, text):
        self.do("action", CHANNEL, text)

    def tell(self, nick, text):
        self.do("say", nick, text)

    def rename(self, nick):
        self.do("changeNick", nick)

    def set_topic(self, text):
        self.do("setTopic", CHANNEL, text)

    def quote(self, line):
        self.do("raw", line)
