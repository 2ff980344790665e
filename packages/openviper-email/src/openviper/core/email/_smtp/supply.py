"""Connections for whoever has a message: a used one that is good, else a new one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from contextvars import Context
from typing import TYPE_CHECKING

from openviper.core.email._smtp.connection import Connection, ConnectionDiedError
from openviper.core.email._smtp.failures import ConnectError

if TYPE_CHECKING:
    from openviper.core.email._smtp.options import SMTPOptions

__all__ = ["Supply"]

# After so many seconds without a message a server may have closed, and a firewall forgotten, the connection.
_IDLE_SECONDS = 5.0
# How long the answer to NOOP and to QUIT is waited for.
_POLITE_SECONDS = 2.0
# How long those that were cut off may take to note it.
_LAST_SECONDS = 0.5
# How long nobody tries again after a refused login, or one without TLS: servers lock accounts out.
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

    async def get(self, deadline: float) -> Connection:
        """Return a connection that is alive as far as one can know; the one that was used last, if there is one.

        Raises:
            ConnectError: There is none to be had until ``deadline``, on the loop's clock.
        """
        while self._idle:
            connection = self._idle.pop()
            if not self.is_fresh(connection):
                self._part(connection)
            elif await self._is_alive(connection):
                return connection
        return await self._connect(deadline)

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

    async def _is_alive(self, connection: Connection) -> bool:
        if asyncio.get_running_loop().time() - connection.idle_since < _IDLE_SECONDS:
            return True
        try:
            async with asyncio.timeout(_POLITE_SECONDS):
                reply = await connection.command(b"NOOP")
        except (ConnectionDiedError, TimeoutError):
            connection.abort("it did not answer NOOP")
            self._part(connection)
            return False
        except asyncio.CancelledError:
            connection.abort("the event loop ended")
            raise
        if reply.outcome != "accepted":
            self._part(connection)
        return reply.outcome == "accepted"

    async def _connect(self, deadline: float) -> Connection:
        """Return a new connection; while the server fails, one tries and the others share what it gets."""
        if self._failure is None:
            return await self._try(deadline)
        return await self._probe(self._failures, deadline)

    async def _probe(self, seen: int, deadline: float) -> Connection:
        async with self._probing:
            is_refused = asyncio.get_running_loop().time() < self._refused_until
            if self._failure is not None and (self._failures != seen or is_refused):
                raise self._failure.again()
            return await self._try(deadline)

    async def _try(self, deadline: float) -> Connection:
        # Imported by the first connection: with it comes aiosmtplib.
        from openviper.core.email._smtp.connect import connect  # noqa: PLC0415

        try:
            connection = await connect(self._options, deadline)
        except ConnectError as error:
            self._failure = error.again()
            self._failures += 1
            if error.outcome == "permanent":
                self._refused_until = asyncio.get_running_loop().time() + _REFUSED_SECONDS
            raise
        self._failure = None
        return connection

    def _part(self, connection: Connection) -> None:
        parting = asyncio.create_task(_quit(connection), context=Context())
        self._partings[parting] = connection
        parting.add_done_callback(self._partings.pop)


async def _quit(connection: Connection) -> None:
    with suppress(asyncio.CancelledError):
        await connection.quit(_POLITE_SECONDS)
    connection.abort("it was closed")
