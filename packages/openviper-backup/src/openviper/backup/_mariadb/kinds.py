"""Which kinds of things a dump may make beside tables: told by words, on the lines that are no rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.backup._mariadb.loading import Source

__all__ = ["KINDS", "KindsOf"]

#: What there is beside tables, as :func:`~openviper.backup._mariadb.catalog.names_of` has it.
KINDS = ("VIEW", "TRIGGER", "ROUTINE", "EVENT")
_ROUTINES = {"PROCEDURE", "FUNCTION", "PACKAGE"}
# Rows and columns of a dump, and its comments, begin otherwise.
_SAYS = re.compile(
    rb"^(?!INSERT |\(|--|[ ]{2}`)[^\n]*?\b(VIEW|TRIGGER|PROCEDURE|FUNCTION|PACKAGE|EVENT)\b", re.I | re.M
)
# Bytes of a line that are looked at again with what follows.
_LINE = 1024


class KindsOf:
    """A dump that passes; a :class:`~openviper.backup._mariadb.loading.Source`.

    Attributes:
        found: Those of :data:`KINDS` that what has passed may make; one more than it does, at worst.
    """

    def __init__(self, dump: Source) -> None:
        self._dump = dump
        self._line = b""
        self.found: set[str] = set()

    def read(self, size: int, /) -> bytes:
        """Return the next bytes."""
        data = self._dump.read(size)
        seen = self._line + data
        for said in _SAYS.finditer(seen):
            word = said[1].decode().upper()
            self.found.add("ROUTINE" if word in _ROUTINES else word)
        self._line = seen[seen.rfind(b"\n") + 1 :][:_LINE]
        return data
