"""PostgreSQL and MariaDB: how each is filled, and how its own programs dump it and load it.

The servers are those of the tests, each with a folder and a process of its own, ended by its process id.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from backup_data import TABLES
from backup_engines import INDEXES, TABLES_OF_ALL, Engine
from environment import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from backup_data import Rows

__all__ = ["SERVERS", "Server", "what_is_missing"]

TESTS = ROOT / "packages" / "openviper-backup" / "tests"
# Bytes of the one row of a wide table.
WIDE = 100_000_000
# The tests' servers write nothing to the disk in time, and have little memory; these are as their makers ship them.
POSTGRES_DEFAULTS = """\
fsync = on
full_page_writes = on
synchronous_commit = on
shared_buffers = 128MB
"""
MARIADB_DEFAULTS = (
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-flush-method=O_DIRECT",
    "--innodb-buffer-pool-size=128M",
    "--sync-frm=1",
    "--max-allowed-packet=256M",
)


class Server(Engine, Protocol):
    """One with programs of its own.

    Attributes:
        environ: For the programs.
        connector: With which django-dbbackup makes the same dump; ``None``: it does anyway.
        left_out: Options of restore-db for which each statement of a dump is looked at.
    """

    environ: dict[str, str]
    connector: str | None
    left_out: tuple[str, ...]

    def make_wide(self, database: str) -> None:
        """Make a database with one row of 100 MB."""

    def empty(self, database: str) -> None:
        """Make a database without tables."""

    def drop(self, database: str) -> None: ...

    def dump(self, database: str) -> list[str]:
        """The vendor's command that dumps as ours does."""

    def load(self, database: str) -> list[str]:
        """The vendor's command that a dump is fed to."""

    def version(self) -> str: ...


class Served:
    """What a server of the tests does for either."""

    end: bytes

    def __init__(self, server: Any) -> None:
        self._server = server

    def trailer(self, database: str) -> bytes:
        return self.end

    def empty(self, database: str) -> None:
        self._server.fresh(name=database)

    def drop(self, database: str) -> None:
        self._server.drop(database)

    def counts(self, database: str) -> dict[str, int]:
        return {table: int(self._server.run(f"SELECT count(*) FROM {table}", database)) for table in TABLES}

    def url(self, database: str) -> str:
        return str(self._server.socket_url(database, user="owner"))


class Postgres(Served):
    """PostgreSQL, by the unix socket, as the owner of its databases."""

    title = "PostgreSQL"
    end = b"PostgreSQL database dump complete"
    connector: str | None = "dbbackup.db.postgresql.PgDumpConnector"
    left_out: tuple[str, ...] = ("--no-owner", "--no-acl")

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.environ: dict[str, str] = server.environment("owner")

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Postgres]:
        with tests_module("postgres_instance").running_postgres(POSTGRES_DEFAULTS) as server:
            yield cls(server)

    def make(self, database: str, rows: Rows) -> None:
        self.empty(database)
        kinds = {"text": "text", "moment": "timestamp", "long": "bigint", "json": "jsonb", "bytes": "bytea"}
        self._server.run(TABLES_OF_ALL.format_map(kinds), database, user="owner")
        for table, files in rows.files.items():
            for file in files:
                self._server.run(f"COPY {table} FROM '{file}'", database)
        for statement in (*INDEXES, "VACUUM ANALYZE"):
            self._server.run(statement, database, user="owner")

    def make_wide(self, database: str) -> None:
        self.empty(database)
        self._server.run("CREATE TABLE wide (content bytea)", database, user="owner")
        content = f"decode(repeat('00112233445566778899aabbccddeeff', {WIDE // 16}), 'hex')"
        self._server.run(f"INSERT INTO wide VALUES ({content})", database)

    def dump(self, database: str) -> list[str]:
        return ["pg_dump", "--format=plain", "--no-password", f"--dbname={database}"]

    def load(self, database: str) -> list[str]:
        return ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", f"--dbname={database}"]

    def django(self, database: str) -> dict[str, Any]:
        names = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
        given = {name: self.environ[variable] for name, variable in names.items()}
        return {"ENGINE": "django.db.backends.postgresql", "NAME": database, **given}

    def settle(self) -> None:
        self._server.run("CHECKPOINT")
        os.sync()

    def version(self) -> str:
        return f"PostgreSQL {self._server.run('SHOW server_version')}"


