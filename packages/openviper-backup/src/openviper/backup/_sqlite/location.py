"""Which file a database URL means, as SQLAlchemy and SQLite read it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from openviper.backup.errors import InvalidInput

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = ["Location", "locate", "named"]

_FORMS = "expected sqlite:///relative/path.db or sqlite:////absolute/path.db"
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Location:
    """The file of a database.

    Attributes:
        path: Absolute; where the URL leads to a symbolic link, the file behind it, which may not be there.
        patience: Seconds to wait for a lock that another program holds: the URL's ``timeout``, or 30.
    """

    path: Path
    patience: float = _PATIENCE

    def __str__(self) -> str:
        return repr(str(self.path))


def locate(url: DatabaseURL) -> Location:
    """Find the file that a URL means; a relative one stands in the current directory.

    Raises:
        InvalidInput: It means none, or is none of SQLite's.
    """
    if "cipher" in url.scheme:
        raise InvalidInput(f"{url.scheme} databases are encrypted: SQLite itself cannot read them")
    if url.host or url.user or url.password or url.port:
        raise InvalidInput(f"A URL of SQLite has no host, user or port; {_FORMS}")
    path, options = _path(url)
    if path in ("", ":memory:") or options.get("mode") == "memory":
        raise InvalidInput(f"A database in memory cannot be backed up or restored; {_FORMS}")
    if "vfs" in options:
        raise InvalidInput(f"The URL asks for another VFS ({options['vfs']!r}), which is not supported; {_FORMS}")
    return Location(Path(os.path.realpath(path)), _patience(url))


def named(url: DatabaseURL) -> Path:
    """Return the path of a URL that :func:`locate` accepts, as it stands there: links and all."""
    return Path(_path(url)[0])


def _path(url: DatabaseURL) -> tuple[str, dict[str, str]]:
    """Return path and options; of ``file:`` what SQLite does with one (https://www.sqlite.org/uri.html)."""
    options = dict(url.query)
    is_uri = options.get("uri", "").lower() in ("true", "1", "yes", "on", "y", "t")
    # Without uri=true, SQLAlchemy takes file: for a part of the name.
    if not url.database.startswith("file:") or (not is_uri and os.path.lexists(url.database)):
        return url.database, options
    rest, _, query = url.database.removeprefix("file:").partition("#")[0].partition("?")
    options |= {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
    path = unquote(_without_host(rest), errors="surrogateescape")
    if "\x00" in path:
        raise InvalidInput(f"file: in a URL of SQLite has a NUL in its path; {_FORMS}")
    return path, options


def _without_host(rest: str) -> str:
    if not rest.startswith("//"):
        return rest
    host, slash, path = rest[2:].partition("/")
    if host not in ("", "localhost"):
        raise InvalidInput(f"file: in a URL of SQLite leads to another host ({host!r}); {_FORMS}")
    return slash + path


def _patience(url: DatabaseURL) -> float:
    text = url.option("timeout")
    if text is None:
        return _PATIENCE
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 86_400:
        raise InvalidInput(f"timeout={text!r} of the URL is not a number of seconds from 0 to 86400")
    return seconds
