"""The roles that a dump names are found in its statements, and asked for on the server."""

from __future__ import annotations

import pytest
from postgres_dumping import SECONDS

from openviper.backup._postgres.connection import connection_of
from openviper.backup._postgres.obstacles import Role, current_role
from openviper.backup._postgres.queries import Session
from openviper.backup._postgres.roles import NamedRoles
from openviper.backup._postgres.statements import is_acl, is_owner
from openviper.backup.job import Job
from openviper.backup.url import parse_url

POLICY = "make it first, from what backup-db --globals FILE has saved"
MAKE = f"{POLICY}; or"
#: A dump, and what stands in its way for the role ``owner``.
DUMPS = {
    "its own": ("ALTER TABLE t OWNER TO owner; ALTER TABLE t OWNER TO Owner; GRANT ALL ON t TO other, owner;", []),
    "no roles": (
        "GRANT ALL ON t TO PUBLIC; REVOKE ALL ON t FROM CURRENT_USER; SET SESSION AUTHORIZATION DEFAULT;"
        "RESET SESSION AUTHORIZATION; ALTER TABLE t ADD a int; SET x TO ghost;",
        [],
    ),
    "an owner that is not there": (
        'ALTER TABLE "a OWNER TO b;" OWNER TO "Ghost 1";',
        [f"objects of the owner 'Ghost 1', which is not on this server: {MAKE} --no-owner"],
    ),
    "an owner of which it is no member": (
        "ALTER FUNCTION f(a text) OWNER TO other;",
        ['objects of the owner \'other\': GRANT "other" TO "owner"; or --no-owner'],
    ),
    "grants": (
        'GRANT SELECT ON TABLE "a TO b" TO other, GROUP ghost WITH GRANT OPTION;',
        [f"rights of 'ghost', which is not on this server: {MAKE} --no-acl"],
    ),
    "a revoke": (
        "REVOKE ALL ON t FROM ghost CASCADE;",
        [f"rights of 'ghost', which is not on this server: {MAKE} --no-acl"],
    ),
    "default privileges": (
        "ALTER DEFAULT PRIVILEGES FOR ROLE other, g1 IN SCHEMA s GRANT SELECT ON TABLES TO g2;",
        [
            'default privileges of \'other\': GRANT "other" TO "owner"; or --no-acl',
            f"rights of 'g1', which is not on this server: {MAKE} --no-acl",
            f"rights of 'g2', which is not on this server: {MAKE} --no-acl",
        ],
    ),
    "acting as another": (
        "SET SESSION AUTHORIZATION 'other'; SET SESSION AUTHORIZATION \"owner\"; SET SESSION AUTHORIZATION DEFAULT;",
        ["statements by 'other': ALTER ROLE \"owner\" SUPERUSER; or --no-owner --no-acl"],
    ),
    "policies": (
        'CREATE POLICY "a TO b" ON public.t AS RESTRICTIVE FOR SELECT TO other, ghost USING ((a > 1));'
        "CREATE POLICY p ON t TO PUBLIC;CREATE POLICY p ON t USING (x = ' TO g');CREATE TABLE t (a text);",
        [f"policies for 'ghost', which is not on this server: {POLICY}"],
    ),
    "rows and bodies": (
        "COPY t FROM stdin;\nALTER TABLE t OWNER TO ghost;\n\\.\nCREATE FUNCTION f() AS $$ ;GRANT a TO ghost; $$;",
        [],
    ),
    "a name in another encoding": ('ALTER TABLE t OWNER TO "gh\xf6st"; GRANT ALL ON t TO gh\xf6st;', []),
}


def found(postgres, text, *drops):
    """Return what stands in the way of a dump, which comes in pieces."""
    roles = NamedRoles(*drops)
    data = text.encode("latin-1")
    for begin in range(0, len(data), 7):
        assert roles.write(memoryview(data)[begin : begin + 7]) == len(data[begin : begin + 7])
    with Job(SECONDS) as job, Session(connection_of(parse_url(postgres.url("postgres", user="owner"))), job) as session:
        assert current_role(session) == Role("owner", is_superuser=False, may_create=True)
        return [f"{each.what}: {each.remedy}" for each in roles.obstacles(session, current_role(session))]


@pytest.mark.parametrize("name", DUMPS)
def test_what_stands_in_the_way(postgres, name):
    """Roles that are not there, or for which this one may not act, are named with what would allow it."""
    text, obstacles = DUMPS[name]
    assert found(postgres, text) == obstacles


@pytest.mark.parametrize("name", DUMPS)
def test_what_is_left_out_by_choice(postgres, name):
    """A statement that is left out names no role; policies are not."""
    left = DUMPS[name][1] if name == "policies" else []
    assert found(postgres, DUMPS[name][0], is_owner, is_acl) == left
