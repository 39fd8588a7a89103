"""HTTP/1.1 as far as webhooks need it: one request for each connection, bounded in bytes and time."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

HEAD_BYTES = 16 << 10
LINGER_SECONDS = 1.0  # how long to read on after an answer, so that it is not lost in a reset
LINGER_BYTES = 4 << 20
REQUEST_LINE = re.compile(rb"([A-Za-z]{1,20}) (\S{1,2000}) HTTP/1\.([01])")
HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}):[ \t]*([^\x00\r\n]*?)[ \t]*")
SINGLE = ("content-length", "transfer-encoding", "authorization", "x-token", "x-hub-signature-256", "content-type")
REASONS = {202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
           413: "Content Too Large", 415: "Unsupported Media Type", 502: "Bad Gateway", 503: "Service Unavailable"}


class Answer(Exception):
    """What a request is answered with. As an exception, it ends the handling of the request."""

    def __init__(self, status: int, error: str, text: str, headers: dict[str, str] | None = None, **facts: object) -> None:
        super().__init__(text)
        self.status, self.error, self.text, self.headers, self.facts = status, error, text, headers or {}, facts

    def encoded(self) -> bytes:
        facts = {**({"error": self.error} if self.error else {}), "text": self.text}
        body = json.dumps({"status": self.status, **facts, **self.facts}, ensure_ascii=True).encode("ascii") + b"\n"
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close", **self.headers}
        head = [f"HTTP/1.1 {self.status} {REASONS[self.status]}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        return "\r\n".join(head).encode("ascii") + body


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_head(reader: asyncio.StreamReader) -> Request | None:
    """None if the connection ended without a request. Raises Answer."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if not error.partial:
            return None
        raise Answer(400, "bad-request", "the request ends too early") from None
    except asyncio.LimitOverrunError:
        raise Answer(400, "bad-request", f"the head is longer than {HEAD_BYTES >> 10} KiB") from None
    first, *rest = head[:-4].split(b"\r\n")
    if not (match := REQUEST_LINE.fullmatch(first)):
        raise Answer(400, "bad-request", "not a request of HTTP/1.1")
    headers: dict[str, str] = {}
    for line in rest:
        if not (header := HEADER.fullmatch(line)):
            raise Answer(400, "bad-request", "not a header")
        name = header[1].decode("ascii").lower()
        if name in headers and name in SINGLE:
            raise Answer(400, "bad-request", f"{name} more than once")
        headers[name] = header[2].decode("latin-1")
    path = match[2].decode("latin-1").partition("?")[0]
    return Request(match[1].decode("ascii").upper(), re.sub(r"^https?://[^/]*", "", path, flags=re.IGNORECASE), headers)


def announced_length(request: Request, most: int) -> int | None:
    """Bytes of the body, None if it comes in chunks. Raises Answer."""
    length, encoding = request.headers.get("content-length"), request.headers.get("transfer-encoding")
    if encoding is not None:
        if length is not None or encoding.lower() != "chunked":
            raise Answer(400, "bad-request", "expected either content-length or chunks")
        return None
    if length is None:
        return 0
    if not re.fullmatch(r"[0-9]{1,18}", length):
        raise Answer(400, "bad-request", "content-length is not a number")
    if int(length) > most:
        raise too_large(most)
    return int(length)


def too_large(most: int) -> Answer:
    return Answer(413, "too-large", f"more than {most >> 10} KiB")


async def read_body(reader: asyncio.StreamReader, length: int | None, most: int) -> bytes:
    """Raises Answer."""
    try:
        if length is not None:
            return await reader.readexactly(length)
        body = bytearray()
        async for chunk in _chunks(reader, most):
            body += chunk
            if len(body) > most:
                raise too_large(most)
        return bytes(body)
    except asyncio.IncompleteReadError:
        raise Answer(400, "bad-request", "the body ends too early") from None
    except asyncio.LimitOverrunError:
        raise Answer(400, "bad-request", "a line between chunks is too long") from None


async def _chunks(reader: asyncio.StreamReader, most: int) -> AsyncIterator[bytes]:
    while True:
        line = (await reader.readuntil(b"\r\n"))[:-2].partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", line):
            raise Answer(400, "bad-request", "not the length of a chunk")
        if (size := int(line, 16)) == 0:
            break
        if size > most:
            raise too_large(most)
        yield await reader.readexactly(size)
        if await reader.readexactly(2) != b"\r\n":
            raise Answer(400, "bad-request", "a chunk is longer than it says")
    trailer = 0
    while (line := await reader.readuntil(b"\r\n")) != b"\r\n":
        trailer += len(line)
        if trailer > HEAD_BYTES:
            raise Answer(400, "bad-request", "the trailer is too long")


async def write_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer) -> None:
    """Writes it, and reads what the peer still sends for a moment: closing earlier would reset the connection."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            writer.write(answer.encoded())
            await writer.drain()
            writer.write_eof()
            left = LINGER_BYTES
            while left > 0 and (some := await reader.read(1 << 16)):
                left -= len(some)
