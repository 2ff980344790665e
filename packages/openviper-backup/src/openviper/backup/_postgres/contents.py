"""What a database holds: whether anything, and what of it a role that is not a superuser could not make again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from openviper.backup._postgres.obstacles import Obstacle
from openviper.backup._postgres.queries import identifier
from openviper.backup._postgres.versions import server_version

if TYPE_CHECKING:
    from openviper.backup._postgres.obstacles import Role
    from openviper.backup._postgres.queries import Session

__all__ = ["IS_OWN", "content_obstacles", "holds_objects", "membership"]

# Below are the server's own: FirstNormalObjectId of access/transam.h.
_FIRST = 16384
#: That no extension has brought it; ``table``: of which catalog, ``oid``: of what.
IS_OWN = """\
NOT EXISTS (SELECT FROM pg_depend x
    WHERE x.classid = {table}::regclass AND x.objid = {oid} AND x.objsubid = 0 AND x.deptype IN ('e', 'i'))"""
_TABLES = {
    "pg_class": ("relowner", "relacl", "relkind IN ('r', 'v', 'm', 'S', 'f', 'p') AND relpersistence <> 't'"),
    "pg_namespace": ("nspowner", "nspacl", r"nspname !~ '^pg_'"),
    "pg_proc": ("proowner", "proacl", "true"),
    "pg_type": ("typowner", "typacl", "true"),
    "pg_language": ("lanowner", "lanacl", "true"),
    "pg_foreign_server": ("srvowner", "srvacl", "true"),
    "pg_foreign_data_wrapper": ("fdwowner", "fdwacl", "true"),
    "pg_largeobject_metadata": ("lomowner", "lomacl", "true"),
    "pg_operator": ("oprowner", None, "true"),
    "pg_opclass": ("opcowner", None, "true"),
    "pg_opfamily": ("opfowner", None, "true"),
    "pg_conversion": ("conowner", None, "true"),
    "pg_collation": ("collowner", None, "true"),
    "pg_ts_config": ("cfgowner", None, "true"),
    "pg_ts_dict": ("dictowner", None, "true"),
    "pg_publication": ("pubowner", None, "true"),
    "pg_event_trigger": ("evtowner", None, "true"),
    "pg_statistic_ext": ("stxowner", None, "true"),
}
_OBJECTS = "\nUNION ALL ".join(
    f"SELECT '{table}'::regclass AS classid, oid, {owner} AS owner, {acl or 'NULL::aclitem[]'} AS acl FROM {table} "  # noqa: S608 - our own text
    f"WHERE oid >= {_FIRST} AND {where} AND {IS_OWN.format(table=repr(table), oid=f'{table}.oid')}"
    for table, (owner, acl, where) in _TABLES.items()
)
_HOLDS = f"SELECT EXISTS (SELECT FROM ({_OBJECTS}) AS o)"  # noqa: S608 - our own text
# The schema public, whose owner is the server's (10), or that of the database (6171).
_PUBLIC = """\
SELECT 'pg_namespace'::regclass, oid, nspowner, nspacl FROM pg_namespace
WHERE oid = 2200 AND nspowner NOT IN (10, 6171)"""
_OWNERS = f"""\
SELECT r.rolname AS role, count(*) AS number, min(pg_describe_object(o.classid, o.oid, 0)) AS example
FROM ({_OBJECTS} UNION ALL {_PUBLIC}) AS o JOIN pg_roles r ON r.oid = o.owner
WHERE NOT pg_has_role(o.owner, {{membership}})
GROUP BY 1 ORDER BY 1"""  # noqa: S608 - our own text
_COLUMNS = f"""\
SELECT 'pg_class'::regclass, c.oid, c.relowner, a.attacl FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE a.attacl IS NOT NULL AND c.oid >= {_FIRST} AND {IS_OWN.format(table="'pg_class'", oid="c.oid")}"""  # noqa: S608
_GRANTORS = f"""\
SELECT pg_get_userbyid(a.grantor) AS role, count(DISTINCT (o.classid, o.oid)) AS number,
    min(pg_describe_object(o.classid, o.oid, 0)) AS example
FROM ({_OBJECTS} UNION ALL {_COLUMNS}) AS o, aclexplode(o.acl) AS a
WHERE a.grantor <> o.owner AND pg_get_userbyid(a.grantor) <> session_user
GROUP BY 1 ORDER BY 1"""  # noqa: S608 - our own text
# Grants stand at the end of a dump; before them an owner has no right in a schema of another role. In public all had
# one before version 15.
_STRANGERS = f"""\
SELECT r.rolname AS role, n.nspname AS schema, count(*) AS number,
    min(pg_describe_object(o.classid, o.oid, 0)) AS example
FROM (
    SELECT 'pg_class'::regclass AS classid, oid, relowner AS owner, relnamespace AS schema FROM pg_class
        WHERE relkind IN ('r', 'v', 'm', 'S', 'f', 'p') AND relpersistence <> 't'
    UNION ALL SELECT 'pg_proc'::regclass, oid, proowner, pronamespace FROM pg_proc
    UNION ALL SELECT 'pg_type'::regclass, oid, typowner, typnamespace FROM pg_type
) AS o JOIN pg_roles r ON r.oid = o.owner JOIN pg_namespace n ON n.oid = o.schema
WHERE o.oid >= {_FIRST} AND r.rolname <> current_user AND pg_has_role(o.owner, 'USAGE')
    AND NOT pg_has_role(o.owner, n.nspowner, 'USAGE') AND n.nspname !~ '^pg_'
    AND (n.nspname <> 'public' OR current_setting('server_version_num')::int >= 150000)
    AND {IS_OWN.format(table="o.classid", oid="o.oid")}
GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608 - our own text
_DEFAULTS = """\
SELECT DISTINCT pg_get_userbyid(defaclrole) AS role FROM pg_default_acl
WHERE NOT pg_has_role(defaclrole, {membership}) ORDER BY 1"""
_EXTENSIONS = f"""\
SELECT e.extname AS name, a.name IS NOT NULL AS is_there,
    coalesce(v.superuser AND NOT coalesce((to_jsonb(v) ->> 'trusted')::boolean, false), false) AS needs_superuser
FROM pg_extension e LEFT JOIN pg_available_extensions a ON a.name = e.extname
    LEFT JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
WHERE e.oid >= {_FIRST} ORDER BY 1"""  # noqa: S608 - our own text
_SUPERUSERS = "\nUNION ALL ".join(
    f"SELECT pg_describe_object('{table}'::regclass, {table}.oid, 0) AS what FROM {table} "  # noqa: S608 - our own text
    f"WHERE {table}.oid >= {_FIRST} AND {where} AND {IS_OWN.format(table=repr(table), oid=f'{table}.oid')}"
    for table, where in {
        "pg_event_trigger": "true",
        "pg_foreign_data_wrapper": "true",
        "pg_opclass": "true",
        "pg_publication": "puballtables",
        "pg_proc": "prokind IN ('f', 'p') AND prolang IN ("
        "SELECT l.oid FROM pg_language l WHERE NOT l.lanpltrusted AND l.lanname <> 'sql')",
    }.items()
)
_TABLESPACES = f"""\
SELECT DISTINCT t.spcname AS name FROM pg_class c JOIN pg_tablespace t ON t.oid = c.reltablespace
WHERE c.oid >= {_FIRST} AND NOT has_tablespace_privilege(t.oid, 'CREATE')
UNION SELECT t.spcname FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = current_database() AND t.spcname <> 'pg_default' AND NOT has_tablespace_privilege(t.oid, 'CREATE')
ORDER BY 1"""  # noqa: S608 - our own text


def holds_objects(session: Session) -> bool:
    """Tell whether anything was made in the session's database, extensions apart."""
    return bool(session.value(_HOLDS))


def content_obstacles(
    session: Session, role: Role, *, no_owner: bool, no_acl: bool, keeps_extensions: bool = False
) -> Iterator[Obstacle]:
    """Find what the session's database holds, and its role, which is not a superuser, could not make in another.

    A backup of another day may hold something else: then the restore fails later, and the database is as it was.
    """
    yield from _needs_superuser(session, role, keeps_extensions=keeps_extensions)
    me = identifier(role.name)
    if not no_owner:
        yield from _owners(session, me)
    if not no_acl:
        yield from _grants(session, me)
    for row in session.rows(_TABLESPACES):
        yield Obstacle(
            f"the tablespace {row['name']!r}", f"GRANT CREATE ON TABLESPACE {identifier(row['name'])} TO {me};"
        )


def _owners(session: Session, me: str) -> Iterator[Obstacle]:
    for row in session.rows(_OWNERS.format(membership=membership(session))):
        what = f"objects of the owner {row['role']!r} ({_such(row)})"
        yield Obstacle(what, f"GRANT {identifier(row['role'])} TO {me}; or --no-owner")
    for row in session.rows(_STRANGERS):
        what = f"objects of the owner {row['role']!r} in the schema {row['schema']!r}, which is not its own"
        yield Obstacle(f"{what} ({_such(row)})", f"ALTER ROLE {me} SUPERUSER; or --no-owner")


def _grants(session: Session, me: str) -> Iterator[Obstacle]:
    for row in session.rows(_GRANTORS):
        what = f"grants by {row['role']!r} on objects that it does not own ({_such(row)})"
        yield Obstacle(what, f"ALTER ROLE {me} SUPERUSER; or --no-acl")
    for row in session.rows(_DEFAULTS.format(membership=membership(session))):
        remedy = f"GRANT {identifier(row['role'])} TO {me}; or --no-acl"
        yield Obstacle(f"default privileges of {row['role']!r}", remedy)


def _needs_superuser(session: Session, role: Role, *, keeps_extensions: bool) -> Iterator[Obstacle]:
    remedy = f"ALTER ROLE {identifier(role.name)} SUPERUSER; or restore as a superuser"
    for row in [] if keeps_extensions else session.rows(_EXTENSIONS):
        if not row["is_there"]:
            yield Obstacle(f"the extension {row['name']!r}", "install it on the server, which no longer has it")
        elif row["needs_superuser"]:
            yield Obstacle(f"the extension {row['name']!r}, which a superuser alone can create", remedy)
    for row in session.rows(f"SELECT what FROM ({_SUPERUSERS}) AS s ORDER BY 1"):  # noqa: S608 - our own text
        yield Obstacle(f"{row['what']}, which a superuser alone can create", remedy)


def _such(row: dict[str, Any]) -> str:
    return f"{row['number']}, such as {row['example']}"


def membership(session: Session) -> str:
    """Return the privilege by which an object can be given to a role; members may do without it since version 16."""
    return "'SET'" if server_version(session).major >= 16 else "'MEMBER'"
