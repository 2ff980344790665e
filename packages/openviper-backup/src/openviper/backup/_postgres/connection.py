"""How PostgreSQL's programs connect: by ``PG*`` variables alone, which nobody else on the machine can read.

What the URL does not say is taken from our own ``PG*`` variables, as libpq does; but no service file, whose values
would go before the URL's. https://www.postgresql.org/docs/current/libpq-envars.html
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from openviper.backup.errors import InvalidInput

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = ["Connection", "connection_of"]

# Options of the URL, as libpq and asyncpg name them, and where they go.
_VARIABLES = {
    "hostaddr": "PGHOSTADDR",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "require_auth": "PGREQUIREAUTH",
    "channel_binding": "PGCHANNELBINDING",
    "application_name": "PGAPPNAME",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslcompression": "PGSSLCOMPRESSION",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslcertmode": "PGSSLCERTMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "sslcrldir": "PGSSLCRLDIR",
    "sslsni": "PGSSLSNI",
    "requirepeer": "PGREQUIREPEER",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "gssencmode": "PGGSSENCMODE",
    "krbsrvname": "PGKRBSRVNAME",
    "gsslib": "PGGSSLIB",
    "gssdelegation": "PGGSSDELEGATION",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
    "load_balance_hosts": "PGLOADBALANCEHOSTS",
}
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# Those that would take the place of what the URL says, or change what a dump holds.
_UNWANTED = ("PGSERVICE", "PGSERVICEFILE", "PGHOSTADDR", "PGCLIENTENCODING", "PGDATESTYLE", "PGTZ", "PGGEQO")
_REFUSED = {
    "service": "say host, user and database in the URL itself",
    **dict.fromkeys(("dbname", "database"), "the database's name belongs after the host: postgresql://host/NAME"),
    "sslpassword": "libpq takes no such thing from the environment; use a key without a passphrase",
}
_SECONDS = "30"


@dataclass(frozen=True, slots=True)
class Connection:
    """One database of one server, for one role.

    Attributes:
        database: Its name.
        environment: What differs from our own; ``None``: to be taken away.
        secrets: Texts that no message may show.
        shown: The URL without its password.
    """

    database: str
    environment: Mapping[str, str | None] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    shown: str

    def to(self, database: str) -> Connection:
        """Return the same role's connection to another database of the server."""
        return Connection(database, {**self.environment, "PGDATABASE": database}, self.secrets, self.shown)


def connection_of(url: DatabaseURL) -> Connection:
    """Return how PostgreSQL's programs reach the database of a URL.

    Raises:
        InvalidInput: It names no database, or has an option that cannot be passed on.
    """
    if not url.database:
        raise InvalidInput(f"The database URL '{url}' names no database; expected postgresql://user@host/database")
    environment: dict[str, str | None] = dict.fromkeys(_UNWANTED)
    environment |= {"PGAPPNAME": "openviper-backup", "PGDATABASE": url.database}
    if "PGCONNECT_TIMEOUT" not in os.environ:
        environment["PGCONNECT_TIMEOUT"] = _SECONDS
    environment |= _given({"PGUSER": url.user, "PGPASSWORD": url.password})
    environment |= _options(url)
    environment |= _place(url)
    secrets = (environment.get("PGPASSWORD"), os.environ.get("PGPASSWORD"))
    return Connection(url.database, environment, tuple(secret for secret in secrets if secret), str(url))


def _given(values: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: value for name, value in values.items() if value}


def _options(url: DatabaseURL) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, value in url.query:
        if name in _VARIABLES:
            found[_VARIABLES[name]] = value
        elif name == "ssl":
            found["PGSSLMODE"] = _ssl_mode(value)
        elif name in _REFUSED:
            raise InvalidInput(f"The option {name!r} of the database URL is not taken: {_REFUSED[name]}")
        elif name.startswith(("ssl", "gss", "krb")):
            # Left out silently, it would make a connection less safe than it was meant.
            raise InvalidInput(f"The option {name!r} of the database URL is not one of libpq's")
    return found


def _ssl_mode(value: str) -> str:
    """Return libpq's word for asyncpg's ``ssl``."""
    mode = {"true": "require", "1": "require", "false": "disable", "0": "disable"}.get(value.lower(), value)
    if mode not in _SSL_MODES:
        raise InvalidInput(f"ssl={value!r} in the database URL; expected one of {', '.join(_SSL_MODES)}")
    return mode


def _place(url: DatabaseURL) -> dict[str, str | None]:
    """Return host and port; those of the query go before, and may be several: ``?host=a:5432&host=b:5432``."""
    hosts = [value for name, value in url.query if name == "host" and value]
    if not hosts:
        return _given({"PGHOST": url.host, "PGPORT": url.option("port") or (str(url.port) if url.port else None)})
    pairs = [_divided(host) for host in hosts]
    default = url.option("port") or (str(url.port) if url.port else "")
    ports = [port or default for _, port in pairs]
    given = {"PGHOST": ",".join(host for host, _ in pairs)}
    return _given({**given, "PGPORT": ",".join(ports) if any(ports) else None})


def _divided(host: str) -> tuple[str, str]:
    """Divide ``db.example:5432``; the path of a socket, or an IPv6 address, is whole."""
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit() and not host.startswith(("/", "@")) and ":" not in name:
        return name, port
    return host, ""
