"""The statements, as they stand at https://learn.microsoft.com/sql/t-sql/statements/backup-transact-sql and near it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["back_up", "exists", "header", "make_usable", "restore", "state", "verify"]


def back_up(database: str, file: Path) -> str:
    """A copy that leaves the server's own chain of backups as it is."""
    return f"BACKUP DATABASE {_name(database)} TO DISK = {_text(file)} WITH COPY_ONLY, INIT, FORMAT, CHECKSUM;"


def verify(file: Path, *, checksum: bool) -> str:
    """A look at all of a backup; without ``checksum``, at its checksums only if it has some."""
    return f"RESTORE VERIFYONLY FROM DISK = {_text(file)}{' WITH CHECKSUM' if checksum else ''};"


def header(file: Path) -> str:
    """What a backup says of itself: https://learn.microsoft.com/sql/t-sql/statements/restore-statements-headeronly-transact-sql."""
    return f"SET NOCOUNT ON; RESTORE HEADERONLY FROM DISK = {_text(file)};"


def exists(database: str) -> str:
    """A ``1`` where there is this database, else a ``0``."""
    return f"SET NOCOUNT ON; SELECT CASE WHEN DB_ID({_text(database)}) IS NULL THEN 0 ELSE 1 END;"


def restore(database: str, file: Path) -> str:
    """Replace a database, in one batch: between two, another session could become its single user.

    Where RESTORE fails, the batch goes on, and the database is everybody's again.
    """
    name = _name(database)
    return (
        f"{_if_online(database)} ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; "
        f"RESTORE DATABASE {name} FROM DISK = {_text(file)} WITH REPLACE; "
        f"{make_usable(database)}"
    )


def make_usable(database: str) -> str:
    """Let everybody into a database again, if there is one."""
    return f"{_if_online(database)} ALTER DATABASE {_name(database)} SET MULTI_USER;"


def state(database: str) -> str:
    """``ONLINE MULTI_USER``, ``RESTORING MULTI_USER`` or the like; nothing where there is no such database."""
    columns = "state_desc + ' ' + user_access_desc"
    return f"SET NOCOUNT ON; SELECT {columns} FROM {_row(database)};"  # noqa: S608 - a quoted text


def _if_online(database: str) -> str:
    """In another state, which a failed restore leaves, ALTER DATABASE is an error, and no session is in it either."""
    return f"IF EXISTS (SELECT 1 FROM {_row(database)} AND state_desc = N'ONLINE')"  # noqa: S608 - as above


def _row(database: str) -> str:
    return f"sys.databases WHERE name = {_text(database)}"


def _name(name: str) -> str:
    return f"[{name.replace(']', ']]')}]"


def _text(value: str | Path) -> str:
    return "N'" + str(value).replace("'", "''") + "'"
