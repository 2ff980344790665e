"""Mail that would be queued, sent at once: tests look at what was sent."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

__all__ = ["is_switched_off", "without_queue"]

_OFF: list[str] = []


@contextmanager
def without_queue() -> Generator[None]:
    """Have ``send_email`` hand nothing over, in the whole process, whatever queue there is."""
    _OFF.append("without_queue")
    try:
        yield
    finally:
        _OFF.pop()


def is_switched_off() -> bool:
    """Tell whether this is within :func:`without_queue`."""
    return bool(_OFF)
