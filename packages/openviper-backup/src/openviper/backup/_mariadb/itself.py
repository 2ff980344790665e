"""A restore into the target itself, for a user who may make no schema beside it, and by choice alone."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._durable import disk_errors
from openviper.backup._mariadb.accepting import AcceptedDump
from openviper.backup._mariadb.beside import holds_anything
from openviper.backup._mariadb.catalog import collation_of, definers_of_events, names_of, tables_of
from openviper.backup._mariadb.counting import count_rows
from openviper.backup._mariadb.guarding import (
    forget_unfinished,
    in_use,
    keep_backups_away,
    lock_tables,
    mark_unfinished,
)
from openviper.backup._mariadb.kinds import KINDS, KindsOf
from openviper.backup._mariadb.loading import Definers, load_dump, look_through
from openviper.backup._mariadb.naming import UNFINISHED, names_for
from openviper.backup._mariadb.preflight import check_names
from openviper.backup._mariadb.quoting import identifier
from openviper.backup._mariadb.reserved import Unreserved
from openviper.backup._mariadb.rights import account_of, check_rights_within, may_set_definers
from openviper.backup._mariadb.session import DENIED, Access, Session, error_number
from openviper.backup.errors import RestoreRefused, SwapUnfinished, ToolFailed

if TYPE_CHECKING:
    from types import TracebackType

    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions
    from openviper.backup.job import Job

__all__ = ["ItselfTarget"]

_NOTE = (
    "It was loaded into the database itself, since nothing may be created beside it: there is no old one any more, and "
    "what was not loaded yet was missing meanwhile"
)


class ItselfTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget` whose data is gone from :meth:`swap` on.

    The dump waits in a file without a name, so that nothing but the server can fail while it is loaded.

    Args:
        session: Holds the target's lock.
    """

    def __init__(self, access: Access, session: Session, schema: str, options: RestoreOptions, job: Job) -> None:
        self._access, self._session, self._schema = access, session, schema
        self._names = names_for(schema)
        self._options, self._job = options, job
        self._dump = AcceptedDump(options, schema)
        self._definers = Definers("", may_set=False, skip=options.skip_definer)
        self._staged: BinaryIO | None = None

    def __enter__(self) -> ItselfTarget:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._staged is not None:
            self._staged.close()

    def preflight(self) -> None:
        if collation_of(self._session, self._schema) is None:
            raise RestoreRefused(f"There is no database {self._schema!r} that the user may see")
        check_names(self._session, self._schema, keep_old=False)
        present = {kind for kind in KINDS if names_of(self._session, self._schema, kind)}
        check_rights_within(self._access, self._session, self._names, present, self._job)
        may_set = may_set_definers(self._access, self._schema, self._job)
        self._definers = Definers(account_of(self._session), may_set, self._options.skip_definer)

    def holds_data(self) -> bool:
        return holds_anything(self._session, self._schema)

    def staging(self) -> BinaryIO:
        folder = self._options.file.parent
        # A backup may lie where nothing can be written.
        where = folder if os.access(folder, os.W_OK) else None
        with disk_errors("The dump cannot be staged", where):
            self._staged = tempfile.TemporaryFile(dir=where, buffering=0)  # noqa: SIM115 - closed by __exit__
        return self._staged

    def accept(self, content: Content) -> tuple[str, ...]:
        return self._dump.accept(content)

    def load(self, dump: DumpReader) -> None:
        """Look for what could not be loaded, or may not be made; nothing is touched yet."""
        made = KindsOf(Unreserved(dump))
        look_through(made, schema=self._schema, accepted=self._dump, definers=self._definers)
        check_rights_within(self._access, self._session, self._names, made.found, self._job)

    def count_rows(self) -> Mapping[str, int]:
        return count_rows(self._session, self._schema)

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        keep_backups_away(self._session, self._names, self._job.step)
        self._check_unused()
        try:
            self._replace()
        except Exception as error:
            missing = isinstance(error, ToolFailed) and error_number(error) in DENIED
            allowed = "once the right that is missing is granted, " if missing else ""
            raise SwapUnfinished(
                f"The database {self._schema!r} is half loaded, as --in-place allows: {error}; {allowed}the same "
                "restore-db again begins anew"
            ) from error
        return None, (_NOTE,)

    def _check_unused(self) -> None:
        """Wait until nobody is using a table, while all of them are there."""
        try:
            with Session(self._access, self._job) as holder:
                lock_tables(holder, self._schema)
        except ToolFailed as error:
            if not in_use(error):
                raise
            raise RestoreRefused(
                f"Tables of {self._schema!r} are in use by open transactions (information_schema.INNODB_TRX has "
                "their connections, trx_mysql_thread_id); nothing was touched; try again"
            ) from error

    def _replace(self) -> None:
        self._job.step("empty")
        mark_unfinished(self._session, self._schema, "a restore-db --in-place was stopped; begin it again")
        self._empty()
        assert self._staged is not None  # noqa: S101 - by the order of the calls
        dump, schema = _Staged(self._staged, self._job), self._schema
        enabled = load_dump(dump, self._access, self._job, schema=schema, accepted=self._dump, definers=self._definers)
        # One that was to run once, and is over, is not made.
        made = definers_of_events(self._session, schema)
        for name in sorted(enabled & made.keys()):
            # Without that it would run as whoever alters it.
            altered = f"ALTER DEFINER = {made[name]} EVENT {identifier(schema)}.{identifier(name)} ENABLE"
            self._session.run(altered)
        forget_unfinished(self._session, schema)

    def _empty(self) -> None:
        """Take away what the target holds, the database itself excepted."""
        schema, session = identifier(self._schema), self._session
        session.run("SET foreign_key_checks = 0")
        for kind in ("EVENT", "TRIGGER", "VIEW", "ROUTINE"):
            for each, name in names_of(session, self._schema, kind):
                session.run(f"DROP {each} IF EXISTS {schema}.{identifier(name)}")
        for name in (each for each in tables_of(session, self._schema) if each != UNFINISHED):
            session.run(f"DROP TABLE {schema}.{identifier(name)}")


class _Staged:
    """The dump from its beginning, out of the file that has taken it."""

    def __init__(self, file: BinaryIO, job: Job) -> None:
        self._file, self._job = file, job
        self._size = file.seek(0, os.SEEK_END)
        self._job.step("load in place", self._size)
        file.seek(0)

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self._job.progress("load in place", self._file.tell(), self._size)
        return data
