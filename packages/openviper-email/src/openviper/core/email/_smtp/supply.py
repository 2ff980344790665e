"""Connections for whoever has a message: a used one that is good, else a new one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import Context
from dataclasses import replace
from typing import TYPE_CHECKING

from openviper.core.email._smtp.connection import Connection, ConnectionDiedError
from openviper.core.email._smtp.failures import ConnectError
from openviper.core.email._smtp.places import Places

if TYPE_CHECKING:
    from openviper.core.email._smtp.options import SMTPOptions

__all__ = ["Supply"]

# After so many seconds without a message a server may have closed, and a firewall forgotten, the connection.
_IDLE_SECONDS = 5.0
# How long the answer to NOOP is waited for.
_POLITE_SECONDS = 2.0
# And that to QUIT: for so long the connection keeps its place from others. Of a server that never gave one, the second.
_QUIT_SECONDS, _QUIT_SHORTLY = 1.0, 0.1
# How long those that were cut off may take to note it.
_LAST_SECONDS = 0.5
# How long nobody tries again after a refused login: servers lock accounts out.
_REFUSED_SECONDS = 5.0


class Supply:
    """The connections of a pool that nobody is using."""

    def __init__(self, options: SMTPOptions) -> None:
        self._options = options
        self._idle: list[Connection] = []
        self._partings: dict[asyncio.Task[None], Connection] = {}
        self._is_closed = False
        self._failure: ConnectError | None = None
        self._failures = 0
        self._refused_until = 0.0
        self._probing = asyncio.Lock()
        self._places = Places(options.pool_size)
        self._answers_quit = True
        self._is_in_steps = False

    async def get(self, deadline: float) -> Connection:
        """Return a connection that is alive as far as one can know; the one that was used last, if there is one.

        Raises:
            ConnectError: There is none to be had until ``deadline``, on the loop's clock.
        """
        while self._idle:
            connection = self._idle.pop()
            if not self.is_fresh(connection):
                self._part(connection)
                continue
            is_alive = await self._is_alive(connection, deadline)
            if is_alive:
                return self._fit(connection)
            if is_alive is None:
                break
        return self._fit(await self._connect(deadline))

    def avoid_pipelining(self) -> None:
        """Have commands go one at a time from now on: the server offers PIPELINING, and loses what it does not read."""
        self._is_in_steps = True

    def _fit(self, connection: Connection) -> Connection:
        if self._is_in_steps:
            connection.extensions = replace(connection.extensions, pipelining=False)
        return connection

    def keep(self, connection: Connection) -> None:
        """Have a connection ready for the next message, or say good-bye to it."""
        connection.idle_since = asyncio.get_running_loop().time()
        if self.is_fresh(connection) and not self._is_closed:
            self._idle.append(connection)
        else:
            self._part(connection)

    def is_fresh(self, connection: Connection) -> bool:
        """Return whether a connection may get one more message."""
        age = asyncio.get_running_loop().time() - connection.born
        return not connection.death and connection.messages < self._options.max_messages and age < self._options.max_age

    async def close(self, seconds: float) -> None:
        """Say QUIT on all connections that nobody is using, and cut off those that do not end within ``seconds``."""
        self._is_closed = True
        while self._idle:
            self._part(self._idle.pop())
        if self._partings:
            await asyncio.wait(self._partings, timeout=seconds)
        self.cut()
        if self._partings:
            await asyncio.wait(self._partings, timeout=_LAST_SECONDS)

    def cut(self) -> None:
        """End all connections that nobody is using at once; those that are kept from now on say QUIT."""
        self._is_closed = True
        for connection in (*self._idle, *self._partings.values()):
            connection.abort("it was closed")
        self._idle.clear()

    async def _is_alive(self, connection: Connection, deadline: float) -> bool | None:
        """Return whether a connection can be used; ``None``: there was no time to ask for that properly."""
        now = asyncio.get_running_loop().time()
        if now - connection.idle_since < _IDLE_SECONDS:
            return True
        # Half of what is left is for a new connection.
        seconds = min(_POLITE_SECONDS, (deadline - now) / 2)
        try:
            async with asyncio.timeout(seconds):
                reply = await connection.command(b"NOOP")
        except ConnectionDiedError:
            self._part(connection)
            return False
        except TimeoutError:
            if seconds < _POLITE_SECONDS:
                # Whoever has little time learns nothing of the others; this one still owes its reply.
                connection.abort("its answer to NOOP was not waited for")
                self._part(connection)
                return None
            self._give_up_idle(connection)
            return False
        except asyncio.CancelledError:
            connection.abort("the event loop ended")
            raise
        if reply.outcome != "accepted":
            self._part(connection)
        return reply.outcome == "accepted"

    def _give_up_idle(self, silent: Connection) -> None:
        """Cut a connection that no longer answers, and those that were used last before it was: they were forgotten."""
        forgotten = [silent, *(each for each in self._idle if each.idle_since <= silent.idle_since)]
        self._idle = [each for each in self._idle if each not in forgotten]
        for each in forgotten:
            each.abort("it did not answer NOOP")
            self._part(each)

    async def _connect(self, deadline: float) -> Connection:
        """Return a new connection; while the server fails, one tries and the others share what it gets."""
        if self._failure is None:
            return await self._try(deadline)
        return await self._probe(self._failures, deadline)

    async def _probe(self, seen: int, deadline: float) -> Connection:
        async with self._probing:
            is_refused = asyncio.get_running_loop().time() < self._refused_until
            # Another one's time is not that of the server.
            is_shared = self._failures != seen and not (self._failure and self._failure.ran_out)
            if self._failure is not None and (is_shared or is_refused):
                raise self._failure.again()
            return await self._try(deadline)

    async def _try(self, deadline: float) -> Connection:
        # Imported by the first connection: with it comes aiosmtplib.
        from openviper.core.email._smtp.connect import connect  # noqa: PLC0415

        try:
            await self._places.take(deadline)
        except TimeoutError:
            text = f"{self._options.name}: the connections of before were not closed in time"
            raise ConnectError("transient", text, ran_out=True) from None
        try:
            connection = await connect(self._options, deadline)
        except BaseException as error:
            self._places.give_back()
            if not isinstance(error, ConnectError):
                raise
            self._failure = error.again()
            self._failures += 1
            if error.outcome == "permanent":
                self._refused_until = asyncio.get_running_loop().time() + _REFUSED_SECONDS
            raise
        self._failure = None
        self._places.hold(connection)
        return connection

    def _part(self, connection: Connection) -> None:
        parting = asyncio.create_task(self._quit(connection), context=Context())
        self._partings[parting] = connection
        parting.add_done_callback(self._partings.pop)

    async def _quit(self, connection: Connection) -> None:
        is_alive = not connection.death
        with suppress(asyncio.CancelledError):
            answered = await connection.quit(_QUIT_SECONDS if self._answers_quit else _QUIT_SHORTLY)
            self._answers_quit = answered if is_alive else self._answers_quit
        connection.abort("it was closed")
