"""The plugin's state: made when the site starts, reported when it stops."""

from __future__ import annotations

import logging

from pulse.counter import Pulse

__all__ = ["get_pulse", "ready", "shutdown"]

logger = logging.getLogger("pulse")

_pulse: Pulse | None = None


def ready() -> None:
    """Start to count."""
    global _pulse  # noqa: PLW0603 - set once for each start, read through get_pulse()
    _pulse = Pulse()
    logger.info("pulse is ready")


def shutdown() -> None:
    """Say how many there were."""
    global _pulse  # noqa: PLW0603 - as above
    logger.info("pulse has stopped: %d pages served", get_pulse().pages)
    _pulse = None


def get_pulse() -> Pulse:
    """Return the counter of this process.

    Middleware is built before any ``ready()`` runs: whoever imported ``_pulse`` itself would keep its ``None``.

    Raises:
        RuntimeError: The site has not started, or has stopped.
    """
    if _pulse is None:
        raise RuntimeError("pulse has not started; list 'pulse' in INSTALLED_APPS")
    return _pulse
