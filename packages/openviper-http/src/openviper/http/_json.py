"""The one place where values become JSON.

orjson does it where it is installed, else the standard library; both write datetimes (RFC 3339), UUIDs, enumerations
and dataclasses, and both refuse types that JSON has no word for. NaN and infinities are refused by the standard
library, and written as ``null`` by orjson.
"""

from __future__ import annotations

import dataclasses
import json
import json.encoder
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from enum import Enum
from importlib import import_module
from math import isfinite
from typing import Any
from uuid import UUID

__all__ = ["dumps", "loads"]


def _plain(value: object) -> object:
    """Return what JSON knows for what it does not."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "__html__"):
        # Text that is made when it is shown: a CSRF token.
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be written as JSON; return a dict, list, str, number, bool or None")


_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain).encode


def _compiled() -> Callable[[Any, int], Iterable[str]] | None:
    """Return what ``JSONEncoder.encode`` makes anew on each call, which takes as long as encoding a small response."""
    make: Any = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return None
    # No markers: they would have to be new ones for each value. Nothing is indented, sorted, skipped, or NaN.
    try:
        compiled: Callable[[Any, int], Iterable[str]] = make(
            None, _plain, json.encoder.encode_basestring, None, ":", ",", False, False, False
        )
    except TypeError:
        # It is CPython's own affair what it takes.
        return None
    return compiled


_pieces = _compiled()


def _dumps(value: Any) -> bytes:
    if _pieces is not None:
        try:
            return "".join(_pieces(value, 0)).encode()
        except RecursionError:
            # The encoder with markers tells a value that holds itself from one that is very deep.
            pass
    return _encode(value).encode()


def _with_orjson() -> Callable[[Any], bytes] | None:
    try:
        orjson: Any = import_module("orjson")
    except ImportError:
        return None

    def with_orjson(value: Any) -> bytes:
        try:
            written: bytes = orjson.dumps(value)
        except TypeError:
            # Integers over 64 bits, keys that are no strings: the standard library writes them, or says what is wrong.
            return _dumps(value)
        return written

    return with_orjson


#: From a value to UTF-8. Raises ``TypeError`` for a type that JSON has no word for, ``ValueError`` for NaN (see above).
dumps: Callable[[Any], bytes] = _with_orjson() or _dumps


def loads(text: bytes) -> Any:
    """Read JSON (RFC 8259), and nothing that could not be written again.

    Raises:
        ValueError: It is not JSON, not UTF-8 (or 16, or 32), holds NaN, an infinite number or half of a surrogate pair.
    """
    value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    if b"\\u" in text:
        # Only an escape can stand for half of a pair; encoding finds it.
        _encode(value).encode()
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is larger than a float can be")
    return number
