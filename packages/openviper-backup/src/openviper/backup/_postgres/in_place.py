"""A database is emptied, so that a dump can be loaded into it; extensions and what they brought stay.

Default privileges go first: they would grant rights to what is loaded.

Step by step, not in one transaction: 3,000 tables are more locks than a server has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from openviper.backup._postgres.contents import IS_OWN
from openviper.backup.errors import ToolFailed

if TYPE_CHECKING:
    from openviper.backup._postgres.queries import Session
    from openviper.backup.job import Job

__all__ = ["clear_database"]

_BEGIN = "SET client_min_messages = error;\nSET lock_timeout = '60s';\nSET default_transaction_read_only = off;"
_RELATIONS = f"""\
SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
    WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END AS kind, c.oid::regclass::text AS name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND {IS_OWN.format(table="'pg_class'", oid="c.oid")}
ORDER BY c.oid LIMIT 50"""  # noqa: S608 - our own text
# What else a schema holds, by the catalogs' own names for it.
_OTHERS = f"""\
SELECT i.identity AS name,
    CASE i.type WHEN 'composite type' THEN 'TYPE' WHEN 'statistics object' THEN 'STATISTICS' ELSE i.type END AS kind
FROM pg_depend d JOIN pg_namespace n ON d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid,
    pg_identify_object(d.classid, d.objid, 0) i
WHERE d.deptype = 'n' AND d.objsubid = 0 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND d.classid <> 'pg_extension'::regclass AND d.classid <> 'pg_default_acl'::regclass
    AND {IS_OWN.format(table="d.classid", oid="d.objid")}
ORDER BY d.classid, d.objid LIMIT 50"""  # noqa: S608 - our own text
_SCHEMAS = f"""\
SELECT 'SCHEMA' AS kind, quote_ident(n.nspname) AS name FROM pg_namespace n
WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'public')
    AND NOT EXISTS (SELECT FROM pg_depend d
        WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = n.oid
            AND d.classid <> 'pg_default_acl'::regclass)
    AND {IS_OWN.format(table="'pg_namespace'", oid="n.oid")}
ORDER BY 2 LIMIT 50"""  # noqa: S608 - our own text
_PUBLICATIONS = "SELECT 'PUBLICATION' AS kind, quote_ident(pubname) AS name FROM pg_publication LIMIT 50"
_SERVERS = "SELECT 'SERVER' AS kind, quote_ident(srvname) AS name FROM pg_foreign_server LIMIT 50"
# All that are given go back to what every role has; those in a schema are none then.
_DEFAULTS = """\
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I ', pg_get_userbyid(d.defaclrole))
        || CASE WHEN n.nspname IS NULL THEN '' ELSE format('IN SCHEMA %I ', n.nspname) END AS how,
    quote_ident(pg_get_userbyid(d.defaclrole)) AS role, n.nspname IS NULL AS is_everywhere, k.kind, k.publicly,
    (SELECT string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
        ', ') FROM aclexplode(d.defaclacl) a) AS grantees
FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    JOIN (VALUES ('r', 'TABLES', NULL), ('S', 'SEQUENCES', NULL), ('f', 'FUNCTIONS', 'EXECUTE'),
        ('T', 'TYPES', 'USAGE'), ('n', 'SCHEMAS', NULL), ('L', 'LARGE OBJECTS', NULL))
        AS k (type, kind, publicly) ON k.type = d.defaclobjtype::text
WHERE pg_has_role(d.defaclrole, 'USAGE')"""
_SCHEMA_GRANTS = """\
SELECT DISTINCT quote_ident(pg_get_userbyid(a.grantee)) AS role FROM pg_namespace n, aclexplode(n.nspacl) a
WHERE n.nspname = 'public' AND a.grantee <> 0 AND a.grantee <> n.nspowner"""
_LARGE_OBJECTS = "SELECT lo_unlink(oid) FROM pg_largeobject_metadata LIMIT 50"


def clear_database(session: Session, job: Job) -> None:
    """Empty the session's database.

    Raises:
        ToolFailed: Something cannot be dropped, or others have held a table for a minute; half of it may be gone.
        Interrupted: The job says so.
    """
    session.run(_BEGIN)
    session.run("\n".join(_revoking(session)))
    for query in (_PUBLICATIONS, _SERVERS, _RELATIONS, _OTHERS, _SCHEMAS):
        _drop_all(session, query, job)
    while session.rows(_LARGE_OBJECTS):
        job.step("clear")


def _revoking(session: Session) -> Iterator[str]:
    """Give the SQL that takes default privileges away, and the grants on the schema public, which stays."""
    for row in session.rows(_DEFAULTS):
        if row["grantees"]:
            yield f"{row['how']}REVOKE ALL ON {row['kind']} FROM {row['grantees']};"
        if row["is_everywhere"]:
            yield f"{row['how']}GRANT ALL ON {row['kind']} TO {row['role']};"
        if row["is_everywhere"] and row["publicly"]:
            yield f"{row['how']}GRANT {row['publicly']} ON {row['kind']} TO PUBLIC;"
    for row in session.rows(_SCHEMA_GRANTS):
        yield f"REVOKE ALL ON SCHEMA public FROM {row['role']};"


def _drop_all(session: Session, query: str, job: Job) -> None:
    before = None
    while (found := session.rows(query)) and found != before:
        job.step("clear")
        # One by one; what went with another is no longer there.
        session.run("\n".join(f"DROP {row['kind']} IF EXISTS {row['name']} CASCADE;" for row in found))
        before = found
    if found:
        raise ToolFailed(f"{found[0]['kind']} {found[0]['name']} cannot be dropped", tool="psql", exit_code=0)
