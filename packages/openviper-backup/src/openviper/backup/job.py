"""One run of a backup or a restore: whether it should stop, how far it is, and how to wait for it from asyncio."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from contextvars import copy_context
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from openviper.backup.errors import Interrupted, InvalidInput

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["Finished", "Job", "OnProgress", "Progress", "run_job"]

T = TypeVar("T")

_logger = logging.getLogger("openviper.backup.job")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is.

    Attributes:
        step: ``dump``, ``read back``, ``prove``, ``load``, ``swap`` and others, in the order in which they come.
        done: Bytes of the dump, or of the file where that is what is read.
        total: Of the same; ``None`` where nobody knows.
    """

    step: str
    done: int = 0
    total: int | None = None


#: Called from the thread that works: it must be quick.
OnProgress: TypeAlias = Callable[[Progress], None]


class Job:
    """What all that work for one backup or restore share; it stands on a thread, and is cancelled from another.

    Args:
        timeout: Seconds until :meth:`check` raises; ``None``: none.
        on_progress: Told of each step, and in it about every 256 KiB.

    Attributes:
        at_end: What outlasts the step that has made it; left on the thread of the work, and as the work was.

    Raises:
        InvalidInput: The timeout is not a number of seconds above 0.
    """

    def __init__(self, timeout: float | None = None, on_progress: OnProgress | None = None) -> None:
        self._deadline = None if timeout is None else time.monotonic() + _checked(timeout)
        self._timeout = timeout
        self._on_progress = on_progress
        self._reason: str | None = None
        self._lock = Lock()
        self._closed = self._is_shielded = False
        self._wake_read, self._wake_write = os.pipe()
        self.at_end = ExitStack()

    def __enter__(self) -> Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            self._closed = True
            os.close(self._wake_read)
            os.close(self._wake_write)

    def cancel(self, reason: str = "cancelled") -> None:
        """Make :meth:`check` raise, and whoever polls :attr:`wake` look; from any thread."""
        with self._lock:
            if self._reason is None and not self._closed:
                self._reason = reason
                os.write(self._wake_write, b"x")

    @property
    def wake(self) -> int:
        """A file descriptor that becomes readable when the job is cancelled, to be polled beside others."""
        return self._wake_read

    def remaining(self) -> float | None:
        """Seconds until the deadline, 0 at least; ``None`` without one."""
        return None if self._deadline is None else max(0.0, self._deadline - time.monotonic())

    def check(self) -> None:
        """Raise where the work should stop.

        Raises:
            Interrupted: The job was cancelled, or its deadline is over.
        """
        if self._reason is not None:
            raise Interrupted(f"Interrupted: {self._reason}")
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise Interrupted(f"Interrupted: not done within {self._timeout:g} s")

    def step(self, name: str, total: int | None = None) -> None:
        """Say that a step begins; checks."""
        self.progress(name, 0, total)

    def progress(self, step: str, done: int, total: int | None = None) -> None:
        """Say how far a step is; checks."""
        self.check()
        if self._on_progress is None:
            return
        try:
            self._on_progress(Progress(step, done, total))
        except BaseException:
            if not self._is_shielded:
                raise
            self._on_progress = None
            _logger.warning("on_progress has failed at %r, and is not called any more", step, exc_info=True)

    def shield(self) -> None:
        """From here on, let no error of ``on_progress`` stop the work: it must come to its end, or take itself back."""
        self._is_shielded = True


def _checked(timeout: object) -> float:
    if not isinstance(timeout, int | float) or not 0 < timeout < math.inf:
        raise InvalidInput(f"--timeout {timeout!r} is not a number of seconds above 0")
    return timeout


class Finished(Exception):
    """The work was done before it could be told to stop; ``result``: what it returned."""

    def __init__(self, result: Any) -> None:
        super().__init__("cancelled when all was done")
        self.result = result


async def run_job(work: Callable[[Job], T], job: Job) -> T:
    """Run ``work`` in a thread, and close the job after it.

    Cancelled, it tells the work to stop, and returns only when that has taken away what it had begun. What became of
    it is the ``__cause__`` of the ``CancelledError``: ``Interrupted``, another error, or :class:`Finished`.
    """
    with job:
        # Not a task: a loop that ends cancels all of its tasks, and the thread would go on with a closed job.
        context = copy_context()
        running = asyncio.get_running_loop().run_in_executor(None, lambda: context.run(_worked, work, job))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError as cancelled:
            job.cancel()
            while not running.done():
                try:
                    await asyncio.wait([running])
                except asyncio.CancelledError:
                    continue
            raise cancelled from running.exception() or Finished(running.result())


def _worked(work: Callable[[Job], T], job: Job) -> T:
    with job.at_end:
        return work(job)
