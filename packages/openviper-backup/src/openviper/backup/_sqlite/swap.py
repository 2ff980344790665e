"""How a restored database takes the place of the live one.

It is copied *into* the live file, in one transaction of SQLite's own: whoever has it open sees the new data with his
next transaction, and of a run that is killed the next one to open the file rolls back what was half done. Only where
that cannot be done, because the live file is damaged or is not there, a file is moved.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import check_room, create_new, sync_file, sync_folder
from openviper.backup._sqlite.checking import check_integrity
from openviper.backup._sqlite.connection import BUSY, DAMAGED, Patience, code_of, connect, patiently
from openviper.backup._sqlite.content import is_wal
from openviper.backup._sqlite.copying import copy_database, held, page_size, size_of
from openviper.backup._sqlite.keeping import keep, kept_copy
from openviper.backup._sqlite.moving import place, replace
from openviper.backup._sqlite.rests import is_cut
from openviper.backup.errors import RestoreRefused, SwapUnfinished

if TYPE_CHECKING:
    from openviper.backup._sqlite.location import Location
    from openviper.backup.job import Job

__all__ = ["swap"]


def swap(
    location: Location, new: Path, old: Path, job: Job, *, keep_old: bool = False
) -> tuple[str | None, tuple[str, ...]]:
    """Put a database in another's place; return what was kept of that, and notes.

    After the moment in which the new data is there, nothing is raised.

    Args:
        new: A sound database that nobody has open, on the same file system.
        old: Where a copy of the old one, or that itself, may stand.
        keep_old: Have the old data under a name of its own, before anything happens to it.

    Raises:
        RestoreRefused: Others hold the database for long; it is as it was.
        NotEnoughSpace: Likewise.
        SwapUnfinished: It could not be undone.
        sqlite3.Error, OSError: Anything else; it is as it was.
    """
    kept, notes = _put(location, new, old, job, keep_old=keep_old)
    with suppress(Exception):
        # Too late to stop, or to fail because of what one hears of it.
        job.step("clean up")
    return kept, notes


def _put(location: Location, new: Path, old: Path, job: Job, *, keep_old: bool) -> tuple[str | None, tuple[str, ...]]:
    if not location.path.exists():
        with suppress(FileExistsError):
            kept = place(location, new, old, job, keep_old=keep_old)
            return kept, (f"There was no {location} before: it was made", *_last(location))
    if is_cut(location.path):
        kept = replace(location, new, old, job, keep_old=keep_old)
        return kept, (f"{location} was empty, but for its log: another file took its place", *_last(location))
    try:
        return _overwrite(location, new, old, job, keep_old=keep_old)
    except sqlite3.DatabaseError as error:
        if code_of(error) not in DAMAGED:
            raise
        # It may have been the new one that it was said of.
        with connect(new, "mode=ro&immutable=1") as source:
            check_integrity(source, "What was loaded", job)
        kept = replace(location, new, old, job, keep_old=keep_old)
        return kept, (f"{location} was damaged ({error}): another file took its place", *_last(location))


def _last(location: Location) -> tuple[str, ...]:
    """Have a new name last."""
    try:
        sync_folder(location.path.parent)
    except OSError as error:
        return (f"{location} has a new file, whose name may not last if the power fails now: {error.strerror}",)
    return ()


def _overwrite(
    location: Location, new: Path, old: Path, job: Job, *, keep_old: bool
) -> tuple[str | None, tuple[str, ...]]:
    with connect(new, "mode=ro&immutable=1") as source, connect(location.path) as live:
        _save(live, source, old, job, Patience(location, job, RestoreRefused))
        patience = Patience(location, job, RestoreRefused)
        notes = patiently(lambda: _compare_encodings(live, source, location), patience)
        with kept_copy(location, old) if keep_old else nullcontext() as kept:
            _copy_into(live, source, location, Path(kept or old), job)
    return kept, (*notes, *_settle(new, location))


def _compare_encodings(live: sqlite3.Connection, source: sqlite3.Connection, location: Location) -> tuple[str, ...]:
    """Text in memory keeps its encoding: https://www.sqlite.org/pragma.html#pragma_encoding."""
    before, now = (each.execute("PRAGMA encoding").fetchone()[0] for each in (live, source))
    if before == now or not size_of(live):
        return ()
    return (f"The text in {location} was {before} before and {now} now: programs that have it open must open it anew",)


