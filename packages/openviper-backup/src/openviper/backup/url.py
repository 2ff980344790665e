"""Database URLs, as SQLAlchemy writes them: ``postgresql+asyncpg://ada:secret@db.example:5432/shop?sslmode=require``.

The grammar is that of https://docs.sqlalchemy.org/en/21/core/engines.html#database-urls: user, password, host and
database are percent-decoded; a password may hold anything but an unescaped ``@``. Unlike there, a host has no ``@`` in
it either: it would be the rest of such a password, and hosts are shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl, quote, unquote

from openviper.backup.errors import InvalidInput

__all__ = ["DatabaseURL", "parse_url"]

T = TypeVar("T")

_URL = re.compile(
    r"""
    (?P<scheme>[A-Za-z][\w+.-]*)://
    (?:(?P<user>[^:/?#]*)(?::(?P<password>[^@]*))?@)?
    (?:\[(?P<ipv6>[0-9A-Fa-f:.]+(?:%[\w.%-]+)?)\]|(?P<host>[^/:?#@\[\]]*))
    (?::(?P<port>[^/?#@]*))?
    (?:/(?P<database>[^?]*))?
    (?:\?(?P<query>.*))?
    """,
    re.VERBOSE,
)
_EXPECTED = "expected scheme://user:password@host:port/database, with @ and the like in names as %40"
_MAX_PORT = 65535


@dataclass(frozen=True, slots=True)
class DatabaseURL:
    """Where a database is.

    Attributes:
        scheme: As written, in lower case, with its driver: ``postgresql+asyncpg``.
        database: Its name; for SQLite the path, as written.
        host: ``None`` where there is none; without the brackets of IPv6.
        query: Pairs, in order, decoded.
    """

    scheme: str
    database: str = ""
    host: str | None = None
    port: int | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def dialect(self) -> str:
        """The scheme without its driver: ``postgresql``."""
        return self.scheme.partition("+")[0]

    def option(self, name: str) -> str | None:
        """The last value that the query gives a name, or ``None``."""
        return next((value for each, value in reversed(self.query) if each == name), None)

    def __str__(self) -> str:
        """The URL for people to read: without password and query."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if self.host and ":" in self.host else self.host or ""
        port = f":{self.port}" if self.port is not None else ""
        return f"{self.scheme}://{user}{_printable(host)}{port}/{_printable(self.database)}"


def parse_url(text: str) -> DatabaseURL:
    """Take a database URL apart.

    Raises:
        InvalidInput: It is none. The message never shows more than the scheme.
    """
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise InvalidInput(f"The database URL has a control character in it, a line's end perhaps; {_EXPECTED}")
    found = _URL.fullmatch(text)
    if found is None:
        raise InvalidInput(f"The database URL cannot be read; {_EXPECTED}, or sqlite:///path.db")
    scheme = found["scheme"].lower()
    return DatabaseURL(
        scheme=scheme,
        database=_decoded(found, "database") or "",
        host=_host(found),
        port=_port(found["port"], scheme),
        user=_decoded(found, "user"),
        password=_decoded(found, "password"),
        query=_query(found["query"] or "", scheme),
    )


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else quote(each, errors="surrogateescape") for each in text)


def _decoded(found: re.Match[str], part: str) -> str | None:
    text = found[part]
    return None if text is None else _checked(lambda: unquote(text, errors="strict"), part, found["scheme"])


def _host(found: re.Match[str]) -> str | None:
    host = _decoded(found, "ipv6") or _decoded(found, "host") or None
    if host is not None and re.search(r"[\s\x00-\x1f\x7f@]", host):
        raise InvalidInput(f"The host of the database URL ({found['scheme']}) is not a name or an address; {_EXPECTED}")
    return host


def _port(text: str | None, scheme: str) -> int | None:
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > _MAX_PORT:
        raise InvalidInput(f"The port of the database URL ({scheme}) is not a number from 0 to {_MAX_PORT}")
    return int(text)


def _query(text: str, scheme: str) -> tuple[tuple[str, str], ...]:
    pairs = _checked(lambda: parse_qsl(text, keep_blank_values=True, errors="strict"), "query", scheme)
    if any("\x00" in each for pair in pairs for each in pair):
        raise _undecodable("query", scheme)
    return tuple(pairs)


def _checked(decode: Callable[[], T], part: str, scheme: str) -> T:
    try:
        decoded = decode()
    except ValueError:
        # Its text is what was to be decoded: no cause is shown.
        raise _undecodable(part, scheme) from None
    if isinstance(decoded, str) and "\x00" in decoded:
        raise _undecodable(part, scheme)
    return decoded


def _undecodable(part: str, scheme: str) -> InvalidInput:
    return InvalidInput(
        f"The {part} of the database URL ({scheme}) is not UTF-8 without NUL once its percent signs are decoded"
    )
