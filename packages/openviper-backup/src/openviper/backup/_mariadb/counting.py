"""How many rows a schema's tables have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup._mariadb.naming import MADE
from openviper.backup._mariadb.quoting import identifier, named

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.backup._mariadb.session import Session

__all__ = ["ELSEWHERE", "count_rows"]

#: Engines whose tables' rows are in other tables, or on other servers: mariadb-dump leaves those rows out.
ELSEWHERE = "('MRG_MyISAM', 'MRG_ISAM', 'CONNECT', 'OQGRAPH', 'SPIDER', 'VP', 'FEDERATED')"


def count_rows(session: Session, schema: str) -> Mapping[str, int]:
    """Count each table's rows, with what system-versioned ones remember.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    rows = session.rows(
        f"SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE {named('TABLE_SCHEMA', schema)} "  # noqa: S608 - quoted
        f"AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED') AND ENGINE NOT IN {ELSEWHERE} ORDER BY 1"
    )
    counts: dict[str, int] = {}
    for name, kind in rows:
        text = name.decode("utf-8", "surrogateescape")
        # Those of a table with a newline in its name are not counted in a dump either.
        if text != MADE and "\n" not in text:
            everything = " FOR SYSTEM_TIME ALL" if kind == b"SYSTEM VERSIONED" else ""
            table = f"{identifier(schema)}.{identifier(text)}"
            counts[text] = int(session.value(f"SELECT COUNT(*) FROM {table}{everything}"))  # noqa: S608 - quoted
    return counts
