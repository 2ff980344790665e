"""Text of an environment variable, made into what the setting's hint says."""

from __future__ import annotations

from collections import abc
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args

from openviper.conf._conform import INTERCHANGEABLE, UnacceptableError, conform
from openviper.conf._hints import Unresolved, described, origin_of, type_name, unwrapped
from openviper.conf._scalars import SCALARS, duration, literal, member, parsed
from openviper.conf._secret import Secret

__all__ = ["from_text"]

#: What a variable's items are made, by the hint: those of ``collections.abc`` get the plainest type that is one.
SEQUENCES: dict[Any, type] = {
    **{kind: kind for kind in INTERCHANGEABLE},
    abc.Sequence: tuple,
    abc.Collection: tuple,
    abc.MutableSequence: list,
    abc.Set: frozenset,
    abc.MutableSet: set,
}
MAPPINGS = (dict, abc.Mapping, abc.MutableMapping)


def from_text(text: str, hint: Any) -> Any:
    """Return the value that ``text`` stands for.

    A tuple, list or set (or a ``Sequence``, ``Collection`` or ``Set``) is a comma list; one whose items are no scalars,
    and a dict or ``Mapping``, is JSON. Of a union, the first
    member that accepts the text; where ``None`` is a member, no text at all means it.

    Raises:
        UnacceptableError: It stands for none, or a value of this type cannot be written as text.
    """
    hint = unwrapped(hint)
    origin, args = origin_of(hint), get_args(hint)
    if hint is Any or hint is object or hint is str:
        return text
    if origin is Union or origin is UnionType:
        return _from_text_any(text, hint)
    if origin is Literal:
        return literal(text, hint)
    if origin is Secret:
        return _secret(text, args[0] if args else str)
    if origin in SEQUENCES:
        return _sequence(text, hint)
    if isinstance(origin, type):
        return _from_text_class(text.strip(), hint, origin)
    raise UnacceptableError(f"cannot be read from a variable as {_unreadable(hint)}; set it in the settings class")


def _unreadable(hint: Any) -> str:
    if isinstance(hint, Unresolved):
        return f"{hint.text}, which its module does not import outside TYPE_CHECKING"
    return described(hint)


def _from_text_class(text: str, hint: Any, kind: type) -> Any:
    if kind in SCALARS:
        return SCALARS[kind](text)
    # Each of the three is loaded by whoever uses it in a settings class already.
    from datetime import timedelta  # noqa: PLC0415
    from enum import Enum  # noqa: PLC0415
    from pathlib import Path, PurePath  # noqa: PLC0415

    if issubclass(kind, Enum):
        return member(text, kind)
    if kind is timedelta:
        return duration(text)
    if issubclass(kind, PurePath):
        return parsed(text, hint, Path if kind is Path else kind)
    if issubclass(kind, dict) or kind in MAPPINGS:
        return _from_json(text, hint)
    raise UnacceptableError(f"cannot be read from a variable as {described(hint)}; set it in the settings class")


def _from_text_any(text: str, hint: Any) -> Any:
    members = get_args(hint)
    if NoneType in members and not text.strip():
        return None
    problems: list[UnacceptableError] = []
    for each in members:
        if each is not NoneType:
            try:
                return from_text(text, each)
            except UnacceptableError as error:
                problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    raise UnacceptableError(f"is not {described(hint)}")


def _secret(text: str, hint: Any) -> Secret[Any]:
    if not text:
        raise UnacceptableError(f"is empty, which {described(Secret[hint])} must not be")
    return Secret(from_text(text, hint))


def _sequence(text: str, hint: Any) -> Any:
    origin, args = origin_of(hint), get_args(hint)
    if any(_is_compound(each) for each in args):
        return _from_json(text, hint)
    items = [item.strip() for item in text.split(",") if item.strip()]
    if origin is not tuple or ... in args or not args:
        hints = [args[0] if args else str] * len(items)
    elif len(args) == len(items):
        hints = list(args)
    else:
        raise UnacceptableError(f"is not {described(hint)} ({len(args)} items, with commas between them)")
    pairs = zip(items, hints, strict=True)
    return SEQUENCES[origin]([_item(item, each, position, hint) for position, (item, each) in enumerate(pairs)])


def _item(text: str, hint: Any, position: int, whole: Any) -> Any:
    try:
        return from_text(text, hint)
    except UnacceptableError as error:
        raise UnacceptableError(f"is not {described(whole)} (item {position} {error})") from None


def _is_compound(hint: Any) -> bool:
    origin = origin_of(unwrapped(hint))
    if origin is Union or origin is UnionType:
        return any(_is_compound(each) for each in get_args(hint))
    return origin in SEQUENCES or origin in MAPPINGS


def _from_json(text: str, hint: Any) -> Any:
    import json  # noqa: PLC0415 - only for a variable that holds it

    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        # The error's own text may quote what stands there, and that may be a password; its place is enough.
        place = f" at column {error.colno} of line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise UnacceptableError(f"is not JSON{place}, which {type_name(hint)} is read from") from None
    return _from_json_value(value, hint)


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _from_json_value(value: Any, hint: Any) -> Any:
    """JSON knows six types: text where something else is meant is read as a variable would be."""
    hint = unwrapped(hint)
    origin, args = origin_of(hint), get_args(hint)
    if origin in MAPPINGS and len(args) == 2 and isinstance(value, dict):
        return _from_json_object(value, hint, args)
    if origin in SEQUENCES and args and (origin is not tuple or ... in args) and isinstance(value, list):
        return SEQUENCES[origin](_from_json_array(value, hint, args[0]))
    try:
        return conform(value, hint)
    except UnacceptableError:
        if isinstance(value, str):
            return from_text(value, hint)
        raise


def _from_json_object(value: Any, hint: Any, args: tuple[Any, ...]) -> dict[Any, Any]:
    made: dict[Any, Any] = {}
    for key, item in value.items():
        try:
            made[from_text(key, args[0])] = _from_json_value(item, args[1])
        except UnacceptableError as error:
            raise UnacceptableError(f"is not {described(hint)} (under {key!r}: {error})") from None
    return made


def _from_json_array(value: Any, hint: Any, item_hint: Any) -> list[Any]:
    made: list[Any] = []
    for position, item in enumerate(value):
        try:
            made.append(_from_json_value(item, item_hint))
        except UnacceptableError as error:
            raise UnacceptableError(f"is not {described(hint)} (item {position} {error})") from None
    return made
