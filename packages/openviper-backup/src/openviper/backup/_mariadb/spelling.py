"""How a server spells the name of a database that a URL names.

https://mariadb.com/docs/server/ref/mdb/system-variables/lower_case_table_names
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup._mariadb.quoting import literal

if TYPE_CHECKING:
    from openviper.backup._mariadb.session import Session

__all__ = ["spelled"]


def spelled(session: Session, name: str) -> str:
    """Return a database's name as the server has it: in lower case where that is how it keeps all names.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    text = literal(name)
    return session.value(f"SELECT IF(@@lower_case_table_names = 1, LOWER({text}), {text})")
