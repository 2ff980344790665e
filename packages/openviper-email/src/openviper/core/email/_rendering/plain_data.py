"""What a template that others may edit is given: data, and no objects that do things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum
from typing import Any, cast
from uuid import UUID

from markupsafe import Markup

from openviper.core.email.errors import TemplateError

__all__ = ["MAX_VALUES", "plain_data"]

_PLAIN = frozenset({str, int, float, bool, type(None), Markup, date, timedelta, Decimal, UUID})
_MAX_DEPTH = 20
#: Values of a context, those in lists and dicts included.
MAX_VALUES = 100_000


def plain_data(context: Mapping[str, object]) -> dict[str, object]:
    """Return a copy of a context that is made of the standard library's plain types alone.

    Raises:
        TemplateError: Something in it is no data; what, and where. Or it is more than ``MAX_VALUES``.
    """
    copier = _Copier()
    return {str(key): copier.copied(value, f"context[{key!r:.100}]", 0) for key, value in context.items()}


class _Copier:
    """Copies what several lists hold once for each depth, so that lists of the same lists stay as small as they are."""

    def __init__(self) -> None:
        self._count = 0
        # With the original, whose id stands for it as long as it is there.
        self._copies: dict[tuple[int, int], tuple[object, Any]] = {}

    def copied(self, value: Any, place: str, depth: int) -> Any:
        """Return the copy of a value; ``depth``: how many lists and dicts it is in."""
        self._count += 1
        if self._count > MAX_VALUES:
            raise TemplateError(f"context has more than {MAX_VALUES} values; give an untrusted template what it shows")
        if type(value) in _PLAIN:
            return value
        if not _is_container(value):
            return _single(value, place)
        if depth == _MAX_DEPTH:
            raise TemplateError(f"{place} is {_MAX_DEPTH} levels deep; an untrusted template gets no deeper data")
        known = self._copies.get((id(value), depth))
        if known is not None:
            return known[1]
        copy = self._items(value, place, depth + 1)
        self._copies[id(value), depth] = value, copy
        return copy

    def _items(self, value: Any, place: str, depth: int) -> Any:
        if isinstance(value, Mapping):
            return {
                self._key(key, place): self.copied(each, f"{place}[{key!r:.100}]", depth)
                for key, each in cast("Mapping[Any, Any]", value).items()  # type: ignore[redundant-cast]
            }
        # One at a time: a range, or a sequence of the program's own, may have any length.
        return [self.copied(each, f"{place}[{index}]", depth) for index, each in enumerate(value)]

    def _key(self, key: Any, place: str) -> Any:
        if type(key) is tuple:
            return tuple(self._key(each, place) for each in cast("tuple[Any, ...]", key))  # type: ignore[redundant-cast]
        if _is_container(key):
            raise TemplateError(f"a key of {place} is a {type(key).__name__}; expected text, a number or a date")
        return self.copied(key, f"a key of {place}", 0)


def _is_container(value: object) -> bool:
    return isinstance(value, Mapping | Sequence | AbstractSet) and not isinstance(value, str | bytes | bytearray)


def _single(value: Any, place: str) -> Any:
    if isinstance(value, datetime | time):
        return _moment(value)
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    for kind in (str, int, float):
        if isinstance(value, kind):
            # An enumeration's member, of which str() would give the name; a lazy string.
            return kind(value.value if isinstance(value, Enum) else value)
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
