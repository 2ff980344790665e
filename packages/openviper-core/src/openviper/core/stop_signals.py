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
    from collections.abc import Callable, Generator, Iterable
    from types import FrameType
    from typing import TypeAlias

    Handler: TypeAlias = Callable[[int, FrameType | None], object]

__all__ = ["TERMINATION_SIGNALS", "Debounce", "Stopped", "end_by", "ended_by_signals", "signals_handled"]

#: What is sent to end a program that may run without a terminal; the second one where its terminal is closed.
TERMINATION_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

# Seconds: a busy machine may tell the second of two signals, sent at once, as late as that.
_AT_ONCE = 1.0


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
    taken = _Taken(stop, TERMINATION_SIGNALS)
    try:
        yield
    finally:
        if stop.code:
            # What comes at once with the first one may come as late as this.
            sys.exit(stop.code)
        taken.give_back()


@contextmanager
def signals_handled(handler: Handler, *numbers: signal.Signals) -> Generator[None]:
    """Have ``handler`` called inside the block for each of ``numbers`` that is nobody's yet.

    One that is ignored, as under nohup(1), or handled, stays so, and what the block itself makes of one stays. Outside
    of a program's first thread, which alone is told of signals, nothing is handled.
    """
    taken = _Taken(handler, numbers)
    try:
        yield
    finally:
        taken.give_back()


def end_by(number: int) -> None:
    """End this process by a signal, as if nobody had handled it.

    Raises:
        KeyboardInterrupt: It is that of Ctrl-C.
    """
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    signal.signal(number, signal.SIG_DFL)
    signal.raise_signal(number)


class _Taken:
    """Signals that have a handler until they are given back; what is forked meanwhile ends by them as ever."""

    def __init__(self, handler: Handler, numbers: Iterable[signal.Signals]) -> None:
        self._handler = handler
        self._process = os.getpid()
        is_told = threading.current_thread() is threading.main_thread()
        # What Python itself makes of them.
        pythons = {each: signal.default_int_handler if each is signal.SIGINT else signal.SIG_DFL for each in numbers}
        self._taken: dict[signal.Signals, Any] = {
            each: own for each, own in pythons.items() if is_told and signal.getsignal(each) is own
        }
        for each in self._taken:
            signal.signal(each, self)

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._process == os.getpid():
            self._handler(number, frame)
        else:
            # A copy of this process has nothing of its work to undo, and multiprocessing waits for its end.
            end_by(number)

    def give_back(self) -> None:
        for each, own in self._taken.items():
            if signal.getsignal(each) is self:
                signal.signal(each, own)


class Debounce:
    """Tells which signals repeat a request: ``timeout`` and some supervisors signal a process, then its group."""

    def __init__(self) -> None:
        self._heeded = -_AT_ONCE

    def is_repeated(self, number: int) -> bool:
        """Whether a signal comes within a second of the last one that was none; a Ctrl-C never is one.

        Args:
            number: Of a signal that has just come.
        """
        now = time.monotonic()
        if number != signal.SIGINT and now - self._heeded < _AT_ONCE:
            return True
        self._heeded = now
        return False


class _Stop:
    def __init__(self) -> None:
        #: 0: none came.
        self.code = 0
        self._debounce = Debounce()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._debounce.is_repeated(number):
            return
        if self.code:
            end_by(number)
        self.code = 128 + number
        raise Stopped(self.code)
