"""Names and texts in SQL of MariaDB and MySQL, and rows as their clients print them."""

from __future__ import annotations

import re

__all__ = ["account", "identifier", "literal", "named", "unescaped"]

_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_MEANINGS = {b"n": b"\n", b"t": b"\t", b"0": b"\0"}


def identifier(name: str) -> str:
    """Return a name as SQL has it: in backticks."""
    return "`" + name.replace("`", "``") + "`"


def account(user: str, host: str) -> str:
    """Return an account, as GRANT has it."""
    return "@".join("'" + part.replace("\\", "\\\\").replace("'", "''") + "'" for part in (user, host))


def literal(text: str) -> str:
    """Return a text as SQL has it, whatever ``sql_mode`` says: hexadecimal, UTF-8."""
    return f"_utf8mb4 X'{_utf8(text).hex()}'" if text else "''"


def named(column: str, name: str) -> str:
    """Return the condition that a column of ``information_schema``, which knows no case, is exactly this name."""
    return f"{column} = {literal(name)} AND BINARY {column} = {literal(name)}"


def unescaped(field: bytes) -> bytes:
    """Return what ``--batch`` has printed as one field; of NULL that is the word, as of a text that reads so."""
    return _ESCAPED.sub(lambda found: _MEANINGS.get(found[1], found[1]), field)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
