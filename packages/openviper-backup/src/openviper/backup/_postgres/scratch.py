"""A database beside the target that a dump is loaded into, and that others may not connect to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from openviper.backup._postgres.analyzing import analyze_tables
from openviper.backup._postgres.counting import count_rows
from openviper.backup._postgres.leftovers import make_room, take_away
from openviper.backup._postgres.live import create_statement, find_database
from openviper.backup._postgres.loading import run_dump
from openviper.backup._postgres.places import MARK
from openviper.backup._postgres.queries import Session, identifier, literal
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup._postgres.live import LiveDatabase
    from openviper.backup._postgres.site import Site

__all__ = ["Scratch"]


class Scratch:
    """A database that is dropped again, unless it was given away.

    Args:
        name: Its name; the caller holds the lock by which others leave it alone.
    """

    def __init__(self, site: Site, name: str) -> None:
        self._site = site
        self._is_made = False
        self.name = name

    def load(self, pieces: Iterable[bytes]) -> None:
        """Make it like the target, and run a dump in it.

        Raises:
            ToolFailed: The dump has an error.
            InvalidArchive: It has no end: what psql has read last is not a whole statement.
        """
        site, name = self._site, identifier(self.name)
        site.job.step("create")
        self._is_made = True
        site.session.run(create_statement(self.name, site.live))
        site.job.step("mark")
        site.session.run(self._mark("is being loaded"))
        site.session.run(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;")
        place = site.target.to(self.name)
        run_dump(pieces, self._mark("is loaded"), place, site.job, look=site.look)
        if self.found().comment != self._comment("is loaded"):
            raise InvalidArchive(
                f"{str(site.options.file)!r} ends within a statement, a transaction or the rows of a table: it is torn"
            )

    def analyze(self) -> None:
        """Let the server learn what is in it, so that its first queries are planned as the target's were."""
        self._site.job.step("analyze")
        analyze_tables(self._site.target.to(self.name), self._site.job)

    def count_rows(self) -> Mapping[str, int]:
        """Count each table's rows."""
        with self._open() as session:
            session.run("BEGIN;")
            return count_rows(session)

    def found(self) -> LiveDatabase:
        """Return it as the server has it.

        Raises:
            InvalidArchive: It is no longer there.
        """
        found = find_database(self._site.session, self.name)
        if found is None:
            raise InvalidArchive(f"The database {self.name!r} is gone: the dump or another session has dropped it")
        return found

    def give_away(self) -> None:
        """Leave it where it is."""
        self._is_made = False

    def take_away(self) -> str:
        """Drop it if it was made; return what is to be said where that could not be done, else nothing."""
        if not self._is_made:
            return ""
        make_room(self._site.place.to(self.name))
        if take_away(self._site.place, self.name):
            return ""
        return f"what was made could not be dropped; the next run does, or: DROP DATABASE {identifier(self.name)}"

    def _open(self) -> Session:
        return Session(self._site.target.to(self.name), self._site.job)

    def _comment(self, state: str) -> str:
        return f"{MARK}{state}, for {self._site.target.database}"

    def _mark(self, state: str) -> str:
        return f"COMMENT ON DATABASE {identifier(self.name)} IS {literal(self._comment(state))};"
