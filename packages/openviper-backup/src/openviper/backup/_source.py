"""Where a database is, as its backups say it: without user and password.

It tells the backups of two databases of one name apart, those of two servers for instance.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = ["source_of"]

_PORTS = {"postgres": 5432, "mariadb": 3306, "oracle": 1521, "mssql": 1433}


def source_of(url: DatabaseURL, engine: str) -> str:
    """Return ``db.example:5432/shop``; of SQLite the absolute path of its file.

    Args:
        engine: Its name, as in the sidecar.

    Raises:
        InvalidInput: The URL means no file of SQLite.
    """
    if engine == "sqlite":
        from openviper.backup._sqlite.location import locate  # noqa: PLC0415 - an engine's, and this one is not needed

        return str(locate(url).path)
    return "/".join(part for part in (_place(url, engine), _name(url, engine)) if part)


def _place(url: DatabaseURL, engine: str) -> str:
    """Return ``host:port``, several with commas between them, or MariaDB's socket."""
    if engine == "postgres":
        return _place_by_libpq(url)
    socket = url.option("unix_socket")
    if socket and (url.host or "localhost") == "localhost":
        return socket
    host = _bracketed(url.host) if url.host else "localhost" if engine in _PORTS else ""
    place = _with_port(host, url.port or _PORTS.get(engine)) if host else ""
    return f"{place},{socket}" if socket else place


def _place_by_libpq(url: DatabaseURL) -> str:
    """Return hosts and ports, and what libpq goes to instead of the hosts' names: ``hostaddr``."""
    hosts = [value for name, value in url.query if name == "host" and value]
    hosts = hosts or [_bracketed(url.host) if url.host else os.environ.get("PGHOST") or "localhost"]
    port = url.option("port") or url.port or os.environ.get("PGPORT") or _PORTS["postgres"]
    place = ",".join(_with_port(host, port) for host in hosts)
    address = url.option("hostaddr")
    return f"{place},{address}" if address else place


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _with_port(host: str, port: str | int | None) -> str:
    # A socket's path is one of a folder; its case matters, a name's does not.
    host = host if host.startswith("/") else host.lower()
    return host if port is None or re.search(r"^[^:]*:\d+$|\]:\d+$", host) else f"{host}:{port}"


def _name(url: DatabaseURL, engine: str) -> str:
    if engine != "oracle":
        return url.database
    # What is backed up is the schema, which has the name of its user.
    return "/".join(part for part in (url.option("service_name") or url.database, url.user) if part)
