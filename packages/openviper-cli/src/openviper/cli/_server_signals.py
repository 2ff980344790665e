"""What SIGINT and SIGTERM do to a server process while uvicorn has not taken them over, and after."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from openviper.cli._process_end import ProcessEnd, end_within

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["STOP_SIGNALS", "Interrupted", "Signals"]

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

# Seconds from a second Ctrl-C.
_HURRY = 1.0


class Interrupted(KeyboardInterrupt):
    """A signal came."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


class Signals:
    """What a signal does before uvicorn takes them over, and after: once it has shut down it raises them again.

    A terminal's Ctrl-C reaches a child twice, as SIGINT and as the parent's SIGTERM: the latter must not cut off what
    the first one began to undo. A second Ctrl-C may. Where all is done, it ends the process at once, which may be
    waiting for a thread; nothing else does.

    Args:
        patience: Seconds from a signal that interrupts to the end of the process, whatever its threads do; one at most
            from a second Ctrl-C; ``None``: no end to that.
    """

    def __init__(self, patience: float | None = None) -> None:
        self._patience = patience
        self._first = 0
        self._is_over = False
        self._end = ProcessEnd()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if self._is_over and number == signal.SIGINT:
            self._end.now(128 + number)
        if not self._is_over and (number == signal.SIGINT or not self._first):
            if self._patience is not None:
                end_within(min(self._patience, _HURRY) if self._first else self._patience, 128 + number)
            self._first = self._first or number
            raise Interrupted(number)

    def take(self, *, unblock: bool) -> None:
        """Handle the signals from now on; ``unblock``: they were blocked while this process came up."""
        for each in STOP_SIGNALS:
            signal.signal(each, self)
        if unblock:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def finish(self) -> None:
        """Interrupt no more: all is done."""
        self._is_over = True
        self._end.prepare()

    def insist(self) -> None:
        """Interrupt where a signal came and is forgotten: Python ignores what is raised while a finalizer runs.

        Each import runs some. https://docs.python.org/3/reference/datamodel.html#object.__del__

        Raises:
            Interrupted: One came.
        """
        if self._first:
            raise Interrupted(self._first)
