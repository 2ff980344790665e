"""A SIGTERM that is heeded as Ctrl-C is: what is half done is undone before the end."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openviper.cli._signal_handlers import signals_handled

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
    with signals_handled(_exit, signal.SIGTERM):
        yield


def _exit(number: int, frame: FrameType | None) -> None:
    # timeout(1) sends it to the process and to its group: the second one must not cut off what the first undoes.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)
