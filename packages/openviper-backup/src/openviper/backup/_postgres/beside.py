"""A restore beside the target: a database like it takes the dump, and then its name."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._postgres.accepting import AcceptedDump
from openviper.backup._postgres.contents import holds_objects
from openviper.backup._postgres.leftovers import repair, take_away
from openviper.backup._postgres.live import find_database, finishing_statements
from openviper.backup._postgres.obstacles import refuse, session_obstacles
from openviper.backup._postgres.places import kept_name, places_of
from openviper.backup._postgres.preflight import (
    beside_obstacles,
    closed_obstacles,
    creating_obstacles,
    owning_obstacles,
)
from openviper.backup._postgres.queries import Session, identifier
from openviper.backup._postgres.scratch import Scratch
from openviper.backup._postgres.swap import Swap, swap_databases
from openviper.backup.errors import RestoreRefused, ToolFailed

if TYPE_CHECKING:
    from openviper.backup._postgres.live import LiveDatabase
    from openviper.backup._postgres.site import Site
    from openviper.backup.engines.base import Content, DumpReader

__all__ = ["BesideTarget"]

_NOT_RESTORED = "Roles and tablespaces are not in a backup of a database; those of the server are as they were"
_IN_PLACE = " or --in-place, which loads into the database itself"
# psql's exit code where the server has refused a statement.
_REFUSED = 3


class BesideTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget`; to be left by :meth:`leave`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._places = places_of(site.target.database)
        self._scratch = Scratch(site, self._places.scratch)
        self._inside: Session | None = None
        self._dump = AcceptedDump(site.options)

    def preflight(self) -> None:
        site, live = self._site, self._site.live
        site.job.step("preflight")
        refuse(site.target.shown, site.role, creating_obstacles(site, _IN_PLACE if live else ""))
        if live is not None:
            refuse(site.target.shown, site.role, [*owning_obstacles(site, live), *closed_obstacles(live)])
            # It stays: who is connected to a database keeps a dump's DROP DATABASE from succeeding.
            self._inside = Session(site.target, site.job)
            refuse(site.target.shown, site.role, beside_obstacles(site, live, self._inside))
        site.job.step("repair")
        repair(site.session, site.place, self._places, site.job)

    def holds_data(self) -> bool:
        return self._inside is not None and holds_objects(self._inside)

    def staging(self) -> BinaryIO | None:
        return None

    def accept(self, content: Content) -> tuple[str, ...]:
        return self._dump.accept(content)

    def load(self, dump: DumpReader) -> None:
        self._scratch.load(self._dump.pieces(dump))
        if self._site.options.analyze:
            self._scratch.analyze()

    def count_rows(self) -> Mapping[str, int]:
        return self._scratch.count_rows()

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        site = self._site
        self._close()
        site.job.step("rename")
        swap = self._plan()
        self._swap(swap)
        self._scratch.give_away()
        made = [] if swap.live else [f"There was no database {swap.places.target!r}: it was made"]
        return swap.kept, (*made, _NOT_RESTORED, *self._drop_old(swap))

    def _swap(self, swap: Swap, attempts: int = 3) -> None:
        """Swap; again where a session was opened meanwhile, or ended too slowly."""
        site = self._site
        try:
            swap_databases(swap, site.session, site.place, site.job)
        except ToolFailed as error:
            if error.exit_code != _REFUSED:
                raise
            self._refuse_sessions(swap.live)
            if attempts == 1:
                raise RestoreRefused(f"'{site.target.shown}' is as it was: it cannot be swapped: {error}") from error
            self._swap(swap, attempts - 1)

    def leave(self) -> str:
        """Take away what was made and did not take the target's place; return what is left of it, or nothing."""
        self._close()
        return self._scratch.take_away()

    def _close(self) -> None:
        if self._inside is not None:
            self._inside.close()
            self._inside = None

    def _plan(self) -> Swap:
        site, options = self._site, self._site.options
        live = find_database(site.session, self._places.target)
        if (live and live.oid) != (site.live and site.live.oid):
            raise RestoreRefused(f"'{site.target.shown}' was replaced, made or dropped meanwhile; restore again")
        self._refuse_sessions(live)
        finishing = finishing_statements(self._places.scratch, live, skip_settings=options.skip_settings)
        kept = self._free_name() if options.keep_old and live is not None else None
        return Swap(live, self._scratch.found(), self._places, tuple(finishing), kept)

    def _refuse_sessions(self, live: LiveDatabase | None) -> None:
        """Refuse where there is a session that this role cannot end, before others are ended."""
        site = self._site
        if live is not None and not site.role.is_superuser:
            refuse(site.target.shown, site.role, session_obstacles(site.session, live, site.role))

    def _free_name(self) -> str:
        moment, number = datetime.now(UTC), 1
        while find_database(self._site.session, name := kept_name(self._places.target, moment, number)):
            number += 1
        return name

    def _drop_old(self, swap: Swap) -> tuple[str, ...]:
        if swap.live is None or swap.kept is not None:
            return ()
        # The target is restored: it is too late to cancel, or to fail at telling of a step.
        with contextlib.suppress(Exception):
            self._site.job.step("drop the old")
        if take_away(self._site.place, self._places.replaced):
            return ()
        name = self._places.replaced
        return (f"The old database could not be dropped; the next restore does, or: DROP DATABASE {identifier(name)};",)
