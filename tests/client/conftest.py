"""Fixtures for tests of the real client: in a real terminal, and with pipes instead of one."""
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import builds
import pytest
from chat_server import SANITIZER_REPORT
from deadline import PATIENCE, wait_until
from history_pages import PASSWORD

sys.path.append(str(Path(__file__).parent))

from data_port import DataPort  # noqa: E402 (is next to this file)
from scripted_server import ScriptedServer  # noqa: E402 (is next to this file)
from window import Window  # noqa: E402


class Piped:
    """A client whose standard streams are pipes."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.output, self.errors = bytearray(), bytearray()
        self.readers = [self._reader(self.process.stdout, self.output), self._reader(self.process.stderr, self.errors)]

    @staticmethod
    def _reader(stream, into):
        def read():
            while data := stream.read1(65536):
                into.extend(data)
            stream.close()
        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def write(self, text):
        self.process.stdin.write(text.encode() if isinstance(text, str) else text)
        self.process.stdin.flush()

    def end_input(self):
        self.process.stdin.close()

    def lines(self):
        """The lines on standard output so far."""
        return self.output.decode().splitlines()

    def error_lines(self):
        return self.errors.decode().splitlines()

    def wait_for(self, *wanted):
        """Waits until standard output ends with these lines."""
        try:
            wait_until(lambda: self.lines()[-len(wanted):] == list(wanted), "")
        except AssertionError:
            raise AssertionError(f"wanted {wanted}, have {self.lines()} and {self.error_lines()}") from None

    def wait_for_line(self, *parts):
        """Waits for a line of standard output that contains these texts."""
        wait_until(lambda: any(all(part in line for part in parts) for line in self.lines()), f"a line with {parts}; there are {self.lines()[-3:]} {self.error_lines()}")

    def wait_for_end(self, seconds=PATIENCE):
        """Returns the exit status; the output is complete then."""
        status = self.process.wait(seconds)
        for reader in self.readers:
            reader.join(seconds)
        return status

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        with suppress(BrokenPipeError):
            self.process.stdin.close()
        for reader in self.readers:
            reader.join(PATIENCE)
        assert not SANITIZER_REPORT.search(self.errors.decode(errors="replace")), self.errors.decode(errors="replace")


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch, tmp_path):
    """Keeps the settings file and environment of whoever runs the tests out of them."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "config" / "chat").mkdir(parents=True)
    (tmp_path / "config" / "chat" / "client.toml").write_text("timestamps = false\n")      # exact lines, as the transcript has them
    monkeypatch.setenv("XDG_DOWNLOAD_DIR", str(tmp_path / "downloads"))
    for variable in ("CHAT_SERVER", "CHAT_NAME", "NO_COLOR", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(variable, raising=False)
    # A client in a terminal would try TLS first, on a port that may be another test's.
    monkeypatch.setenv("CHAT_TLS", "false")


@pytest.fixture
def program():
    """The built client; skips the tests if there is none."""
    path = builds.program("chat-client")
    assert path.exists(), f"{path} has not been built"
    return path


@pytest.fixture
def scripted_server():
    server = ScriptedServer()
    yield server
    server.close()


@pytest.fixture
def data_port():
    port = DataPort()
    yield port
    port.close()


@pytest.fixture
def downloads(tmp_path):
    """Where the client puts files; the client creates the directory."""
    return tmp_path / "downloads"


@pytest.fixture
def open_window(program, tmp_path):
    """A function that starts the client in a terminal: open_window(port, "--guest", width=40)."""
    windows = []

    def start(port, *options, subcommand=None, terminal=None, **measures):
        directory = tmp_path / f"window{len(windows)}"
        directory.mkdir()
        windows.append(Window(directory, [*(["env", f"TERM={terminal}"] if terminal else []), program, *([subcommand] if subcommand else []), "--server", f"127.0.0.1:{port}", *options], **measures))
        return windows[-1]

    yield start
    for window in windows:
        window.close()


@pytest.fixture
def chatting(open_window, scripted_server):
    """A function that opens a window, in which Batman chats: returns (window, the server's end). Without a prompt, as in
    plain mode, the client does not ask what Tab can complete."""
    def start(*options, has_prompt=True, **measures):
        window = open_window(scripted_server.port, "--name", "Batman", *options, **measures)
        peer = scripted_server.accept()
        peer.accept_login("Batman", window=has_prompt)
        # So that the line about it comes before whatever the test does.
        wait_until(lambda: "Batman has joined" in " ".join(" ".join(window.lines()).split()), "Batman is in")
        if has_prompt:
            window.wait_for(">")
        return window, peer
    return start


@pytest.fixture
def start_piped(program):
    """A function that starts the client with pipes: start_piped(port, "--guest"); without a port, only the options are
    passed."""
    with ExitStack() as at_the_end:
        def start(port, *options):
            where = [] if port is None else ["--server", f"127.0.0.1:{port}"]
            client = Piped([program, *where, *options])
            at_the_end.callback(client.close)
            return client

        yield start


@pytest.fixture
def chatting_piped(start_piped, scripted_server):
    """Batman, who chats through pipes, and the server's end of the connection."""
    client = start_piped(scripted_server.port, "--name", "Batman")
    peer = scripted_server.accept()
    peer.accept_login("Batman")
    client.wait_for_line("Batman has joined")
    return client, peer


@pytest.fixture
def password_file(tmp_path):
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    path.chmod(0o600)
    return path
