"""Settle a target on the new side of a swap or on the old, wherever it stands: the swap, its resumption, its undoing.

Where each table is tells how far it is, so that every step can be the first. Nothing is dropped before everything that
replaces it is in its place.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from openviper.backup._mariadb.beside import drop_made
from openviper.backup._mariadb.catalog import Definition, collation_of, definitions, names_of, tables_of
from openviper.backup._mariadb.guarding import forget_unfinished, lock_tables
from openviper.backup._mariadb.making import Making, way_on
from openviper.backup._mariadb.moves import moves_to
from openviper.backup._mariadb.naming import DEFINITIONS, MADE, MARKER, UNFINISHED
from openviper.backup._mariadb.quoting import identifier, literal
from openviper.backup._mariadb.session import Access, Session, error_number
from openviper.backup.errors import Interrupted, RestoreRefused, SwapUnfinished, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from openviper.backup._mariadb.moves import Moves
    from openviper.backup._mariadb.swap_plan import SwapPlan
    from openviper.backup.job import Job

__all__ = ["Swapping", "quiet"]


class Swapping:
    """One attempt to settle.

    Args:
        session: Holds the target's lock; what moves tables runs in it, so that nobody has the lock meanwhile.
        step: Told what comes.
    """

    def __init__(self, plan: SwapPlan, access: Access, session: Session, job: Job, step: Callable[[str], None]) -> None:
        self._plan = plan
        self._access = access
        self._session = session
        self._job = job
        self._step = step
        self.notes: list[str] = []
        self._is_first = self.is_touched = False
        self._making = Making(plan, access, job, self.notes)

    def bring_first(self) -> None:
        """Bring the target to the new side, if it is what the plan says.

        Raises:
            RestoreRefused: It is not; nothing was touched.
            SwapUnfinished, ToolFailed, Interrupted: As :meth:`bring`.
        """
        self._is_first = True
        self.bring(new=True)

    def bring(self, *, new: bool) -> None:
        """Bring the target to one side.

        Raises:
            SwapUnfinished: Something could not be made in its place.
            ToolFailed: The server refuses something, or is gone.
            Interrupted: The job says so.
        """
        moves = moves_to(self._plan, self._session, new=new)
        if moves.out or moves.into:
            self._move(moves, new=new)
        else:
            self._touch()
        self._make(new=new)

    def _touch(self) -> None:
        """Look once more whether the target is what the plan says: what is not in it would be lost."""
        plan, session = self._plan, self._session
        if self._is_first:
            tables = {*tables_of(session, plan.names.target)} - {UNFINISHED}
            if tables != {*plan.old_tables} or {*definitions(session, plan.names.target)} != {*plan.old}:
                raise RestoreRefused(
                    f"Tables, triggers, routines, views or events of {plan.names.target!r} were created, changed or "
                    "dropped while the restore was to put its data in their place; nothing of them was touched; try "
                    "again"
                )
        self.is_touched = True

    def _move(self, moves: Moves, *, new: bool) -> None:
        session = self._session
        self._step("swap: drop triggers")
        self._drop_triggers()
        self._drop_views_in_the_way(new=new)
        self._step("swap: rename")
        pairs = ", ".join(f"{source} TO {target}" for source, target in (*moves.out, *moves.into))
        # As a text: cut in the middle, it would be a statement that moves some of them.
        session.run("SET foreign_key_checks = 0", f"SET @openviper = {literal(f'RENAME TABLE {pairs}')}")
        # Whoever writes meanwhile does so without triggers.
        session.run("SET lock_wait_timeout = 2", "PREPARE openviper FROM @openviper", "EXECUTE openviper")
        session.run("SET foreign_key_checks = 1", "SET lock_wait_timeout = 10")
        self._step("swap: renamed")

    def _drop_triggers(self) -> None:
        """Drop triggers and events, once nobody is using a table: until then writers have their triggers."""
        names, session = self._plan.names, self._session
        with Session(self._access, self._job) as holder:
            is_held = lock_tables(holder, names.target)
            self._touch()
            # Events first: they would see tables without their triggers.
            self._drop("EVENT", names.target, session)
            self._drop("TRIGGER", names.target, holder if is_held else session)
            if is_held:
                holder.run("UNLOCK TABLES")
        self._drop("TRIGGER", names.scratch, session)

    def _drop(self, kind: str, schema: str, session: Session) -> None:
        for _, name in names_of(self._session, schema, kind):
            session.run(f"DROP {kind} IF EXISTS {identifier(schema)}.{identifier(name)}")

    def _drop_views_in_the_way(self, *, new: bool) -> None:
        """A table may have the name that a view has had, on either side."""
        plan = self._plan
        coming = {(plan.names.target, name) for name in (plan.new_tables if new else plan.old_tables)}
        for _, name in names_of(self._session, plan.names.target, "VIEW"):
            if (plan.names.target, name) in coming:
                self._session.run(f"DROP VIEW {identifier(plan.names.target)}.{identifier(name)}")

    def _make(self, *, new: bool) -> None:
        plan, target = self._plan, identifier(self._plan.names.target)
        if new and plan.defaults:
            self._step("swap: defaults")
            for table, column, default in plan.defaults:
                altered = f"ALTER COLUMN {identifier(column)} SET DEFAULT {default}"
                self._session.run(f"ALTER TABLE {target}.{identifier(table)} {altered}")
        wanted = plan.new if new else plan.old
        there = [] if new else self._there()
        for kinds, title in (
            (("TRIGGER",), "triggers"),
            (("FUNCTION", "PROCEDURE", "PACKAGE", "PACKAGE BODY"), "routines"),
            (("VIEW",), "views"),
            (("EVENT",), "events"),
        ):
            self._step(f"swap: {title}")
            self._make_kinds([each for each in wanted if each.kind in kinds], there, title, new=new)

    def _there(self) -> list[Definition]:
        """Return what is there as it may have been: made anew, it would lose what was granted on it."""
        try:
            with Session(self._access, self._job) as session:
                return definitions(session, self._plan.names.target)
        except RestoreRefused:
            # Somebody else has made what the user may not see.
            return []
        except ToolFailed as error:
            if error_number(error) is None:
                raise
            # Something cannot be shown while what it needs is elsewhere.
            return []

    def _make_kinds(self, wanted: list[Definition], as_is: list[Definition], title: str, *, new: bool) -> None:
        kind = "ROUTINE" if title == "routines" else title.removesuffix("s").upper()
        target = self._plan.names.target
        present = names_of(self._session, target, kind)
        names = {(each.kind, each.name) for each in wanted}
        # Undone, what neither side knows has been made since by somebody else.
        known = None if new else {(each.kind, each.name) for each in self._plan.new}
        for each, name in present:
            if (each, name) not in names and (known is None or (each, name) in known):
                self._session.run(f"DROP {each} IF EXISTS {identifier(target)}.{identifier(name)}")
        # A trigger that is there is on a table of this side: no other was left when they moved.
        there: set[tuple[str, str]] = set(present) if kind == "TRIGGER" else set()
        missing = [each for each in wanted if (each.kind, each.name) not in there and each not in as_is]
        self._making.make(missing, new=new)
        if missing and kind == "TRIGGER" and not new:
            self.notes.append("triggers were missing for a moment, and are there again")

    def clean(self, *, new: bool) -> None:
        """Take away what is not needed on the side that the target was brought to.

        Raises:
            SwapUnfinished: There is something that no swap has put there.
            ToolFailed, Interrupted: As :meth:`bring`.
        """
        plan, names = self._plan, self._plan.names
        self._step("swap: clean")
        if collation_of(self._session, names.target) not in (plan.collation, None):
            self._session.run(f"ALTER DATABASE {identifier(names.target)} COLLATE {plan.collation}")
        # Nothing has brought anything else there.
        there = set(tables_of(self._session, names.old))
        left = there - {MARKER, MADE, DEFINITIONS} - (set(plan.old_tables) if new else set())
        if left:
            raise SwapUnfinished(
                f"{names.old!r} holds {sorted(left)[:3]!r}, which no swap has put there. {way_on(plan.file)}"
            )
        self._forget(there, keep=new and plan.keep_old)
        self._step("swap: drop")
        drop_made(self._session, names.scratch)
        if not (new and plan.keep_old):
            drop_made(self._session, names.old)
        if not new and plan.made_target and not tables_of(self._session, names.target):
            self._session.run(f"DROP DATABASE IF EXISTS {identifier(names.target)}")

    def _forget(self, there: set[str], *, keep: bool) -> None:
        """Make of what is marked as a swap's what may be dropped, or what is the user's."""
        old = identifier(self._plan.names.old)
        forget_unfinished(self._session, self._plan.names.target)
        if MARKER in there:
            self._session.run(f"DROP TABLE {old}.{MARKER}" if keep else f"RENAME TABLE {old}.{MARKER} TO {old}.{MADE}")


def quiet(step: Callable[[str], None]) -> Callable[[str], None]:
    """Return ``step`` for work that goes on although it was told to stop."""

    def told(name: str) -> None:
        with contextlib.suppress(Interrupted):
            step(name)

    return told
