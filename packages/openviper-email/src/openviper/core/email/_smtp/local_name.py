"""What this machine is called, for EHLO."""

from __future__ import annotations

import asyncio
import re
import time

from openviper.core.email._lookups import fqdn

__all__ = ["LocalName"]

# How long the resolver may take.
_SECONDS = 2.0
_FULL = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\.?")


class LocalName:
    """The full name of this machine, as the resolver has it.

    Args:
        again: After so many seconds it is asked again, where it had none: a network may come up after the program.
    """

    def __init__(self, again: float = 60.0) -> None:
        self._again = again
        self._name = ""
        self._not_before = 0.0

    async def get(self) -> str:
        """Return the name; empty: none is known."""
        if not self._name and time.monotonic() >= self._not_before:
            self._name = await _asked()
            self._not_before = time.monotonic() + self._again
        return self._name


async def _asked() -> str:
    try:
        async with asyncio.timeout(_SECONDS):
            name = await fqdn()
    except OSError:
        # TimeoutError is one.
        return ""
    return name if _FULL.fullmatch(name) else ""
