"""What Ctrl-C, SIGTERM and SIGHUP do to a command that runs under the lifespan."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openviper.core.stop_signals import Debounce, end_by

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

__all__ = ["CommandSignals"]


class CommandSignals:
    """The first signal cancels the command, if it is not over; a further one has the effect that it has on any program.

    asyncio's own handler of Ctrl-C would cancel what shuts the apps down, too.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[object] | None = None
        self._number = 0
        self._debounce = Debounce()
        self._is_over = self._is_cut_off = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._debounce.is_repeated(number):
            return
        if self._number or self._task is None:
            self._is_cut_off = True
            end_by(number)
        self._number = number
        if self._task is not None:
            # It wakes the loop; code that blocks it is not cut off.
            self._task.get_loop().call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task is not None and not self._is_over:
            self._task.cancel()

    @contextmanager
    def cancelling(self) -> Generator[None]:
        """Cancel the current task at a signal inside the block, and end as what such a signal has ended."""
        self._task = asyncio.current_task()
        try:
            yield
        except asyncio.CancelledError:
            if self._is_cut_off or not self._number:
                raise
            if self._number == signal.SIGINT:
                raise KeyboardInterrupt from None
            sys.exit(128 + self._number)
        finally:
            self._task = None

    @contextmanager
    def until_over(self) -> Generator[None]:
        """Cancel nothing once the block is left."""
        try:
            yield
        finally:
            self._is_over = True
