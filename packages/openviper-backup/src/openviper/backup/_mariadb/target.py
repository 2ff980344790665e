"""The place of a restore on a MariaDB or MySQL server: a schema beside the target, which takes the target's place."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._mariadb.catalog import collation_of, names_of, tables_of
from openviper.backup._mariadb.connection import connection_of, option_file
from openviper.backup._mariadb.loading import Definers, load_dump
from openviper.backup._mariadb.naming import Names, names_for
from openviper.backup._mariadb.preflight import (
    account_of,
    check_definers,
    check_folder,
    check_foreign_keys,
    check_rights,
    check_unfinished,
    how_to_allow,
    is_denied,
    may_set_definers,
)
from openviper.backup._mariadb.programs import find_client
from openviper.backup._mariadb.quoting import identifier, named
from openviper.backup._mariadb.session import Access, Session
from openviper.backup._mariadb.swap import make_plan, swap
from openviper.backup._mariadb.trailer import is_complete, source_name
from openviper.backup.errors import InvalidArchive, RestoreRefused, SwapUnfinished, TargetBusy, ToolFailed
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions
    from openviper.backup.url import DatabaseURL

__all__ = ["MariaDBTarget", "open_access", "open_target"]

# Seconds: a killed run's connection may take a moment to end.
_PATIENCE = 3
_GAP = (
    "While the tables were swapped, triggers were missing, and routines, views and events were replaced one by one; "
    "what was written to the database since the backup was made is not in it"
)


@contextmanager
def open_access(url: DatabaseURL, job: Job) -> Generator[Access]:
    """Give a way to the server of a URL.

    Raises:
        InvalidInput: The URL names no database, or has an option that cannot be passed on.
        ToolMissing: No client is on PATH.
    """
    connection = connection_of(url)
    client = find_client(url, job)
    with option_file(connection) as defaults:
        yield Access(client, connection, defaults)


@contextmanager
def open_target(
    url: DatabaseURL, options: RestoreOptions, job: Job, *, verifying: bool = False
) -> Generator[MariaDBTarget]:
    """Lock a target, or the place where backups are verified beside it.

    Raises:
        TargetBusy: Another restore, or verification, has it.
        ToolMissing, ToolFailed: It cannot be reached.
    """
    with open_access(url, job) as access, Session(access, job) as session:
        names = names_for(url.database)
        if not session.lock(f"{names.lock}:v" if verifying else names.lock, _PATIENCE):
            what = "verification beside" if verifying else "restore of"
            raise TargetBusy(f"Another {what} {names.target!r} is running: wait for its end")
        target = MariaDBTarget(access, session, names, options, job, verifying=verifying)
        try:
            yield target
        finally:
            target.clear()


class MariaDBTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget`."""

    def __init__(
        self, access: Access, session: Session, names: Names, options: RestoreOptions, job: Job, *, verifying: bool
    ) -> None:
        self._access = access
        self._session = session
        self._names = names
        self._options = options
        self._job = job
        self._verifying = verifying
        self._schema = names.verify if verifying else names.scratch
        self._is_made = self._made_target = self._in_place = False
        self._definers = Definers("", may_set=False, skip=options.skip_definer)
        self._source: str | None = None
        self._enabled: set[str] = set()

    def preflight(self) -> None:
        session, names = self._session, self._names
        if not self._verifying:
            check_unfinished(session, names)
        self._make_schema()
        if not (self._verifying or self._in_place):
            self._check_target()
        may_set = may_set_definers(self._access, self._schema, self._job)
        self._definers = Definers(account_of(session), may_set, self._options.skip_definer)
        if not (may_set or self._options.skip_definer or self._verifying or self._in_place):
            check_definers(session, names.target, self._definers.account)

    def _make_schema(self) -> None:
        """Make the schema beside the target, anew where a killed run has left it."""
        if collation_of(self._session, self._schema) is not None:
            self._session.run(f"DROP DATABASE {identifier(self._schema)}")
        number = self._create(self._schema, collation_of(self._session, self._names.target))
        if number is None:
            self._is_made = True
        elif is_denied(number) and self._options.in_place and not self._verifying:
            self._in_place, self._schema = True, self._names.target
        elif is_denied(number):
            shown = self._access.connection.shown
            raise RestoreRefused(f"{shown} may not create the database {self._schema!r}. {how_to_allow(self._names)}")
        else:
            raise RestoreRefused(f"The database {self._schema!r} cannot be created: error {number} of the server")

    def _create(self, schema: str, collation: str | None) -> int | None:
        collate = f" COLLATE {collation}" if collation else ""
        return self._access.try_statement(f"CREATE DATABASE {identifier(schema)}{collate}", self._job)

    def _check_target(self) -> None:
        names = self._names
        check_folder(self._options.lasting)
        if collation_of(self._session, names.target) is None:
            if (number := self._create(names.target, None)) is not None:
                raise RestoreRefused(f"The database {names.target!r} cannot be created: error {number} of the server")
            self._made_target = True
        check_foreign_keys(self._session, names.target)
        check_rights(self._access, names, self._job)

    def holds_data(self) -> bool:
        target = self._names.target
        kinds = ("ROUTINE", "VIEW", "EVENT")
        return bool(tables_of(self._session, target)) or any(names_of(self._session, target, kind) for kind in kinds)

    def staging(self) -> BinaryIO | None:
        return None

    def accept(self, content: Content) -> tuple[str, ...]:
        self._source = source_name(content.head)
        if is_complete(content.tail):
            return ()
        missing = "The dump does not end with '-- Dump completed', as mariadb-dump's and mysqldump's do"
        if self._options.verify_trailer:
            raise InvalidArchive(f"{missing}: it may be torn; --no-verify-trailer restores it nevertheless")
        return (f"{missing}: it may have been torn",)

    def load(self, dump: DumpReader) -> None:
        if self._in_place:
            self._empty()
        self._enabled = load_dump(
            dump, self._access, self._job, schema=self._schema, source=self._source, definers=self._definers
        )
        if self._in_place:
            for name in sorted(self._enabled):
                self._session.run(f"ALTER EVENT {identifier(self._schema)}.{identifier(name)} ENABLE")

    def _empty(self) -> None:
        """Take away what the target holds, the database itself excepted."""
        schema, session = identifier(self._schema), self._session
        session.run("SET foreign_key_checks = 0")
        for kind in ("EVENT", "TRIGGER", "VIEW", "ROUTINE"):
            for each, name in names_of(session, self._schema, kind):
                session.run(f"DROP {each} IF EXISTS {schema}.{identifier(name)}")
        for name in tables_of(session, self._schema):
            session.run(f"DROP TABLE {schema}.{identifier(name)}")

    def count_rows(self) -> Mapping[str, int]:
        where = named("TABLE_SCHEMA", self._schema)
        rows = self._session.rows(
            f"SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE {where} "  # noqa: S608 - quoted
            "AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 1"
        )
        counts: dict[str, int] = {}
        for name, kind in rows:
            text = (name or b"").decode("utf-8", "surrogateescape")
            everything = " FOR SYSTEM_TIME ALL" if kind == b"SYSTEM VERSIONED" else ""
            table = f"{identifier(self._schema)}.{identifier(text)}"
            counts[text] = int(self._session.value(f"SELECT COUNT(*) FROM {table}{everything}"))  # noqa: S608 - quoted
        return counts

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        if self._in_place:
            return None, ("It was loaded into the database itself, since nothing may be created beside it",)
        plan = make_plan(
            self._session,
            self._names,
            self._options.lasting,
            keep_old=self._options.keep_old,
            made_target=self._made_target,
            enabled=self._enabled,
            definers=self._definers,
        )
        try:
            notes = swap(plan, self._options.lasting, self._access, self._session, self._job)
        except SwapUnfinished:
            # What is beside the target may be all that there is of something.
            self._is_made = self._made_target = False
            raise
        self._is_made = self._made_target = False
        kept = f"the database {plan.names.old!r} (tables), {plan.file}.swap.sql (all else)" if plan.keep_old else None
        return kept, (*notes, *([_GAP] if plan.old_tables else []))

    def clear(self) -> None:
        """Take away what was made, if it has not taken the target's place."""
        with Job() as job, contextlib.suppress(ToolFailed):
            if self._is_made:
                self._access.try_statement(f"DROP DATABASE IF EXISTS {identifier(self._schema)}", job)
            if self._made_target and not self.holds_data_now(job):
                self._access.try_statement(f"DROP DATABASE IF EXISTS {identifier(self._names.target)}", job)

    def holds_data_now(self, job: Job) -> bool:
        """Look again, by a session of its own."""
        with Session(self._access, job) as session:
            return bool(tables_of(session, self._names.target))
