"""The command: its arguments, the life of the service, and the only place that turns a failure into a line and a
status."""

import argparse
import asyncio
import os
import signal
import socket
import sys
from pathlib import Path
from typing import NoReturn

from chat_hook import VERSION, ConfigurationError, HookError, journal
from chat_hook.configuration import HTTP_PORT, RECOMMENDED_TOKEN, Configuration, address, read_configuration
from chat_hook.journal import Journal
from chat_hook.lines import one_line
from chat_hook.service import Service, close, listen
from chat_hook.systemd import inherited_sockets, notify

CONFIGURATION = Path("/etc/chat/hook.toml")
BACKLOG = 128
FAILED, WRONG_ARGUMENTS, WRONG_CONFIGURATION = 1, 2, 78

DESCRIPTION = "Turn HTTP requests (webhooks of Alertmanager, Grafana, GitHub and others) into messages in the chat."
EPILOG = """
Exit status: 0 stopped by a signal, or nothing wrong with --check, 1 failed, 2 usage error, 78 wrong configuration.
"""


class _Parser(argparse.ArgumentParser):
    """A mistake is one line on stderr, and the output of --help and --version counts as written only if it is."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_ARGUMENTS, f"chat-hook: {one_line(message)} (usage: chat-hook --help)\n")

    def print_help(self, file: object = None) -> None:
        _print(self.format_help())


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        _print(f"chat-hook {VERSION}\n")
        parser.exit()


class _Screen(argparse.HelpFormatter):
    """The help fits a screen of 80 columns and 24 lines."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=25, width=80)


def main(argv: list[str] | None = None) -> int:
    """The exit status: 0 stopped by a signal, 1 failed, 2 wrong arguments, 78 wrong configuration."""
    try:
        arguments = _arguments(argv)
        configuration = read_configuration(arguments.config)
        log = Journal(arguments.json)
        for hook in configuration.hooks.values():
            if len(hook.token) < RECOMMENDED_TOKEN:
                log.write(journal.WARNING, f"the token of the hook {hook.name} is shorter than {RECOMMENDED_TOKEN} characters", hook=hook.name)
        if arguments.check:
            return 0
        asyncio.run(_serve(configuration, inherited_sockets() or [_bound(arguments.listen or configuration.listen)], log))
    except ConfigurationError as error:
        return _failed(str(error), WRONG_CONFIGURATION)
    except HookError as error:
        return _failed(str(error), FAILED)
    except KeyboardInterrupt:
        return 0
    return 0


async def _serve(configuration: Configuration, sockets: list[socket.socket], log: Journal) -> None:
    """Until a signal arrives."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    service = Service(configuration, log)
    servers = await listen(service, sockets)
    hooks = "1 hook" if len(configuration.hooks) == 1 else f"{len(configuration.hooks)} hooks"
    for one in sockets:
        host, port = one.getsockname()[:2]
        log.write(journal.INFO, f"listening on {f'[{host}]' if ':' in host else host}:{port}, {hooks}", port=port)
    notify("READY=1")
    await stopped.wait()
    notify("STOPPING=1")
    await close(servers)
    await service.end()


def _bound(where: tuple[str, int]) -> socket.socket:
    host, port = where
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        one = socket.socket(family, kind, protocol)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.bind(place)
        one.listen(BACKLOG)
        one.setblocking(False)
        return one
    except OSError as error:
        raise HookError(f"{host}:{port}: {error.strerror}") from error


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = _Parser(prog="chat-hook", usage="chat-hook [OPTION]...", description=DESCRIPTION, epilog=EPILOG, allow_abbrev=False, formatter_class=_Screen)

    def where(text: str) -> tuple[str, int]:
        found = address(text, HTTP_PORT)
        if found is None:
            raise argparse.ArgumentTypeError("expected HOST or HOST:PORT")
        return found

    def path(text: str) -> Path:
        if not text:
            raise argparse.ArgumentTypeError("expected a path, but it is empty")
        return Path(text)

    parser.add_argument("--config", metavar="FILE", type=path, default=CONFIGURATION, help=f"the configuration ({CONFIGURATION})")
    parser.add_argument("--listen", metavar="HOST:PORT", type=where, help=f"where requests come in (127.0.0.1:{HTTP_PORT}); systemd's sockets come first")
    parser.add_argument("--check", action="store_true", help="check the configuration and the tokens, and exit")
    parser.add_argument("--json", action="store_true", help="log to standard output, a JSON object for each entry")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    return parser.parse_args(argv)


def _print(text: str) -> None:
    """To standard output, at once. Raises HookError."""
    try:
        with open(os.dup(1), "w", encoding="utf-8") as output:
            output.write(text)
    except OSError as error:
        raise HookError(f"standard output: {error.strerror}") from error


def _failed(line: str, status: int) -> int:
    print(f"chat-hook: {one_line(line)}", file=sys.stderr)
    return status
