"""What a dump of MariaDB or MySQL cannot hold, or not exactly, in the database at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import collation_of, names_of
from openviper.backup._mariadb.counting import ELSEWHERE
from openviper.backup._mariadb.quoting import named
from openviper.backup._mariadb.visibility import hidden
from openviper.backup.errors import IncompleteDump, InvalidInput

if TYPE_CHECKING:
    from openviper.backup._mariadb.session import Session

__all__ = ["RIGHTS", "Shortcomings", "shortcomings"]

_SHOWN = 5
_ALL = "18446744073709551615"
# Their tables have transactions. Others', while they are written to, are dumped as they are when their turn comes.
_CONSISTENT = "('InnoDB', 'ROCKSDB', 'TokuDB', 'SEQUENCE')"
# All their bytes are characters of UTF-8, or those that are not cannot be written.
_LOSSLESS = "('utf8mb4', 'utf8mb3', 'utf8', 'latin1', 'binary', 'ucs2', 'utf16', 'utf16le', 'utf32')"
# In the name of a database with events: mariadb-dump asks for one of another name.
_MISREAD = set("'\"\\")


_INCONSISTENT = (
    "Tables without transactions ({}): what was written to them during the dump may be in it in part; InnoDB's are as "
    "they were at its beginning"
)
_ELSEWHERE = "Tables whose rows are in other tables or on other servers ({}) are in the backup without their rows"
_ROUNDED = "FLOAT columns are dumped with six digits (in {}); DOUBLE is exact"
_CONVERTED = (
    "Columns in {} are dumped as UTF-8: bytes that are not characters there come back as '?', and a few of cp932's "
    "twins as each other"
)
_WITHOUT_HISTORY = (
    "System-versioned tables are in the dump without their history: this mariadb-dump has no --dump-history"
)
_PRECISE = (
    "mariadb-dump cannot dump the history of tables that have it by transactions ({}): no table's history is in the "
    "backup"
)
#: What a backup's user is granted.
RIGHTS = (
    "a backup needs SELECT, SHOW VIEW, TRIGGER, EVENT, EXECUTE and LOCK TABLES on the database and, for routines that "
    "others have made, SELECT on mysql.proc (MySQL: SHOW_ROUTINE on *.*)"
)
_HIDDEN = f"The user has no right to see all {{}} of the database: what is hidden is not in the backup; {RIGHTS}"


@dataclass(frozen=True, slots=True)
class Shortcomings:
    """Names of what is concerned.

    Attributes:
        has_history: Some tables are system-versioned.
        precise: Of those, tables with transactions' numbers instead of times.
        inconsistent: Tables whose engine has no transactions.
        elsewhere: Tables whose rows are not in this database.
        rounded: Tables with FLOAT columns.
        converted: Character sets of columns that have bytes without a character.
        hidden: Kinds of which the user may not see all.
    """

    has_history: bool
    precise: tuple[str, ...]
    inconsistent: tuple[str, ...]
    elsewhere: tuple[str, ...]
    rounded: tuple[str, ...]
    converted: tuple[str, ...]
    hidden: tuple[str, ...]

    def notes(self, *, has_history: bool) -> tuple[str, ...]:
        """Return sentences; ``has_history``: whether what system-versioned tables remember is in the dump."""
        told = (
            (_INCONSISTENT, _listed(self.inconsistent)),
            (_ELSEWHERE, _listed(self.elsewhere)),
            (_ROUNDED, _listed(self.rounded)),
            (_CONVERTED, _listed(self.converted)),
            (_PRECISE, _listed(self.precise)),
            (_WITHOUT_HISTORY, "history" if self.has_history and not (has_history or self.precise) else ""),
            (_HIDDEN, " and ".join(self.hidden)),
        )
        return tuple(sentence.format(what) for sentence, what in told if what)


def shortcomings(session: Session, database: str) -> Shortcomings:
    """Look at a database.

    Raises:
        InvalidInput: There is none of this name that the user may see, or no program dumps its events.
        IncompleteDump: The server would not give all rows.
        ToolFailed: It cannot be looked at.
    """
    _check_can_be_dumped(session, database)
    tables = f"FROM information_schema.TABLES WHERE {named('TABLE_SCHEMA', database)}"
    columns = f"FROM information_schema.COLUMNS WHERE {named('TABLE_SCHEMA', database)}"

    def found(query: str) -> tuple[str, ...]:
        return tuple(session.values(f"SELECT DISTINCT {query} ORDER BY 1"))

    has_history = bool(session.value(f"SELECT 1 {tables} AND TABLE_TYPE = 'SYSTEM VERSIONED' LIMIT 1"))
    # MySQL has no such tables, and old servers no such column.
    precise = f"TABLE_NAME {columns} AND GENERATION_EXPRESSION = 'ROW START' AND DATA_TYPE = 'bigint'"
    return Shortcomings(
        has_history=has_history,
        precise=found(precise) if has_history else (),
        inconsistent=found(f"TABLE_NAME {tables} AND ENGINE NOT IN {_CONSISTENT} AND ENGINE NOT IN {ELSEWHERE}"),
        elsewhere=found(f"TABLE_NAME {tables} AND ENGINE IN {ELSEWHERE}"),
        rounded=found(f"TABLE_NAME {columns} AND DATA_TYPE = 'float'"),
        converted=found(f"CHARACTER_SET_NAME {columns} AND CHARACTER_SET_NAME NOT IN {_LOSSLESS}"),
        hidden=hidden(session, database),
    )


def _check_can_be_dumped(session: Session, database: str) -> None:
    if (limit := session.given_limit()) != _ALL:
        raise IncompleteDump(
            f"The server gives this user's sessions sql_select_limit = {limit}, with which mariadb-dump leaves out "
            "tables and rows without saying so: SET GLOBAL sql_select_limit = DEFAULT, and check init_connect"
        )
    if collation_of(session, database) is None:
        raise InvalidInput(f"There is no database {database!r} on this server that the user may see")
    if _MISREAD & {*database} and names_of(session, database, "EVENT"):
        raise InvalidInput(
            f"The database {database!r} has events, which mariadb-dump and mysqldump cannot dump where its name has a "
            "quote or a backslash: give it another name, or drop its events"
        )


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(repr(name) for name in names[:_SHOWN]) + more
