"""Whether what was read to its end is a dump that psql can load beside a database, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._postgres.source import own_pair, pieces
from openviper.backup._postgres.statements import is_acl, is_owner
from openviper.backup._postgres.trailer import is_complete, recognises
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup._postgres.statements import Drop
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions

__all__ = ["AcceptedDump", "is_ours"]

_CUSTOM = b"PGDMP"
_CLUSTER = re.compile(rb"\s*--\r?\n-- PostgreSQL database cluster dump\r?\n")
# The first object that pg_dump --create writes; rows and texts come after others.
_FIRST = re.compile(rb"^-- (?:Data for )?Name: .*; Type: ([A-Z ]+);", re.MULTILINE)


def is_ours(head: bytes) -> bool:
    """Tell whether one of PostgreSQL's programs has written what begins with ``head``."""
    return recognises(head) or head.startswith(_CUSTOM) or _CLUSTER.match(head) is not None


def _check_dump(content: Content, file: Path, *, verify_trailer: bool) -> tuple[str, ...]:
    """Look at a dump's both ends; return notes.

    Raises:
        InvalidArchive: It is for pg_restore, or of a whole server, or would drop and make databases; or it does not end
            as a complete one does, and ``verify_trailer`` is on.
    """
    head, shown = content.head, repr(str(file))
    if head.startswith(_CUSTOM):
        raise InvalidArchive(
            f"{shown} is of pg_dump's custom format; 'pg_restore --file=backup.sql FILE' makes SQL of it"
        )
    if _CLUSTER.match(head):
        raise InvalidArchive(f"{shown} is pg_dumpall's, of a whole server; expected pg_dump's, of one database")
    first = _FIRST.search(head)
    if recognises(head) and first is not None and first[1] == b"DATABASE":
        raise InvalidArchive(
            f"{shown} was made by pg_dump --create: it would drop or make a database by itself; make it without"
        )
    if is_complete(head, content.tail):
        return ()
    if verify_trailer:
        raise InvalidArchive(
            f"{shown} does not begin and end as a complete dump of PostgreSQL does: it is torn, or another program has "
            "written it; --no-verify-trailer (verify_trailer=False) restores it all the same, if it can be loaded "
            "without an error"
        )
    return ("The dump has no completion trailer: it may not be whole",)


class AcceptedDump:
    """A dump that was looked at, and is fed to psql without its own pair and without what is left out by choice.

    Args:
        drops: What else is left out.

    Attributes:
        drops: All that is left out.
    """

    def __init__(self, options: RestoreOptions, *drops: Drop) -> None:
        self._options = options
        self.drops = (*([is_owner] if options.no_owner else []), *([is_acl] if options.no_acl else []), *drops)
        self._pair: tuple[tuple[int, int], ...] = ()

    def accept(self, content: Content) -> tuple[str, ...]:
        """Look at it; return notes.

        Raises:
            InvalidArchive: As :func:`_check_dump`.
        """
        notes = _check_dump(content, self._options.file, verify_trailer=self._options.verify_trailer)
        self._pair = own_pair(content)
        return notes

    def pieces(self, dump: DumpReader) -> Iterator[bytes]:
        """Give what psql is fed."""
        return pieces(dump, self._pair, self.drops)
