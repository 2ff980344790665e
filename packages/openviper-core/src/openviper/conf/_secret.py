"""A value that never shows itself by accident."""

from __future__ import annotations

from typing import Any, Final, Generic, NoReturn, TypeVar

__all__ = ["MASK", "Secret"]

T_co = TypeVar("T_co", covariant=True)

#: What stands in the place of a secret, whatever its length.
MASK: Final = "***"


class Secret(Generic[T_co]):
    """A value that is masked in ``repr()``, ``str()``, f-strings, errors and logs; :meth:`reveal` gives it.

    Two secrets are equal when what they hold is equal; text and bytes are compared in constant time. A secret is never
    equal to the bare value. An empty one is false. It can be neither changed, nor pickled, nor encoded as JSON.
    """

    __slots__ = ("_value",)

    _value: T_co

    def __init__(self, value: T_co) -> None:
        object.__setattr__(self, "_value", value)

    def reveal(self) -> T_co:
        """Return the value itself. Hand it to what needs it, and to nothing that prints."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({MASK!r})"

    def __str__(self) -> str:
        return MASK

    def __format__(self, format_spec: str) -> str:
        return MASK

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return _equal(self._value, other._value)  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType] - whatever it holds

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError("a Secret cannot be changed; make a new one")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError("a Secret cannot be changed; make a new one")

    def __copy__(self) -> Secret[T_co]:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Secret[T_co]:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled, for it would be readable; send what .reveal() returns if you must")


def _equal(mine: object, theirs: object) -> bool:
    # hmac loads hashlib and OpenSSL, which a program that compares no secrets does not need.
    from hmac import compare_digest  # noqa: PLC0415

    if isinstance(mine, str) and isinstance(theirs, str):
        return compare_digest(mine.encode("utf-8", "surrogatepass"), theirs.encode("utf-8", "surrogatepass"))
    if isinstance(mine, bytes) and isinstance(theirs, bytes):
        return compare_digest(mine, theirs)
    return mine == theirs
