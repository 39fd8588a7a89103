"""A real terminal for the client's tests: a tmux server of its own, whose screen is read and whose keys are pressed."""
import os
import re
import select
import shlex
import subprocess
from contextlib import suppress

from deadline import PATIENCE, Deadline, wait_until

BEGIN = re.compile(rb"%begin (\d+ \d+ 1)")      # of tmux's answer to a command on its standard input
CONFIGURATION = """
set -g remain-on-exit on
set -g status off
set -g escape-time 0
set -g history-limit 20000
"""
# The client under a shell that reports its exit status and whether it restored the terminal's modes.
UNDER_A_SHELL = "trap : INT; before=$(stty -g); {command}; echo \"[status $?]\"; [ \"$(stty -g)\" = \"$before\" ] && echo '[restored]'; exec cat"
# The same under a shell with job control: when it is stopped, Enter continues it.
UNDER_JOB_CONTROL = "set -m; {command}; echo '[stopped]'; read line; fg %1 >/dev/null; exec cat"


class ControlClient:
    """A tmux client that is controlled line by line, so that a command does not need a process."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(["tmux", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.buffer = b""

    def ask(self, *words):
        """Returns what the command prints. Fails if tmux reports an error."""
        self.process.stdin.write(" ".join(map(quoted, words)).encode() + b"\n")
        self.process.stdin.flush()
        deadline = Deadline()
        while not (begin := BEGIN.fullmatch(self._line(deadline))):
            pass            # a notification, or the answer to a command of the program's own line
        answer = []
        while (line := self._line(deadline)) not in (b"%end " + begin[1], b"%error " + begin[1]):
            answer.append(line)
        text = b"".join(line + b"\n" for line in answer).decode()
        assert line.startswith(b"%end"), f"tmux {words}: {text}"
        return text

    def _line(self, deadline):
        while b"\n" not in self.buffer:
            assert select.select([self.process.stdout], [], [], deadline.left())[0], "tmux does not answer"
            data = os.read(self.process.stdout.fileno(), 1 << 20)
            assert data, "tmux has ended"
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def close(self):
        with suppress(BrokenPipeError):
            self.process.stdin.write(b"kill-server\n")
            self.process.stdin.close()
        try:
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()


def quoted(word):
    """Quotes a word for a tmux command line, in which no character may end the line."""
    escapes = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\", "$": "\\$"}
    return '"' + "".join(escapes.get(character, character) for character in str(word)) + '"'


class Window:
    def __init__(self, directory, command, width=80, height=24, environment=None, shell=UNDER_A_SHELL):
        configuration = directory / "tmux.conf"
        configuration.write_text(CONFIGURATION)
        variables = [part for key, value in (environment or {}).items() for part in ("-e", f"{key}={value}")]
        script = shell.format(command=shlex.join(map(str, command)))
        self.tmux = ControlClient("-u", "-S", str(directory / "tmux"), "-f", str(configuration), "-C",
                                  "new-session", "-d", "-x", str(width), "-y", str(height), *variables, "sh", "-c", script,
                                  ";", "attach-session", "-f", "no-output,ignore-size")
        wait_until(self._is_attached, "tmux is attached to the session")

    def _is_attached(self):
        """What is asked before that has no window to be about."""
        try:
            return self._tmux("display-message", "-p", "#{session_attached}").strip() == "1"
        except AssertionError as error:
            assert "no current target" in str(error), error
            return False

    def _tmux(self, *arguments):
        return self.tmux.ask(*arguments)

    def type(self, text):
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys):
        """Presses keys, by tmux's names: Enter, C-c, Left, Home."""
        self._tmux("send-keys", "--", *keys)

    def enter(self, line):
        self.type(line)
        self.press("Enter")

    def paste(self, text):
        """Pastes as the mouse would, in brackets if the program asks for them."""
        self._tmux("set-buffer", "--", text)
        self._tmux("paste-buffer", "-p")

    def resize(self, width, height):
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def lines(self, history=False):
        """The screen's lines without trailing blanks and blank lines, optionally with all that has scrolled away."""
        screen = self._tmux("capture-pane", "-p", *(("-S", "-") if history else ()))
        return [line.rstrip() for line in screen.rstrip().split("\n")]

    def cursor(self):
        """The cursor's column and row, from 0."""
        return tuple(map(int, self._tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").split()))

    def wait_for_cursor(self, column):
        """Waits until the cursor is in this column; returns its row."""
        wait_until(lambda: self.cursor()[0] == column, f"the cursor in column {column}")
        return self.cursor()[1]

    def wait_for(self, *wanted):
        """Waits until the screen ends with these lines; returns all of it."""
        def ends_with_wanted():
            return self.lines()[-len(wanted):] == list(wanted)
        try:
            wait_until(ends_with_wanted, "")
        except AssertionError:
            raise AssertionError("the screen does not end with\n" + "\n".join(wanted) + "\nbut is\n" + "\n".join(self.lines())) from None
        return self.lines()

    def wait_for_end(self, slow=False):
        """Waits until the client has ended. Returns (exit status, the lines before that); the terminal's modes must be
        restored. Unless `slow`, what it said()."""
        wait_until(lambda: self.lines()[-1] == "[restored]", "the client ends and restores the terminal")
        status = self.lines()[-2]
        lines = self.lines() if slow else self.said()
        return int(status.removeprefix("[status ").removesuffix("]")), lines[:-2]

    def said(self):
        """The lines without those which say that something takes long, for they depend on the machine; where they are too long
        for the window, the rest of them is indented."""
        said, is_notice = [], False
        for line in self.lines():
            is_notice = line.startswith("Connecting to ") or " has not answered yet" in line or (is_notice and line.startswith("  "))
            if not is_notice:
                said.append(line)
        return said

    def client(self):
        """The client's process id, once it runs."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()

        def child():
            with open(f"/proc/{shell}/task/{shell}/children", encoding="ascii") as children:
                found = [int(number) for number in children.read().split()]
            return next((number for number in found if command_of(number) == "chat-client"), None)
        return wait_until(child, "the client runs")

    def close_abruptly(self):
        """Closes the window as with the mouse."""
        self._tmux("kill-session")

    def close(self):
        self.tmux.close()


def command_of(process):
    try:
        with open(f"/proc/{process}/comm", encoding="ascii") as comm:
            return comm.read().strip()
    except FileNotFoundError:
        return None
