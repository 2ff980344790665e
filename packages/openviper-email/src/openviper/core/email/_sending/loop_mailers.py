"""The mailers of one event loop: they end with it, whoever ends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from openviper.core.email._sending.forking import forget_in_child

if TYPE_CHECKING:
    from openviper._settings.email import EmailSettings
    from openviper.core.email.mailers import Mailer

__all__ = ["LoopMailers", "mailers_of", "taken"]


class LoopMailers:
    """The mailers by name, each with the settings that it was made from."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[EmailSettings, Mailer]] = {}
        # Those whose settings are no longer in force, and that finish what they have.
        self._retired: dict[Mailer, asyncio.Task[None]] = {}
        self._timeout: float | None = None
        self._at_most: float | None = None
        self._is_closed = False
        self._keeper = self._kept()

    def get(self, name: str, settings: EmailSettings) -> Mailer | None:
        """Return a mailer, if it was made from these settings."""
        known = self._known.get(name)
        return known[1] if known is not None and known[0] is settings else None

    def put(self, name: str, settings: EmailSettings, mailer: Mailer) -> Mailer:
        """Keep a mailer; one that it replaces is closed. Once they are closed it takes no message."""
        replaced = self._known.get(name)
        self._known[name] = settings, mailer
        if replaced is not None:
            self._retired[replaced[1]] = asyncio.ensure_future(self._retire(replaced[1]))
        if self._is_closed:
            mailer.stop()
        return mailer

    async def _retire(self, mailer: Mailer) -> None:
        await mailer.close()
        del self._retired[mailer]

    def watch_loop(self) -> None:
        """Have the mailers closed when the running loop shuts its asynchronous generators down.

        ``asyncio.run`` does that at its end, and so does every runner that follows it; what is suspended there is
        resumed to end (PEP 525), before the loop is closed.
        """
        # Its first step, which only yields: the loop takes note of a generator when it begins.
        with suppress(StopIteration):
            self._keeper.asend(None).send(None)

    async def close(
        self,
        timeout: float | None,  # noqa: ASYNC109 - reports
        at_most: float | None,
    ) -> None:
        """Close all of them; see :meth:`Mailer.close`."""
        self._timeout, self._at_most = timeout, at_most
        await self._keeper.aclose()

    async def _kept(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            loop = asyncio.get_running_loop()
            with _lock():
                if _LOOPS.get(loop) is self:
                    del _LOOPS[loop]
            # Whoever ends a loop cancels its tasks first, and so may have cut short what retires a mailer.
            mailers = [*(mailer for _, mailer in self._known.values()), *self._retired]
            self._is_closed = True
            for each in mailers:
                each.stop()
            await asyncio.gather(*(each.close(self._timeout, at_most=self._at_most) for each in mailers))


_LOOPS: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopMailers] = WeakKeyDictionary()


@lru_cache(maxsize=1)
def _lock() -> Lock:
    # In a forked process nobody may be left to release that of its parent.
    forget_in_child(_lock.cache_clear)
    return Lock()


def mailers_of(loop: asyncio.AbstractEventLoop) -> LoopMailers:
    """Return the mailers of the running loop."""
    found = _LOOPS.get(loop)
    if found is None:
        found = LoopMailers()
        with _lock():
            _forget_closed()
            _LOOPS[loop] = found
        found.watch_loop()
    return found


def taken(loop: asyncio.AbstractEventLoop) -> LoopMailers | None:
    """Return the mailers of a loop, if it has any; whoever asks for one from now on gets a new one."""
    with _lock():
        return _LOOPS.pop(loop, None)


def _forget_closed() -> None:
    # A loop that was closed without a word keeps its connections, and they keep the loop.
    for loop in [each for each in list(_LOOPS) if each.is_closed()]:
        del _LOOPS[loop]
