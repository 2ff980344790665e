"""Turns for what renders in a process of its own: a few at once, in threads that nothing else uses.

Rendering that never ends holds its thread up to the deadline. Others than those that wait for their turn do not notice.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from contextvars import copy_context
from dataclasses import dataclass
from functools import lru_cache

from openviper.core.email._rendering.ending import Ending
from openviper.core.email._rendering.rendering import Content
from openviper.core.email.errors import TemplateError

__all__ = ["AT_ONCE", "Turn", "turn_for"]

#: Processes at a time; each may take ``MAX_MEMORY``.
AT_ONCE = 2
# In seconds: in less, a Python has hardly started.
_LEAST = 0.1


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in the queue; those that came first are first."""

    name: str
    #: How long it waits to begin.
    seconds: float
    _future: Future[Content]
    _ending: Ending

    def result(self) -> Content:
        """Return what is rendered, in a thread that may wait; interrupted, it ends the process.

        Raises:
            TemplateError: It could not begin in time, or cannot be rendered.
        """
        try:
            wait_for([self._future], self.seconds)
            self._check_begun()
            return self._future.result()
        finally:
            self._ending.end()

    async def awaited(self) -> Content:
        """Return what is rendered; cancelled, it leaves the queue, or ends the process.

        Raises:
            TemplateError: It could not begin in time, or cannot be rendered.
        """
        future = asyncio.wrap_future(self._future)
        try:
            await asyncio.wait([future], timeout=self.seconds)
            self._check_begun()
            return await future
        finally:
            future.cancel()
            self._ending.end()

    def _check_begun(self) -> None:
        # What runs, or is done, cannot be cancelled.
        if self._future.cancel():
            raise _late(self.name, self.seconds)


def _late(name: str, seconds: float) -> TemplateError:
    return TemplateError(
        f"template {name!r:.200} could not be begun within {seconds:g} s: {AT_ONCE} others at a time render in "
        "processes of their own"
    )


def turn_for(name: str, seconds: float, task: Callable[[], Content], ending: Ending) -> Turn:
    """Put a task in the queue, which has to be done, not only begun, within its time.

    Args:
        name: The template, for errors.
        seconds: How long it may wait; its own deadline is not later than this.
        task: What is done, in a thread, with the context variables of now.
        ending: Ends the processes that it starts.
    """
    deadline = time.monotonic() + seconds

    def begin() -> Content:
        if time.monotonic() > deadline - _LEAST:
            raise _late(name, seconds)
        return task()

    return Turn(name, seconds, _threads().submit(copy_context().run, begin), ending)


@lru_cache(maxsize=1)
def _threads() -> ThreadPoolExecutor:
    if hasattr(os, "register_at_fork"):
        # A forked process has none of these threads.
        os.register_at_fork(after_in_child=_threads.cache_clear)
    return ThreadPoolExecutor(AT_ONCE, thread_name_prefix="openviper-email-template")
