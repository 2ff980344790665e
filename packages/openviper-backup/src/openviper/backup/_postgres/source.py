r"""The SQL that psql is fed: all of a dump but pg_dump's own ``\restrict`` pair, and what is left out by choice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from openviper.backup._postgres.statements import StatementFilter

if TYPE_CHECKING:
    from openviper.backup._postgres.statements import Drop
    from openviper.backup.engines.base import Content, DumpReader

__all__ = ["own_pair", "pieces"]

_PIECE = 1 << 18
_BOM = b"\xef\xbb\xbf"
_RESTRICT = re.compile(rb"\\restrict ([A-Za-z0-9]+)\r?\n")
_UNRESTRICT = re.compile(rb"\\unrestrict ([A-Za-z0-9]+)\s*\Z")


def own_pair(content: Content) -> tuple[tuple[int, int], ...]:
    r"""Return where pg_dump's own pair stands, and a byte order mark before it, as ranges of bytes.

    ``\restrict KEY`` is the first line that is neither empty nor a comment, ``\unrestrict`` with the same key the last
    line. A line like them anywhere else is data: a text of CR and ``estrict xyz`` is a row ``\restrict xyz``.
    """
    mark = len(_BOM) if content.head.startswith(_BOM) else 0
    begin = _first_line(content.head, mark)
    opened = _RESTRICT.match(content.head, begin)
    if opened is None:
        return ((0, mark),)
    pair = [(0, mark), (begin, begin + len(opened[0].rstrip()))]
    end = content.tail.rstrip().rfind(b"\n") + 1
    closed = _UNRESTRICT.match(content.tail, end)
    if closed is not None and closed[1] == opened[1]:
        offset = content.size - len(content.tail)
        pair.append((offset + end, offset + end + len(closed[0].rstrip())))
    return tuple(pair)


def _first_line(head: bytes, position: int) -> int:
    for line in head[position:].split(b"\n"):
        if line.strip() and not line.startswith(b"--"):
            break
        position += len(line) + 1
    return position


def pieces(dump: DumpReader, pair: tuple[tuple[int, int], ...], drops: tuple[Drop, ...]) -> Iterator[bytes]:
    """Give what psql is fed of a dump."""
    if not drops:
        yield from _without(dump, pair)
        return
    sieve = StatementFilter(*drops)
    for piece in _without(dump, pair):
        yield sieve.feed(piece)
    yield sieve.finish()


def _without(dump: DumpReader, ranges: tuple[tuple[int, int], ...]) -> Iterator[bytes]:
    position = 0
    while piece := dump.read(_PIECE):
        kept = piece
        # From the last, so that the places of the others stay as they are.
        for begin, end in reversed(ranges):
            if begin < position + len(piece) and end > position:
                kept = kept[: max(begin - position, 0)] + kept[end - position :]
        yield kept
        position += len(piece)
