"""How long mail may take when an application stops."""

from __future__ import annotations

from openviper._settings.core import LifespanSettings
from openviper.conf import section

__all__ = ["RESERVE", "drain_limit"]

#: Of SHUTDOWN_TIMEOUT, in seconds: for what comes after the waiting, the log, QUIT, and a backend that closes slowly.
RESERVE = 2.0


def drain_limit() -> float:
    """Return what ``SHUTDOWN_TIMEOUT`` leaves to finish mail, in seconds: 2 less, or half of it where that is more."""
    limit = section(LifespanSettings).SHUTDOWN_TIMEOUT.total_seconds()
    return limit - min(RESERVE, limit / 2)
