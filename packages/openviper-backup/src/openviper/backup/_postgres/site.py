"""Where a restore takes place: the server, by a session beside the target, and what was found there."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._postgres.connection import connection_of
from openviper.backup._postgres.live import find_database
from openviper.backup._postgres.loading import check_psql
from openviper.backup._postgres.maintenance import hold_lock, open_maintenance
from openviper.backup._postgres.obstacles import current_role
from openviper.backup.errors import InvalidInput

if TYPE_CHECKING:
    from openviper.backup._postgres.connection import Connection
    from openviper.backup._postgres.live import LiveDatabase
    from openviper.backup._postgres.obstacles import Role
    from openviper.backup._postgres.queries import Session
    from openviper.backup.engines.base import RestoreOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["Site", "open_site"]

_LONGEST = 63


@dataclass(frozen=True, slots=True)
class Site:
    """A server, and what is to be done there.

    Attributes:
        session: In the maintenance database.
        place: That database.
        target: The database of the URL.
        role: Who we are.
        live: The target, as it was found; ``None``: there is none.
    """

    session: Session
    place: Connection
    target: Connection
    role: Role
    live: LiveDatabase | None
    options: RestoreOptions
    job: Job

    def look(self) -> None:
        """Make sure that the session, which holds the lock, is there."""
        self.session.run("SELECT 1;")


@contextmanager
def open_site(url: DatabaseURL, options: RestoreOptions, job: Job, *, lock: str | None) -> Generator[Site]:
    """Reach a server, and hold a lock there.

    Args:
        lock: Of which name; ``None``: that of the URL's database.

    Raises:
        InvalidInput: The URL or the maintenance database is refused.
        TargetBusy: Another run has the lock.
        ToolMissing, ToolFailed: It cannot be reached safely.
    """
    target = connection_of(url)
    if len(target.database.encode("utf-8", "surrogateescape")) > _LONGEST:
        raise InvalidInput(
            f"The database's name {target.database!r} has more than {_LONGEST} bytes; PostgreSQL cuts it"
        )
    check_psql(job)
    with open_maintenance(target, options.maintenance_db, job) as (session, place):
        hold_lock(session, lock or target.database, job)
        live = find_database(session, target.database)
        yield Site(session, place, target, current_role(session), live, options, job)
