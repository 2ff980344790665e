"""How a plain dump of PostgreSQL begins and ends."""

from __future__ import annotations

import re

__all__ = ["LONGEST", "is_cluster_complete", "is_complete", "recognises"]

_HEAD = re.compile(rb"\s*--\r?\n-- PostgreSQL database dump\r?\n--\r?\n")
# The first line that is neither empty nor a comment; after it, such a line is a row.
_RESTRICT = re.compile(rb"(?:[ \t\r]*\n|--[^\n]*\n)*\\restrict ([A-Za-z0-9]+)\r?$", re.MULTILINE)
_TAIL = re.compile(
    rb"^--\r?\n-- PostgreSQL database dump complete\r?\n--\r?\n\s*(?:\\unrestrict ([A-Za-z0-9]+)\s*)?\Z",
    re.MULTILINE,
)
#: Bytes at the end of a dump in which the whole trailer stands, and at the beginning the whole header.
LONGEST = 1024


def recognises(head: bytes) -> bool:
    """Tell whether a dump that begins with ``head`` is pg_dump's."""
    return _HEAD.match(head) is not None


def is_complete(head: bytes, tail: bytes) -> bool:
    r"""Tell whether a dump ends as pg_dump ends one; ``head`` and ``tail``: 1 KiB of it at least, or all.

    Where it begins with ``\restrict KEY`` it must end with the same key, which no row can know.
    """
    begin, end = _HEAD.match(head), _TAIL.search(tail[-LONGEST:])
    if begin is None or end is None:
        return False
    restricted = _RESTRICT.match(head[:LONGEST], begin.end())
    return (restricted[1] if restricted else None) == end[1]


def is_cluster_complete(content: bytes) -> bool:
    """Tell whether ``content`` is all that pg_dumpall writes."""
    ends = b"--\n-- PostgreSQL database cluster dump complete\n--"
    return content.replace(b"\r\n", b"\n").rstrip().endswith(ends)
