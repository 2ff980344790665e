"""Handlers of signals for the time of a block."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

__all__ = ["signals_handled"]


#: What Python itself makes of them.
_DEFAULT: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


@contextmanager
def signals_handled(handler: Callable[[int, FrameType | None], None], *numbers: signal.Signals) -> Generator[None]:
    """Have ``handler`` called inside the block for SIGINT and SIGTERM, whichever is asked for and nobody's yet.

    One that is ignored, or handled, stays so, and what the block itself makes of one stays.
    """
    # Only a program's first thread is told of signals.
    is_told = threading.current_thread() is threading.main_thread()
    taken = [each for each in numbers if is_told and signal.getsignal(each) is _DEFAULT[each]]
    for each in taken:
        signal.signal(each, handler)
    try:
        yield
    finally:
        for each in taken:
            if signal.getsignal(each) is handler:
                signal.signal(each, _DEFAULT[each])
