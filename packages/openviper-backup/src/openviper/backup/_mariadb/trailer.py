"""The first and the last lines of what mariadb-dump and mysqldump write."""

from __future__ import annotations

import re

__all__ = ["LONGEST", "is_complete", "recognises", "source_name"]

#: How much of the end has the last line.
LONGEST = 256

# Both spellings of the line by which a client is told to run no programs; https://mariadb.com/kb/en/mariadb-dump/
_HEAD = re.compile(rb"(?:/\*M?!999999\\- enable the sandbox mode \*/ ?\r?\n)?-- (?:MariaDB|MySQL) dump ")
_LAST = re.compile(rb"(?:^|\n)-- Dump completed(?: on \d{4}-\d\d-\d\d +\d{1,2}:\d\d:\d\d)?\r?\n?$")
_SOURCE = re.compile(rb"\n-- Host: [^\n]*?    Database: ([^\n]*)\n")


def recognises(head: bytes) -> bool:
    """Tell whether a dump is one of these, by its first lines."""
    return _HEAD.match(head) is not None


def is_complete(tail: bytes) -> bool:
    """Tell whether a dump ends with the line that is written last."""
    return _LAST.search(tail[-LONGEST:]) is not None


def source_name(head: bytes) -> str | None:
    """Return the name of the database that was dumped, where the dump says so."""
    found = _SOURCE.search(head[:4096])
    return found[1].decode("utf-8", "surrogateescape") if found else None
