"""What zsh and fish offer when Tab is pressed, with the completions that a build has made for them."""
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
from pathlib import Path

import builds
import pytest
from deadline import PATIENCE, Deadline

DIRECTORIES = {"chat-client": "client", "chatctl": "control", "chat-hook": "hooks", "chat-report": "analysis"}
SCRIPTS = {"chat-hook", "chat-report"}      # which need no build
ANSWER = re.compile(r"<<(.*?)>>", re.DOTALL)


def requires(shell):
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed (./dev test installs it)")


def _program(name):
    return builds.ROOT / DIRECTORIES[name] / name if name in SCRIPTS else builds.program(name)


def _completion(name, made):
    """The text of a completion that the build has made, which asks the one for bash in the source."""
    text = (builds.in_use / "completion" / made).read_text(encoding="utf-8")
    asked, count = re.subn(r"'[^'\n]*/bash-completion/completions/([^'/]+)'", lambda match: f"'{builds.ROOT / DIRECTORIES[name] / 'completion' / match[1]}'", text)
    assert count == 1
    return asked


def _environment(name, extra):
    return {**os.environ, "PATH": f"{_program(name).parent}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", **extra}


def of_fish(line, directory=None, **environment):
    """The candidates, each with its explanation, which may be empty."""
    requires("fish")
    name = line.split()[0]
    with tempfile.TemporaryDirectory() as home:
        script = Path(home) / "completion.fish"
        script.write_text(_completion(name, f"fish/{name}.fish"), encoding="utf-8")
        done = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete --do-complete $argv[2]", str(script), line], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=2 * PATIENCE, cwd=directory, env=_environment(name, {"HOME": home, **environment}))
    assert done.returncode == 0 and not done.stderr, done.stderr
    return dict(row.partition("\t")[::2] for row in done.stdout.splitlines())


def in_zsh(line, directory=None, **environment):
    """The line after a Tab, and everything that zsh has shown."""
    requires("zsh")
    name = line.split()[0]
    with tempfile.TemporaryDirectory() as home:
        (Path(home) / f"_{name}").write_text(_completion(name, f"zsh/_{name}"), encoding="utf-8")
        (Path(home) / ".zshrc").write_text(f"fpath=({home} $fpath)\nautoload -Uz compinit && compinit -u -D\nshow() {{ print -r -- \"<<$BUFFER>>\" }}\nzle -N show\nbindkey '^X^X' show\nPS1='ready> '\nsetopt no_beep\n", encoding="utf-8")
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                os.chdir(directory or home)
                os.execvpe("zsh", ["zsh", "-i"], _environment(name, {"HOME": home, "ZDOTDIR": home, "TERM": "dumb", "COLUMNS": "200", **environment}))
            finally:
                os._exit(127)
        try:
            _wait_for(terminal, lambda text: "ready> " in text)
            os.write(terminal, line.encode() + b"\t\x18\x18")
            shown = _wait_for(terminal, ANSWER.search)
            return ANSWER.search(shown)[1], shown
        finally:
            os.close(terminal)      # a hang-up, which ends it
            os.waitpid(pid, 0)


def _wait_for(terminal, is_there):
    deadline, text = Deadline(2 * PATIENCE), ""
    while not is_there(text):
        assert select.select([terminal], [], [], deadline.left())[0], f"zsh has shown only {text!r}"
        text += os.read(terminal, 65536).decode("utf-8", "replace")
    return text
