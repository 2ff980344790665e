"""What SIGINT and SIGTERM do to a server process while uvicorn has not taken them over, and after."""

from __future__ import annotations

import math
import signal
from typing import TYPE_CHECKING

from openviper.cli._process_end import ProcessEnd, end_within

if TYPE_CHECKING:
    from types import FrameType

__all__ = ["STOP_SIGNALS", "TOO_MANY", "Interrupted", "Signals"]

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

#: The signal that waits for nothing.
TOO_MANY = 3

# Seconds from a second Ctrl-C.
_HURRY = 5.0


class Interrupted(KeyboardInterrupt):
    """A signal came."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.signal = number


class Signals:
    """What a signal does where it does not ask uvicorn to shut down: it interrupts, and what was begun is undone.

    A terminal's Ctrl-C reaches a child twice, as SIGINT and as the parent's SIGTERM: the latter must not cut off what
    the first one began to undo. A second Ctrl-C hurries that. A third one ends the process at once, and so does any
    where all is undone, and the process may be waiting for a thread.

    Args:
        patience: Seconds from the last of what is undone to the end of the process, whatever its threads do; the most
            from a second Ctrl-C. ``None``: no end to anything.
        undoing: Seconds from the signal that interrupts: hooks have deadlines of their own, but not where they block.
        is_child: The parent ends it at a third Ctrl-C; here each comes from the terminal, and from the parent.
    """

    def __init__(self, patience: float | None = None, *, undoing: float = 300.0, is_child: bool = False) -> None:
        self._patience = patience
        self._undoing = undoing
        self._too_many = math.inf if is_child else TOO_MANY
        #: The number of the first that came.
        self.first = self._came = 0
        self._is_held = self._is_undone = self._is_over = False
        self._end = ProcessEnd()

    def __call__(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGINT and (self.first or self._is_over):
            return
        self.note(number)
        # What is raised while Python closes all would be shown, and threads are all that it may wait for.
        if (self._is_undone and number == signal.SIGINT) or self._came >= self._too_many:
            self._end.now(128 + number)
        self._limit(128 + number)
        if not self._is_held:
            raise Interrupted(number)

    def note(self, number: int) -> None:
        """Remember a signal, which interrupts nothing where uvicorn shuts down for it."""
        self.first = self.first or number
        self._came += 1
        self._end.prepare()

    def ending(self) -> None:
        """Have the process end in time where a signal came: the server has ended, and tasks may still be undone."""
        if self.first and self._patience is not None:
            end_within(self._patience, 128 + self.first, self._what)

    def _what(self) -> str:
        return "a thread of the application" if self._is_undone else "the application"

    def undone(self) -> None:
        """Have the process end in time where a signal came: all is undone, and what is left are threads."""
        if not self._is_undone:
            self._is_undone = True
            if self.first:
                self._limit(128 + self.first)

    def _limit(self, code: int) -> None:
        if self._patience is None:
            return
        seconds = min(self._patience, _HURRY) if self._came > 1 else self._patience
        is_patient = not self._is_undone and self._came == 1
        end_within(self._undoing if is_patient else seconds, code, self._what)

    def take(self, *, unblock: bool) -> None:
        """Handle the signals from now on; ``unblock``: they were blocked while this process came up."""
        for each in STOP_SIGNALS:
            signal.signal(each, self)
        if unblock:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)

    def finish(self) -> None:
        """Interrupt no more: all is done."""
        self.undone()
        self._is_over = True
        self._end.prepare()

    def hold(self) -> None:
        """Interrupt nothing until :meth:`release`: asyncio does not undo a task of which it has not taken note yet."""
        self._is_held = True

    def release(self) -> None:
        """Interrupt again.

        Raises:
            Interrupted: A signal came meanwhile.
        """
        self._is_held = False
        self.insist()

    def insist(self) -> None:
        """Interrupt where a signal came and is forgotten: Python ignores what is raised while a finalizer runs.

        Each import runs some. https://docs.python.org/3/reference/datamodel.html#object.__del__

        Raises:
            Interrupted: One came.
        """
        if self.first:
            raise Interrupted(self.first)
