"""One connection to the chat server: lines with tags, and their answers."""

import asyncio
import hashlib
import hmac
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field

from chat_hook.configuration import Server

LONGEST_LINE = 1 << 17
CONNECT_SECONDS = 5.0
QUIT_SECONDS = 2.0


class Unreachable(Exception):
    """There is no connection, or it ended before the answer came."""


@dataclass
class Line:
    kind: str
    fields: dict[str, str] = field(default_factory=dict)
    text: str = ""


class Session:
    """A connection that was welcomed. Everything that comes is read at once, so that it is never too slow."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.answers: dict[str, asyncio.Future[Line]] = {}
        self.number = 0
        self.rooms: set[str] = set()
        self.is_open = True
        self.reading: asyncio.Task | None = None

    @classmethod
    async def connect(cls, server: Server) -> "Session":
        """Raises Unreachable."""
        writer = None
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                reader, writer = await asyncio.open_connection(server.host, server.port, limit=LONGEST_LINE, ssl=_tls(server), server_hostname=server.host if server.tls else None)
                _check_certificate(server, writer)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                welcome = parse(await reader.readline())
                if welcome.kind != "welcome":
                    raise Unreachable(f"the chat server refuses: {welcome.fields.get('code', '')} {welcome.text}" if welcome.kind == "refused" else "not a chat server")
                session = cls(reader, writer)
        except BaseException as error:
            if writer is not None:
                writer.close()
            raise _unreachable(error) from None
        session.reading = asyncio.create_task(session._read())
        return session

    async def ask(self, command: str) -> Line:
        """The line that answers the command. Raises Unreachable if the connection ends before it comes."""
        if not self.is_open:
            raise Unreachable("the connection to the chat server has ended")
        self.number += 1
        tag = f"h{self.number}"
        self.answers[tag] = asyncio.get_running_loop().create_future()
        try:
            self.writer.write(f"@{tag} {command}\n".encode("utf-8"))
            await self.writer.drain()
            return await self.answers[tag]
        except OSError as error:
            raise Unreachable("the connection to the chat server has ended") from error
        finally:
            self.answers.pop(tag, None)

    async def _read(self) -> None:
        with suppress(OSError, ValueError):
            while raw := await self.reader.readline():
                line = parse(raw)
                waiting = self.answers.get(line.fields.get("tag", ""))
                # `kept` comes before `ok`.
                if waiting and not waiting.done() and line.kind != "kept":
                    waiting.set_result(line)
        self.close()

    async def quit(self) -> None:
        """Says goodbye, so that others do not see a lost connection."""
        with suppress(Unreachable, TimeoutError):
            async with asyncio.timeout(QUIT_SECONDS):
                await self.ask("/quit")
        self.close()

    def close(self) -> None:
        self.is_open = False
        for waiting in self.answers.values():
            if not waiting.done():
                waiting.set_exception(Unreachable("the connection to the chat server ended before it confirmed the message"))
        self.writer.close()


def parse(raw: bytes) -> Line:
    """Raises ValueError at the end of the stream, and for what is not text."""
    if not raw.endswith(b"\n"):
        raise ValueError("the connection was closed")
    head, _, text = raw.decode("utf-8").rstrip("\r\n").partition(" :")
    kind, *pairs = head.split(" ")
    return Line(kind, dict(pair.split("=", 1) for pair in pairs if "=" in pair), text)


def _unreachable(error: BaseException) -> BaseException:
    """What a failure to connect means; anything unexpected stays what it is."""
    if isinstance(error, ssl.SSLError):
        return Unreachable(f"TLS: {getattr(error, 'verify_message', '') or error.reason}")
    if isinstance(error, TimeoutError):
        return Unreachable("the chat server does not answer")
    if isinstance(error, (OSError, ValueError)):
        return Unreachable(f"the chat server cannot be reached: {getattr(error, 'strerror', None) or error}")
    return error


def _tls(server: Server) -> ssl.SSLContext | None:
    if not server.tls:
        return None
    context = ssl.create_default_context()
    if server.fingerprint:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE  # _check_certificate() compares it
    return context


def _check_certificate(server: Server, writer: asyncio.StreamWriter) -> None:
    if server.fingerprint:
        certificate = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if not hmac.compare_digest(hashlib.sha256(certificate).hexdigest(), server.fingerprint):
            raise Unreachable("TLS: the chat server has another certificate than the one with this fingerprint")
