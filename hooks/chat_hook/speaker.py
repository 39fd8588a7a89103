"""A client of the chat server, which writes under one name. It connects when there is something to say, stays
connected, and connects again after the connection has ended."""

import asyncio
import time

from chat_hook.configuration import Hook, Server
from chat_hook.session import Line, Session, Unreachable

CONNECT_AGAIN = 0.25  # seconds between attempts to connect
CONNECT_PATIENCE = 3.0  # seconds until a server that restarts has to be there again
SLOWER = 0.5  # seconds to wait after `too-fast` and `busy`
NAMES = 4  # how many names to try: NAME, NAME-2, …


class Refused(Exception):
    """The chat server does not accept the message."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.code = code


class Speaker:
    def __init__(self, server: Server, name: str, password: str | None) -> None:
        self.server, self.name, self.password = server, name, password
        self.session: Session | None = None
        self.turn = asyncio.Lock()  # the lines of a request are not mixed with those of another

    async def say(self, hook: Hook, text: str) -> int:
        """Writes one message and returns its id, once the server has confirmed it. Call while holding `turn`. Raises
        Unreachable or Refused. If it is cancelled, the message may have been written."""
        command = f"/say {hook.place}" if hook.is_room else f"/send {hook.place}"
        has_joined_again = False
        while True:
            session = await self._connected()
            try:
                answer = await self._in_room(session, hook) or await session.ask(f"{command} {text}")
            except asyncio.CancelledError:
                session.close()  # no answer in time: the next request has a connection of its own
                raise
            code = answer.fields.get("code") if answer.kind == "error" else answer.fields.get("reason", "") if answer.kind == "undelivered" else None
            if code is None:
                return int(answer.fields.get("id", 0))
            if code in ("too-fast", "busy"):
                await asyncio.sleep(SLOWER)
            elif code == "not-a-member" and not has_joined_again:
                session.rooms.discard(hook.place)
                has_joined_again = True
            else:
                raise Refused(code, answer.text)

    async def _in_room(self, session: Session, hook: Hook) -> Line | None:
        """Enters the hook's room if it is not in it. Returns the refusal, if there is one."""
        if not hook.is_room or hook.place in session.rooms:
            return None
        answer = await session.ask(f"/join {hook.place}")
        if answer.kind == "error":
            return answer
        session.rooms.add(hook.place)
        return None

    async def _connected(self) -> Session:
        """The session, logged in."""
        if self.session is None or not self.session.is_open:
            session = await self._connect()
            try:
                await self._log_in(session)
            except BaseException:
                session.close()
                raise
            self.session = session
        return self.session

    async def _connect(self) -> Session:
        give_up = time.monotonic() + CONNECT_PATIENCE
        while True:
            try:
                return await Session.connect(self.server)
            except Unreachable:
                if time.monotonic() >= give_up:
                    raise
            await asyncio.sleep(CONNECT_AGAIN)

    async def _log_in(self, session: Session) -> None:
        """With a password there is one name. Without one, another name is taken if a client has this one: perhaps an
        earlier connection whose end the server has not seen."""
        number = 1
        while True:
            name = self.name if number == 1 else f"{self.name[:30]}-{number}"
            answer = await session.ask(f"/login {name} {self.password}" if self.password else f"/login {name}")
            if answer.kind != "error":
                return
            code = answer.fields.get("code", "")
            if code in ("busy", "too-fast"):
                await asyncio.sleep(SLOWER)
            elif code == "name-taken" and not self.password and number < NAMES:
                number += 1
            else:
                raise Refused(code, f"/login {name}: {answer.text}")

    async def quit(self) -> None:
        if self.session is not None and self.session.is_open:
            await self.session.quit()
