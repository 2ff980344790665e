"""SIGTERM and SIGHUP, heeded as Ctrl-C is: what is half done is undone, and what runs is shut down, before the end."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

__all__ = ["Stopped", "ended_by_signals"]

# The second is that of a closed terminal.
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
# timeout(1) sends one to the process and to its group: what comes within so many seconds is one request.
_AT_ONCE = 0.5


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
    # Only a program's first thread is told of signals.
    is_first = threading.current_thread() is threading.main_thread()
    taken = [each for each in _SIGNALS if is_first and signal.getsignal(each) is signal.SIG_DFL]
    for each in taken:
        signal.signal(each, stop)
    try:
        yield
    finally:
        if stop.code:
            sys.exit(stop.code)
        for each in taken:
            signal.signal(each, signal.SIG_DFL)


class _Stop:
    def __init__(self) -> None:
        #: 0: none came.
        self.code = 0
        self._since = 0.0
        self._process = os.getpid()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        # A process that was forked in the block has nothing to undo.
        if self._process != os.getpid() or (self.code and time.monotonic() - self._since > _AT_ONCE):
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        elif not self.code:
            self.code, self._since = 128 + number, time.monotonic()
            raise Stopped(self.code)
