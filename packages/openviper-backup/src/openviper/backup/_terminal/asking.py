"""A question on the terminal, which may be left unanswered."""

from __future__ import annotations

import os
import sys
import termios
from contextlib import suppress
from typing import TYPE_CHECKING

from openviper.backup._terminal.lines import is_terminal
from openviper.core.terminal_text import harmless

if TYPE_CHECKING:
    from openviper.backup.restore import Confirm

__all__ = ["asker"]

_ANSWER = 1 << 10


def asker() -> Confirm | None:
    """Return what asks, or ``None`` where there is no terminal to answer at."""
    return _ask if is_terminal(sys.stdin) and is_terminal(sys.stderr) else None


def _ask(question: str) -> bool:
    """Ask; anything but ``y`` and ``yes`` is a no, and so is the end of the input, or of the terminal.

    Not by ``input()``: this runs in a thread that the end of the program does not wait for, and Python would abort
    over the lock of its stdin.
    """
    # What was typed before the question is not an answer to it.
    with suppress(termios.error):
        termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
    with suppress(OSError):
        sys.stderr.write(f"{harmless(question)} [y/N]: ")
        sys.stderr.flush()
        answer = os.read(sys.stdin.fileno(), _ANSWER)
        if not answer:
            sys.stderr.write("\n")
        return answer.strip().lower() in (b"y", b"yes")
    return False
