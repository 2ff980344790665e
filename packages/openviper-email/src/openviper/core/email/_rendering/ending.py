"""Ending the process of a rendering that nobody waits for any more."""

from __future__ import annotations

import subprocess
from threading import Lock

__all__ = ["Ending"]


class Ending:
    """Ends the processes of one rendering, from another thread than the one that waits for them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._has_come = False

    def started(self, process: subprocess.Popen[bytes]) -> None:
        """Take a process that has started; it is killed at once where the end has come before."""
        with self._lock:
            self._process = process
            if self._has_come:
                process.kill()

    def end(self) -> None:
        """Kill the process, also one that starts only now; one that is done is left alone."""
        with self._lock:
            self._has_come = True
            if self._process is not None:
                self._process.kill()
