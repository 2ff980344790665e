"""Backups of databases, and restores that keep the live data until the new is proved.

::

    from openviper.backup import backup_database, restore_database

    result = await backup_database("postgresql://ada:secret@db.example/shop", "/srv/backups")
    await restore_database(result.location, "postgresql://ada:secret@db.example/shop", force=True)

What is documented can be imported from here; importing this package imports none of it. The modules:

- ``backup``, ``restore``, ``resume``, ``verify``, ``retention``, ``latest``: what can be done; ``results``, ``errors``:
  what becomes of it; ``commands``, ``retention_commands``: the same for ``viperctl``.
- ``url``, ``naming``, ``sidecar``: where a database is, what its backup is called, and what stands beside it.
- ``archive``, ``encryption``: what a backup is made of; ``storage``: backups in buckets.
- ``engines``: one for each kind of database; ``process``: their programs; ``job``: how one run is told to stop.

Behind them, in packages: ``_writing`` (from a dump to a backup), ``_restoring`` (from a backup to what stands beside a
database), ``_stored`` (the backups of a folder), ``_s3`` (buckets), ``_terminal`` (the commands), one for each engine,
and ``_server_folder`` for two of them; in modules: ``_options`` (what an engine cannot do), ``_source`` (where a
database is), ``_durable`` and ``_staging`` (what disks need, and temporary folders), ``_child``, ``_programs`` and
``_complaints`` (of ``process``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openviper.backup.backup import backup_database
    from openviper.backup.errors import BackupError
    from openviper.backup.latest import latest_backup
    from openviper.backup.restore import restore_database
    from openviper.backup.results import BackupResult, RestoreResult, VerifyResult
    from openviper.backup.retention import PruneResult, StoredBackup, list_backups, prune_backups
    from openviper.backup.verify import verify_backup

__all__ = [
    "BackupError",
    "BackupResult",
    "PruneResult",
    "RestoreResult",
    "StoredBackup",
    "VerifyResult",
    "backup_database",
    "latest_backup",
    "list_backups",
    "prune_backups",
    "restore_database",
    "verify_backup",
]

_MODULES = {
    "BackupError": "errors",
    "BackupResult": "results",
    "PruneResult": "retention",
    "RestoreResult": "results",
    "StoredBackup": "retention",
    "VerifyResult": "results",
    "backup_database": "backup",
    "latest_backup": "latest",
    "list_backups": "retention",
    "prune_backups": "retention",
    "restore_database": "restore",
    "verify_backup": "verify",
}


def __getattr__(name: str) -> Any:
    # Who makes backups needs nothing of restores, and an engine none of both.
    if name in _MODULES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
