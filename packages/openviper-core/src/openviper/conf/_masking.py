"""A value with its secrets masked, for people and for JSON."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any, NamedTuple

from openviper.conf._masked import Items, Masked, Pairs, Scalar
from openviper.conf._secret import MASK, Secret
from openviper.conf._secret_names import names_a_count, names_a_secret, names_a_service, names_a_webhook
from openviper.conf._secret_text import repr_without_secrets, text_without_secrets

__all__ = ["masked"]

BRACKETS: dict[type, tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
}


class Above(NamedTuple):
    """What a value stands in."""

    is_secret: bool = False
    #: By identity, for an object may hold itself.
    holders: tuple[int, ...] = ()


def masked(name: str, value: object) -> Masked:
    """Return the setting ``name``, secrets masked, as text and for JSON.

    Once a name says that it is secret, so is all that stands below it.
    """
    return _masked(value, name, Above())


def _masked(value: Any, name: str, above: Above) -> Masked:
    is_secret = above.is_secret or (names_a_secret(name) and not _is_count(value, name))
    if id(value) in above.holders:
        return Scalar("...", "...")
    inside = Above(is_secret, (*above.holders, id(value)))
    if isinstance(value, Mapping):
        return _mapping(value, name, inside)
    if (names := _field_names(value)) is not None:
        return _record(value, names, name, inside)
    if _is_items(value, is_secret=is_secret):
        return _items(value, name, inside)
    return _hidden(value, is_secret=is_secret) or _scalar(value, name)


def _mapping(value: Any, name: str, inside: Above) -> Masked:
    about = _about(name)
    members = (
        (_masked(key, "", inside._replace(is_secret=False)), _masked(item, f"{about}{key}", inside))
        for key, item in value.items()
    )
    return Pairs("{", ": ", "}", tuple(members))


def _about(name: str) -> str:
    """What is put before the names inside a value: the options of a webhook are no secret, and its address is one."""
    return "webhook " if names_a_webhook(name) else ""


def _field_names(value: Any) -> list[str] | None:
    """The fields that a dataclass or a named tuple shows; ``None`` for one that shows itself in its own way."""
    if isinstance(value, tuple):
        return list(getattr(type(value), "_fields", ())) or None  # pyright: ignore[reportUnknownArgumentType]
    # The repr that dataclass() makes is wrapped against recursion.
    if is_dataclass(value) and hasattr(type(value).__repr__, "__wrapped__"):
        return [each.name for each in fields(value) if each.repr]
    return None


def _record(value: Any, names: list[str], name: str, inside: Above) -> Masked:
    about = _about(name)
    members = ((Scalar(each, each), _masked(getattr(value, each, None), f"{about}{each}", inside)) for each in names)
    return Pairs(f"{type(value).__qualname__}(", "=", ")", tuple(members))


def _is_items(value: Any, *, is_secret: bool) -> bool:
    # Of a type that is not known here nothing is told where its name says that it is secret, not even how many.
    return isinstance(value, (*BRACKETS, deque)) and (type(value) in BRACKETS or not is_secret)


def _items(value: Collection[Any], name: str, inside: Above) -> Masked:
    if not value:
        return Items(_repr(value), "", ())
    kind = type(value)
    opening, closing = BRACKETS.get(kind, (f"{kind.__qualname__}([", "])"))
    befores = ("", *value)
    members = tuple(
        _member(item, _option(before) or name, inside) for before, item in zip(befores, value, strict=False)
    )
    comma = "," if kind is tuple and len(members) == 1 else ""
    return Items(opening, f"{comma}{closing}", members)


def _option(before: object) -> str:
    """The item itself where it is an option whose value comes next: ``["--password", "..."]``."""
    if not isinstance(before, str) or not before.startswith("--") or "=" in before:
        return ""
    return before if names_a_secret(before) else ""


def _member(value: Any, name: str, inside: Above) -> Masked:
    """One of several; in a pair whose first names a secret, as ``("Authorization", "...")``, the second is one."""
    if type(value) not in (list, tuple) or len(value) != 2:
        return _masked(value, name, inside)
    first = value[0].decode("latin-1") if isinstance(value[0], bytes) else value[0]
    if not isinstance(first, str) or not (names_a_secret(first) or names_a_service(first)):
        return _masked(value, name, inside)
    opening, closing = BRACKETS[type(value)]
    holding = inside._replace(holders=(*inside.holders, id(value)))
    return Items(opening, closing, (_masked(value[0], name, holding), _masked(value[1], first, holding)))


def _is_count(value: Any, name: str) -> bool:
    # A PIN may be a number, and a key is none.
    return type(value) in (int, float) and names_a_count(name)


def _hidden(value: Any, *, is_secret: bool) -> Scalar | None:
    if isinstance(value, Secret):
        return Scalar(repr(value), MASK)  # pyright: ignore[reportUnknownArgumentType] - whatever it holds
    return Scalar(repr(MASK), MASK) if is_secret and _can_be_secret(value) else None


def _can_be_secret(value: Any) -> bool:
    """Whether there is anything to hide: what is not given, empty or a bool tells nothing."""
    if isinstance(value, (str, bytes, *BRACKETS)):
        return bool(value)
    return value is not None and not isinstance(value, bool)


def _scalar(value: Any, name: str) -> Scalar:
    # Text is looked at as it is, for its repr may escape the quotes in it.
    if isinstance(value, str):
        text = text_without_secrets(value, name)
        return Scalar(repr(text), text)
    if value is None or type(value) in (bool, int) or (type(value) is float and isfinite(value)):
        text = _repr(value)
        # An int of more digits than Python writes is no number in JSON either.
        return Scalar(text, text if text[:1] == "<" else value)
    text = repr_without_secrets(_repr(value), name)
    return Scalar(text, _json(value, name, text))


def _json(value: Any, name: str, text: str) -> str | float:
    """Return a path as text, a duration in seconds, and anything else as its repr."""
    # Whoever has a value of theirs has loaded them.
    from datetime import timedelta  # noqa: PLC0415
    from pathlib import PurePath  # noqa: PLC0415

    if isinstance(value, timedelta):
        return value.total_seconds()
    return text_without_secrets(str(value), name) if isinstance(value, PurePath) else text


def _repr(value: Any) -> str:
    try:
        return repr(value)
    except Exception as error:
        return f"<{type(value).__qualname__}, whose repr raised {type(error).__name__}>"
