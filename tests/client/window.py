"""A real terminal for the client's tests: a tmux of its own, whose screen can be read and whose keys can be pressed."""
import shlex
import subprocess

from deadline import wait_until

CONFIGURATION = """
set -g remain-on-exit on
set -g status off
set -g escape-time 0
set -g history-limit 20000
"""
# The client under a shell that tells how it ended and whether it left the terminal's modes as it found them.
UNDER_A_SHELL = "trap : INT; before=$(stty -g); {command}; echo \"[status $?]\"; [ \"$(stty -g)\" = \"$before\" ] && echo '[restored]'; exec cat"
# The same under a shell with job control: stopped, it is continued by Enter.
UNDER_JOB_CONTROL = "set -m; {command}; echo '[stopped]'; read line; fg %1 >/dev/null; exec cat"


class Window:
    def __init__(self, directory, command, width=80, height=24, environment=None, shell=UNDER_A_SHELL):
        self.socket = directory / "tmux"
        configuration = directory / "tmux.conf"
        configuration.write_text(CONFIGURATION)
        variables = [part for key, value in (environment or {}).items() for part in ("-e", f"{key}={value}")]
        script = shell.format(command=shlex.join(map(str, command)))
        self._tmux("-u", "-f", str(configuration), "new-session", "-d", "-x", str(width), "-y", str(height), *variables, "sh", "-c", script)

    def _tmux(self, *arguments):
        return subprocess.run(["tmux", "-S", str(self.socket), *arguments], check=True, capture_output=True, text=True, timeout=20).stdout

    def type(self, text):
        self._tmux("send-keys", "-l", "--", text)

    def press(self, *keys):
        """Keys by tmux's names: Enter, C-c, Left, Home."""
        self._tmux("send-keys", "--", *keys)

    def enter(self, line):
        self.type(line)
        self.press("Enter")

    def paste(self, text):
        """As the mouse would, in brackets where the program asks for them."""
        self._tmux("set-buffer", "--", text)
        self._tmux("paste-buffer", "-p")

    def resize(self, width, height):
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def lines(self, history=False):
        """The screen's lines without trailing blanks and blank lines, with all that has scrolled away where wanted."""
        screen = self._tmux("capture-pane", "-p", *(("-S", "-") if history else ()))
        return [line.rstrip() for line in screen.rstrip().split("\n")]

    def cursor(self):
        """Column and row, from 0."""
        return tuple(map(int, self._tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").split()))

    def wait_for(self, *wanted):
        """Waits until the screen ends with these lines; returns all of it."""
        def ends_so():
            return self.lines()[-len(wanted):] == list(wanted)
        try:
            wait_until(ends_so, "")
        except AssertionError:
            raise AssertionError("the screen does not end with\n" + "\n".join(wanted) + "\nbut is\n" + "\n".join(self.lines())) from None
        return self.lines()

    def wait_for_end(self):
        """Waits until the client has ended. Returns (exit status, the lines before that); the terminal must be as it was."""
        wait_until(lambda: self.lines()[-1] == "[restored]", "the client ends and restores the terminal")
        lines = self.lines()
        return int(lines[-2].removeprefix("[status ").removesuffix("]")), lines[:-2]

    def client(self):
        """The client's process id, once it runs."""
        shell = self._tmux("display-message", "-p", "#{pane_pid}").strip()

        def child():
            with open(f"/proc/{shell}/task/{shell}/children", encoding="ascii") as children:
                found = [int(number) for number in children.read().split()]
            return next((number for number in found if command_of(number) == "chat-client"), None)
        return wait_until(child, "the client runs")

    def close_abruptly(self):
        """As when the window is closed with the mouse."""
        self._tmux("kill-session")

    def close(self):
        subprocess.run(["tmux", "-S", str(self.socket), "kill-server"], capture_output=True, timeout=20, check=False)


def command_of(process):
    try:
        with open(f"/proc/{process}/comm", encoding="ascii") as comm:
            return comm.read().strip()
    except FileNotFoundError:
        return None
