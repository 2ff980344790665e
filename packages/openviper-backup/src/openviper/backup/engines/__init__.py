"""The engines, by the scheme of a database URL; a module of one is imported when its scheme is asked for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, cast

from openviper.backup.errors import BackupError, UnsupportedScheme
from openviper.core.entrypoints import distribution_of, installed_entries
from openviper.core.imports import closest, import_string

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

    from openviper.backup.engines.base import BackupEngine

__all__ = ["GROUP", "get_engine", "identify"]

#: The entry-point group of engines that other distributions bring: name = scheme, value = class.
GROUP = "openviper.backup_engines"

_OWN = {
    "sqlite": "openviper.backup.engines.sqlite.SQLiteEngine",
    "postgresql": "openviper.backup.engines.postgres.PostgresEngine",
    "postgres": "openviper.backup.engines.postgres.PostgresEngine",
    "mariadb": "openviper.backup.engines.mariadb.MariaDBEngine",
    "mysql": "openviper.backup.engines.mariadb.MariaDBEngine",
    "oracle": "openviper.backup.engines.oracle.OracleEngine",
    "mssql": "openviper.backup.engines.sqlserver.SQLServerEngine",
}

_logger = logging.getLogger("openviper.backup.engines")


def get_engine(scheme: str) -> BackupEngine:
    """Return the engine of a scheme, which may name a driver too: ``postgresql+asyncpg``.

    Raises:
        UnsupportedScheme: There is none.
        BackupError: The one that a distribution offers cannot be loaded.
    """
    dialect = scheme.lower().partition("+")[0]
    if dialect in _OWN:
        return _own(_OWN[dialect])
    entries = installed_entries(GROUP)
    entry = next((each for each in entries if each.name == dialect), None)
    if entry is not None:
        return _loaded(entry)
    known = sorted({*_OWN, *(each.name for each in entries)})
    raise UnsupportedScheme(
        f"Unsupported database scheme {scheme!r}{closest(dialect, known)}; supported: {', '.join(known)}"
    )


def identify(head: bytes) -> BackupEngine | None:
    """Return the engine one of whose dumps begins with ``head`` (64 KiB, or all of it); ``None``: none knows it."""
    return next((engine for engine in _all() if engine.recognises(head)), None)


def _all() -> Iterator[BackupEngine]:
    yield from (_own(path) for path in dict.fromkeys(_OWN.values()))
    for entry in installed_entries(GROUP):
        if entry.name not in _OWN:
            try:
                yield _loaded(entry)
            except BackupError as error:
                # What an engine of another distribution would know must not stand in the way of a restore by another.
                _logger.warning("%s", error)


def _own(path: str) -> BackupEngine:
    return cast("BackupEngine", import_string(path)())


def _loaded(entry: EntryPoint) -> BackupEngine:
    try:
        return cast("BackupEngine", entry.load()())
    except Exception as error:
        message = f"The backup engine {entry.name!r} ({entry.value}, from {distribution_of(entry)}) cannot be loaded"
        raise BackupError(f"{message}: {error!r}") from error
