"""What a template that others may edit is given: data, and no objects that do things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from markupsafe import Markup

from openviper.core.email.errors import TemplateError

__all__ = ["plain_data"]

_PLAIN = frozenset({str, int, float, bool, type(None), Markup, date, timedelta, Decimal, UUID})
_MAX_DEPTH = 20


def plain_data(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a context that is made of the standard library's plain types alone.

    Raises:
        TemplateError: Something in it is no data; what, and where.
    """
    return {str(key): _plain(value, f"context[{key!r:.100}]", 0) for key, value in context.items()}


def _plain(value: Any, place: str, depth: int) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, datetime | time):
        return _moment(value)
    if depth == _MAX_DEPTH:
        raise TemplateError(f"{place} is {_MAX_DEPTH} levels deep; an untrusted template gets no deeper data")
    if isinstance(value, Mapping):
        return {
            _plain(key, f"a key of {place}", _MAX_DEPTH): _plain(each, f"{place}[{key!r:.100}]", depth + 1)
            for key, each in cast("Mapping[Any, Any]", value).items()  # type: ignore[redundant-cast]
        }
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, str | bytes | bytearray):
        items = list(cast("Sequence[Any]", value))
        return [_plain(each, f"{place}[{index}]", depth + 1) for index, each in enumerate(items)]
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    for kind in (str, int, float):
        # An enumeration's member, a lazy string.
        if isinstance(value, kind):
            return kind(value)
    raise TemplateError(
        f"{place} is of type {type(value).__name__}; an untrusted template gets plain data: text, numbers, dates, "
        "lists and dicts. Give it what it needs of this object"
    )


def _moment(value: datetime | time) -> datetime | time:
    """Return a time with its offset, and without the object that knows it."""
    offset = value.utcoffset()
    zone = None if offset is None else timezone(offset, value.tzname() or "")
    clock = time(value.hour, value.minute, value.second, value.microsecond, zone, fold=value.fold)
    return datetime.combine(value.date(), clock) if isinstance(value, datetime) else clock
