"""Database URLs, as SQLAlchemy writes them: ``postgresql+asyncpg://ada:secret@db.example:5432/shop?sslmode=require``.

The grammar is that of https://docs.sqlalchemy.org/en/20/core/engines.html#database-urls: user, password, host and
database are percent-decoded; a password may hold anything but an unescaped ``@``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote

from openviper.backup.errors import InvalidInput

__all__ = ["DatabaseURL", "parse_url"]

_URL = re.compile(
    r"""
    (?P<scheme>[A-Za-z][\w+.-]*)://
    (?:(?P<user>[^:/?#@]*)(?::(?P<password>[^@]*))?@)?
    (?:\[(?P<ipv6>[^/?#\]]+)\]|(?P<host>[^/:?#]*))
    (?::(?P<port>[^/?#]*))?
    (?:/(?P<database>[^?]*))?
    (?:\?(?P<query>.*))?
    """,
    re.VERBOSE | re.DOTALL,
)


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
        user = f"{quote(self.user)}@" if self.user else ""
        host = f"[{self.host}]" if self.host and ":" in self.host else self.host or ""
        port = f":{self.port}" if self.port is not None else ""
        return f"{self.scheme}://{user}{host}{port}/{self.database}"


def parse_url(text: str) -> DatabaseURL:
    """Take a database URL apart.

    Raises:
        InvalidInput: It is none. The message never shows more than the scheme.
    """
    found = _URL.fullmatch(text)
    if found is None:
        raise InvalidInput("The database URL cannot be read; expected scheme://user:password@host:port/database")
    port = found["port"]
    if port and not (port.isascii() and port.isdigit() and int(port) <= 65535):
        raise InvalidInput(f"The port of the database URL ({found['scheme']}) is no number from 0 to 65535")
    return DatabaseURL(
        scheme=found["scheme"].lower(),
        database=unquote(found["database"] or ""),
        host=found["ipv6"] or unquote(found["host"]) or None,
        port=int(port) if port else None,
        user=None if found["user"] is None else unquote(found["user"]),
        password=None if found["password"] is None else unquote(found["password"]),
        query=tuple(parse_qsl(found["query"] or "", keep_blank_values=True)),
    )
