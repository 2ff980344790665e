"""Which mailers of a failover can be reached: one that cannot is tried last for a while, and nobody waits for it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.email._sending.answers import Answer

__all__ = ["Reachability"]

_logger = logging.getLogger("openviper.email")

# For how long a mailer that could not be reached is tried last, in seconds.
_PAUSE = 30.0


@dataclass(slots=True)
class _Away:
    #: By ``time.monotonic()``.
    until: float
    #: Whether it was passed over, which is logged once.
    is_told: bool = False


class Reachability:
    """Remembers which mailers could not be reached, or did not answer whoever connected, in the last 30 seconds.

    One of a single name is never passed over.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._away: dict[str, _Away] = {}

    def order(self) -> list[str]:
        """Return all names in the order in which they are to be tried.

        After its time the first message that comes finds out whether a mailer is back; the others still pass it over.
        """
        if not self._away:
            return list(self._names)
        now = time.monotonic()
        last = [name for name in self._names if name in self._away and not self._is_due(self._away[name], now)]
        if len(last) == len(self._names):
            return last
        for name in last:
            self._tell(name)
        return [*(name for name in self._names if name not in last), *last]

    def note(self, name: str, answer: Answer) -> None:
        """Take into account what a mailer answered that had time enough."""
        if len(self._names) > 1 and _is_unreached(answer):
            self._away.setdefault(name, _Away(0.0)).until = time.monotonic() + _PAUSE
        elif _is_reached(answer):
            away = self._away.pop(name, None)
            if away is not None and away.is_told:
                _logger.info("mailer %r can be reached again", name)

    def _is_due(self, away: _Away, now: float) -> bool:
        if now < away.until:
            return False
        away.until = now + _PAUSE
        return True

    def _tell(self, name: str) -> None:
        away = self._away[name]
        if not away.is_told:
            away.is_told = True
            _logger.warning("mailer %r could not be reached; others are tried before it, for %g s", name, _PAUSE)


def _is_unreached(answer: Answer) -> bool:
    result = answer.result
    if result.accepted or any(each.outcome != "transient" for each in result.refused):
        return False
    return isinstance(answer.cause, OSError) or all(
        each.before_envelope and each.code is None for each in result.refused
    )


def _is_reached(answer: Answer) -> bool:
    result = answer.result
    return bool(result.accepted) or any(each.code is not None for each in result.refused)
