"""The places of a restore and of a verification, from the lock to the last thing that is taken away."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openviper.backup._postgres.beside import BesideTarget
from openviper.backup._postgres.connection import connection_of
from openviper.backup._postgres.itself import ItselfTarget
from openviper.backup._postgres.places import verifying_name
from openviper.backup._postgres.site import open_site
from openviper.backup._postgres.verifying import VerifyTarget
from openviper.backup.errors import BackupError, ToolFailed

if TYPE_CHECKING:
    from openviper.backup.engines.base import RestoreOptions, RestoreTarget
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
        target = VerifyTarget(site, name)
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
