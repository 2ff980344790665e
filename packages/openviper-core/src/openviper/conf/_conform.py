"""Values that the project wrote itself, held against their hints."""

from __future__ import annotations

from collections import abc
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args

from openviper.conf._hints import Unresolved, described, origin_of, unwrapped
from openviper.conf._secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["UnacceptableError", "conform"]

# list and tuple say the same in a settings file, and so do set and frozenset: the declared one is made of the other.
INTERCHANGEABLE: dict[type, tuple[type, ...]] = {
    tuple: (tuple, list),
    list: (list, tuple),
    set: (set, frozenset),
    frozenset: (frozenset, set),
}


class UnacceptableError(ValueError):
    """A value does not suit its hint; the message goes on where the value was named: ``is not an int``."""


def conform(value: Any, hint: Any) -> Any:
    """Return ``value`` as ``hint`` wants it; a hint that cannot be checked accepts everything.

    A list is made a tuple (and the other way round) where that is declared, and a bare value a :class:`Secret`.

    Raises:
        UnacceptableError: It does not suit. A ``bool`` is no ``int`` here, and a ``str`` no sequence.
    """
    hint = unwrapped(hint)
    origin = origin_of(hint)
    if hint is Any or hint is object or isinstance(hint, (Unresolved, TypeVar, str)):
        return value
    for kinds, check in CHECKS:
        if origin in kinds:
            return check(value, hint)
    return _accept(value, hint, ok=_is_instance(value, origin))


def _accept(value: Any, hint: Any, *, ok: bool) -> Any:
    if not ok:
        raise UnacceptableError(f"is not {described(hint)}")
    return value


def _is_instance(value: Any, kind: Any) -> bool:
    if kind is None or kind is NoneType:
        return value is None
    if kind in (int, float) and isinstance(value, bool):
        return False
    if kind is float and isinstance(value, int):
        return True
    try:
        return isinstance(value, kind)
    except TypeError:  # a TypedDict, a protocol that is not for run time: only a checker can tell
        return True


def _conform_any(value: Any, hint: Any) -> Any:
    """The member that the value is already; else the first that it can be made."""
    made: list[Any] = []
    for member in get_args(hint):
        try:
            made.append(conform(value, member))
        except UnacceptableError:
            continue
        if type(made[-1]) is type(value):
            return made[-1]
    return made[0] if made else _accept(value, hint, ok=False)


def _conform_literal(value: Any, hint: Any) -> Any:
    # 1 == True, and is another literal.
    return _accept(value, hint, ok=any(value == each and type(value) is type(each) for each in get_args(hint)))


def _conform_secret(value: Any, hint: Any) -> Any:
    bare = value.reveal() if issubclass(type(value), Secret) else value
    return Secret(conform(bare, (*get_args(hint), Any)[0]))


def _conform_items(value: Any, hint: Any) -> Any:
    origin = origin_of(hint)
    accepted: tuple[type, ...] = INTERCHANGEABLE.get(origin, (origin,))
    _accept(value, hint, ok=isinstance(value, accepted) and not isinstance(value, (str, bytes)))
    items: list[Any] = []
    for position, (item, each) in enumerate(zip(value, _item_hints(value, hint, origin), strict=True)):
        try:
            items.append(conform(item, each))
        except UnacceptableError as error:
            raise UnacceptableError(f"is not {described(hint)} (item {position} {error})") from None
    if isinstance(value, origin) and all(old is new for old, new in zip(value, items, strict=True)):
        return value
    return (origin if origin in INTERCHANGEABLE else type(value))(items)


def _item_hints(value: Any, hint: Any, origin: Any) -> list[Any]:
    args = get_args(hint)
    if origin is tuple and args and args[-1] is not ...:
        _accept(value, hint, ok=len(args) == len(value))
        return list(args)
    return [args[0] if args else Any] * len(value)


def _conform_mapping(value: Any, hint: Any) -> Any:
    _accept(value, hint, ok=isinstance(value, origin_of(hint)))
    key_hint, item_hint = get_args(hint) or (Any, Any)
    items: dict[Any, Any] = {}
    for key, item in value.items():
        try:
            items[conform(key, key_hint)] = conform(item, item_hint)
        except UnacceptableError as error:
            raise UnacceptableError(f"is not {described(hint)} (under {key!r}: {error})") from None
    return value if all(key in value and value[key] is item for key, item in items.items()) else items


#: How a value is held against a generic type, by the type's origin.
CHECKS: tuple[tuple[tuple[Any, ...], Callable[[Any, Any], Any]], ...] = (
    ((Union, UnionType), _conform_any),
    ((Literal,), _conform_literal),
    ((Secret,), _conform_secret),
    ((*INTERCHANGEABLE, abc.Sequence, abc.MutableSequence, abc.Collection, abc.Set, abc.MutableSet), _conform_items),
    ((dict, abc.Mapping, abc.MutableMapping), _conform_mapping),
)
