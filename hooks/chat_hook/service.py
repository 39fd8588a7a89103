"""The service: the order in which a request is checked, and what it is answered."""

import asyncio
import hashlib
import time
from contextlib import suppress

from chat_hook import credentials, journal, payload
from chat_hook.configuration import Configuration, Hook
from chat_hook.journal import Journal
from chat_hook.lines import bounded
from chat_hook.session import Unreachable
from chat_hook.speaker import Refused, Speaker
from chat_hook.web import HEAD_BYTES, Answer, Request, announced_length, read_body, read_head, write_answer

MOST_REQUESTS = 64  # at once
READ_SECONDS = 10.0  # for a request to arrive
RETRY_AFTER = {"Retry-After": "10"}
UNFINISHED_SECONDS = 600.0  # how long a request that failed halfway is remembered
MOST_UNFINISHED = 256


class Service:
    def __init__(self, configuration: Configuration, log: Journal) -> None:
        self.configuration, self.log = configuration, log
        self.speakers = {name: Speaker(configuration.server, name, configuration.passwords.get(name))
                         for name in {hook.speaker for hook in configuration.hooks.values()}}
        self.requests: set[asyncio.Task] = set()
        # Of requests that failed after some of their messages had been confirmed: how many, and until when. When the
        # sender repeats the request, it continues there.
        self.unfinished: dict[bytes, tuple[int, float]] = {}
        self.ending = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: one request and its answer."""
        task, peername = asyncio.current_task(), writer.get_extra_info("peername")
        peer = str(peername[0]) if isinstance(peername, tuple) else "local"
        try:
            if len(self.requests) >= MOST_REQUESTS or self.ending:
                answer = self._logged(Answer(503, "busy", "too many requests at once", RETRY_AFTER), None, peer)
            else:
                self.requests.add(task)
                answer = await self._answer(reader, writer, peer)
            if answer is not None:
                await write_answer(reader, writer, answer)
        except (OSError, asyncio.CancelledError):
            pass  # the peer has gone, or the service ends
        finally:
            self.requests.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str) -> Answer | None:
        request = hook = None
        try:
            async with asyncio.timeout(READ_SECONDS):
                request = await read_head(reader)
                if request is None:
                    return None
                hook = self._hook(request)
                body = await self._body(request, hook, reader, writer)
            lines = bounded(payload.lines_from(request, body), hook.max_messages, hook.max_text)
            answer = await self._say(hook, lines)
        except Answer as refusal:
            answer = refusal
        except TimeoutError:
            answer = Answer(408, "request-timeout", f"the request took longer than {READ_SECONDS:g} s")
        except OSError:
            raise
        except Exception as error:  # its text could have some of the request
            answer = Answer(500, "internal", f"chat-hook failed: {type(error).__name__}")
        return self._logged(answer, hook, peer)

    def _hook(self, request: Request) -> Hook:
        """What the path names. Raises Answer."""
        hook = self.configuration.hooks.get(request.path.removeprefix("/"))
        if hook is None or not request.path.startswith("/"):
            raise Answer(404, "no-such-hook", "there is no such hook")
        if request.method != "POST":
            raise Answer(405, "method-not-allowed", "expected POST", {"Allow": "POST"})
        return hook

    async def _body(self, request: Request, hook: Hook, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        """The body of a request that may use the hook. A token is checked before the body is read. Raises Answer."""
        most, denied = self.configuration.body_bytes, Answer(401, "unauthorized", "the token is missing or wrong", {"WWW-Authenticate": "Bearer"})
        signed = credentials.is_signed(request.headers)
        if not signed and not credentials.has_token(request.headers, hook.token):
            raise denied
        length = announced_length(request, most)
        payload.check_type(request)
        if request.headers.get("expect", "").lower() == "100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await read_body(reader, length, most)
        if signed and not credentials.signature_is_right(request.headers, body, hook.token):
            raise denied
        return body

    async def _say(self, hook: Hook, lines: list[str]) -> Answer:
        """Writes the lines, and says what became of them."""
        key = hashlib.sha256("\n".join((hook.name, *lines)).encode("utf-8")).digest()
        done, until = self.unfinished.pop(key, (0, 0.0))
        done = done if time.monotonic() < until else 0
        ids: list[int] = []
        speaker = self.speakers[hook.speaker]
        try:
            async with asyncio.timeout(self.configuration.seconds), speaker.turn:
                for line in lines[done:]:
                    ids.append(await speaker.say(hook, line))
            return Answer(202, "", f"{len(lines)} written", messages=len(lines), ids=ids)
        except Refused as refusal:
            answer = Answer(502, "refused", f"the chat server refuses: {refusal}", code=refusal.code)
        except Unreachable as error:
            answer = Answer(503, "unreachable", str(error), RETRY_AFTER)
        except TimeoutError:
            answer = Answer(503, "unconfirmed", f"the chat server did not confirm everything within {self.configuration.seconds:g} s", RETRY_AFTER)
        if done + len(ids):
            self._remember(key, done + len(ids))
        answer.facts |= {"messages": done + len(ids)}
        return answer

    def _remember(self, key: bytes, done: int) -> None:
        now = time.monotonic()
        self.unfinished = {key: kept for key, kept in self.unfinished.items() if kept[1] > now}
        if len(self.unfinished) >= MOST_UNFINISHED:
            self.unfinished.pop(next(iter(self.unfinished)))
        self.unfinished[key] = done, now + UNFINISHED_SECONDS

    def _logged(self, answer: Answer, hook: Hook | None, peer: str) -> Answer:
        priority = {202: journal.INFO, 500: journal.ERROR}.get(answer.status, journal.WARNING)
        name = hook.name if hook else None
        self.log.about_request(priority, f"{f'hook {name}' if name else 'no hook'}: {answer.status} {answer.text}, from {peer}",
                               hook=name, status=answer.status, error=answer.error, peer=peer, messages=answer.facts.get("messages", 0))
        return answer

    async def end(self) -> None:
        """Answers the requests that have begun, and leaves the chat."""
        self.ending = True
        if self.requests:
            await asyncio.wait(self.requests, timeout=READ_SECONDS)
        for task in list(self.requests):
            task.cancel()
        await asyncio.gather(*(speaker.quit() for speaker in self.speakers.values()))


async def listen(service: Service, sockets: list) -> list[asyncio.Server]:
    return [await asyncio.start_server(service.serve, sock=one, limit=HEAD_BYTES) for one in sockets]


async def close(servers: list[asyncio.Server]) -> None:
    for server in servers:
        with suppress(OSError):
            server.close()
