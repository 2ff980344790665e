"""Which backup of a database is the newest in a folder.

::

    newest = await latest_backup("postgresql://ada:secret@db.example/shop", "/srv/backups")
    await verify_backup(newest.file, "postgresql://ada:secret@db.example/shop")

An older one is never taken in its place: that the newest is not good is what somebody has to know.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._s3.location import local_folder
from openviper.backup._source import source_of
from openviper.backup._stored.listing import StoredBackup, nothing_of, shortened, stored_backups
from openviper.backup.engines import get_engine
from openviper.backup.errors import InvalidArchive, InvalidInput
from openviper.backup.job import Job, run_job
from openviper.backup.naming import database_name
from openviper.backup.url import parse_url

if TYPE_CHECKING:
    from openviper.backup.sidecar import Sidecar

__all__ = ["latest_backup"]


async def latest_backup(url: str, path: str | Path = "./backup", *, name: str | None = None) -> StoredBackup:
    """Return the newest backup of a database; its ``notes`` say where newer ones are of.

    Its content is not read: a restore and a verification refuse what is not as its sidecar says before they do
    anything.

    Args:
        url: The database, as for :func:`~openviper.backup.backup.backup_database`.
        path: The folder; those below it are not looked at.
        name: What the backups are called instead of the database's name. Given, the newest of them is taken though it
            was made of a database elsewhere, if they are all of one.

    Raises:
        InvalidInput: There is no such folder, or no backup of this database in it, or only such of others.
        InvalidArchive: The newest has no sidecar, or one that cannot be read or is another's, or is of the future, or
            is a symbolic link, or gone but for its sidecar.
        BackupError: The folder cannot be read.
    """
    return await run_job(lambda _: _latest(url, local_folder(path), name), Job())


@dataclass(frozen=True, slots=True)
class _Wanted:
    name: str
    engine: str
    source: str
    folder: Path


def _latest(url: str, folder: Path, name: str | None) -> StoredBackup:
    database = parse_url(url)
    engine = get_engine(database.scheme).name
    called = database_name(database, engine) if name is None else name
    wanted = _Wanted(called, engine, source_of(database, engine), folder)
    found = stored_backups(folder)
    named = [each for each in found if each.name == called]
    if not named:
        raise InvalidInput(nothing_of(called, folder, found))
    source = _source(named, wanted, is_name_given=name is not None)
    position = next(at for at, each in enumerate(named) if _is_of(each, engine, source))
    return replace(_complete(named[position]), notes=_of_others(named[:position]))


def _of_others(newer: list[StoredBackup]) -> tuple[str, ...]:
    """Say that there are newer ones, of what is perhaps the same place by another name."""
    shown = sorted({_shown(each.sidecar) for each in newer if each.sidecar is not None})
    return (f"Newer backups of {newer[0].name!r} are there, of {shortened(shown)}: not taken",) if shown else ()


def _complete(newest: StoredBackup) -> StoredBackup:
    if newest.problem is None:
        return newest
    message = f"The newest backup of {newest.name!r}, {str(newest.file)!r}, cannot be counted on: {newest.problem}"
    raise InvalidArchive(f"{message}; name that FILE, or another, if it is to be taken nevertheless")


def _source(named: list[StoredBackup], wanted: _Wanted, *, is_name_given: bool) -> str | None:
    """Return where the database is whose backups are meant."""
    sidecars = [own for each in named if (own := _own_sidecar(each)) is not None]
    sources = {each.source for each in sidecars if each.db_engine == wanted.engine}
    if wanted.source in sources or not sidecars:
        return wanted.source
    if is_name_given and len(sources) == 1:
        return sources.pop()
    there = shortened(sorted({_shown(each) for each in sidecars}))
    advice = "name FILE" if len(sources) != 1 else f"--name {wanted.name}, or FILE, takes what is of there"
    message = f"The backups of {wanted.name!r} in {str(wanted.folder)!r} are of {there}, and not of"
    raise InvalidInput(f"{message} {wanted.engine} {wanted.source!r}; {advice}")


def _shown(sidecar: Sidecar) -> str:
    return f"{sidecar.db_engine} {sidecar.source or 'at an unknown place'}"


def _is_of(backup: StoredBackup, engine: str, source: str | None) -> bool:
    sidecar = _own_sidecar(backup)
    # Where there is none, nobody knows whose it is: it may be the one that is wanted.
    return sidecar is None or (sidecar.db_engine, sidecar.source) == (engine, source)


def _own_sidecar(backup: StoredBackup) -> Sidecar | None:
    sidecar = backup.sidecar
    return sidecar if sidecar is not None and sidecar.filename == backup.file.name else None
