"""Saying which hook takes long, while it does."""

from __future__ import annotations

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Self

__all__ = ["Step", "Watch"]

#: Seconds from one warning to the next.
INTERVAL = 5.0

logger = logging.getLogger("openviper.lifespan")


@dataclass(slots=True, eq=False)
class Step:
    """What is being done now."""

    title: str
    #: It is on the event loop's thread, and nothing else runs until it ends.
    blocking: bool = True
    since: float = field(default_factory=monotonic)
    running: bool = True


class Watch:
    """Log a warning every ``INTERVAL`` seconds while one step is still going on.

    A thread of its own does it: a sync hook blocks the event loop, and with it everything that could warn there.
    """

    def __init__(self) -> None:
        self._interval = INTERVAL
        self._step: Step | None = None
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, name="openviper-lifespan-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    @contextmanager
    def over(self, title: str) -> Generator[Step]:
        """Watch the block as one step."""
        self._step = step = Step(title)
        try:
            yield step
        finally:
            self._step, step.running = None, False

    def _run(self) -> None:
        # A step that begins while this waits is due later than this wakes, so none is missed and none needs to wake it.
        warned = 0.0
        step: Step | None = None
        wait = self._interval
        while not self._done.wait(wait):
            if self._step is not step:
                step, warned = self._step, 0.0
            wait = self._interval
            if step is None:
                continue
            elapsed = monotonic() - step.since
            if elapsed - warned >= self._interval:
                self._warn(step, elapsed)
                warned = elapsed
            wait = self._interval - (elapsed - warned)

    def _warn(self, step: Step, elapsed: float) -> None:
        why = "; it is sync: it blocks the event loop and cannot be interrupted" if step.blocking else ""
        logger.warning("%s is still running after %.3g s%s", step.title, elapsed, why)
