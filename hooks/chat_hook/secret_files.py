"""Tokens and passwords: each is the first line of a file. systemd passes the files as credentials, because the service
runs as a user that could not read them; without systemd they are in a directory beside the configuration."""

import os
import stat
from pathlib import Path

from chat_hook import ConfigurationError

DIRECTORY = "hook.secrets"  # beside the configuration
CREDENTIAL = "secret_"  # what chat-hook.service puts before a file's name
MOST_BYTES = 4096


class SecretFiles:
    def __init__(self, configuration: Path) -> None:
        given = os.environ.get("CREDENTIALS_DIRECTORY")
        self.is_given = given is not None
        self.directory = Path(given) if given is not None else configuration.parent / DIRECTORY

    def path(self, name: str) -> Path:
        return self.directory / (f"{CREDENTIAL}{name}" if self.is_given else name)

    def read(self, name: str) -> str | None:
        """The first line of the file with this name, None if there is no such file."""
        path = self.path(name)
        try:
            with open(path, "rb", opener=_without_waiting) as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode):
                    raise ConfigurationError(f"{path}: not a regular file")
                if not self.is_given and about.st_mode & 0o077:
                    raise ConfigurationError(f"{path}: other users may read it; chmod 600 {path}")
                line = file.read(MOST_BYTES).split(b"\n")[0].strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror}") from error
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise ConfigurationError(f"{path}: not UTF-8") from None
        if not text:
            raise ConfigurationError(f"{path}: the first line is empty")
        return text


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe would block forever
