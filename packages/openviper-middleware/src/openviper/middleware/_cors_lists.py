"""The lists of a CORS policy: what they may hold, and how those of a preflight are read."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, cast

from openviper.conf import ImproperlyConfigured

__all__ = ["ANY", "checked_headers", "checked_methods", "checked_strings", "is_token", "requested_headers", "sequence"]

ANY = "*"

# RFC 9110, 5.6.2
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Fetch, 2.2.1: scripts cannot send the first ones, and browsers write the second ones in upper case.
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
_KNOWN_METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY"})

# A browser lists the names that a script set itself.
_LONGEST_LIST = 4096


def is_token(value: bytes) -> bool:
    """Tell whether ``value`` can be a method or the name of a header."""
    return _TOKEN.fullmatch(value) is not None


def requested_headers(value: bytes) -> list[bytes] | None:
    """Return the names in an ``Access-Control-Request-Headers``, in lower case.

    ``None``: it is longer than 4096 bytes, or one of them is no name. Empty elements are passed over (RFC 9110, 5.6.1).
    """
    if len(value) > _LONGEST_LIST:
        return None
    names = [name for part in value.lower().split(b",") if (name := part.strip(b" \t"))]
    return names if all(map(is_token, names)) else None


def sequence(value: Any, place: str) -> tuple[Any, ...]:
    """Return the items of a setting.

    Raises:
        ImproperlyConfigured: It is no sequence or set, or one string, which is a sequence of its characters.
    """
    if isinstance(value, str | bytes):
        raise ImproperlyConfigured(
            f"{place}={value!r} is one {type(value).__name__}; expected a sequence: ({value!r},)"
        )
    if not isinstance(value, Sequence | AbstractSet):
        raise ImproperlyConfigured(f"{place}={value!r} is {type(value).__name__}; expected a sequence")
    return tuple(cast("Collection[Any]", value))


def checked_strings(value: Any, place: str) -> tuple[str, ...]:
    """Return the items of a setting.

    Raises:
        ImproperlyConfigured: It is no sequence or set of strings.
    """
    items = sequence(value, place)
    for index, item in enumerate(items):
        if not isinstance(item, str):
            raise ImproperlyConfigured(f"{place}[{index}]={item!r} is {type(item).__name__}; expected a str")
    return items


def checked_methods(value: Any, place: str) -> tuple[str, ...]:
    """Return the methods of a setting, as browsers write them.

    Raises:
        ImproperlyConfigured: One is no method, or none that a browser would send.
    """
    methods = _checked_tokens(value, place, "a method such as 'PUT'")
    for index, method in enumerate(methods):
        upper = method.upper()
        if upper in _FORBIDDEN_METHODS:
            raise ImproperlyConfigured(f"{place}[{index}]={method!r} is a method that no browser lets scripts use")
        if upper in _KNOWN_METHODS and method != upper:
            raise ImproperlyConfigured(f"{place}[{index}]={method!r} is not in upper case; expected {upper!r}")
    return methods


def checked_headers(value: Any, place: str) -> tuple[str, ...]:
    """Return the names of headers of a setting.

    Raises:
        ImproperlyConfigured: One is no name of a header.
    """
    return _checked_tokens(value, place, "the name of a header such as 'X-Token'")


def _checked_tokens(value: Any, place: str, expected: str) -> tuple[str, ...]:
    tokens = checked_strings(value, place)
    for index, token in enumerate(tokens):
        if not is_token(token.encode("utf-8", "backslashreplace")):
            raise ImproperlyConfigured(
                f"{place}[{index}]={token!r} is no token (RFC 9110, 5.6.2); expected {expected}, or '*'"
            )
    return tokens
