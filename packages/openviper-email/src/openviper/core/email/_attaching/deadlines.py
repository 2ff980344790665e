"""The time that all attachments of a message have together, and what is done in threads within it."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TypeVar

from openviper.core.email.errors import AttachmentError

__all__ = ["Deadline", "load_client"]

_Done = TypeVar("_Done")
_CLIENT = "openviper.core.email.fetch"
# What it loads itself at the first connection.
_LOADED_LATER = ("anyio._backends._asyncio", "anyio._core._sockets", "anyio._core._synchronization")


@dataclass(frozen=True, slots=True)
class Deadline:
    """So many seconds from when it is made, in an event loop."""

    seconds: float
    #: By the clock of the loop.
    begun: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    async def in_thread(self, late: str, work: Callable[[], _Done]) -> _Done:
        """Return what is done in a thread; threads may be few, and all of them busy.

        Args:
            late: What has not happened when it was not done in time, for the error.
            work: It goes on where it was begun, and nobody waits for it.

        Raises:
            AttachmentError: The time is over.
        """
        try:
            async with asyncio.timeout_at(self.begun + self.seconds):
                return await asyncio.to_thread(work)
        except TimeoutError:
            raise AttachmentError(f"{late} within {self.seconds:g} s") from None


async def load_client(deadline: Deadline) -> None:
    """Import what fetches URLs, which nothing else needs. It takes 20 ms, and for its first connection as much again.

    Raises:
        AttachmentError: The time is over.
    """
    if _CLIENT not in sys.modules:
        await deadline.in_thread(f"{_CLIENT}, which fetches URLs, was not loaded", _load_client)


def _load_client() -> None:
    for name in _LOADED_LATER:
        with contextlib.suppress(ImportError):
            import_module(name)
    import_module(_CLIENT)
