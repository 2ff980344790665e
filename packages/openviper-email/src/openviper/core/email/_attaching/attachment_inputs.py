"""The kinds of things that can be attached, told apart."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from openviper.core.email.errors import AttachmentError
from openviper.core.imports import closest

__all__ = ["AttachmentSource", "source_of"]

_Kind: TypeAlias = Literal["content", "path", "url"]
_SOURCES: tuple[_Kind, ...] = ("content", "path", "url")
# A relative path with a colon in it is written ./a:b, as in RFC 3986, section 4.2. One letter is a drive.
_SCHEME = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]+:")
# What a content is, its own check says.
_TYPES: dict[_Kind, tuple[type, ...]] = {"content": (object,), "path": (str, os.PathLike), "url": (str,)}
_KEYS = (*_SOURCES, "filename", "mimetype", "content_id")
_EXPECTED = (
    "expected bytes, AttachmentData, (filename, content), (filename, content, mimetype), a path, a URL, "
    "or a dict with 'content', 'path' or 'url'"
)


@dataclass(frozen=True, slots=True)
class AttachmentSource:
    """Where an attachment comes from, and what is said about it. Nothing is checked yet."""

    kind: _Kind
    value: Any
    filename: Any = None
    mimetype: Any = None
    content_id: Any = None


def source_of(given: object) -> AttachmentSource:
    """Return what an input stands for; a text with a scheme is a URL, any other a path.

    Raises:
        AttachmentError: It is of no kind that is known.
    """
    kind = type(given)
    if issubclass(kind, bytes | bytearray | memoryview):
        return AttachmentSource("content", given)
    if isinstance(given, str):
        return AttachmentSource("url" if _SCHEME.match(given) else "path", given)
    if hasattr(kind, "__fspath__"):
        return AttachmentSource("path", given)
    if issubclass(kind, tuple):
        return _of_tuple(given)
    if issubclass(kind, Mapping):
        return _of_mapping(given)
    hint = "; read it, and give the bytes" if hasattr(given, "read") else ""
    raise AttachmentError(f"{kind.__name__} is no attachment{hint}; {_EXPECTED}")


def _of_tuple(given: Any) -> AttachmentSource:
    if len(given) not in {2, 3}:
        raise AttachmentError(f"a tuple of {len(given)} is no attachment; {_EXPECTED}")
    filename, content, *mimetype = given
    kind = type(filename).__name__
    if kind in ("bytes", "bytearray", "memoryview") and isinstance(content, str):
        raise AttachmentError(f"the first of a tuple is {kind}, the second str; expected (filename, content)")
    return AttachmentSource("content", content, filename, *mimetype)


def _of_mapping(given: Any) -> AttachmentSource:
    unknown = [key for key in given if key not in _KEYS]
    if unknown:
        near = closest(unknown[0], _KEYS) if isinstance(unknown[0], str) else ""
        raise AttachmentError(f"an attachment has no {unknown[0]!r:.100}; expected {', '.join(_KEYS)}{near}")
    named: list[_Kind] = [kind for kind in _SOURCES if given.get(kind) is not None]
    if len(named) != 1:
        raise AttachmentError(f"a dict needs one of {', '.join(_SOURCES)}; it has {', '.join(named) or 'none'}")
    kind, value = named[0], given[named[0]]
    if not isinstance(value, _TYPES[kind]):
        raise AttachmentError(f"the {kind} of an attachment is a {type(value).__name__}; expected a str")
    return AttachmentSource(kind, value, given.get("filename"), given.get("mimetype"), given.get("content_id"))
