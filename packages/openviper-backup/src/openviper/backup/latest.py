"""Which backup of a database is the newest in a folder.

::

    newest = await latest_backup("postgresql://ada:secret@db.example/shop", "/srv/backups")
    await verify_backup(newest.file, "postgresql://ada:secret@db.example/shop")

An older one is never taken in its place: that the newest is not good is what the user has to know.
"""

from __future__ import annotations

import os
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
    """Return the newest backup of a database, whatever it is called; its ``notes`` say which others there are.

    Its content is not read: a restore and a verification refuse what is not as its sidecar says before they do
    anything.

    Args:
        url: The database, as for :func:`~openviper.backup.backup.backup_database`.
        path: The folder; those below it are not looked at.
        name: Only backups that are called this. Given, the newest of them is taken though it was made of a database
            elsewhere, if they are all of one.

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

    def is_of(self, backup: StoredBackup) -> bool:
        own = _own_sidecar(backup)
        return own is not None and (own.db_engine, own.source) == (self.engine, self.source)


def _latest(url: str, folder: Path, name: str | None) -> StoredBackup:
    database = parse_url(url)
    engine = get_engine(database.scheme).name
    called = database_name(database, engine) if name is None else name
    wanted = _Wanted(called, engine, source_of(database, engine), folder)
    found = stored_backups(folder)
    own = [each for each in found if wanted.is_of(each)]
    # Of a database that was backed up by several names (--name, --all-databases), each of them is looked at.
    names = {called} if name is not None else {called, *(each.name for each in own)}
    named = [each for each in found if each.name in names]
    if not named:
        raise InvalidInput(nothing_of(called, folder, found) + ("; --name NAME takes one of those" if found else ""))
    source = _source(named, wanted, is_name_given=name is not None)
    position = next(at for at, each in enumerate(named) if _is_of(each, engine, source))
    newest = _complete(named[position])
    newer = [each for each in own if each in found[: found.index(newest)]]
    return replace(newest, notes=(*_of_others(named[:position]), *_by_other_names(newest, own, newer)))


def _of_others(newer: list[StoredBackup]) -> tuple[str, ...]:
    """Say that there are newer ones, of what is perhaps the same place by another name."""
    told = [each for each in newer if each.sidecar is not None]
    shown = sorted({_shown(each.sidecar) for each in told if each.sidecar is not None})
    names = shortened(sorted({each.name for each in told}))
    return (f"Newer backups of {names} are there, of {shortened(shown)}: not taken",) if shown else ()


def _by_other_names(taken: StoredBackup, own: list[StoredBackup], newer: list[StoredBackup]) -> tuple[str, ...]:
    """Say that backups of the same database have other names, and which of those is newer than what is taken."""
    if newer:
        name = newer[0].name
        return (f"A newer backup of this database is called {name!r}: not taken; --name {name} takes it",)
    others = sorted({each.name for each in own} - {taken.name})
    if not others:
        return ()
    return (f"The newest backup of this database is called {taken.name!r}; older ones are called {shortened(others)}",)


def _complete(newest: StoredBackup) -> StoredBackup:
    if newest.problem is None:
        return newest
    message = f"The newest backup of {newest.name!r}, {str(newest.file)!r}, cannot be counted on: {newest.problem}"
    raise InvalidArchive(f"{message}; {_way_on(newest.file)}")


def _way_on(file: Path) -> str:
    if not file.exists():
        return "name another FILE"
    if not os.access(file, os.R_OK):
        return "this user may not read it: chown it and its sidecar, or restore as its owner"
    return "name another FILE, or that one if it is to be taken nevertheless"


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
    # Where there is none, it is unknown whose it is: it may be the one that is wanted.
    return sidecar is None or (sidecar.db_engine, sidecar.source) == (engine, source)


def _own_sidecar(backup: StoredBackup) -> Sidecar | None:
    sidecar = backup.sidecar
    return sidecar if sidecar is not None and sidecar.filename == backup.file.name else None
