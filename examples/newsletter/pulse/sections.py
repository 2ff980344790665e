"""The plugin's settings."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["PulseSettings"]


@dataclass(frozen=True, kw_only=True)
class PulseSettings:
    """Read with ``section(PulseSettings)``."""

    #: Routes that are not counted, with all below them: looking at the count must not change it.
    PULSE_EXCLUDE: tuple[str, ...] = ("/pulse", "/api/pulse")
