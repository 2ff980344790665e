"""What a database is beside what it holds is that of the live one behind a restore too."""

from __future__ import annotations

import re
import shutil

import pytest
from postgres_dumping import contents
from postgres_restoring import CHANGED, PLAIN, backup, restore

from openviper.backup.errors import RestoreRefused

FACTS = """
SELECT pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datistemplate, datallowconn,
    datconnlimit, spcname, shobj_description(d.oid, 'pg_database'),
    (SELECT string_agg(format('%s>%s:%s%s', grantor, grantee, privilege_type, is_grantable), ' '
        ORDER BY grantee, privilege_type)
        FROM (SELECT (aclexplode(coalesce(datacl, acldefault('d', datdba)))).*) a),
    (SELECT string_agg(format('%s %s', setrole, setconfig), ' ' ORDER BY setrole) FROM pg_db_role_setting s
        WHERE s.setdatabase = d.oid), to_jsonb(d) -> 'datlocprovider', to_jsonb(d) -> 'daticulocale'
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE datname = '{}'"""


def facts(database):
    return database.server.run(FACTS.format(database.name))


@pytest.mark.parametrize("user", ["postgres", "owner"])
def test_what_belongs_to_the_database_is_kept(postgres, tmp_path, user):
    """Owner, comment, rights, limit and settings are those of the live database, not of the server's defaults."""
    database = postgres.fresh(PLAIN)
    name = database.name
    database.run(
        f"""COMMENT ON DATABASE {name} IS 'it''s "ours"
in two lines \\';
        GRANT CONNECT ON DATABASE {name} TO other WITH GRANT OPTION; GRANT TEMPORARY ON DATABASE {name} TO PUBLIC;
        REVOKE CREATE ON DATABASE {name} FROM owner;
        ALTER DATABASE {name} CONNECTION LIMIT 17;
        ALTER DATABASE {name} SET search_path = "$user", 'odd, "name', public;
        ALTER DATABASE {name} SET application_name = 'it''s; \\';
        ALTER DATABASE {name} SET statement_timeout = '7s';
        ALTER DATABASE {name} SET default_transaction_read_only = on;
        ALTER ROLE owner IN DATABASE {name} SET work_mem = '7MB'""",
    )
    file = backup(database, tmp_path)
    before = facts(database)
    restore(file, postgres.url(name, user=user))
    assert facts(database) == before
    assert before.startswith("owner|UTF8|C.UTF-8|C.UTF-8|f|t|17|pg_default|it's")


def test_settings_of_other_roles_and_a_template(postgres, tmp_path):
    """A superuser keeps the settings of other roles, and a template stays one."""
    database = postgres.fresh(PLAIN)
    postgres.run(f"ALTER ROLE other IN DATABASE {database.name} SET work_mem = '3MB'")
    postgres.run(f"ALTER DATABASE {database.name} SET log_min_duration_statement = 5")
    postgres.run(f"ALTER DATABASE {database.name} SET app.tenant = 'it''s; \\'")
    postgres.run(f"ALTER DATABASE {database.name} IS_TEMPLATE true")
    file = backup(database, tmp_path)
    before = facts(database)
    try:
        done = restore(file, postgres.url(database.name))
        assert facts(database) == before
        assert len(done.notes) == 1
    finally:
        postgres.run(f"ALTER DATABASE {database.name} IS_TEMPLATE false")


@pytest.mark.parametrize(
    "options",
    [
        "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
        "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
        "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'",
        "LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' ENCODING 'UTF8'",
    ],
)
def test_encoding_and_locale(postgres, tmp_path, options):
    """Encoding and locale are those of the live database, not of the server."""
    name = "Größe"
    postgres.run(f'CREATE DATABASE "{name}" OWNER owner TEMPLATE template0 {options}')
    database = type(postgres.fresh())(postgres, name, "owner")
    values = r"('Größe'), ('Zebra'), ('ähnlich')" if "ASCII" not in options else r"(E'\xff\xfe'), ('a')"
    database.run(f"SET client_encoding = 'UTF8'; CREATE TABLE t (a text); INSERT INTO t VALUES {values}")
    rows = database.run("SELECT encode(convert_to(a, 'SQL_ASCII'), 'hex') FROM t ORDER BY a")
    file = backup(database, tmp_path)
    before = facts(database)
    restore(file, database.url)
    assert facts(database) == before
    assert database.run("SELECT encode(convert_to(a, 'SQL_ASCII'), 'hex') FROM t ORDER BY a") == rows


def test_tablespace(postgres, tmp_path):
    """The database stays in its tablespace, and so do its tables."""
    folder = postgres.folder / "space"
    folder.mkdir()
    shutil.chown(folder, (postgres.folder / "data").owner())
    postgres.run(f"CREATE TABLESPACE space LOCATION '{folder}'")
    try:
        postgres.run("CREATE DATABASE in_space OWNER owner TABLESPACE space")
        database = type(postgres.fresh())(postgres, "in_space", "owner")
        database.run(PLAIN)
        file = backup(database, tmp_path)
        with pytest.raises(
            RestoreRefused, match='the tablespace \'space\': GRANT CREATE ON TABLESPACE "space" TO "owner"'
        ):
            restore(file, database.url)
        postgres.run("GRANT CREATE ON TABLESPACE space TO owner")
        before = facts(database)
        restore(file, database.url)
        assert facts(database) == before
        assert "|space|" in before
    finally:
        postgres.drop("in_space")
        postgres.run("DROP TABLESPACE space")


@pytest.mark.parametrize("user", ["postgres", "owner"])
def test_there_is_no_such_database(postgres, tmp_path, user):
    """A database that is not there is made, with a note; it is its maker's, and everybody may connect."""
    database = postgres.fresh(PLAIN)
    file = backup(database, tmp_path)
    url = postgres.url("a new one", user=user)
    try:
        done = restore(file, url, force=False)
        made = type(database)(postgres, "a new one", user)
        assert contents(made) == contents(database)
        assert done.kept is None
        assert "There was no database 'a new one': it was made" in done.notes
        assert facts(made).startswith(f"{user}|UTF8|C.UTF-8|C.UTF-8|f|t|-1|pg_default||")
        assert "0:CONNECTf" in facts(made).replace(">0:", ">0:")
    finally:
        postgres.drop("a new one")


def test_keep_old(postgres, tmp_path):
    """Each former database stays, open, under the name that the result says, with its settings and comment."""
    database = postgres.fresh(PLAIN)
    database.run(f"COMMENT ON DATABASE {database.name} IS 'mine'; ALTER DATABASE {database.name} SET work_mem = '5MB'")
    file = backup(database, tmp_path)
    database.run(CHANGED)
    before, now = facts(database), contents(database)
    kept = [restore(file, database.url, keep_old=True).kept for _ in range(3)]
    assert len(set(kept)) == 3
    assert all(re.fullmatch(database.name + r"_before_\d{8}_\d{6}(_\d)?", name) for name in kept)
    assert facts(database) == before
    first = type(database)(postgres, kept[0], "owner")
    assert (facts(first), contents(first)) == (before, now)
    assert sorted(postgres.databases()) == sorted([database.name, *kept])
