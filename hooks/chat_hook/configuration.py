"""Reads hook.toml: where the chat server is, and which hooks there are. A name that it does not know is a mistake."""

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from chat_hook import ConfigurationError
from chat_hook.secret_files import SecretFiles

HOOK_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
CLIENT_NAME = re.compile(r"[A-Za-z\[\]{}\\|^_`][A-Za-z0-9_.\-\[\]{}\\|^`]{0,31}")
ROOM_NAME = re.compile(r"[A-Za-z0-9\u0080-\U0010ffff][^ ,/\t]{0,31}")
PORT, TLS_PORT, HTTP_PORT = 5000, 5697, 9568
RECOMMENDED_TOKEN = 16  # characters


@dataclass(frozen=True)
class Hook:
    name: str
    place: str  # a room's name, or whom to write to
    is_room: bool
    speaker: str  # the name under which it writes
    max_messages: int  # of one request
    max_text: int  # bytes of one message
    token: bytes = field(repr=False)


@dataclass(frozen=True)
class Server:
    host: str
    port: int
    tls: bool
    fingerprint: str  # SHA-256 of the certificate in lower case; empty: the system's authorities decide


@dataclass(frozen=True)
class Configuration:
    listen: tuple[str, int]
    server: Server
    body_bytes: int
    seconds: float  # for a request, until it is answered
    hooks: dict[str, Hook]
    passwords: dict[str, str] = field(repr=False)  # by the name of the account


class _Table:
    """A table of TOML whose keys are taken out one by one, so that the unknown ones remain."""

    def __init__(self, path: Path, values: dict, prefix: str = "") -> None:
        self.path, self.values, self.prefix = path, dict(values), prefix

    def wrong(self, key: str, what: str) -> ConfigurationError:
        return ConfigurationError(f"{self.path}: {self.prefix}{key}: {what}")

    def take(self, key: str, kind: type, default):
        value = self.values.pop(key, default)
        if value is not default and type(value) is not kind:
            raise self.wrong(key, {str: "expected a text", bool: "expected true or false", int: "expected a whole number", dict: "expected a table"}[kind])
        return value

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self.take(key, int, default)
        if not least <= value <= most:
            raise self.wrong(key, f"expected a number from {least} to {most}")
        return value

    def name(self, key: str, pattern: re.Pattern, what: str, default: str | None) -> str | None:
        value = self.take(key, str, default)
        if value is not None and (not pattern.fullmatch(value) or not value.isprintable()):
            raise self.wrong(key, f"not {what}")
        return value

    def end(self) -> None:
        for key in self.values:
            raise self.wrong(key, "there is no such setting")


def read_configuration(path: Path) -> Configuration:
    """Raises ConfigurationError, whose text is one line."""
    try:
        with open(path, "rb") as file:
            values = tomllib.load(file)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: {error}") from error
    table, secrets = _Table(path, values), SecretFiles(path)
    tls = table.take("tls", bool, False)
    host, port = address(table.take("server", str, "127.0.0.1"), TLS_PORT if tls else PORT) or _raise(table.wrong("server", "expected HOST or HOST:PORT"))
    listen = address(table.take("listen", str, "127.0.0.1"), HTTP_PORT) or _raise(table.wrong("listen", "expected HOST or HOST:PORT"))
    fingerprint = table.take("fingerprint", str, "").replace(":", "").lower()
    if fingerprint and (not re.fullmatch("[0-9a-f]{64}", fingerprint) or not tls):
        raise table.wrong("fingerprint", "expected a SHA-256 of 64 hexadecimal digits, with tls = true")
    body_bytes = table.number("max_body_kib", 1024, 1, 32 * 1024) << 10
    seconds = table.number("seconds", 8, 1, 300)
    name = table.name("name", CLIENT_NAME, "a name", "hook")
    hooks = {key: _hook(path, key, value, name, secrets) for key, value in table.take("hooks", dict, {}).items()}
    table.end()
    if not hooks:
        raise ConfigurationError(f"{path}: there are no hooks; see chat-hook(8)")
    found = {speaker: secrets.read(f"{speaker}.password") for speaker in {hook.speaker for hook in hooks.values()}}
    passwords = {speaker: password for speaker, password in found.items() if password is not None}
    return Configuration(listen, Server(host, port, tls, fingerprint), body_bytes, seconds, hooks, passwords)


def _hook(path: Path, name: str, values: object, speaker: str, secrets: SecretFiles) -> Hook:
    if not HOOK_NAME.fullmatch(name):
        raise ConfigurationError(f"{path}: hooks: {name!a} is not a name of a hook: 1 to 32 of a-z, 0-9 and -")
    if not isinstance(values, dict):
        raise ConfigurationError(f"{path}: hooks.{name}: expected a table")
    table = _Table(path, values, f"hooks.{name}.")
    if isinstance(room := table.values.get("room"), str):
        table.values["room"] = room.removeprefix("#")
    room = table.name("room", ROOM_NAME, "a name of a room", None)
    person = table.name("to", CLIENT_NAME, "a name", None)
    if (room is None) == (person is None):
        raise ConfigurationError(f"{path}: hooks.{name}: expected either room or to")
    speaker = table.name("name", CLIENT_NAME, "a name", speaker)
    max_messages = table.number("max_messages", 10, 1, 50)
    max_text = table.number("max_text", 1000, 80, 4000)
    table.end()
    token = secrets.read(name)
    if token is None:
        raise ConfigurationError(f"{secrets.path(name)}: there is no token for the hook {name}")
    return Hook(name, room or person, room is not None, speaker, max_messages, max_text, token.encode("utf-8"))


def address(text: str, port: int) -> tuple[str, int] | None:
    """HOST, HOST:PORT or [IPV6]:PORT; None for anything else."""
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%a-z]+)\]|([^\s:\[\]]+))(?::(\d{1,5}))?", text)
    if not match or not 0 <= (number := int(match[3] or port)) <= 65535:
        return None
    return match[1] or match[2], number


def _raise(error: Exception):
    raise error
