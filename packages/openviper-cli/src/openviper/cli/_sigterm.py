"""A SIGTERM that is heeded as Ctrl-C is: what is half done is undone before the end."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from types import FrameType

__all__ = ["undone_at_sigterm"]


@contextmanager
def undone_at_sigterm() -> Generator[None]:
    """Leave the block at a SIGTERM, and exit as a process that it has ended; one that is ignored, or handled, stays so.

    Raises:
        SystemExit: It came.
    """
    # Only a program's first thread is told of signals.
    is_first = threading.current_thread() is threading.main_thread()
    if not is_first or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> None:
    # timeout(1) sends it to the process and to its group: the second one must not cut off what the first undoes.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
