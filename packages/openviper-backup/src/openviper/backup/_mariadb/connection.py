"""How the programs of MariaDB and MySQL connect: by an option file that has no name, and so cannot be left behind.

https://mariadb.com/docs/server/server-management/install-and-upgrade-mariadb/configuring-mariadb/configuring-mariadb-with-option-files
has its grammar. No other option file is read, nor a variable of the environment: the URL says everything.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup.errors import InvalidInput

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = ["Connection", "connection_of", "option_file"]

# Bytes: a line of an option file may have 4095, and is cut without a word.
_LONGEST = 4000
# Options of URLs, as PyMySQL, aiomysql, asyncmy, mysqlclient and Connector/Python name them.
_PATHS = {"ssl_ca": "ssl-ca", "ssl_capath": "ssl-capath", "ssl_cert": "ssl-cert", "ssl_key": "ssl-key"}
_OTHERS = {
    "unix_socket": "socket",
    "ssl_cipher": "ssl-cipher",
    "ssl_mode": "ssl-mode",
}
_FLAGS = {
    "ssl": "ssl",
    "ssl_verify_cert": "ssl-verify-server-cert",
    "ssl_verify_identity": "ssl-verify-server-cert",
    "ssl_check_hostname": "ssl-verify-server-cert",
}
_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
#: What would take the place of what the URL says.
_UNWANTED = (
    "MYSQL_PWD",
    "MYSQL_HOST",
    "MYSQL_TCP_PORT",
    "MYSQL_UNIX_PORT",
    "MYSQL_HOME",
    "MYSQL_GROUP_SUFFIX",
    "MARIADB_GROUP_SUFFIX",
    "MARIADB_HOME",
)


@dataclass(frozen=True, slots=True)
class Connection:
    """One database of one server, for one user.

    Attributes:
        database: Its name.
        options: Lines of an option file.
        secrets: Texts that no message may show.
        shown: The URL without its password.
    """

    database: str
    options: Mapping[str, str | None] = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    shown: str

    @property
    def environment(self) -> dict[str, str | None]:
        """What differs from our own; ``None``: to be taken away."""
        # The file of login paths goes before the option file: one that is not there.
        return {**dict.fromkeys(_UNWANTED), "MYSQL_TEST_LOGIN_FILE": "/nonexistent/mylogin.cnf"}


def connection_of(url: DatabaseURL) -> Connection:
    """Return how the programs reach the database of a URL.

    A host, ``localhost`` too, is reached by TCP, as Python's drivers do; without one, the client's own socket is.

    Raises:
        InvalidInput: It names no database, or has an option that cannot be passed on.
    """
    if not url.database or "/" in url.database:
        raise InvalidInput(f"The database URL '{url}' names no database; expected mariadb://user@host/database")
    options: dict[str, str | None] = {}
    given = {"user": url.user, "password": url.password, "host": url.host, "port": str(url.port) if url.port else None}
    options |= {name: value for name, value in given.items() if value}
    if url.host and url.option("unix_socket") is None:
        options["protocol"] = "tcp"
    for name, value in url.query:
        if name == "ssl_mode" and url.dialect == "mariadb":
            raise InvalidInput(
                f"ssl_mode={value!r} in the database URL is for MySQL's programs; MariaDB's have ssl=true, ssl_ca=FILE "
                "and ssl_verify_cert=true"
            )
        options |= _passed_on(name, value)
    for name, text in options.items():
        if len(_line(name, text).encode("utf-8", "surrogateescape")) > _LONGEST:
            raise InvalidInput(f"The {name} of the database URL is longer than an option file can have it")
    return Connection(url.database, options, (url.password,) if url.password else (), str(url))


def _passed_on(name: str, value: str) -> dict[str, str | None]:
    if name in _PATHS:
        return {_PATHS[name]: str(Path(value).expanduser().absolute())}
    if name in _OTHERS:
        return {_OTHERS[name]: value}
    if name in _FLAGS and value.lower() in _TRUE:
        return {_FLAGS[name]: None}
    if name in _FLAGS and value.lower() in _FALSE:
        return {}
    if name == "read_default_file" or name.startswith("ssl"):
        # Left out silently, it would make a connection less safe than it was meant.
        shown = name if "password" in name else f"{name}={value!r}"
        raise InvalidInput(f"{shown} in the database URL cannot be passed on to the database's programs: take it out")
    return {}


@contextmanager
def option_file(connection: Connection) -> Generator[str]:
    """Write the option file (0600), and give what ``--defaults-file`` takes.

    It lies in memory or in a file without a name, whose path is that of our descriptor: SIGKILL takes it away too.
    Where the system has no such paths it is a temporary file.
    """
    content = "".join(_line(name, value) for name, value in connection.options.items())
    named = not Path(f"/proc/{os.getpid()}/fd").is_dir()
    make = tempfile.NamedTemporaryFile if named else tempfile.TemporaryFile
    with make("wb", prefix="openviper-", suffix=".cnf") as file:
        file.write(f"[client]\n{content}".encode())
        file.flush()
        yield str(file.name) if named else f"/proc/{os.getpid()}/fd/{file.fileno()}"


def _line(name: str, value: str | None) -> str:
    return f"{name}\n" if value is None else f"{name}={_quoted(value)}\n"


def _quoted(value: str) -> str:
    r"""Return a value in quotes, where ``#`` begins no comment; of backslashes, ``\\`` and ``\"`` mean themselves."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r") + '"'
