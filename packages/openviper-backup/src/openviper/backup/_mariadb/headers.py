"""How a trigger's statement begins: the server gives it back as it was written, with a database's name in it."""

from __future__ import annotations

import re

__all__ = ["unqualified_trigger"]

_NAME = rb"(?:`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\"|[\w$\x80-\xff]+)"
_HEADER = re.compile(
    rb"(?is)(\btrigger\s+(?:if\s+not\s+exists\s+)?)(?:" + _NAME + rb"\s*\.\s*)?(" + _NAME + rb")"
    rb"(\s+(?:before|after)\s+(?:insert|update|delete)\s+on\s*)(?:" + _NAME + rb"\s*\.\s*)?(" + _NAME + rb")"
    rb"(\s*for\s+each\s+row\b)(?:\s+(?:follows|precedes)\s+" + _NAME + rb")?"
)


def unqualified_trigger(statement: bytes) -> bytes:
    """Return ``CREATE TRIGGER ...`` without a database's name in its header, and without its place among others.

    They are created in their order, and the one that a header names may not be there yet.
    """
    found = _HEADER.search(statement)
    if found is None:
        return statement
    return statement[: found.start()] + b"".join(found.groups()) + statement[found.end() :]
