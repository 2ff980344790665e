"""The end of a server's process, which Python puts off for as long as one of its threads is at work.

All threads here are started before they are needed: Python 3.12 starts none any more while it waits for others.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import start_new_thread
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ProcessEnd", "end_within"]

# Seconds for the last lines, which nobody may be reading.
_FOR_LINES = 1.0


def end_within(seconds: float, code: int, what: Callable[[], str] = lambda: "a thread of the application") -> None:
    """End this process after ``seconds`` with an exit code, and say ``what`` is cut off; harmless where it has ended.

    A request, a hook or a thread of the application's that waits for what never answers would keep it for ever: Python
    joins all threads but daemons (https://docs.python.org/3/library/threading.html#thread-objects), and asyncio those
    of ``to_thread()``.
    """
    _start(_say_and_end, seconds, code, what)
    _start(_end, seconds + _FOR_LINES, code)


class ProcessEnd:
    """Ends this process at once, whatever is running in it, once :meth:`prepare` has been called."""

    def __init__(self) -> None:
        # Its put() may come in the midst of another, as a signal does.
        self._codes: SimpleQueue[int] = SimpleQueue()
        self._is_prepared = False

    def prepare(self) -> None:
        """Start the thread that will flush what was printed."""
        if not self._is_prepared:
            self._is_prepared = True
            _start(self._wait_and_end)

    def now(self, code: int) -> None:
        """End the process with an exit code."""
        self._codes.put(code)
        _end(_FOR_LINES, code)

    def _wait_and_end(self) -> None:
        code = self._codes.get()
        try:
            _flush()
        finally:
            os._exit(code)


def _start(target: Callable[..., None], *args: object) -> None:
    # Not threading's: the code that a signal interrupts may hold its lock.
    start_new_thread(target, args)


def _say_and_end(seconds: float, code: int, what: Callable[[], str]) -> None:
    time.sleep(seconds)
    line = f"Error: {what()} is still at work after {seconds:g} s; it is cut off\n"
    try:
        # Written past sys.stderr, whose lock what is at work may hold.
        os.write(2, line.encode())
        _flush()
    finally:
        os._exit(code)


def _end(seconds: float, code: int) -> None:
    time.sleep(seconds)
    os._exit(code)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # pyright: ignore[reportUnnecessaryComparison] - of a closed descriptor
            stream.flush()
