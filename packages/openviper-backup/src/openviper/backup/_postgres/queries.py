"""Questions to a PostgreSQL server, by a psql that is kept running for them."""

from __future__ import annotations

import json
import secrets
import signal
from typing import TYPE_CHECKING, Any

from openviper.backup.errors import ToolFailed
from openviper.backup.process import Child, Tool, find_tool

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from openviper.backup._postgres.connection import Connection
    from openviper.backup.job import Job

__all__ = ["PACKAGE", "TITLE", "Session", "find_psql", "identifier", "literal"]

TITLE = "PostgreSQL"
#: How the programs are installed.
PACKAGE = "apt-get install postgresql-client, or from https://www.postgresql.org/download/"

# ON_ERROR_STOP: the first error ends psql. The session must not be ended for being slow, nor read another's quoting.
_ARGUMENTS = ["-X", "-q", "-A", "-t", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"]
_BEGIN = """\
SET statement_timeout = 0;
SET standard_conforming_strings = on;
SET search_path = pg_catalog;
SET row_security = off;
SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN (
    'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
    'transaction_timeout');
SELECT set_config('client_encoding', 'SQL_ASCII', false) WHERE current_setting('server_encoding') = 'SQL_ASCII';
"""


def find_psql() -> Tool:
    """Return psql.

    Raises:
        ToolMissing: It is not on PATH.
    """
    return find_tool(["psql"], TITLE, PACKAGE)


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


class Session:
    """A session of one role in one database; left, it ends at once, and what was not committed is undone.

    Its ``search_path`` is ``pg_catalog``, its timeouts are off, its encoding is UTF-8, or none where the database has
    none, and a policy for rows is an error, as it is for pg_dump.

    Args:
        connection: Where.
        job: Cancelled, or out of time, all methods raise ``Interrupted``.
    """

    def __init__(self, connection: Connection, job: Job) -> None:
        environment: Mapping[str, str | None] = {**connection.environment, "PGCLIENTENCODING": "UTF8"}
        self._is_asking = False
        self._mark = secrets.token_hex(16).encode()
        self._child = Child(
            find_psql(), _ARGUMENTS, job=job, environment=environment, stdin=True, secrets=connection.secrets
        )
        try:
            self.run(_BEGIN)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it, and what the server is doing for it."""
        self._child.kill(signal.SIGINT if self._is_asking else None)

    def run(self, sql: str) -> None:
        r"""Run statements, each with its semicolon; rows are not returned. Not for text that others wrote: ``\!``.

        Raises:
            ToolFailed: The server refuses one; the session is over.
        """
        self.begin(sql)
        self.wait()

    def begin(self, sql: str) -> None:
        """Begin to run statements; nothing else may be asked before :meth:`wait` has returned."""
        self._ask(b"%s\n\\echo %s\n" % (_bytes(sql), self._mark))

    def wait(self) -> None:
        """Wait for what was begun.

        Raises:
            ToolFailed: The server refuses a statement; the session is over.
        """
        while self._line() != self._mark:
            pass
        self._is_asking = False

    def rows(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of one SELECT without a semicolon, each with its columns by name, as JSON has them.

        Raises:
            ToolFailed: The server refuses it; the session is over.
        """
        asked = f"SELECT coalesce(jsonb_agg(to_jsonb(q)), '[]') FROM (\n{query}\n) AS q;\n"  # noqa: S608 - our own query
        self._ask(_bytes(asked))
        rows: list[dict[str, Any]] = json.loads(_text(self._line()))
        self._is_asking = False
        return rows

    def value(self, query: str) -> Any:
        """Return what a SELECT of one row and one column gives.

        Raises:
            ToolFailed: The server refuses it, or gives another number; the session is over.
        """
        found = [each for row in self.rows(query) for each in row.values()]
        if len(found) != 1:
            raise ToolFailed(f"psql: {len(found)} values where one was expected", tool="psql", exit_code=0)
        return found[0]

    def _ask(self, text: bytes) -> None:
        self._is_asking = True
        self._child.write(text)

    def _line(self) -> bytes:
        line = self._child.read_line()
        if not line.endswith(b"\n"):
            self._child.finish()
            raise ToolFailed("psql exited 0 before it had answered", tool="psql", exit_code=0)
        return line[:-1]


def _bytes(text: str) -> bytes:
    """Names in a database without an encoding may be any bytes."""
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
