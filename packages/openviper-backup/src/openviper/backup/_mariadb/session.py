"""Statements for a MariaDB or MySQL server, by a client that is kept running for them."""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING

from openviper.backup._mariadb.quoting import unescaped
from openviper.backup.errors import ToolFailed
from openviper.backup.job import Job
from openviper.backup.process import Child

if TYPE_CHECKING:
    from types import TracebackType

    from openviper.backup._mariadb.connection import Connection
    from openviper.backup._mariadb.programs import Program

__all__ = ["DENIED", "Access", "Row", "Session", "error_number"]

#: One row: bytes in the character set of the results, UTF-8 unless it was changed; NULL as the word.
Row = list[bytes]

#: Numbers of the server's errors that say that a right is missing.
DENIED = frozenset({1044, 1045, 1142, 1227, 1370, 1410, 1419})

# mode: a dump's own is set by itself. lock_wait_timeout: nobody behind us waits longer for a table that is in use.
_BEGIN = (
    "SET @openviper_limit = @@SESSION.sql_select_limit, SESSION sql_select_limit = 18446744073709551615, "
    "sql_mode = 'NO_AUTO_VALUE_ON_ZERO', sql_notes = 0, sql_quote_show_create = 1, wait_timeout = 604800, "
    "lock_wait_timeout = 10, innodb_lock_wait_timeout = 10 /*M!100101 , max_statement_time = 0 */"
)
# Seconds: what a statement with nothing in it waits for are locks alone.
_LONGEST = 60
# Too many connections, of all or of one user: a swap that stands waiting may be why, and must come to its end.
# A client that wanted TLS has the number behind its own.
_FULL, _FULL_SECONDS, _AGAIN = re.compile(r"ERROR (?:1040|1203)\b|: (?:1040|1203) - "), 20, 0.2
_NUMBER = re.compile(r"ERROR (\d+)")
_WORDS = re.compile(r"(?s)^.*?(?=ERROR \d)")


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

    def refusal(self, statement: str, job: Job) -> str | None:
        """Run a statement in a session of its own; return what the server says where it wants a right for it.

        Raises:
            ToolFailed: It failed otherwise.
            Interrupted: The job says so, before it begins.
        """
        job.check()
        try:
            # Stopped in its middle, the server would go on with it, and nobody knew what became of it.
            with Job(_LONGEST) as own, Session(self, own) as session:
                session.run(statement)
        except ToolFailed as error:
            if error_number(error) in DENIED:
                return _WORDS.sub("", str(error))
            raise
        return None


class Session:
    """One connection; the first error ends it.

    Raises:
        ToolFailed: The server cannot be reached.
    """

    def __init__(self, access: Access, job: Job) -> None:
        # Fifteen bytes at the most.
        self._delimiter = f"${secrets.token_hex(6)}$".encode()
        self._count = 0
        until = time.monotonic() + _FULL_SECONDS
        while not self._is_open(access, job, is_last=time.monotonic() >= until):
            job.check()
            time.sleep(_AGAIN)

    def _is_open(self, access: Access, job: Job, *, is_last: bool) -> bool:
        """Connect; ``False``: the server has too many connections at the moment."""
        self._child = access.start(job)
        try:
            self._child.write(b"DELIMITER " + self._delimiter + b"\n")
            self.run(_BEGIN)
        except BaseException as error:
            self._child.kill()
            if isinstance(error, ToolFailed) and _FULL.search(str(error)) and not is_last:
                return False
            raise
        return True

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
