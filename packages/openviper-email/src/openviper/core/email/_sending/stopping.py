"""Other people's coroutines: they are stopped when their time is over, and left to themselves if they do not stop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

__all__ = ["stoppable", "stopped"]

_Result = TypeVar("_Result")

# How long one that is stopped may take to note it.
_LAST_SECONDS = 0.5

# Stopped, and not yet at their end: the event loop itself keeps no hold of a task.
_stopping: set[asyncio.Future[Any]] = set()


async def stoppable(awaitable: Awaitable[_Result]) -> _Result:
    """Await it in a task of its own: who is cancelled meanwhile goes on after half a second, whatever it does."""
    running = asyncio.ensure_future(awaitable)
    try:
        await asyncio.wait({running})
    finally:
        if not running.done():
            await stopped(running)
    return running.result()


async def stopped(running: asyncio.Future[Any]) -> None:
    """Stop what runs; if it does not want to end it is left to itself."""
    _stopping.add(running)
    running.add_done_callback(_ended)
    running.cancel()
    await asyncio.wait({running}, timeout=_LAST_SECONDS)


def _ended(running: asyncio.Future[Any]) -> None:
    _stopping.discard(running)
    if not running.cancelled():
        # Asked for, so that asyncio does not log that nobody did.
        running.exception()
