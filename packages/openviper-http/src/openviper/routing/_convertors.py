"""The types that a path parameter can have."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

__all__ = ["CONVERTORS", "Convertor"]

UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Convertor:
    """How one type of parameter is recognized, read and written."""

    name: str
    #: The Python type that the handler receives.
    type: type
    #: From text to the value; a ``ValueError`` means no match.
    parse: Callable[[str], Any]
    #: From a value to the text in a path; a ``ValueError`` or ``TypeError`` refuses it.
    format: Callable[[Any], str]


def _parse_int(text: str) -> int:
    # str.isdigit alone would take Arabic-Indic digits and superscripts.
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is not a number")
    return int(text)


def _format_int(value: int) -> str:
    number = int(value)
    if number < 0:
        raise ValueError(f"{value!r} is negative")
    return str(number)


def _parse_uuid(text: str) -> UUID:
    if not UUID_TEXT.fullmatch(text):
        raise ValueError(f"{text!r} is not a UUID")
    return UUID(text)


def _check_segment(value: object) -> str:
    text = str(value)
    if not text or "/" in text:
        raise ValueError(f"{value!r} is not one segment of a path")
    return text


def _format_uuid(value: object) -> str:
    return str(value if isinstance(value, UUID) else _parse_uuid(str(value)))


#: By the name that stands in ``{name:convertor}``, the most specific first: that is the order in which they are tried.
CONVERTORS: dict[str, Convertor] = {
    each.name: each
    for each in (
        Convertor("int", int, _parse_int, _format_int),
        Convertor("uuid", UUID, _parse_uuid, _format_uuid),
        Convertor("str", str, _check_segment, _check_segment),
        Convertor("path", str, str, str),
    )
}
