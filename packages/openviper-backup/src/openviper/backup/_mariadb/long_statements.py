"""Statements of a dump that a server may refuse for their length: those of rows with large values.

mariadb-dump writes a row whole, and binary values in hexadecimal, twice as long; a server takes no statement of
``max_allowed_packet`` bytes. https://mariadb.com/docs/server/server-management/variables-and-modes/server-system-variables
"""

from __future__ import annotations

__all__ = ["LongStatements"]

# Bytes: what stands before the longest line of its statement.
_HEADER = 4096


class LongStatements:
    """Measures the lines of a dump; :meth:`add` takes it piece by piece.

    Of lines that lie within one piece nothing is known: pieces are shorter than what any server takes by default.

    Args:
        limit: ``max_allowed_packet`` of the server, in bytes.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._longest = self._open = 0

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        end = data.find(b"\n")
        if end < 0:
            self._open += len(data)
            self._longest = max(self._longest, self._open)
            return
        self._longest = max(self._longest, self._open + end)
        self._open = len(data) - data.rfind(b"\n") - 1

    def notes(self) -> tuple[str, ...]:
        """Return what is to be said."""
        if self._longest + _HEADER < self._limit:
            return ()
        return (
            f"A statement of the dump has {self._longest} bytes, and this server takes less than {self._limit} "
            "(max_allowed_packet); before a restore or verify-db: SET GLOBAL max_allowed_packet = 1073741824, which is "
            "the most that any server takes",
        )
