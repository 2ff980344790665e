"""``/-/live`` and ``/-/ready``, for whoever decides whether this process gets traffic."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from openviper.core.lifespan import Lifespan
from openviper.http import JSONResponse

__all__ = ["Health"]


class Health:
    """Tells whether the process is alive, and whether it should be sent requests.

    Args:
        lifespan: Ready between its start-up and its shutdown.
    """

    def __init__(self, lifespan: Lifespan) -> None:
        self._lifespan = lifespan
        self._terminating = False
        self._previous: Any = None

    @contextmanager
    def watching(self, *, enabled: bool) -> Generator[None]:
        """From SIGTERM on not ready, so that a balancer stops sending while the last requests are served.

        Whoever had the signal before is still called, and has it back afterwards.
        """
        self._terminating = False
        # Python allows handlers in the main thread only; elsewhere the lifespan's end has to do.
        if not enabled or threading.current_thread() is not threading.main_thread():
            yield
            return
        self._previous = signal.signal(signal.SIGTERM, self._terminate)
        try:
            yield
        finally:
            if signal.getsignal(signal.SIGTERM) == self._terminate:
                signal.signal(signal.SIGTERM, self._previous or signal.SIG_DFL)

    def _terminate(self, number: int, frame: FrameType | None) -> None:
        self._terminating = True
        if callable(self._previous):
            self._previous(number, frame)
        elif self._previous == signal.SIG_DFL:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.raise_signal(signal.SIGTERM)

    async def live(self) -> JSONResponse:
        """200 for as long as the event loop answers."""
        return _answer(200, "live")

    async def ready(self) -> JSONResponse:
        """200 between start-up and SIGTERM, else 503."""
        if self._terminating:
            return _answer(503, "terminating")
        if self._lifespan.state != "ready":
            return _answer(503, self._lifespan.state)
        return _answer(200, "ready")


def _answer(status: int, text: str) -> JSONResponse:
    return JSONResponse({"status": text}, status, {"Cache-Control": "no-store"})
