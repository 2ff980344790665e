"""What a user cannot see is left out of a dump without a word: the rights that make everything visible.

https://mariadb.com/docs/server/clients-and-utilities/backup-restore-and-import-clients/mariadb-dump names them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.backup._mariadb.session import Session

__all__ = ["hidden"]

_GRANT = re.compile(r"GRANT (?P<rights>.+?) ON (?:(?P<all>\*\.\*)|`(?P<schema>(?:[^`]|``)+)`\.\*) TO ")
# What is seen by whom has one of these.
_KINDS = (
    ("tables", {"SELECT"}),
    ("triggers", {"TRIGGER"}),
    ("routines", {"EXECUTE", "ALTER ROUTINE", "CREATE ROUTINE", "SHOW CREATE ROUTINE"}),
)


def hidden(session: Session, database: str) -> tuple[str, ...]:
    """Return of which kinds there may be more than the user can see.

    Raises:
        ToolFailed: The server cannot be asked.
    """
    rights = {right for line in session.values("SHOW GRANTS") for right in _rights(line, database)}
    return tuple(kind for kind, enough in _KINDS if "ALL PRIVILEGES" not in rights and not rights & enough)


def _rights(line: str, database: str) -> Iterator[str]:
    found = _GRANT.match(line)
    if found is None or not (found["all"] or _covers(found["schema"].replace("``", "`"), database)):
        return
    yield from (right.strip() for right in found["rights"].split(","))


def _covers(pattern: str, database: str) -> bool:
    r"""Tell whether a grant's pattern, with ``%``, ``_`` and ``\_``, is of a database."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    wild = {"%": ".*", "_": "."}
    matched = "".join(wild.get(part) or re.escape(part[-1]) for part in parts)
    return re.fullmatch(matched, database, re.DOTALL) is not None
