"""The roles that a dump names, found while it is proved: without them it cannot be loaded.

Beside the target that would only fail; for a restore into the target itself it must be known before that is emptied.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from openviper.backup._postgres.contents import membership
from openviper.backup._postgres.obstacles import Obstacle
from openviper.backup._postgres.queries import identifier, literal
from openviper.backup._postgres.statements import NAME, StatementFilter

if TYPE_CHECKING:
    from openviper.backup._postgres.obstacles import Role
    from openviper.backup._postgres.queries import Session
    from openviper.backup._postgres.statements import Drop

__all__ = ["NamedRoles"]

_NAMES = rb"(?:GROUP\s+)?" + NAME + rb"(?:\s*,\s*(?:GROUP\s+)?" + NAME + rb")*"
_ENDS = rb"(?:\s+WITH\s+GRANT\s+OPTION)?(?:\s+GRANTED\s+BY\s+" + NAME + rb")?(?:\s+(?:CASCADE|RESTRICT))?\s*;\Z"
_OWNER = re.compile(rb"\sOWNER\s+TO\s+(" + NAME + rb")\s*;\Z", re.IGNORECASE)
_GRANTEES = re.compile(rb"\s(?:TO|FROM)\s+(" + _NAMES + rb")" + _ENDS, re.IGNORECASE)
_DEFAULTS = re.compile(
    rb"ALTER\s+DEFAULT\s+PRIVILEGES\s+FOR\s+(?:ROLE|USER)\s+(" + NAME + rb"(?:\s*,\s*" + NAME + rb")*)", re.IGNORECASE
)
_GRANT = re.compile(rb"(?:GRANT|REVOKE|ALTER\s+DEFAULT\s+PRIVILEGES)\s", re.IGNORECASE)
_ACTING = re.compile(rb"SET\s+SESSION\s+AUTHORIZATION\s+(?!DEFAULT\b)('[^']*'|" + NAME + rb")", re.IGNORECASE)
_POLICY = re.compile(
    rb"CREATE\s+POLICY\s+" + NAME + rb"\s+ON\s+" + NAME + rb"(?:\." + NAME + rb")?(?:\s+AS\s+\w+)?(?:\s+FOR\s+\w+)?"
    rb"\s+TO\s+(" + _NAMES + rb")",
    re.IGNORECASE,
)
_ONE = re.compile(rb"(?:GROUP\s+)?(" + NAME + rb")", re.IGNORECASE)
# No names, where they are not quoted.
_WORDS = {"public", "current_role", "current_user", "session_user"}
# Others may be in another encoding here than in the dump.
_PLAIN = re.compile(r"[ -\[\]-~]{1,63}")
# Of the end of a statement: all that is looked at there.
_END = 4096
_FOUND = """\
SELECT n.name, r.oid IS NOT NULL AS is_there, coalesce(pg_has_role(r.oid, {membership}), false) AS may_be
FROM unnest(ARRAY[{names}]::text[]) AS n (name) LEFT JOIN pg_roles r ON r.rolname = n.name ORDER BY 1"""
_MAKE = "make it first, from what backup-db --globals FILE has saved"


class NamedRoles(io.RawIOBase):
    """What a dump is written to while it is proved, and which keeps the names of its roles alone.

    Args:
        drops: By which statements are left out of the dump before it is loaded.
    """

    def __init__(self, *drops: Drop) -> None:
        self._filter = StatementFilter(*drops, self._look, also=[b"create"])
        self._owners: set[str] = set()
        self._acting: set[str] = set()
        self._grantors: set[str] = set()
        self._grantees: set[str] = set()
        self._bound: set[str] = set()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._filter.feed(bytes(data))
        return len(data)

    def obstacles(self, session: Session, who: Role) -> Iterator[Obstacle]:
        """Find those that the server does not have, or that the role, which is not a superuser, may not act for."""
        me = identifier(who.name)
        yield from _missing(session, self._owners, "objects of the owner", "; or --no-owner")
        for name in _others(session, self._owners):
            yield Obstacle(f"objects of the owner {name!r}", f"GRANT {identifier(name)} TO {me}; or --no-owner")
        for name in sorted(self._acting - {who.name}):
            yield Obstacle(f"statements by {name!r}", f"ALTER ROLE {me} SUPERUSER; or --no-owner --no-acl")
        for name in _others(session, self._grantors):
            yield Obstacle(f"default privileges of {name!r}", f"GRANT {identifier(name)} TO {me}; or --no-acl")
        yield from _missing(session, self._grantees | self._grantors, "rights of", "; or --no-acl")
        yield from _missing(session, self._bound, "policies for")

    def _look(self, statement: bytes) -> bool:
        end = statement[-_END:]
        if found := _ACTING.match(statement):
            self._acting.update(_names(b'"%s"' % found[1][1:-1] if found[1].startswith(b"'") else found[1]))
        elif _GRANT.match(statement):
            if found := _DEFAULTS.match(statement):
                self._grantors.update(_names(found[1]))
            if found := _GRANTEES.search(end):
                self._grantees.update(_names(found[1]))
        elif found := _POLICY.match(statement):
            self._bound.update(_names(found[1]))
        elif found := _OWNER.search(end):
            self._owners.update(_names(found[1]))
        return False


def _names(listed: bytes) -> Iterator[str]:
    for found in _ONE.finditer(listed):
        text = found[1].decode("utf-8", "replace")
        is_quoted = text.startswith('"')
        name = text[1:-1].replace('""', '"') if is_quoted else text.lower()
        if _PLAIN.fullmatch(name) and (is_quoted or name not in _WORDS):
            yield name


def _missing(session: Session, names: set[str], what: str, choice: str = "") -> Iterator[Obstacle]:
    for row in _found(session, names):
        if not row["is_there"]:
            yield Obstacle(f"{what} {row['name']!r}, which is not on this server", f"{_MAKE}{choice}")


def _others(session: Session, names: set[str]) -> list[str]:
    """Return those for which the session's role may not act."""
    return [row["name"] for row in _found(session, names) if row["is_there"] and not row["may_be"]]


def _found(session: Session, names: set[str]) -> list[dict[str, Any]]:
    listed = ", ".join(literal(name) for name in sorted(names))
    return session.rows(_FOUND.format(names=listed, membership=membership(session))) if names else []
