"""A database of its own that a backup is loaded into to be verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._postgres.accepting import AcceptedDump
from openviper.backup._postgres.leftovers import repair_verified
from openviper.backup._postgres.obstacles import refuse
from openviper.backup._postgres.preflight import creating_obstacles
from openviper.backup._postgres.scratch import Scratch
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from openviper.backup._postgres.site import Site
    from openviper.backup.engines.base import Content, DumpReader

__all__ = ["VerifyTarget"]


class VerifyTarget:
    """A :class:`~openviper.backup.engines.base.RestoreTarget` that is never swapped."""

    def __init__(self, site: Site, name: str) -> None:
        self._site = site
        self._scratch = Scratch(site, name)
        self._dump = AcceptedDump(site.options)

    def preflight(self) -> None:
        site = self._site
        site.job.step("preflight")
        refuse(str(site.options.file), site.role, creating_obstacles(site), what="be verified")
        site.job.step("repair")
        repair_verified(site.session, site.place, site.target.database, site.job)

    def holds_data(self) -> bool:
        return False

    def staging(self) -> BinaryIO | None:
        return None

    def accept(self, content: Content) -> tuple[str, ...]:
        return self._dump.accept(content)

    def load(self, dump: DumpReader) -> None:
        self._scratch.load(self._dump.pieces(dump))

    def count_rows(self) -> Mapping[str, int]:
        return self._scratch.count_rows()

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        raise RestoreRefused(f"{self._scratch.name!r} is for a verification alone")

    def leave(self) -> str:
        """Drop what was made; return what could not be, or nothing."""
        return self._scratch.take_away()
