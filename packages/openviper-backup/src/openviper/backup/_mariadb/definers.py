"""The ``DEFINER`` clause of routines, triggers, views and events: who they run as."""

from __future__ import annotations

import re

__all__ = ["without_definer"]

# In double quotes where its sql_mode has ANSI_QUOTES.
_ACCOUNT = rb"""(?:`(?:[^`]|``)*`|'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|[\w$]+)"""
_PART = re.compile(_ACCOUNT)
_CLAUSE = re.compile(
    rb"^((?:/\*!50003 CREATE\*/ |/\*!50106 CREATE\*/ |/\*!50013 |CREATE (?:OR REPLACE )?(?:ALGORITHM=\w+ )?)"
    rb"(?:/\*!50[01]17 )?)"
    rb"DEFINER ?= ?(" + _ACCOUNT + rb"(?:@" + _ACCOUNT + rb")?) ?"
)


def without_definer(statement: bytes) -> tuple[str | None, bytes]:
    """Return the account of a statement's clause, ``None`` where it has none, and the statement without it.

    What stands in double quotes there stands in backticks in the account.
    """
    found = _CLAUSE.match(statement)
    if found is None:
        return None, statement
    # What remains of a comment for old servers may be empty.
    rest = statement[found.end() :]
    account = _PART.sub(_in_backticks, found[2]).decode("utf-8", "surrogateescape")
    return account, (found[1] + rest).replace(b"/*!50017 */ ", b"", 1).replace(b"/*!50117 */ ", b"", 1)


def _in_backticks(part: re.Match[bytes]) -> bytes:
    if not part[0].startswith(b'"'):
        return part[0]
    return b"`" + part[0][1:-1].replace(b'""', b'"').replace(b"`", b"``") + b"`"