def _copy_into(live: sqlite3.Connection, source: sqlite3.Connection, location: Location, old: Path, job: Job) -> None:
    patience = Patience(location, job, RestoreRefused)
    patiently(lambda: live.execute("PRAGMA synchronous = FULL"), patience)
    was_wal = _leave_wal(live, source, location, job)
    version = patiently(lambda: _version(live), patience)
    try:
        job.step("overwrite", size_of(source))
        copy_database(source, live, "overwrite", job, Patience(location, job, RestoreRefused))
    except BaseException as error:
        if was_wal:
            _set_journal_mode(live, "WAL")
        live.close()
        _make_sure(location, version, old, error)
        raise


def _save(live: sqlite3.Connection, source: sqlite3.Connection, old: Path, job: Job, patience: Patience) -> None:
    """Make the safety copy, of all that is committed now, and have it last."""
    with held(live, patience):
        size = size_of(live)
        # The copy; then journal and growth, or the write-ahead log and growth.
        room = size + max(size, size_of(source)) + max(0, size_of(source) - size)
        check_room(old.parent.parent, room, "The safety copy and the journal need up to")
        job.step("safety copy", size)
        if size:
            part = old.with_name(old.name + ".part")
            os.close(create_new(part))
            with closing(sqlite3.connect(part, isolation_level=None)) as copy:
                copy.execute("PRAGMA journal_mode = OFF")
                copy_database(live, copy, "safety copy", job, patience)
            sync_file(part)
            part.rename(old)
            sync_folder(old.parent)


def _leave_wal(live: sqlite3.Connection, source: sqlite3.Connection, location: Location, job: Job) -> bool:
    """In WAL mode, the size of pages cannot change."""
    sizes = (page_size(live), page_size(source))
    if sizes[0] == sizes[1] or live.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        return False
    reason = (
        f"Its pages have {sizes[0]} bytes and the backup's {sizes[1]}: for that, no other program may have it open."
    )
    patience = Patience(location, job, RestoreRefused, reason)
    patiently(lambda: live.execute("PRAGMA journal_mode = DELETE").fetchone(), patience)
    return True


def _make_sure(location: Location, version: int, old: Path, error: BaseException) -> None:
    """Have SQLite undo what was half done, and see that the old data is there.

    Raises:
        SwapUnfinished: It is not.
    """
    reason = "it was overwritten nevertheless"
    try:
        with connect(location.path) as live:
            if _version(live) == version:
                return
    except sqlite3.Error as second:
        was_damaged = isinstance(error, sqlite3.Error) and code_of(error) in DAMAGED
        if was_damaged or code_of(second) in BUSY:
            # It was so before; or somebody else writes already, who had to undo it first.
            return
        reason = str(second)
    kept = keep(location, old) if old.parent != location.path.parent else str(old)
    raise SwapUnfinished(
        f"{location} could be neither overwritten ({error}) nor put back ({reason}); its data is in {kept!r}: "
        "restore-db with that file, as a .sql, and --force"
    ) from error


def _version(live: sqlite3.Connection) -> int:
    """A number that is another when a database was overwritten: https://www.sqlite.org/pragma.html#pragma_schema_version."""
    version: int = live.execute("PRAGMA schema_version").fetchone()[0]
    return version


def _settle(new: Path, location: Location) -> tuple[str, ...]:
    """See to the journal mode and the log; the data is there already, so nothing here may fail."""
    with suppress(sqlite3.Error, OSError), connect(location.path) as live, new.open("rb") as file:
        with suppress(sqlite3.Error):
            live.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        is_wal_now = live.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        if is_wal_now and not is_wal(file.read(100)) and not _set_journal_mode(live, "DELETE"):
            return (f"{location} stays in WAL mode, in which the backup is not, because other programs have it open",)
    return ()


def _set_journal_mode(live: sqlite3.Connection, mode: str) -> bool:
    with suppress(sqlite3.Error):
        row = live.execute(f"PRAGMA journal_mode = {mode}").fetchone()
        return str(row[0]).upper() == mode
    return False
