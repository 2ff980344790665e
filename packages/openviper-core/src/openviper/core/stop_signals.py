"""Signals that end a program, heeded for the time of a block: what is half done is undone, what runs is shut down."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping
    from types import FrameType
    from typing import TypeAlias

    Handler: TypeAlias = Callable[[int, FrameType | None], object]

__all__ = ["END_SIGNALS", "SAME_REQUEST", "Stopped", "ended_by_signals", "signals_handled"]

#: What is sent to end a program that may run without a terminal; the second one where its terminal is closed.
END_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
#: A signal of :data:`END_SIGNALS` that follows another by less, in seconds, is the same request: ``timeout`` and some
#: supervisors signal a process, then its group.
SAME_REQUEST = 0.5


class Stopped(SystemExit):
    """A signal came."""


@contextmanager
def ended_by_signals() -> Generator[None]:
    """Leave the block at a SIGTERM or a SIGHUP, and exit as a process that it has ended; a later one cuts that off.

    One that is ignored, as under nohup(1), or handled, stays so.

    Raises:
        SystemExit: One came: 143, or 129, whatever became of the block.
    """
    stop = _Stop()
    taken = _take(stop, END_SIGNALS)
    try:
        yield
    finally:
        if stop.code:
            # What comes at once with the first one may come as late as this.
            sys.exit(stop.code)
        _give_back(stop, taken)


@contextmanager
def signals_handled(handler: Handler, *numbers: signal.Signals) -> Generator[None]:
    """Have ``handler`` called inside the block for each of ``numbers`` that is nobody's yet.

    One that is ignored, as under nohup(1), or handled, stays so, and what the block itself makes of one stays. Outside
    of a program's first thread, which alone is told of signals, nothing is handled.
    """
    taken = _take(handler, numbers)
    try:
        yield
    finally:
        _give_back(handler, taken)


def _take(handler: Handler, numbers: Iterable[signal.Signals]) -> dict[signal.Signals, Any]:
    is_told = threading.current_thread() is threading.main_thread()
    before = {each: signal.getsignal(each) for each in numbers if is_told}
    # What Python itself makes of them.
    taken = {each: was for each, was in before.items() if was in (signal.SIG_DFL, signal.default_int_handler)}
    for each in taken:
        signal.signal(each, handler)
    return taken


def _give_back(handler: Handler, taken: Mapping[signal.Signals, Any]) -> None:
    for each, was in taken.items():
        if signal.getsignal(each) is handler:
            signal.signal(each, was)


class _Stop:
    def __init__(self) -> None:
        #: 0: none came.
        self.code = 0
        self._since = 0.0
        self._process = os.getpid()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # A process that was forked in the block has nothing to undo.
        if self._process != os.getpid() or (self.code and time.monotonic() - self._since > SAME_REQUEST):
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif not self.code:
            self.code, self._since = 128 + number, time.monotonic()
            raise Stopped(self.code)
