"""The ``DEFINER`` clause of routines, triggers, views and events: who they run as."""

from __future__ import annotations

import re

__all__ = ["without_definer"]

_ACCOUNT = rb"(?:`(?:[^`]|``)*`|'(?:[^'\\]|''|\\.)*'|[\w$]+)"
_CLAUSE = re.compile(
    rb"^((?:/\*!50003 CREATE\*/ |/\*!50106 CREATE\*/ |/\*!50013 |CREATE (?:OR REPLACE )?(?:ALGORITHM=\w+ )?)"
    rb"(?:/\*!50[01]17 )?)"
    rb"DEFINER ?= ?(" + _ACCOUNT + rb"(?:@" + _ACCOUNT + rb")?) ?"
)


def without_definer(statement: bytes) -> tuple[str | None, bytes]:
    """Return the account of a statement's clause, ``None`` where it has none, and the statement without it."""
    found = _CLAUSE.match(statement)
    if found is None:
        return None, statement
    # What remains of a comment for old servers may be empty.
    rest = statement[found.end() :]
    return found[2].decode("utf-8", "surrogateescape"), (found[1] + rest).replace(b"/*!50017 */ ", b"", 1).replace(
        b"/*!50117 */ ", b"", 1
    )
