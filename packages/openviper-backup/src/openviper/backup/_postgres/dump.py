"""A dump of one PostgreSQL database, as pg_dump writes it."""

from __future__ import annotations

import signal
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from openviper.backup._postgres.connection import connection_of
from openviper.backup._postgres.counting import count_rows
from openviper.backup._postgres.globals import SavedGlobals, save_globals
from openviper.backup._postgres.places import MARK
from openviper.backup._postgres.queries import PACKAGE, TITLE, Session
from openviper.backup._postgres.trailer import LONGEST, is_complete
from openviper.backup._postgres.versions import check_version, server_version
from openviper.backup.errors import IncompleteDump
from openviper.backup.process import Child, find_tool

if TYPE_CHECKING:
    from openviper.backup.engines.base import DumpOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["PostgresDump", "dump_database"]

_ARGUMENTS = ["--format=plain", "--no-password"]
_BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
_NOT_IN_IT = "Roles and tablespaces are not in the backup; --globals FILE saves them"
_HALF_LOADED = "The database is marked as half loaded by a restore --in-place that has not ended; so is the backup"
_FACTS = """\
SELECT count(*) AS foreign, (SELECT shobj_description(oid, 'pg_database') FROM pg_database
    WHERE datname = current_database()) AS comment
FROM pg_class WHERE relkind = 'f' AND relnamespace::regnamespace::text !~ '^pg_'"""


@contextmanager
def dump_database(url: DatabaseURL, options: DumpOptions, job: Job) -> Generator[PostgresDump]:
    """Begin a dump; left before its end, it is stopped, and nothing of it remains.

    Raises:
        InvalidInput: The URL names no database, or has an option that cannot be passed on.
        ToolMissing: A program is not on PATH, or older than the server.
        ToolFailed: The database cannot be reached or read.
        IncompleteDump: The roles could not be had whole.
    """
    connection = connection_of(url)
    pg_dump = find_tool(["pg_dump"], TITLE, PACKAGE)
    with ExitStack() as stack:
        session = stack.enter_context(Session(connection, job))
        check_version(pg_dump, server_version(session), job)
        notes = [_NOT_IN_IT] if options.globals_file is None else []
        # They outlast the dump: without a backup, those of an older one stay.
        saved = job.at_end.enter_context(save_globals(options.globals_file, connection, session, job))
        notes += _notes(session)
        arguments = [*_ARGUMENTS, *([_snapshot(session)] if options.count_rows else [])]
        if not options.count_rows:
            session.close()
        # In the encoding of the database, which the dump names: nothing is converted.
        child = stack.enter_context(
            Child(pg_dump, arguments, job=job, environment=connection.environment, secrets=connection.secrets)
        )
        # Told so, it makes the server stop too, which would else keep waiting for a lock, with those that it has.
        stack.callback(child.kill, signal.SIGTERM)
        yield PostgresDump(child, session if options.count_rows else None, saved, notes)


class PostgresDump:
    """A running pg_dump; a :class:`~openviper.backup.engines.base.Dump`."""

    size: int | None = None

    def __init__(self, child: Child, counting: Session | None, saved: SavedGlobals | None, notes: list[str]) -> None:
        self._child = child
        self._counting = counting
        self._saved = saved
        self._notes = notes
        self._head = self._tail = b""

    def read(self, size: int) -> bytes:
        data = self._child.read(size)
        if len(self._head) < LONGEST:
            self._head += data[: LONGEST - len(self._head)]
        self._tail = data[-LONGEST:] if len(data) >= LONGEST else (self._tail + data)[-LONGEST:]
        return data

    def finish(self) -> tuple[Mapping[str, int] | None, tuple[str, ...]]:
        self._child.finish()
        if not self._tail:
            raise IncompleteDump("pg_dump exited 0 and wrote nothing: no backup was made")
        if not is_complete(self._head, self._tail):
            raise IncompleteDump(
                "pg_dump exited 0, and its dump does not end with '-- PostgreSQL database dump complete': "
                "it is torn, and no backup was made"
            )
        counts = None if self._counting is None else count_rows(self._counting)
        if self._saved is not None:
            self._saved.is_wanted = True
            self._notes.append(self._saved.note)
        if said := self._child.complaints:
            self._notes.append(said)
        return counts, tuple(self._notes)


def _snapshot(session: Session) -> str:
    """Open the transaction in which rows will be counted, and return the option by which pg_dump sees the same."""
    session.run(_BEGIN)
    return f"--snapshot={session.value('SELECT pg_export_snapshot()')}"


def _notes(session: Session) -> list[str]:
    found = session.rows(_FACTS)[0]
    notes = [_HALF_LOADED] if (found["comment"] or "").startswith(MARK) else []
    if found["foreign"]:
        notes.append(f"{found['foreign']} foreign tables are in the backup without their rows")
    return notes
