"""Places for what is fetched: few at once, and no host has all of them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

__all__ = ["AT_ONCE", "OF_ONE_HOST", "place_for"]

#: Fetched at once in an event loop, and of these from one host.
AT_ONCE = 3
OF_ONE_HOST = 2


class _Places:
    """Those of an event loop."""

    def __init__(self) -> None:
        self._all = asyncio.Semaphore(AT_ONCE)
        self._hosts: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    @asynccontextmanager
    async def of_host(self, host: str) -> AsyncGenerator[None]:
        """Wait for one of the host's places. Who waits here keeps nobody from other hosts."""
        self._users[host] += 1
        try:
            async with self._hosts.setdefault(host, asyncio.Semaphore(OF_ONE_HOST)):
                yield
        finally:
            self._users[host] -= 1
            if not self._users[host]:
                del self._users[host], self._hosts[host]

    @asynccontextmanager
    async def taken(self, host: str) -> AsyncGenerator[None]:
        """Wait for a place of the host and one of all, and keep both."""
        async with self.of_host(host), self._all:
            yield


_of_loops: dict[asyncio.AbstractEventLoop, _Places] = {}


def place_for(host: str) -> AbstractAsyncContextManager[None]:
    """Return what waits for a place, and has it while it is entered.

    Args:
        host: From which something is fetched.
    """
    loop = asyncio.get_running_loop()
    if loop not in _of_loops:
        for other in [other for other in list(_of_loops) if other.is_closed()]:
            _of_loops.pop(other, None)
        _of_loops[loop] = _Places()
    return _of_loops[loop].taken(host)
