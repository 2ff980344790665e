"""What an engine is told of a backup or a restore; :mod:`openviper.backup.engines.base` has these names too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DumpOptions", "RestoreOptions"]


@dataclass(frozen=True, slots=True)
class DumpOptions:
    """How to dump.

    Attributes:
        folder: Where a temporary may stand that the engine cannot do without; the archive's own folder.
        count_rows: Count each table's rows, in the dump's own snapshot.
        globals_file: PostgreSQL: where ``pg_dumpall --globals-only`` goes; ``None``: nowhere.
        server_folder: Oracle, SQL Server: a folder that the server writes to and this process reads.
    """

    folder: Path
    count_rows: bool = False
    globals_file: Path | None = None
    server_folder: Path | None = None


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """How to restore; all off or empty but ``analyze`` and ``verify_trailer``.

    Attributes:
        file: The backup; of one in a bucket, a copy that is gone after the restore.
        folder: Where files stand that outlast the restore; ``None``: the backup's own.
        in_place: Load into the target itself where nothing can be made beside it; a failure then leaves it half loaded.
        keep_old: Keep the old data beside the new.
        verify_trailer: Refuse a dump without the line or bytes with which a complete one ends.
        analyze: PostgreSQL: ``ANALYZE`` before the swap.
        maintenance_db: PostgreSQL: the database to be connected to while others are renamed.
        no_owner, skip_settings: PostgreSQL: what this role may not recreate, and need not.
        no_acl: PostgreSQL: without the dump's grants; those of the database itself stay.
        skip_definer: MariaDB, MySQL: routines, triggers, views and events run as the user who restores.
        server_folder: As in :class:`DumpOptions`.
    """

    file: Path
    folder: Path | None = None
    in_place: bool = False
    keep_old: bool = False
    verify_trailer: bool = True
    analyze: bool = True
    maintenance_db: str | None = None
    no_owner: bool = False
    no_acl: bool = False
    skip_settings: tuple[str, ...] = ()
    skip_definer: bool = False
    server_folder: Path | None = None

    @property
    def lasting(self) -> Path:
        """The path beside which stands what outlasts the restore: what it must remember, and what it keeps."""
        return self.file if self.folder is None else self.folder / self.file.name
