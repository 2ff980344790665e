"""What the first pass over a dump has told: whether it is whole, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup._mariadb.trailer import is_complete, recognises, source_name
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, RestoreOptions

__all__ = ["AcceptedDump"]


class AcceptedDump:
    """A dump that may be loaded.

    Attributes:
        target: The database that is restored.
        source: The database that was dumped, where the dump says so.
        is_by_hand: It does not begin as mariadb-dump and mysqldump begin theirs.
    """

    def __init__(self, options: RestoreOptions, target: str) -> None:
        self._options = options
        self.target = target
        self.source: str | None = None
        self.is_by_hand = False

    def accept(self, content: Content) -> tuple[str, ...]:
        """Look at its head and tail; return notes.

        Raises:
            InvalidArchive: Its last line is missing.
        """
        self.source = source_name(content.head)
        self.is_by_hand = not recognises(content.head)
        if is_complete(content.tail):
            return ()
        missing = "The dump does not end with '-- Dump completed', as mariadb-dump's and mysqldump's do"
        if self._options.verify_trailer:
            raise InvalidArchive(f"{missing}: it may be torn; --no-verify-trailer restores it anyway")
        return (f"{missing}: it may have been torn",)
