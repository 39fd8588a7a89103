"""Which programs a test runs. CHAT_BUILD names the build with sanitizers and crash points, CHAT_RELEASE_BUILD the
release build, which starts much faster.

Tests in the directories named here run the release build, unless they are marked `sanitized`; all others run the build
with sanitizers, as does everything if CHAT_RELEASE_BUILD is not set.
"""
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SANITIZED = Path(os.environ.get("CHAT_BUILD", ROOT / "build" / "dev")).resolve()
RELEASE = Path(os.environ.get("CHAT_RELEASE_BUILD", SANITIZED)).resolve()
RELEASE_IN = ("standalone", "protocol", "client", "clients_irc", "control", "hooks", "layering")

in_use = SANITIZED


def choose(test):
    """Call before a test is set up: in_use and program() refer to its programs from then on."""
    global in_use
    is_release = test.path.parent.name in RELEASE_IN and not test.get_closest_marker("sanitized")
    in_use = RELEASE if is_release else SANITIZED


def program(name):
    """The path of chat-acceptor, chat-delivery, chat-client or chatctl."""
    directory = {"chat-client": "client", "chatctl": "control"}.get(name, f"services/{name}")
    return in_use / directory / name
