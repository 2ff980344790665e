"""Old data that is to be kept has its name, ``NAME.before-restore-YYYYMMDD-HHMMSS``, before the new takes its place."""

from __future__ import annotations

import glob
import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import NO_LINKS, link_new, sync_folder
from openviper.backup._sqlite.rests import SUFFIXES, move_rests, rest_of, rests_of
from openviper.backup.errors import RestoreRefused, SwapUnfinished

if TYPE_CHECKING:
    from openviper.backup._sqlite.location import Location
    from openviper.backup.job import Job

__all__ = ["check_room_for_name", "doubled", "forget_doubles", "keep", "kept_copy", "resemble"]

_MARK = ".before-restore-"
_STAMP = f"{'[0-9]' * 8}-{'[0-9]' * 6}"
_PIECE = 1 << 20


def check_room_for_name(location: Location) -> None:
    """Make sure that old data can have a name.

    Raises:
        RestoreRefused: The database's own is too long.
    """
    name = location.path.name
    if len(os.fsencode(name)) + len(_MARK) + len("YYYYMMDD-HHMMSS") > os.pathconf(location.path.parent, "PC_NAME_MAX"):
        raise RestoreRefused(f"--keep-old: {name!r} is too long a name for {_MARK}YYYYMMDD-HHMMSS after it")


def keep(location: Location, old: Path) -> str | None:
    """Give what is left of the old database a name beside the new one, and return it; ``None``: nothing is."""
    return _keep(location, old, _free_name(location))


@contextmanager
def kept_copy(location: Location, old: Path) -> Generator[str | None]:
    """Have the copy of a database under the name that :func:`keep` gives; if this raises, it is needed no more.

    Unless the copy is all that is left: ``SwapUnfinished``.
    """
    kept = _free_name(location)
    with _gone_in_vain([kept]):
        yield _keep(location, old, kept)


@contextmanager
def doubled(location: Location, old: Path, fd: int | None, job: Job) -> Generator[str | None]:
    """Have what is about to be moved away under a name that stays, too, and yield it; if this raises, it is gone.

    Args:
        old: Beside it a copy is made, where there are no hard links.
        fd: The database's own, open; ``None``: there are only rests of it.
    """
    made: list[Path] = []
    with _gone_in_vain(made):
        for source, kept in _parts(location.path, _free_name(location)):
            part = old.with_name("kept.part")
            _double(source, kept, part, fd if source == location.path else None, job)
            made.append(kept)
        sync_folder(location.path.parent)
        yield str(made[0]) if made else None


def forget_doubles(path: Path) -> None:
    """Take the second names away of what has its own again: a killed run has made them."""
    for suffix in ("", *SUFFIXES):
        own = path.with_name(path.name + suffix)
        with suppress(FileNotFoundError):
            if own.lstat().st_nlink > 1:
                for other in path.parent.glob(f"{glob.escape(path.name)}{_MARK}{_STAMP}*"):
                    if os.path.samestat(other.lstat(), own.lstat()):
                        other.unlink()


def resemble(path: Path, model: Path) -> None:
    """Give a file the mode of another, and its owner where this process may."""
    status = model.stat()
    with suppress(PermissionError):
        os.chown(path, status.st_uid, status.st_gid)
    path.chmod(status.st_mode & 0o7777)


@contextmanager
def _gone_in_vain(made: list[Path]) -> Generator[None]:
    try:
        yield
    except SwapUnfinished:
        raise
    except BaseException:
        for each in made:
            each.unlink(missing_ok=True)
        raise


def _keep(location: Location, old: Path, kept: Path) -> str | None:
    found = _parts(old, kept)
    if old.exists():
        if location.path.exists():
            resemble(old, location.path)
        link_new(old, kept)
        old.unlink(missing_ok=True)
    move_rests(old, kept)
    sync_folder(kept.parent)
    return str(found[0][1]) if found else None


def _free_name(location: Location) -> Path:
    name = f"{location.path.name}{_MARK}{datetime.now(UTC):%Y%m%d-%H%M%S}"
    number, kept = 1, location.path.with_name(name)
    while any(os.path.lexists(f"{kept}{suffix}") for suffix in ("", *SUFFIXES)):
        number += 1
        kept = location.path.with_name(f"{name}-{number}")
    return kept


def _parts(path: Path, kept: Path) -> list[tuple[Path, Path]]:
    """What there is of a database, and what each is to be called."""
    own = [(path, kept)] if path.exists() else []
    return own + [(rest, rest_of(rest, path, kept)) for rest in rests_of(path)]


def _double(source: Path, kept: Path, part: Path, fd: int | None, job: Job) -> None:
    try:
        os.link(source, kept, follow_symlinks=False)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # Under its own name from the first byte, a kill would leave what looks like kept data.
        with _gone_in_vain([part]):
            _copy(source, part, fd, job)
            link_new(part, kept)
        part.unlink(missing_ok=True)


def _copy(source: Path, part: Path, fd: int | None, job: Job) -> None:
    """Copy a file; by its descriptor if there is one, as closing another would drop the locks on it."""
    with (
        open(source if fd is None else fd, "rb", 0, closefd=fd is None) as file,
        open(part, "xb", 0, opener=_private) as copy,
    ):
        done = 0
        while piece := os.pread(file.fileno(), _PIECE, done):
            job.check()
            done += copy.write(piece)
        os.fsync(copy.fileno())
        resemble(part, source)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
