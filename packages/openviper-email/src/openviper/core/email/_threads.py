"""Threads for other people's functions, which may hang: nobody waits for them at the program's end.

``asyncio.to_thread`` takes the threads of the default executor: a few functions that hang would keep all else from
them, and ``asyncio.run`` from ending.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from functools import partial
from threading import Condition, Thread
from typing import Any, ParamSpec, TypeVar

__all__ = ["MOST_THREADS", "DaemonThreads"]

_P = ParamSpec("_P")
_T = TypeVar("_T")

#: So many calls at a time; the others wait.
MOST_THREADS = 32

# How long a thread without a call stays for the next one, in seconds.
_IDLE_SECONDS = 5.0


class DaemonThreads:
    """Up to 32 threads, begun when they are needed; ``name`` is theirs."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._forget()

    def _forget(self) -> None:
        # A process that was forked has none of the threads, and may have the lock of one.
        self._process = os.getpid()
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()
        self._ready = Condition()
        self._idle = self._count = 0

    async def run(self, function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return what a function returns that is called in a thread; it has the caller's context variables.

        Whoever is cancelled no longer waits for it; it is not called then, if it was not yet.
        """
        future: Future[_T] = Future()
        call = partial(copy_context().run, partial(function, *args, **kwargs))
        if self._process != os.getpid():
            self._forget()
        with self._ready:
            if self._idle > len(self._waiting):
                self._ready.notify()
            elif self._count < MOST_THREADS:
                Thread(target=self._work, name=self._name, daemon=True).start()
                self._count += 1
            self._waiting.append((future, call))
        return await asyncio.wrap_future(future)

    def _work(self) -> None:
        while (found := self._next()) is not None:
            _settle(*found)
            # Not kept until the next one comes.
            del found

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        with self._ready:
            self._idle += 1
            try:
                if self._ready.wait_for(lambda: self._waiting, _IDLE_SECONDS):
                    return self._waiting.popleft()
            finally:
                self._idle -= 1
            self._count -= 1
            return None


def _settle(future: Future[Any], call: Callable[[], Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except StopIteration as error:
        # No future takes one.
        future.set_exception(RuntimeError(f"StopIteration: {error}"))
    except BaseException as error:
        future.set_exception(error)
    else:
        future.set_result(result)
