"""The place of a restore on a MariaDB or MySQL server: a schema beside the target, which takes the target's place."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._mariadb.accepting import AcceptedDump
from openviper.backup._mariadb.beside import drop_made, holds_anything, make_beside
from openviper.backup._mariadb.catalog import collation_of, tables_of
from openviper.backup._mariadb.counting import count_rows
from openviper.backup._mariadb.entering import entered
from openviper.backup._mariadb.guarding import keep_backups_away, lock_target
from openviper.backup._mariadb.itself import ItselfTarget
from openviper.backup._mariadb.loading import Definers, load_dump
from openviper.backup._mariadb.naming import DEFINITIONS, Names, names_for
from openviper.backup._mariadb.planning import make_plan, parentless
from openviper.backup._mariadb.preflight import (
    check_definers,
    check_folder,
    check_foreign_keys,
    check_names,
    check_unfinished,
)
from openviper.backup._mariadb.quoting import identifier
from openviper.backup._mariadb.reaching import drop_anew, open_access, taking_away
from openviper.backup._mariadb.reserved import Unreserved
from openviper.backup._mariadb.rights import account_of, check_rights, how_to_allow, may_set_definers
from openviper.backup._mariadb.session import Access, Session
from openviper.backup._mariadb.swap import swap
from openviper.backup.errors import RestoreRefused, SwapUnfinished
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions, RestoreTarget
    from openviper.backup.url import DatabaseURL

__all__ = ["BesideTarget", "open_target"]

# Seconds: a killed run's connection may take a moment to end.
_PATIENCE = 3
_GAP = (
    "While the tables were swapped, triggers were missing, and routines, views and events were replaced one by one; "
    "what was written to the database since the backup was made is not in it"
)


@contextmanager
def open_target(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[RestoreTarget]:
    """Lock a target.

    Raises:
        TargetBusy: Another restore has it.
        ToolMissing, ToolFailed: It cannot be reached.
    """
    with open_access(url, job) as access, Session(access, job) as session:
        names = names_for(entered(session, access.connection))
        lock_target(session, names, _PATIENCE)
        check_unfinished(session, names)
        collation = collation_of(session, names.target)
        is_made = make_beside(access, session, names.scratch, collation, job)
        if options.in_place and not is_made:
            with ItselfTarget(access, session, names.target, options, job) as itself:
                yield itself
            return
        beside = BesideTarget(access, session, names, options, job, is_denied=not is_made)
        with taking_away(f"the database {names.scratch!r}", beside.clear):
            yield beside


class BesideTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget`.

    Args:
        session: Holds the target's lock.
        is_denied: The schema beside the target could not be made.
    """

    def __init__(
        self, access: Access, session: Session, names: Names, options: RestoreOptions, job: Job, *, is_denied: bool
    ) -> None:
        self._access, self._session, self._names = access, session, names
        self._options, self._job = options, job
        self._is_denied = is_denied
        self._is_over = self._made_target = False
        self._dump = AcceptedDump(options, names.target)
        self._definers = Definers("", may_set=False, skip=options.skip_definer)
        self._enabled: set[str] = set()

    def preflight(self) -> None:
        session, names = self._session, self._names
        if self._is_denied:
            raise RestoreRefused(
                f"{self._access.connection.shown} may not create the database {names.scratch!r}, in which the dump is "
                f"loaded first. {how_to_allow(names, session)}; --in-place loads into the target itself instead, where "
                "a failure leaves it half loaded"
            )
        drop_made(session, names.old)
        check_folder(self._options.lasting)
        check_names(session, names.target, keep_old=self._options.keep_old)
        self._make_target()
        check_foreign_keys(session, names.target)
        check_rights(self._access, session, names, self._job)
        may_set = may_set_definers(self._access, names.scratch, self._job)
        self._definers = Definers(account_of(session), may_set, self._options.skip_definer)
        if not (may_set or self._options.skip_definer):
            check_definers(session, names.target, self._definers.account)

    def _make_target(self) -> None:
        names = self._names
        if collation_of(self._session, names.target) is None:
            if self._access.refusal(f"CREATE DATABASE {identifier(names.target)}", self._job) is not None:
                raise RestoreRefused(
                    f"There is no database {names.target!r}, and {self._access.connection.shown} may not create it. "
                    f"{how_to_allow(names, self._session)}"
                )
            self._made_target = True

    def holds_data(self) -> bool:
        return holds_anything(self._session, self._names.target)

    def staging(self) -> BinaryIO | None:
        return None

    def accept(self, content: Content) -> tuple[str, ...]:
        return self._dump.accept(content)

    def load(self, dump: DumpReader) -> None:
        self._enabled = load_dump(
            Unreserved(dump),
            self._access,
            self._job,
            schema=self._names.scratch,
            accepted=self._dump,
            definers=self._definers,
        )

    def count_rows(self) -> Mapping[str, int]:
        return count_rows(self._session, self._names.scratch)

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        # What is looked at from here on is what is swapped, however long the backups take.
        keep_backups_away(self._session, self._names, self._job.step)
        lost = parentless(self._session, self._names)
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
            notes = swap(plan, self._access, self._job)
        except SwapUnfinished:
            # What is beside the target may be all that there is of something.
            self._is_over = True
            raise
        self._is_over = True
        gone = sorted(self._enabled - {each.name for each in plan.new if each.kind == "EVENT"})
        lapsed = (f"The event {name!r} was to run once, at a time that is over: it was left out" for name in gone)
        made = (
            f"There was no database {plan.names.target!r}: it was made, with the server's default character set, since "
            "a dump has none"
        )
        kept = f"the database {plan.names.old!r}" if plan.keep_old else None
        if plan.keep_old and plan.old:
            kept = f"{kept} (tables; the column of its table {DEFINITIONS} has the statements that make all else again)"
        gap = [*lost, *([_GAP] if plan.old_tables else [])]
        return kept, (*notes, *lapsed, *([made] if self._made_target else []), *gap)

    def clear(self) -> None:
        """Take away what was made, if it has not taken the target's place.

        Raises:
            BackupError: It cannot be.
        """
        if self._is_over:
            return
        drop_anew(self._access, self._names.scratch)
        if self._made_target:
            with Job() as job, Session(self._access, job) as session:
                if not tables_of(session, self._names.target):
                    session.run(f"DROP DATABASE IF EXISTS {identifier(self._names.target)}")
