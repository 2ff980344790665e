"""Text of a variable that stands for one value: a number, a duration, a member of an enumeration."""

from __future__ import annotations

import re
from math import isfinite
from typing import TYPE_CHECKING, Any, cast, get_args

from openviper.conf._conform import UnacceptableError
from openviper.conf._hints import described

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SCALARS", "duration", "literal", "member", "parsed"]

BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
# Compiled by the few who have a duration in a variable.
DURATION = r"(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+|\d+(?:\.\d+)?"
DURATION_PART = r"(\d+(?:\.\d+)?)(ms|[smhdw]?)"
UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def _bool(text: str) -> bool:
    if text.lower() not in BOOLEANS:
        raise UnacceptableError(f"is not a bool ({', '.join(BOOLEANS)})")
    return BOOLEANS[text.lower()]


def _int(text: str) -> int:
    return cast("int", parsed(text, int, int))


def _float(text: str) -> float:
    value = cast("float", parsed(text, float, float))
    if not isfinite(value):
        raise UnacceptableError("is not a finite float")
    return value


def parsed(text: str, hint: Any, parse: Callable[[str], Any]) -> Any:
    """Return what ``parse`` makes of ``text``; its ValueError is told as ``is not an int``."""
    try:
        if not text or (hint in (int, float) and not text.isascii()):
            raise ValueError
        return parse(text)
    except ValueError:
        raise UnacceptableError(f"is not {described(hint)}") from None


#: The text of a variable, without the spaces around it.
SCALARS: dict[type, Callable[[str], Any]] = {bool: _bool, int: _int, float: _float, bytes: str.encode}


def duration(text: str) -> Any:
    """Return the timedelta of ``1h30m``, or of a number of seconds."""
    from datetime import timedelta  # noqa: PLC0415 - only where a hint names it

    compact = text.replace(" ", "").lower()
    try:
        if not re.fullmatch(DURATION, compact) or not compact.isascii():
            raise ValueError
        return timedelta(seconds=sum(float(n) * UNITS[unit] for n, unit in re.findall(DURATION_PART, compact)))
    except (ValueError, OverflowError):
        raise UnacceptableError("is not a timedelta (30s, 5m, 2h, 1d, 1h30m, or a number of seconds)") from None


def member(text: str, kind: Any) -> Any:
    """Return the member of an enumeration by its name, else by its value, else by its name in any case."""
    members: dict[str, Any] = dict(kind.__members__)
    by_value = {str(each.value): each for each in members.values()}
    by_folded = {name.casefold(): each for name, each in members.items()}
    for known, key in ((members, text), (by_value, text), (by_folded, text.casefold())):
        if key in known:
            return known[key]
    raise UnacceptableError(f"is not {described(kind)} ({', '.join(members)})")


def literal(text: str, hint: Any) -> Any:
    """Return the one of a ``Literal``'s values that is meant."""
    for each in get_args(hint):
        same_bool = isinstance(each, bool) and BOOLEANS.get(text.strip().lower()) is each
        if same_bool or (not isinstance(each, bool) and str(each) == text.strip()):
            return each
    raise UnacceptableError(f"is not {described(hint)}")
