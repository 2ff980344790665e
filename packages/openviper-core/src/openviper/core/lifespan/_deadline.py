"""Waiting for a hook no longer than it may take."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Generator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any

from openviper.core.errors import LifespanError

__all__ = ["Clock", "OverdueError", "within"]

#: Seconds that a hook gets to clean up after it was cancelled by its deadline.
GRACE = 1.0


class Clock:
    """What is left of the time that a start-up may take in all.

    Args:
        seconds: ``None``: no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self._end = None if seconds is None else monotonic() + seconds

    def left(self) -> float | None:
        """Return the seconds that are left, 0 when the time is over."""
        return None if self._end is None else max(0.0, self._end - monotonic())

    def check(self, title: str) -> None:
        """Raise once the time is over: a sync hook is not interrupted, what comes after it is."""
        if self.left() == 0.0:
            raise self.error(title)

    @contextmanager
    def over(self, title: str) -> Generator[None]:
        """Raise, before the block and after it, where the time is over, and where the block was cancelled for it."""
        self.check(title)
        try:
            yield
        except OverdueError as overdue:
            raise self.error(title) from overdue
        self.check(title)

    def error(self, title: str) -> LifespanError:
        return LifespanError(f"start-up took longer than {self.seconds:g} s (STARTUP_TIMEOUT), last in {title}")


class OverdueError(TimeoutError):
    """The hook took longer than it may."""


async def within(awaitable: Awaitable[Any], seconds: float | None) -> None:
    """Await ``awaitable`` in this task, and cancel it after ``seconds``; ``None``: no limit.

    Raises:
        OverdueError: The time was over. A hook that goes on after its cancellation is left where it stands after one
            more second, so that nobody can hold up the rest.
    """
    deadline = asyncio.timeout(seconds)
    try:
        async with deadline:
            await _Drive(awaitable, deadline)
    except TimeoutError as error:
        if deadline.expired():
            # The cancellation knows in which line the hook stood; Python 3.11.2 gives it as context only.
            raise OverdueError(f"cancelled after {seconds:.3g} s") from error.__cause__ or error.__context__
        raise
    if deadline.expired():
        raise OverdueError(f"cancelled after {seconds:.3g} s, and ended by itself")


class _Drive:
    """Run an awaitable in the current task, as ``await`` does, able to stop without its consent.

    A task of its own could be abandoned more simply, but what a hook opens in one task (a cancel scope, a task group)
    must be closed by another hook in the same one.
    """

    def __init__(self, awaitable: Awaitable[Any], deadline: asyncio.Timeout) -> None:
        self._coroutine = _coroutine(awaitable)
        self._deadline = deadline
        self._last: asyncio.TimerHandle | None = None

    def __await__(self) -> Generator[Any, Any, None]:
        try:
            waited = self._coroutine.send(None)
            while True:
                try:
                    sent = yield waited
                except BaseException as error:
                    waited = self._pass_on(error)
                else:
                    waited = self._coroutine.send(sent)
        except StopIteration:
            return
        finally:
            if self._last is not None:
                self._last.cancel()

    def _pass_on(self, error: BaseException) -> Any:
        if isinstance(error, asyncio.CancelledError) and self._last_call_is_over():
            # RuntimeError: it goes on even now; close() has no other way to say so.
            with suppress(RuntimeError):
                self._coroutine.close()
            raise error
        waited = self._coroutine.throw(error)
        # It awaits again. That may be its cleaning up, and is given GRACE seconds once its time is over.
        if self._last is None and self._deadline.expired():
            task = asyncio.current_task()
            if task is not None:
                self._last = asyncio.get_running_loop().call_later(GRACE, task.cancel)
        return waited

    def _last_call_is_over(self) -> bool:
        if self._last is None or self._last.when() > asyncio.get_running_loop().time():
            return False
        # The second cancellation was ours: it must not count as one from outside.
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
        return True


async def _coroutine(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