class MariaDB(Served):
    """MariaDB, by the unix socket, as the owner of its databases."""

    title = "MariaDB"
    end = b"-- Dump completed"
    connector: str | None = None
    left_out: tuple[str, ...] = ("--skip-definer",)

    def __init__(self, server: Any) -> None:
        super().__init__(server)
        self.environ: dict[str, str] = {"MYSQL_PWD": server.passwords["owner"]}

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[MariaDB]:
        with tests_module("mariadb_instance").running_mariadb(*MARIADB_DEFAULTS) as server:
            yield cls(server)

    def make(self, database: str, rows: Rows) -> None:
        self.empty(database)
        kinds = {"text": "varchar(255)", "moment": "datetime", "long": "bigint", "json": "json"}
        self._server.run(TABLES_OF_ALL.format_map({**kinds, "bytes": "varbinary(20)"}), database)
        for table, files in rows.files.items():
            columns = ", ".join(TABLES[table]).replace("digest", "@digest")
            end = " SET digest = UNHEX(SUBSTR(@digest, 3))" if "@" in columns else ""
            for file in files:
                into = f"INTO TABLE {table} CHARACTER SET utf8mb4 ({columns}){end}"
                self._server.run(f"LOAD DATA INFILE '{file}' {into}", database)
        for statement in (*INDEXES, f"ANALYZE TABLE {', '.join(TABLES)}"):
            self._server.run(statement, database)

    def make_wide(self, database: str) -> None:
        self.empty(database)
        self._server.run("CREATE TABLE wide (content longblob)", database)
        # A packet holds it twice, in hexadecimal.
        content = f"REPEAT(UNHEX('00112233445566778899AABBCCDDEEFF'), {WIDE // 16})"
        self._server.run(f"INSERT INTO wide VALUES ({content})", database)

    def dump(self, database: str) -> list[str]:
        content = ["--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob"]
        ways = ["--no-tablespaces", "--default-character-set=utf8mb4", "--max-allowed-packet=1G"]
        return ["mariadb-dump", *self._connection(), *content, *ways, database]

    def load(self, database: str) -> list[str]:
        return ["mariadb", *self._connection(), "--default-character-set=utf8mb4", database]

    def _connection(self) -> list[str]:
        return ["--no-defaults", f"--socket={self._server.socket}", "--user=owner"]

    def django(self, database: str) -> dict[str, Any]:
        # Its --host is no socket.
        where = {"HOST": "127.0.0.1", "PORT": str(self._server.port)}
        who = {"USER": "owner", "PASSWORD": self._server.passwords["owner"]}
        return {"ENGINE": "django.db.backends.mysql", "NAME": database, **where, **who}

    def settle(self) -> None:
        os.sync()

    def version(self) -> str:
        return f"MariaDB {self._server.run('SELECT version()')}"


#: What starts one, for a ``with``.
SERVERS: dict[str, Callable[[], AbstractContextManager[Server]]] = {
    "postgres": Postgres.running,
    "mariadb": MariaDB.running,
}


def tests_module(name: str) -> Any:
    if str(TESTS) not in sys.path:
        sys.path.append(str(TESTS))
    return import_module(name)


def what_is_missing(name: str) -> str | None:
    """Why a section cannot be measured here, or ``None``."""
    needed = {
        "postgres": ("postgres", "initdb", "psql", "pg_dump"),
        "mariadb": ("mariadbd", "mariadb-install-db", "mariadb", "mariadb-dump", "mysqldump"),
    }
    program = tests_module(f"{name}_instance").program if name in needed else shutil.which
    missing = [each for each in needed.get(name, ()) if program(each) is None]
    missing += [each for each in ("pigz", "gzip") if shutil.which(each) is None]
    packages = "postgresql mariadb-server pigz"
    return f"{', '.join(missing)}: not found; apt install {packages} (Debian, Ubuntu)" if missing else None
