"""Rates as they are written: ``5/minute``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from openviper.conf import ImproperlyConfigured

__all__ = ["Rate", "parse_rate"]

_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_UNITS = {
    **{name: seconds for unit, seconds in _SECONDS.items() for name in (unit, f"{unit}s", unit[0])},
    "sec": 1,
    "min": 60,
}
_SPELLINGS = ", ".join(_UNITS)
_ZERO = re.compile(r"0+/|[0-9]+/0+[a-zA-Z]")
_FORM = re.compile(r"([1-9][0-9]{0,11})/([1-9][0-9]{0,11})?([a-zA-Z]+)")
_LONGEST = 365 * 86_400
_FASTEST = 1_000_000
_EXPECTED = "expected a count and a time: '5/minute', '100/h', '1000/2h'"


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in so many seconds: all of them at once, then one after each :attr:`interval`."""

    count: int
    #: In seconds.
    period: int

    @property
    def interval(self) -> int:
        """The time after which one more is let through, in nanoseconds; whole microseconds, rounded up.

        Redis tells the time in them, and both storages are to count alike.
        """
        return -(-self.period * 1_000_000 // self.count) * 1_000

    @property
    def capacity(self) -> int:
        """The time after which all are let through again, in nanoseconds."""
        return self.interval * self.count

    @property
    def per(self) -> str:
        """The period in the largest unit: ``minute``, ``2 hours``."""
        unit = next(unit for unit in reversed(_SECONDS) if self.period % _SECONDS[unit] == 0)
        units = self.period // _SECONDS[unit]
        return unit if units == 1 else f"{units} {unit}s"

    def __str__(self) -> str:
        return f"{self.count}/{self.per.replace(' ', '')}"


def parse_rate(text: object, source: str) -> Rate:
    """Return the rate that ``text`` stands for.

    Args:
        text: ``COUNT/UNIT`` or ``COUNT/NUMBER UNIT`` without the space; units are ``second``, ``minute``, ``hour``,
            ``day``, their plurals and first letters, ``sec`` and ``min``, in lower case.
        source: Where it stands, for the error sentence.

    Raises:
        ImproperlyConfigured: It has another form, is longer than 365 days, or faster than 1,000,000 a second.
    """
    match = _FORM.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        zero = ": 0 is not allowed" if isinstance(text, str) and _ZERO.match(text) else ""
        raise ImproperlyConfigured(f"{source}={text!r} is not a rate{zero}; {_EXPECTED}")
    count, number, unit = match.groups()
    if unit not in _UNITS:
        raise ImproperlyConfigured(f"{source}={text!r}: there is no unit {unit!r}; expected one of {_SPELLINGS}")
    period = int(number or 1) * _UNITS[unit]
    if period > _LONGEST:
        raise ImproperlyConfigured(f"{source}={text!r} is longer than 365 days, the longest time")
    if int(count) > _FASTEST * period:
        raise ImproperlyConfigured(f"{source}={text!r} is more than 1000000/second, the highest rate")
    return Rate(int(count), period)
