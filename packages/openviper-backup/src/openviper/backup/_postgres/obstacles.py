"""What stands in the way of a restore, found before anything is touched: by the catalogs, and for this role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._postgres.queries import identifier, literal
from openviper.backup.errors import RestoreRefused

if TYPE_CHECKING:
    from openviper.backup._postgres.live import LiveDatabase, Setting
    from openviper.backup._postgres.queries import Session

__all__ = [
    "MAY_END",
    "Obstacle",
    "Role",
    "current_role",
    "refuse",
    "server_obstacles",
    "session_obstacles",
    "setting_obstacles",
]

_ROLE = """\
SELECT rolname AS name, rolsuper AS is_superuser, rolcreatedb OR rolsuper AS may_create
FROM pg_roles WHERE rolname = current_user"""
#: Whether the role that asks may end the session ``a``: https://www.postgresql.org/docs/current/functions-admin.html
MAY_END = """(
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    OR NOT coalesce((SELECT rolsuper FROM pg_roles o WHERE o.oid = a.usesysid), true)
        AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))"""
# What a session does is hidden from other roles, but not whose it is; autovacuum's have no role, and the server ends
# them by itself.
_SESSIONS = f"""\
SELECT a.pid, coalesce(a.usename, '?') AS role, coalesce(a.application_name, '') AS application,
    coalesce((SELECT rolsuper FROM pg_roles o WHERE o.oid = a.usesysid), true) AS is_superuser
FROM pg_stat_activity a
WHERE a.datid = {{oid}} AND a.usesysid IS NOT NULL AND NOT {MAY_END}
ORDER BY a.pid"""  # noqa: S608 - our own text
_PREPARED = "SELECT gid FROM pg_prepared_xacts WHERE database = {name} ORDER BY prepared"
_SUBSCRIPTIONS = "SELECT subname AS name FROM pg_subscription WHERE subdbid = {oid} ORDER BY 1"
_SLOTS = "SELECT slot_name AS name FROM pg_replication_slots WHERE datoid = {oid} ORDER BY 1"
_MOST = 20


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What this role cannot do; ``remedy``: SQL that would allow it, or an option that does without."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Role:
    """Who restores; ``may_create``: databases."""

    name: str
    is_superuser: bool
    may_create: bool


def current_role(session: Session) -> Role:
    """Return the role that restores."""
    return Role(**session.rows(_ROLE)[0])


def refuse(shown: str, role: Role, obstacles: Iterable[Obstacle], *, what: str = "be restored") -> None:
    """Refuse if there is an obstacle; ``what``: cannot be done.

    Raises:
        RestoreRefused: There is; it lists all of them.
    """
    lines = [f"{each.what}: {each.remedy}" for each in obstacles]
    if not lines:
        return
    more = [f"and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    listed = "".join(f"\n  {line}" for line in [*lines[:_MOST], *more])
    raise RestoreRefused(f"'{shown}' cannot {what} by the role {role.name!r}; nothing was touched.{listed}")


def server_obstacles(session: Session, live: LiveDatabase) -> Iterator[Obstacle]:
    """Find what keeps anybody, superusers too, from renaming and dropping a database."""
    name = literal(live.name)
    for row in session.rows(_PREPARED.format(name=name)):
        gid = literal(row["gid"])
        yield Obstacle(f"a prepared transaction {row['gid']!r}", f"COMMIT PREPARED {gid}; or ROLLBACK PREPARED {gid};")
    for row in session.rows(_SUBSCRIPTIONS.format(oid=live.oid)):
        yield Obstacle(f"a subscription {row['name']!r}", f"DROP SUBSCRIPTION {identifier(row['name'])};")
    for row in session.rows(_SLOTS.format(oid=live.oid)):
        drop = f"SELECT pg_drop_replication_slot({literal(row['name'])});"
        yield Obstacle(f"a logical replication slot {row['name']!r}", drop)


def session_obstacles(session: Session, live: LiveDatabase, role: Role) -> Iterator[Obstacle]:
    """Find the sessions in a database that this role may not end."""
    for row in session.rows(_SESSIONS.format(oid=live.oid)):
        application = f", {row['application']!r}" if row["application"] else ""
        remedy = f"GRANT pg_signal_backend TO {identifier(role.name)};"
        if row["is_superuser"]:
            remedy = f"SELECT pg_terminate_backend({row['pid']}); as a superuser"
        yield Obstacle(f"a session of the role {row['role']!r} (pid {row['pid']}{application})", remedy)


def setting_obstacles(
    session: Session, live: LiveDatabase, who: Role, skip_settings: Iterable[str]
) -> Iterator[Obstacle]:
    """Find the settings that this role could not set: each is set again as it is, and all of that undone."""
    skipped = {each.lower() for each in skip_settings}
    settings = [each for each in live.settings if each.name.lower() not in skipped]
    if not settings:
        return
    session.run("BEGIN;")
    session.run("\n".join(_try(number, each.sql(live.name)) for number, each in enumerate(settings)))
    answers = ", ".join(f"current_setting('openviper.try_{number}', true)" for number in range(len(settings)))
    refused = session.rows(f"SELECT unnest(ARRAY[{answers}]) AS why")
    session.run("ROLLBACK;")
    for each, row in zip(settings, refused, strict=True):
        if row["why"]:
            of = "" if each.role is None else f" of the role {each.role!r}"
            yield Obstacle(f"the setting {each.name!r}{of} ({row['why']})", _allowing(each, who))


def _try(number: int, statement: str) -> str:
    body = (
        f"BEGIN {statement} EXCEPTION WHEN OTHERS THEN PERFORM set_config('openviper.try_{number}', SQLERRM, true); END"
    )
    return f"DO {literal(body)};"


def _allowing(setting: Setting, who: Role) -> str:
    me, choice = identifier(who.name), f"or --skip-setting {setting.name}"
    if setting.role is not None:
        return f"ALTER ROLE {me} CREATEROLE; {choice}"
    return f"GRANT SET ON PARAMETER {identifier(setting.name)} TO {me}; since PostgreSQL 15, {choice}"
