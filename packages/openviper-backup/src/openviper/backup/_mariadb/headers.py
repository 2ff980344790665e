"""How a trigger's statement begins: the server gives it back as it was written, with a database's name in it."""

from __future__ import annotations

import re

from openviper.backup.errors import InvalidArchive

__all__ = ["unqualified_trigger"]

_NAME = rb"(?:`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\"|[\w$\x80-\xff]+)"
# Blanks and comments.
_GAP = rb"(?:\s|/\*(?:[^*]|\*(?!/))*\*/|--(?:[ \t][^\n]*)?\n|\#[^\n]*\n)"
_HEADER = re.compile(
    rb"""(?isx)(\btrigger GAP+)(?:if GAP+ not GAP+ exists GAP+)? (?:NAME GAP* \. GAP*)? (NAME)
    ((?:GAP+|(?<=[`"])) (?:before|after) GAP+ (?:insert|update|delete) GAP+ on GAP*)(?:NAME GAP* \. GAP*)? (NAME)
    (GAP* for GAP+ each GAP+ row\b)(?:GAP+ (?:follows|precedes) GAP+ NAME)?""".replace(b"GAP", _GAP).replace(
        b"NAME", _NAME
    )
)


def unqualified_trigger(statement: bytes) -> bytes:
    """Return ``CREATE TRIGGER ...`` without a database's name in its header, and without its place among others.

    They are created in their order, and the one that a header names may not be there yet; none is there when they are.

    Raises:
        InvalidArchive: The header cannot be read.
    """
    found = _HEADER.search(statement)
    if found is None:
        raise InvalidArchive(
            f"The header of a trigger cannot be read ({statement[:200]!r}), and may name another database"
        )
    return statement[: found.start()] + b"".join(found.groups()) + statement[found.end() :]
