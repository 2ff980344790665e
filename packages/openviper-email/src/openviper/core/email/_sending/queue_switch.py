"""Mail that would be queued, sent at once: tests look at what was sent."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["is_switched_off", "without_queue"]


class _Switch:
    """Off within so many blocks of :func:`without_queue`, of all threads."""

    depth = 0


@contextmanager
def without_queue() -> Generator[None]:
    """Have nothing handed over, in the whole process, whatever queue there is; it is sent now."""
    _Switch.depth += 1
    try:
        yield
    finally:
        _Switch.depth -= 1


def is_switched_off() -> bool:
    """Tell whether this is within :func:`without_queue`."""
    return _Switch.depth > 0
