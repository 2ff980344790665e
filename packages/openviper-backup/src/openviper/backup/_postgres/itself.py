"""A restore into the target itself, for a role that can make no database beside it, and by choice alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from openviper.backup._postgres.accepting import AcceptedDump
from openviper.backup._postgres.analyzing import analyze_tables
from openviper.backup._postgres.contents import holds_objects
from openviper.backup._postgres.counting import count_rows
from openviper.backup._postgres.in_place import clear_database
from openviper.backup._postgres.live import find_database
from openviper.backup._postgres.loading import run_dump
from openviper.backup._postgres.obstacles import refuse
from openviper.backup._postgres.places import MARK
from openviper.backup._postgres.preflight import closed_obstacles, in_place_obstacles, owning_obstacles
from openviper.backup._postgres.queries import Session, identifier, literal
from openviper.backup._postgres.roles import NamedRoles
from openviper.backup._postgres.statements import is_extension_comment
from openviper.backup.errors import InvalidArchive, SwapUnfinished

if TYPE_CHECKING:
    from openviper.backup._postgres.live import LiveDatabase
    from openviper.backup._postgres.site import Site
    from openviper.backup.engines.base import Content, DumpReader

__all__ = ["ItselfTarget"]

_HAD = "; its own comment: "
_NOTE = "The dump was loaded into the database itself: its old data was not kept"


class ItselfTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget` whose data is gone from :meth:`load` on."""

    def __init__(self, site: Site, live: LiveDatabase) -> None:
        self._site, self._live = site, live
        self._own_comment = _own_comment(live)
        self._inside: Session | None = None
        # The extensions stay, and their owners with them.
        self._dump = AcceptedDump(site.options, is_extension_comment)
        self._roles = NamedRoles(*self._dump.drops)

    def preflight(self) -> None:
        site, live = self._site, self._live
        site.job.step("preflight")
        refuse(site.target.shown, site.role, [*owning_obstacles(site, live), *closed_obstacles(live)])
        self._inside = Session(site.target, site.job)
        refuse(site.target.shown, site.role, in_place_obstacles(site, self._inside))

    def holds_data(self) -> bool:
        return self._inside is not None and holds_objects(self._inside)

    def staging(self) -> NamedRoles:
        return self._roles

    def accept(self, content: Content) -> tuple[str, ...]:
        notes, site = self._dump.accept(content), self._site
        refuse(site.target.shown, site.role, self._roles.obstacles(site.session, site.role))
        return notes

    def load(self, dump: DumpReader) -> None:
        self.leave()
        try:
            self._load(dump)
        except Exception as error:
            raise SwapUnfinished(
                f"'{self._site.target.shown}' is half loaded, as --in-place allows: {error}; once the cause is gone, "
                "the same restore-db again begins anew"
            ) from error

    def _load(self, dump: DumpReader) -> None:
        site = self._site
        with Session(site.target, site.job) as session:
            session.run(self._comment(self._marked("half loaded")))
            clear_database(session, site.job)
        loaded = self._marked("loaded")
        run_dump(self._dump.pieces(dump), self._comment(loaded), site.target, site.job, look=site.look)
        found = find_database(site.session, self._live.name)
        if found is None or found.comment != loaded:
            raise InvalidArchive(
                f"{str(site.options.file)!r} ends within a statement, a transaction or the rows of a table"
            )
        site.session.run(self._comment(self._own_comment))
        if site.options.analyze:
            site.job.step("analyze")
            analyze_tables(site.target, site.job)

    def count_rows(self) -> Mapping[str, int]:
        with Session(self._site.target, self._site.job) as session:
            session.run("BEGIN;")
            return count_rows(session)

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        return None, (_NOTE,)

    def leave(self) -> str:
        """End what is connected to the target; nothing else is left."""
        if self._inside is not None:
            self._inside.close()
            self._inside = None
        return ""

    def _marked(self, state: str) -> str:
        return f"{MARK}{state}" + (f"{_HAD}{self._own_comment}" if self._own_comment else "")

    def _comment(self, text: str | None) -> str:
        return f"COMMENT ON DATABASE {identifier(self._live.name)} IS {'NULL' if text is None else literal(text)};"


def _own_comment(live: LiveDatabase) -> str | None:
    """Return the user's comment, also where a killed run has put its mark before it."""
    comment = live.comment or ""
    return (comment.partition(_HAD)[2] if comment.startswith(MARK) else comment) or None
