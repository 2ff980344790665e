"""Statements for a MariaDB or MySQL server, by a client that is kept running for them."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from openviper.backup._mariadb.quoting import unescaped
from openviper.backup.errors import ToolFailed
from openviper.backup.process import Child

if TYPE_CHECKING:
    from types import TracebackType

    from openviper.backup._mariadb.connection import Connection
    from openviper.backup._mariadb.programs import Program
    from openviper.backup.job import Job

__all__ = ["DENIED", "Access", "Row", "Session", "error_number"]

#: One row: bytes in the character set of the results, UTF-8 unless it was changed; NULL as the word.
Row = list[bytes]

#: Numbers of the server's errors that say that a right is missing.
DENIED = frozenset({1044, 1045, 1142, 1227, 1370, 1410, 1419})

# mode: a dump's own is set by itself. lock_wait_timeout: nobody behind us waits longer for a table that is in use.
_BEGIN = (
    "SET @openviper_limit = @@SESSION.sql_select_limit, SESSION sql_select_limit = 18446744073709551615, "
    "sql_mode = 'NO_AUTO_VALUE_ON_ZERO', sql_notes = 0, wait_timeout = 604800, lock_wait_timeout = 10, "
    "innodb_lock_wait_timeout = 10 /*M!100101 , max_statement_time = 0 */"
)
_NUMBER = re.compile(r"ERROR (\d+)")


class Access:
    """How the client is started: program, option file, what messages may not show."""

    def __init__(self, client: Program, connection: Connection, defaults: str) -> None:
        self.connection = connection
        self._client = client
        self._defaults = defaults

    def start(self, job: Job, database: str | None = None) -> Child:
        """Start a client that is fed.

        Raises:
            ToolFailed: It cannot be started.
        """
        name = [] if database is None else [f"--database={database}"]
        return Child(
            self._client.tool,
            [f"--defaults-file={self._defaults}", *self._client.arguments, *name],
            job=job,
            environment=self.connection.environment,
            stdin=True,
            secrets=self.connection.secrets,
        )

    def is_denied(self, statement: str, job: Job) -> bool:
        """Run a statement; tell whether the server has refused it for want of a right.

        Raises:
            ToolFailed: It failed otherwise.
        """
        try:
            with Session(self, job) as session:
                session.run(statement)
        except ToolFailed as error:
            if error_number(error) in DENIED:
                return True
            raise
        return False


class Session:
    """One connection; the first error ends it.

    Raises:
        ToolFailed: The server cannot be reached.
    """

    def __init__(self, access: Access, job: Job) -> None:
        self._child = access.start(job)
        # Fifteen bytes at the most.
        self._delimiter = f"${secrets.token_hex(6)}$".encode()
        self._count = 0
        try:
            self._child.write(b"DELIMITER " + self._delimiter + b"\n")
            self.run(_BEGIN)
        except BaseException:
            self._child.kill()
            raise

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it, and what it is about."""
        # At the end of its stdin the client would run what is there of a statement.
        self._child.kill()

    def lock(self, name: str, seconds: int) -> bool:
        """Take a lock of the server's, which ends with the connection; ``False``: somebody else has it.

        Raises:
            ToolFailed: As :meth:`rows`.
            Interrupted: As there.
        """
        return self.value(f"SELECT GET_LOCK('{name}', {seconds})") == "1"

    def given_limit(self) -> str:
        """Return how many rows a new session of this user gets of a query, before this one has set that.

        Raises:
            ToolFailed, Interrupted: As :meth:`rows`.
        """
        return self.value("SELECT @openviper_limit")

    def rows(self, statement: str | bytes) -> list[Row]:
        """Run a statement; return its rows.

        Raises:
            ToolFailed: The server refuses it, or the connection is lost.
            Interrupted: The job says so.
        """
        self._count += 1
        marker = b"%s%d" % (self._delimiter, self._count)
        text = statement.encode("utf-8", "surrogateescape") if isinstance(statement, str) else statement
        end = b"\n" + self._delimiter + b"\n"
        self._child.write(text + end + b"SELECT '" + marker + b"'" + end)
        rows: list[Row] = []
        while line := self._child.read_line():
            fields = line.removesuffix(b"\n").split(b"\t")
            if fields == [marker]:
                return rows
            rows.append([unescaped(field) for field in fields])
        self._child.finish()
        raise ToolFailed("The client ended without an answer", tool=self._child.tool.name, exit_code=0)

    def run(self, *statements: str | bytes) -> None:
        """Run statements whose rows nobody needs.

        Raises:
            ToolFailed: As :meth:`rows`.
            Interrupted: As there.
        """
        for statement in statements:
            self.rows(statement)

    def values(self, statement: str) -> list[str]:
        """Return the first column.

        Raises:
            ToolFailed: As :meth:`rows`.
            Interrupted: As there.
        """
        return [row[0].decode("utf-8", "surrogateescape") for row in self.rows(statement)]

    def value(self, statement: str) -> str:
        """Return the first column of the first row; empty where there is none.

        Raises:
            ToolFailed: As :meth:`rows`.
            Interrupted: As there.
        """
        return next(iter(self.values(statement)), "")


def error_number(error: ToolFailed) -> int | None:
    """Return the number of the server's error that a client has ended with."""
    found = _NUMBER.search(str(error))
    return int(found[1]) if found else None
