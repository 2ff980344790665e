"""Cancellation at a given await, whatever the clock says; and waiting for what another thread does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine


class CancelledAt:
    """Awaits a coroutine, and has its await number ``step`` raise CancelledError as a cancelled task would.

    ::

        awaits = CancelledAt(something(), 3)
        await awaits
        awaits.was_cancelled        # False: it had ended before
    """

    def __init__(self, coroutine, step):
        self._coroutine = coroutine
        self._step = step
        self.was_cancelled = False

    def __await__(self):
        iterator = self._coroutine.__await__()
        try:
            waits_for = next(iterator)
            for step in range(2**20):
                if step == self._step:
                    self.was_cancelled = True
                    drop(waits_for)
                    waits_for = iterator.throw(asyncio.CancelledError())
                elif waits_for is None:
                    yield
                    waits_for = next(iterator)
                else:
                    yield from wrapped(waits_for)
                    waits_for = next(iterator)
        except StopIteration as end:
            return end.value


class Interrupted(Coroutine):
    """A coroutine whose task is cancelled, as by anybody else, while it waits for its await number ``step``.

    ::

        interrupted = Interrupted(something(), 3)
        await asyncio.create_task(interrupted)
        interrupted.was_cancelled        # False: it had ended before
    """

    def __init__(self, coroutine, step):
        self._coroutine = coroutine
        self._left = step
        self.was_cancelled = False

    def send(self, value):
        waits_for = self._coroutine.send(value)
        self.count(asyncio.current_task())
        return waits_for

    def count(self, task):
        """Count an await; also one of another task that this one waits for."""
        if self._left == 0:
            self.was_cancelled = True
            task.cancel()
        self._left -= 1

    def throw(self, *error):
        return self._coroutine.throw(*error)

    def close(self):
        self._coroutine.close()

    def __await__(self):
        return self._coroutine.__await__()


def drop(waits_for):
    if waits_for is not None:
        waits_for._asyncio_future_blocking = False
        waits_for.cancel()


def wrapped(future):
    # A task refuses a future that another one awaits: it is handed on as it came.
    yield future


async def until(condition):
    """Wait for something that the server's thread will do."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        await asyncio.sleep(0.001)


async def send_all(backend, messages):
    """Send all messages at once; return their results."""
    return await asyncio.gather(*map(backend.send, messages))
