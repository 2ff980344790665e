"""What a database is beside what it holds: owner, encoding, locale, rights, settings, comment; and SQL to repeat it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from openviper.backup._postgres.queries import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from openviper.backup._postgres.queries import Session

__all__ = ["Grant", "LiveDatabase", "Setting", "create_statement", "find_database", "finishing_statements"]

_DATABASE = """\
SELECT d.oid::bigint AS oid, d.datname AS name, pg_get_userbyid(d.datdba) AS owner,
    pg_encoding_to_char(d.encoding) AS encoding, t.spcname AS tablespace, to_jsonb(d) - 'datacl' AS row,
    shobj_description(d.oid, 'pg_database') AS comment, pg_has_role(d.datdba, 'USAGE') AS is_owned
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE d.datname = {name}"""
_GRANTS = """\
SELECT CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END AS grantee,
    a.privilege_type AS privilege, bool_or(a.is_grantable) AS is_grantable
FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
WHERE d.oid = {oid} AND (a.grantee = 0 OR EXISTS (SELECT FROM pg_roles r WHERE r.oid = a.grantee))
GROUP BY a.grantee, 2 ORDER BY 1 NULLS FIRST, 2"""
_SETTINGS = """\
SELECT CASE s.setrole WHEN 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END AS role,
    split_part(c.line, '=', 1) AS name, substr(c.line, strpos(c.line, '=') + 1) AS value
FROM pg_db_role_setting s, unnest(s.setconfig) WITH ORDINALITY AS c (line, number)
WHERE s.setdatabase = {oid} ORDER BY 1 NULLS FIRST, c.number"""
# Lists of names, each of which is quoted by itself; as variable_is_guc_list_quote() of pg_dump has them.
_LISTS = {
    "local_preload_libraries",
    "search_path",
    "session_preload_libraries",
    "shared_preload_libraries",
    "temp_tablespaces",
    "unix_socket_directories",
}
_ELEMENT = re.compile(r'\s*("(?:[^"]|"")*"|[^",]+)\s*(?:,|$)')
_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


@dataclass(frozen=True, slots=True)
class Grant:
    """A right to a database; ``grantee``: ``None``: everybody."""

    grantee: str | None
    privilege: str
    is_grantable: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """What ``ALTER DATABASE … SET`` or ``ALTER ROLE … IN DATABASE … SET`` has set; ``role``: ``None``: for all."""

    role: str | None
    name: str
    value: str

    def sql(self, database: str) -> str:
        """Return the statement that sets it for a database."""
        where = f"ALTER DATABASE {identifier(database)}"
        if self.role is not None:
            where = f"ALTER ROLE {identifier(self.role)} IN DATABASE {identifier(database)}"
        return f"{where} SET {_parameter(self.name)} TO {self._quoted_value()};"

    def _quoted_value(self) -> str:
        if self.name.lower() not in _LISTS or not self.value.strip():
            return literal(self.value)
        elements = [found[1].strip() for found in _ELEMENT.finditer(self.value)]
        return ", ".join(literal(each[1:-1].replace('""', '"') if each[0] == '"' else each) for each in elements)


@dataclass(frozen=True, slots=True)
class LiveDatabase:
    """A database as the server's catalogs have it.

    Attributes:
        row: That of ``pg_database``, whose columns differ by version.
        is_owned: The role that asks has its owner's rights.
    """

    oid: int
    name: str
    owner: str
    encoding: str
    tablespace: str
    comment: str | None
    is_owned: bool
    row: dict[str, Any]
    grants: tuple[Grant, ...]
    settings: tuple[Setting, ...]

    @property
    def allows_connections(self) -> bool:
        """Whether it takes connections; one whose creation or end was broken off (-2) takes none."""
        return bool(self.row["datallowconn"]) and self.row["datconnlimit"] != -2


def find_database(session: Session, name: str) -> LiveDatabase | None:
    """Return a database of the server, or ``None``."""
    found = session.rows(_DATABASE.format(name=literal(name)))
    if not found:
        return None
    grants = session.rows(_GRANTS.format(oid=found[0]["oid"]))
    settings = session.rows(_SETTINGS.format(oid=found[0]["oid"]))
    return LiveDatabase(
        **found[0], grants=tuple(Grant(**row) for row in grants), settings=tuple(Setting(**row) for row in settings)
    )


def create_statement(name: str, like: LiveDatabase | None) -> str:
    """Return the SQL that makes an empty database with the owner, encoding, locale and tablespace of another.

    Args:
        like: ``None``: what the server gives.
    """
    options = [] if like is None else [*_options(like)]
    return " ".join([f"CREATE DATABASE {identifier(name)} TEMPLATE template0", *options]) + ";"


def _options(like: LiveDatabase) -> Iterator[str]:
    yield f"OWNER {identifier(like.owner)} ENCODING {literal(like.encoding)}"
    # Named, it would need a right that it does not need otherwise.
    if like.tablespace != "pg_default":
        yield f"TABLESPACE {identifier(like.tablespace)}"
    yield f"LC_COLLATE {literal(like.row['datcollate'])} LC_CTYPE {literal(like.row['datctype'])}"
    provider = _PROVIDERS.get(like.row.get("datlocprovider", "c"), "libc")
    locale = like.row.get("daticulocale") or like.row.get("datlocale")
    if provider != "libc":
        yield f"LOCALE_PROVIDER {provider}"
    if provider != "libc" and locale:
        yield f"{'ICU' if provider == 'icu' else 'BUILTIN'}_LOCALE {literal(locale)}"
    if like.row.get("daticurules"):
        yield f"ICU_RULES {literal(like.row['daticurules'])}"


def finishing_statements(name: str, like: LiveDatabase | None, *, skip_settings: Sequence[str]) -> Iterator[str]:
    """Give the SQL by which a database that was made like another gets the rest: settings, limit, rights.

    The rights to the database itself are in no dump: they stay whether the dump's grants are restored or not.
    """
    if like is None:
        yield f"GRANT CONNECT, TEMPORARY ON DATABASE {identifier(name)} TO PUBLIC;"
        return
    skipped = {each.lower() for each in skip_settings}
    yield from (setting.sql(name) for setting in like.settings if setting.name.lower() not in skipped)
    yield f"ALTER DATABASE {identifier(name)} CONNECTION LIMIT {like.row['datconnlimit']};"
    if like.row["datistemplate"]:
        yield f"ALTER DATABASE {identifier(name)} IS_TEMPLATE true;"
    yield f"REVOKE ALL ON DATABASE {identifier(name)} FROM PUBLIC, {identifier(like.owner)};"
    yield from (_grant(name, each) for each in like.grants)


def _grant(name: str, grant: Grant) -> str:
    grantee = "PUBLIC" if grant.grantee is None else identifier(grant.grantee)
    option = " WITH GRANT OPTION" if grant.is_grantable else ""
    return f"GRANT {grant.privilege} ON DATABASE {identifier(name)} TO {grantee}{option};"


def _parameter(name: str) -> str:
    """Quote a parameter's name, which may be of two parts: ``app.tenant``."""
    return ".".join(identifier(part) for part in name.split("."))
