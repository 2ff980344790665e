"""How many connections a pool may have: a server counts those too that are only being opened or left."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.email._smtp.connection import Connection

__all__ = ["Places"]


class Places:
    """So many connections at a time, each from before it is opened until its socket is closed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._opening = 0
        self._open: set[Connection] = set()
        self._freed = asyncio.Event()

    async def take(self, deadline: float) -> None:
        """Wait for a place; whoever has one owes a :meth:`give_back` or a :meth:`hold`.

        Raises:
            TimeoutError: There was none until ``deadline``, on the loop's clock.
        """
        while self._opening + len(self._open) >= self._most:
            self._freed.clear()
            async with asyncio.timeout_at(deadline):
                await self._freed.wait()
        self._opening += 1

    def give_back(self) -> None:
        """Leave a place: the connection for it was not opened."""
        self._opening -= 1
        self._freed.set()

    def hold(self, connection: Connection) -> None:
        """Keep a place for as long as a connection lasts."""
        self._opening -= 1
        self._open.add(connection)
        connection.when_gone(self._free)

    def _free(self, connection: Connection) -> None:
        self._open.discard(connection)
        self._freed.set()
