"""What SIGINT and SIGTERM do to a server process while uvicorn has not taken them over, and after."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["STOP_SIGNALS", "Interrupted", "Signals"]

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """A signal came."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


class Signals:
    """What a signal does before uvicorn takes them over, and after: once it has shut down it raises them again.

    A terminal's Ctrl-C reaches a child twice, as SIGINT and as the parent's SIGTERM: the latter must not cut off what
    the first one began to undo. A second Ctrl-C may. Where all is done, nothing interrupts the end of the process.
    """

    def __init__(self) -> None:
        self._first = 0
        self.are_over = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if not self.are_over and (number == signal.SIGINT or not self._first):
            self._first = self._first or number
            raise Interrupted(number)

    def take(self, *, unblock: bool) -> None:
        """Handle the signals from now on; ``unblock``: they were blocked while this process came up."""
        for each in STOP_SIGNALS:
            signal.signal(each, self)
        if unblock:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def insist(self) -> None:
        """Interrupt where a signal came and is forgotten: Python ignores what is raised while a finalizer runs.

        Each import runs some. https://docs.python.org/3/reference/datamodel.html#object.__del__

        Raises:
            Interrupted: One came.
        """
        if self._first:
            raise Interrupted(self._first)
