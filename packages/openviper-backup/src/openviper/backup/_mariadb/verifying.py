"""The place of a verification on a MariaDB or MySQL server: a schema beside the target, which takes nothing's place."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._mariadb.accepting import AcceptedDump
from openviper.backup._mariadb.beside import make_beside
from openviper.backup._mariadb.catalog import collation_of
from openviper.backup._mariadb.counting import count_rows
from openviper.backup._mariadb.entering import entered
from openviper.backup._mariadb.loading import Definers, load_dump
from openviper.backup._mariadb.naming import Names, names_for
from openviper.backup._mariadb.reaching import drop_anew, open_access, taking_away
from openviper.backup._mariadb.reserved import Unreserved
from openviper.backup._mariadb.rights import account_of, how_to_allow, may_set_definers
from openviper.backup._mariadb.session import Access, Session
from openviper.backup.errors import RestoreRefused, TargetBusy

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions, RestoreTarget
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["VerifyTarget", "open_scratch"]

# Seconds: a killed run's connection may take a moment to end.
_PATIENCE = 3


@contextmanager
def open_scratch(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[RestoreTarget]:
    """Take the place where backups are verified beside a target.

    Raises:
        TargetBusy: Another verification has it.
        ToolMissing, ToolFailed: It cannot be reached.
    """
    with open_access(url, job) as access, Session(access, job) as session:
        names = names_for(entered(session, access.connection))
        if not session.lock(f"{names.lock}:v", _PATIENCE):
            raise TargetBusy(f"Another verification beside {names.target!r} is running: wait for its end")
        target = VerifyTarget(access, session, names, options, job)
        with taking_away(f"the database {names.verify!r}", lambda: drop_anew(access, names.verify)):
            yield target


class VerifyTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget` that takes nothing's place."""

    def __init__(self, access: Access, session: Session, names: Names, options: RestoreOptions, job: Job) -> None:
        self._access, self._session, self._names, self._job = access, session, names, job
        self._dump = AcceptedDump(options, names.target)
        self._definers = Definers("", may_set=False, skip=options.skip_definer)

    def preflight(self) -> None:
        session, names = self._session, self._names
        collation = collation_of(session, names.target)
        if not make_beside(self._access, session, names.verify, collation, self._job):
            raise RestoreRefused(
                f"{self._access.connection.shown} may not create the database {names.verify!r}, in which a backup is "
                f"verified. {how_to_allow(names, session)}"
            )
        may_set = may_set_definers(self._access, names.verify, self._job)
        self._definers = Definers(account_of(session), may_set, self._definers.skip)

    def holds_data(self) -> bool:
        return False

    def staging(self) -> BinaryIO | None:
        return None

    def accept(self, content: Content) -> tuple[str, ...]:
        return self._dump.accept(content)

    def load(self, dump: DumpReader) -> None:
        load_dump(
            Unreserved(dump),
            self._access,
            self._job,
            schema=self._names.verify,
            accepted=self._dump,
            definers=self._definers,
        )

    def count_rows(self) -> Mapping[str, int]:
        return count_rows(self._session, self._names.verify)

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        raise RestoreRefused(f"{self._names.verify!r} is for a verification alone")
