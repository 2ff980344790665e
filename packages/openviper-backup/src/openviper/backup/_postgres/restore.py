"""The places of a restore and of a verification, from the lock to the last thing that is taken away."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._postgres.accepting import AcceptedDump
from openviper.backup._postgres.beside import BesideTarget
from openviper.backup._postgres.connection import connection_of
from openviper.backup._postgres.itself import ItselfTarget
from openviper.backup._postgres.leftovers import repair_verified
from openviper.backup._postgres.obstacles import refuse
from openviper.backup._postgres.places import verifying_name
from openviper.backup._postgres.preflight import creating_obstacles
from openviper.backup._postgres.scratch import Scratch
from openviper.backup._postgres.site import open_site
from openviper.backup.errors import BackupError, RestoreRefused, ToolFailed

if TYPE_CHECKING:
    from openviper.backup._postgres.site import Site
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions, RestoreTarget
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["open_scratch", "open_target"]


@contextmanager
def open_target(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[RestoreTarget]:
    """Lock a database for a restore; what was made and did not take its place is dropped in the end.

    Raises:
        InvalidInput: The URL or the maintenance database is refused.
        TargetBusy: Another restore has it.
        ToolMissing, ToolFailed: The server cannot be reached safely.
    """
    with open_site(url, options, job, lock=None) as site:
        target: BesideTarget | ItselfTarget = BesideTarget(site)
        if options.in_place and site.live is not None and not site.role.may_create:
            target = ItselfTarget(site, site.live)
        with _leaving(target.leave):
            yield target


@contextmanager
def open_scratch(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[RestoreTarget]:
    """Take a database of its own, like that of the URL, to verify a backup in.

    Raises:
        InvalidInput: The URL or the maintenance database is refused.
        ToolMissing, ToolFailed: The server cannot be reached safely.
    """
    name = verifying_name(connection_of(url).database)
    with open_site(url, options, job, lock=name) as site:
        target = _VerifyTarget(site, name)
        with _leaving(target.leave):
            yield target


@contextmanager
def _leaving(leave: Callable[[], str]) -> Generator[None]:
    """Leave a target at the end, and say what is left there: with the error, or as one."""
    try:
        yield
    except BackupError as error:
        if left := leave():
            error.args = (f"{error}; {left}", *error.args[1:])
        raise
    except BaseException as error:
        if left := leave():
            error.add_note(left)
        raise
    if left := leave():
        raise ToolFailed(f"All else was done; {left}", tool="psql", exit_code=0)


class _VerifyTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget` that is never swapped."""

    def __init__(self, site: Site, name: str) -> None:
        self._site = site
        self._scratch = Scratch(site, name)
        self._dump = AcceptedDump(site.options)

    def preflight(self) -> None:
        site = self._site
        site.job.step("preflight")
        refuse(str(site.options.file), site.role, creating_obstacles(site), what="be verified")
        site.job.step("repair")
        repair_verified(site.session, site.place, site.target.database, site.job)

    def holds_data(self) -> bool:
        return False

    def staging(self) -> BinaryIO | None:
        return None

    def accept(self, content: Content) -> tuple[str, ...]:
        return self._dump.accept(content)

    def load(self, dump: DumpReader) -> None:
        self._scratch.load(self._dump.pieces(dump))

    def count_rows(self) -> Mapping[str, int]:
        return self._scratch.count_rows()

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        raise RestoreRefused(f"{self._scratch.name!r} is for a verification alone")

    def leave(self) -> str:
        """Drop what was made; return what could not be, or nothing."""
        return self._scratch.take_away()
