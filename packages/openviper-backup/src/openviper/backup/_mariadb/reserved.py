"""Names of tables that restores use for themselves: a database or a dump with one of its own is refused."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import tables_of
from openviper.backup._mariadb.naming import MADE, MARKER, UNFINISHED
from openviper.backup._mariadb.quoting import named
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup._mariadb.loading import Source
    from openviper.backup._mariadb.session import Session

__all__ = ["ADVICE_COLUMN", "Unreserved", "reserved_in"]

#: The only column of the table by which a target says that it is neither as it was nor restored.
ADVICE_COLUMN = "advice"
_MAKES = re.compile(rb"\n[ \t]*(?i:CREATE TABLE (?:IF NOT EXISTS )?)`(%s)`" % f"{MADE}|{MARKER}|{UNFINISHED}".encode())
# Of a statement's head, and of a name in it, the shortest that is looked for.
_HEAD, _NAME = 128, b"`openviper_"


def reserved_in(session: Session, schema: str) -> str | None:
    """Return the name of a table of the user's in a schema that is reserved; ``None``: there is none.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    tables = {*tables_of(session, schema)}
    if UNFINISHED in tables and _columns(session, schema, UNFINISHED) == [ADVICE_COLUMN]:
        # A restore's own.
        tables.remove(UNFINISHED)
    return next((name for name in (MADE, MARKER, UNFINISHED) if name in tables), None)


def _columns(session: Session, schema: str, table: str) -> list[str]:
    where = f"{named('TABLE_SCHEMA', schema)} AND {named('TABLE_NAME', table)}"
    return session.values(f"SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE {where}")  # noqa: S608 - quoted


class Unreserved:
    """A dump that makes no such table; a :class:`~openviper.backup._mariadb.loading.Source`."""

    def __init__(self, dump: Source) -> None:
        self._dump = dump
        self._before = b"\n"

    def read(self, size: int, /) -> bytes:
        """Return the next bytes.

        Raises:
            InvalidArchive: It makes one.
        """
        data = self._dump.read(size)
        seen = self._before + data
        if _NAME in seen and (found := _MAKES.search(seen)):
            raise InvalidArchive(
                f"The dump makes a table {found[1].decode()!r}, a name that restores use for themselves: rename the "
                "table in the dump, or in the database before it is backed up"
            )
        self._before = seen[-_HEAD:]
        return data
