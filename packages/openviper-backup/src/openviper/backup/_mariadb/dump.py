"""A dump of one MariaDB or MySQL database, as mariadb-dump writes it."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openviper.backup._mariadb.connection import connection_of, option_file
from openviper.backup._mariadb.directories import Directories
from openviper.backup._mariadb.entering import entered
from openviper.backup._mariadb.guarding import Guard
from openviper.backup._mariadb.long_statements import LongStatements
from openviper.backup._mariadb.naming import names_for
from openviper.backup._mariadb.programs import find_client, find_dump_program
from openviper.backup._mariadb.row_counting import RowCounting
from openviper.backup._mariadb.session import Access, Session
from openviper.backup._mariadb.shortcomings import RIGHTS, shortcomings
from openviper.backup._mariadb.trailer import LONGEST, is_complete
from openviper.backup.errors import IncompleteDump, ToolFailed
from openviper.backup.process import Child

if TYPE_CHECKING:
    from openviper.backup.engines.base import DumpOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["MariaDBDump", "dump_database"]

_DENIED = re.compile(r"insufficient privileges|\((?:1044|1142|1227|1370)\)")


@contextmanager
def dump_database(url: DatabaseURL, options: DumpOptions, job: Job) -> Generator[MariaDBDump]:
    """Begin a dump; left before its end, it is stopped.

    Raises:
        InvalidInput: The URL names no database, or has an option that cannot be passed on.
        ToolMissing: A program is not on PATH.
        ToolFailed: The database cannot be reached.
        TargetBusy, SwapUnfinished: A restore of it is not finished.
    """
    connection = connection_of(url)
    client = find_client(url, job)
    with option_file(connection) as defaults, Session(Access(client, connection, defaults), job) as session:
        database = entered(session, connection)
        guard = Guard(session, names_for(database))
        found = shortcomings(session, database)
        program, has_history = find_dump_program(url, job, with_history=found.has_history and not found.precise)
        with Child(
            program.tool,
            # The name comes after all options: it may begin with a hyphen.
            [f"--defaults-file={defaults}", *program.arguments, "--", database],
            job=job,
            environment=connection.environment,
            secrets=connection.secrets,
        ) as child:
            length = LongStatements(int(session.value("SELECT @@GLOBAL.max_allowed_packet")))
            yield MariaDBDump(child, options, found.notes(has_history=has_history), guard, length)


class MariaDBDump:
    """A running mariadb-dump; a :class:`~openviper.backup.engines.base.Dump`."""

    size: int | None = None

    def __init__(
        self, child: Child, options: DumpOptions, notes: tuple[str, ...], guard: Guard, length: LongStatements
    ) -> None:
        self._child = child
        self._guard, self._length, self._directories = guard, length, Directories()
        self._counting = RowCounting() if options.count_rows else None
        self._notes = notes
        self._tail = b""

    def read(self, size: int) -> bytes:
        data = self._child.read(size)
        self._guard.keep()
        self._length.add(data)
        self._directories.add(data)
        if self._counting is not None:
            self._counting.add(data)
        self._tail = data[-LONGEST:] if len(data) >= LONGEST else (self._tail + data)[-LONGEST:]
        return data

    def finish(self) -> tuple[Mapping[str, int] | None, tuple[str, ...]]:
        try:
            self._child.finish()
        except ToolFailed as error:
            if _DENIED.search(str(error)):
                error.args = (f"{error}; {RIGHTS}",)
            raise
        name = self._child.tool.name
        if not self._tail:
            raise IncompleteDump(f"{name} exited 0 and wrote nothing: no backup was made")
        if not is_complete(self._tail):
            raise IncompleteDump(
                f"{name} exited 0, and its dump does not end with '-- Dump completed': it is torn, no backup was made"
            )
        self._guard.check_held()
        said = self._child.complaints
        counts = None if self._counting is None else self._counting.counts
        return counts, (*self._notes, *self._directories.notes(), *self._length.notes(), *([said] if said else []))
