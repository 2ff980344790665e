"""Count the rows in a dump while it passes, as mariadb-dump and mysqldump write it.

A table's rows stand between ``LOCK TABLES`` and ``UNLOCK TABLES`` in ``INSERT`` statements, several in each. No line's
end stands in their texts, which are escaped, and no routine's body between those two lines.
"""

from __future__ import annotations

import re

__all__ = ["RowCounting"]

_NAME = rb"`((?:[^`]|``)*)`"
_LOCKED = re.compile(rb"LOCK TABLES " + _NAME + rb" WRITE;")
_INSERT = re.compile(
    rb"(?:INSERT|REPLACE) (?:IGNORE )?INTO " + _NAME + rb" (?:\((?:`(?:[^`]|``)*`|[^`()])*\) )?VALUES ?"
)
_OTHER = re.compile(rb"\n[^(]")
# A routine's comment may have such a line; but what the dump writes after it would end the comment.
_BODY, _AFTER_BODY = b"DELIMITER ;;\n", b"DELIMITER ;\n/*"
# The longest line that is looked at whole: the names of all columns of a table stand in one.
_HEAD = 1 << 19
_PREFIXES = (b"LOCK TABLES `", b"UNLOCK TABLES;", b"INSERT ", b"REPLACE ", b"DELIMITER ", b"(")


class RowCounting:
    """Rows by table; :meth:`add` takes the dump piece by piece."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self._table: str | None = None
        self._is_body = False
        self._pending = b""
        # In the middle of a line: of one with rows, or of one that is of no interest.
        self._rows: _Rows | None = None
        self._is_skipping = False

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        data = self._pending + data
        self._pending = b""
        start = 0
        while start < len(data):
            start = self._continued(data, start) if self._is_inside else self._line(data, start)

    @property
    def _is_inside(self) -> bool:
        return self._rows is not None or self._is_skipping

    def _continued(self, data: bytes, start: int) -> int:
        end = data.find(b"\n", start)
        stop = len(data) if end < 0 else end
        if self._rows is not None and self._table is not None:
            self.counts[self._table] += self._rows.add(data[start:stop])
        if end >= 0:
            self._rows, self._is_skipping = None, False
        return stop + (end >= 0)

    def _line(self, data: bytes, start: int) -> int:
        """Look at what begins at ``start``; return where the next look begins."""
        if self._table is None and not data.startswith(_PREFIXES, start):
            return self._next_head(data, start)
        end = data.find(b"\n", start)
        is_short = len(data) - start < len(_AFTER_BODY) and data.startswith(b"DELIMITER ", start)
        if is_short or (end < 0 and len(data) - start < _HEAD):
            self._pending = data[start:]
            return len(data)
        return self._headed(data, start, len(data) if end < 0 else end)

    def _next_head(self, data: bytes, start: int) -> int:
        """Return the beginning of the next line; what may be one of ours, and is not whole, is kept."""
        end = data.find(b"\n", start)
        if end >= 0:
            return end + 1
        if len(data) - start < max(map(len, _PREFIXES)):
            self._pending = data[start:]
        else:
            self._is_skipping = True
        return len(data)

    def _headed(self, data: bytes, start: int, end: int) -> int:
        line = data[start:end]
        if data.startswith((_BODY, _AFTER_BODY), start):
            self._is_body = data.startswith(_BODY, start)
        elif not self._is_body and (locked := _LOCKED.match(line)):
            self._table = _name(locked[1])
            self.counts.setdefault(self._table, 0)
        elif self._table is not None and line.startswith(b"UNLOCK TABLES;"):
            self._table = None
        elif self._table is not None and line.startswith(b"("):
            return self._one_each(data, start, self._table)
        elif self._table is not None and (insert := _INSERT.match(line)):
            self.counts[self._table] += line[insert.end() : insert.end() + 1] == b"("
            self._rows = _Rows()
            return start + insert.end()
        self._is_skipping = True
        return end

    def _one_each(self, data: bytes, start: int, table: str) -> int:
        """Count lines that are one row each."""
        other = _OTHER.search(data, start)
        end = other.start() + 1 if other else len(data)
        self.counts[table] += 1 + data.count(b"\n(", start, end)
        self._is_skipping = not data.endswith(b"\n", start, end)
        return end


class _Rows:
    """One line of rows: how many begin in it after the first."""

    def __init__(self) -> None:
        self._is_text = self._is_escaped = False
        self._last = b""

    def add(self, data: bytes) -> int:
        if self._is_escaped:
            data = data[1:]
        backslashes = len(data) - len(data.rstrip(b"\\"))
        self._is_escaped = backslashes % 2 == 1
        pieces = data[: len(data) - self._is_escaped].replace(rb"\\", b"").replace(rb"\'", b"").split(b"'")
        outside = pieces[1:] if self._is_text else [self._last + pieces[0], *pieces[1:]]
        outside = outside[::2]
        self._is_text ^= len(pieces) % 2 == 0
        # What stands between two rows may be cut in two.
        self._last = b"" if self._is_text else outside[-1][-2:]
        return sum(piece.count(b"),(") for piece in outside)


def _name(quoted: bytes) -> str:
    return quoted.replace(b"``", b"`").decode("utf-8", "surrogateescape")
