"""How far a backup or a restore is: one line of a terminal, written over itself."""

from __future__ import annotations

import shutil
import sys
import time
from math import ceil
from threading import Lock
from typing import TYPE_CHECKING

from openviper.backup._terminal.lines import megabytes

if TYPE_CHECKING:
    from openviper.backup.job import Progress

__all__ = ["ProgressLine", "fitting", "line_of"]

# Seconds between two lines, and until a rate means something.
_EVERY, _SETTLED = 0.2, 1.0
_CLEAR = "\r\x1b[K"


class ProgressLine:
    """The line, on stderr; where that is not a terminal, nothing is written.

    Args:
        enabled: Whether it is one that can be written over.
    """

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled
        self._lock = Lock()
        self._step = ""
        self._began = self._shown = 0.0
        self._stands = False

    def __call__(self, progress: Progress) -> None:
        """Show a step; called from the thread that works."""
        if not self._enabled:
            return
        with self._lock:
            now = time.monotonic()
            if progress.step != self._step:
                self._step, self._began, self._shown = progress.step, now, 0.0
            if now - self._shown >= _EVERY:
                self._shown = now
                self._write(line_of(progress, now - self._began))

    def clear(self) -> None:
        """Take the line away, for another to stand there."""
        with self._lock:
            if self._stands:
                self._write("")

    def _write(self, line: str) -> None:
        width = shutil.get_terminal_size().columns
        try:
            sys.stderr.write(_CLEAR + fitting(line, width - 1))
            sys.stderr.flush()
        except OSError:
            # The terminal is gone, and the work goes on without it.
            self._enabled = False
        self._stands = bool(line) and self._enabled


def line_of(progress: Progress, seconds: float) -> str:
    """Return what is shown of a step that has taken ``seconds`` so far."""
    # The terminal belongs to whoever answers.
    if progress.step == "confirm":
        return ""
    parts = [progress.step, *_amount(progress)]
    if progress.done and seconds >= _SETTLED:
        rate = progress.done / seconds
        parts.append(f"{megabytes(round(rate))}/s")
        if progress.total:
            minutes, rest = divmod(ceil(max(0, progress.total - progress.done) / rate), 60)
            parts.append(f"{minutes}:{rest:02} left")
    return "  ".join(parts)


def fitting(line: str, width: int) -> str:
    """Return as many whole parts of a line as there is room for."""
    while len(line) > width and "  " in line:
        line = line.rpartition("  ")[0].rstrip()
    return line[:width]


def _amount(progress: Progress) -> list[str]:
    if progress.total:
        done = min(progress.done, progress.total)
        return [f"{100 * done // progress.total:3}%", f"{megabytes(done)} of {megabytes(progress.total)}"]
    return [megabytes(progress.done)] if progress.done else []
