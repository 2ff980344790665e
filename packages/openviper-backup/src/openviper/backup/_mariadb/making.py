"""Make again what is no table, in a target whose tables are in their place."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import Definition, collation_of
from openviper.backup._mariadb.definers import without_definer
from openviper.backup._mariadb.quoting import identifier
from openviper.backup._mariadb.session import Access, Session, error_number
from openviper.backup.errors import SwapUnfinished, ToolFailed

if TYPE_CHECKING:
    from openviper.backup._mariadb.swap_plan import SwapPlan
    from openviper.backup.job import Job

__all__ = ["Making", "way_on"]

# What a view needs is not there: no table, column, function; it names what is gone.
_INVALID = {1146, 1054, 1305, 1356, 4161}


class Making:
    """Makes what a plan has written down.

    Args:
        notes: Takes what is to be said.
    """

    def __init__(self, plan: SwapPlan, access: Access, job: Job, notes: list[str]) -> None:
        self._plan, self._access, self._job = plan, access, job
        self._notes = notes

    def make(self, wanted: list[Definition], *, new: bool) -> None:
        """Make what can be, again and again: a view may need another.

        Args:
            new: ``False``: what was not valid before may fail, and becomes a note.

        Raises:
            SwapUnfinished: Something could not be made.
            ToolFailed: The server is gone.
            Interrupted: The job says so.
        """
        failed: list[tuple[Definition, ToolFailed]] = []
        while wanted:
            failed = [*self._tried(wanted)]
            if len(failed) == len(wanted):
                break
            wanted = [definition for definition, _ in failed]
            failed = []
        for definition, error in failed:
            what = f"the {definition.kind.lower()} {definition.name!r} could not be made: {error}"
            if new or error_number(error) not in _INVALID:
                raise SwapUnfinished(f"In {self._plan.names.target!r} {what}. {way_on(self._plan.file)}")
            self._notes.append(f"{what}; it was not valid before: {definition.statement}")

    def _tried(self, wanted: list[Definition]) -> Iterator[tuple[Definition, ToolFailed]]:
        waiting = [*wanted]
        while waiting:
            try:
                with Session(self._access, self._job) as session:
                    self._enter(session)
                    while waiting:
                        session.run(*self._plan.making(waiting[0], self._allowed(waiting[0])))
                        del waiting[0]
            except ToolFailed as error:
                if error_number(error) is None or not waiting:
                    raise
                yield waiting.pop(0), error

    def _enter(self, session: Session) -> None:
        session.run(f"USE {identifier(self._plan.names.target)}")
        # What has failed may have left it at another.
        if collation_of(session, self._plan.names.target) != self._plan.collation:
            session.run(f"ALTER DATABASE COLLATE {self._plan.collation}")

    def _allowed(self, definition: Definition) -> str:
        """Return the statement, without a ``DEFINER`` that this user may not set."""
        definer, without = without_definer(definition.statement.encode("utf-8", "surrogateescape"))
        if not self._plan.account or definer in (None, self._plan.account):
            return definition.statement
        self._notes.append(
            f"the {definition.kind.lower()} {definition.name!r} ran as {definer}, and runs as {self._plan.account} now"
        )
        return without.decode("utf-8", "surrogateescape")


def way_on(file: str) -> str:
    """Return the commands that finish or undo the swap of a backup."""
    command = f"openviper viperctl restore-db {shlex.quote(file)}"
    return (
        f"'{command} --resume' finishes, '{command} --undo' puts the old data back, with the same --db; no row is lost"
    )
