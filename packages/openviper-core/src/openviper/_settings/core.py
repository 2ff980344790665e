"""The settings that the core itself reads, beside those of ``BaseSettings``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

__all__ = ["LifespanSettings"]


@dataclass(frozen=True, kw_only=True)
class LifespanSettings:
    """How long hooks may take."""

    #: How long start-up may take in all; ``None``: as long as it takes, with a warning every 5 s.
    STARTUP_TIMEOUT: timedelta | None = None
    #: How long each shutdown hook may take.
    SHUTDOWN_TIMEOUT: timedelta = timedelta(seconds=10)
