r"""A dump is run by psql, which stops at its first error, and runs no commands of the dump's own.

A line ``\! command`` in a dump would start a shell. So psql is told first to take nothing but SQL until it is told a
key that no dump can know: https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMAND-RESTRICT
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openviper.backup._postgres.queries import PACKAGE, find_psql
from openviper.backup.errors import ToolFailed, ToolMissing
from openviper.backup.process import Child, run_tool

if TYPE_CHECKING:
    from openviper.backup._postgres.connection import Connection
    from openviper.backup.job import Job

__all__ = ["check_psql", "run_dump"]

_ARGUMENTS = ["-X", "-q", "--no-password", "--set=ON_ERROR_STOP=1", "--file=-"]
# What is loaded is on the server's disk at the latest when the swap, which waits for that, is committed.
_BEGIN = b"""\
SET default_transaction_read_only = off;
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET synchronous_commit = off;
SELECT pg_catalog.set_config(name, max_val, false) FROM pg_catalog.pg_settings WHERE name = 'backend_flush_after';
"""
# The first semicolon ends what a dump of another program has not ended. Names of databases are bytes, which the
# encoding of this one need not have.
_END = b"""
;
RESET SESSION AUTHORIZATION;
RESET ROLE;
SET default_transaction_read_only = off;
SET client_encoding = 'SQL_ASCII';
"""
_SECONDS = 30.0
# Which roles a dump names is known only when it is read: owners stand before the rows, grants after them.
_ROLE = re.compile(r'role "[^"]*" does not exist|must be member of role|must be able to SET ROLE')
_WITHOUT = (
    "--no-owner and --no-acl restore without owners and grants; or make the roles first, from what backup-db --globals "
    "FILE has saved"
)


def check_psql(job: Job) -> None:
    r"""Make sure that psql can be kept from running a dump's commands.

    Raises:
        ToolMissing: It is not on PATH, or knows no ``\restrict``.
    """
    psql = find_psql()
    if rb"\restrict" not in run_tool(psql, ["--help=commands"], job=job):
        raise ToolMissing(
            rf"{psql.path} knows no \restrict, and would run programs that a dump names (CVE-2025-8714); install psql "
            f"13.22, 14.19, 15.14, 16.10, 17.6, or newer: {PACKAGE}"
        )


def run_dump(pieces: Iterable[bytes], end: str, connection: Connection, job: Job, *, look: Callable[[], None]) -> None:
    """Run a dump in a database.

    Args:
        end: A statement after it, by which can be seen that psql was neither in a quote, nor in the rows of a table,
            nor in a transaction when the dump was over.
        look: Called about twice a minute.

    Raises:
        ToolFailed: The dump has an error, or psql or the server has ended.
        Interrupted: The job says so.
    """
    key = secrets.token_hex(16).encode()
    environment = {**connection.environment, "PGCLIENTENCODING": "UTF8"}
    secret = (*connection.secrets, key.decode())
    psql = find_psql()
    with (
        _hint_at_roles(),
        Child(psql, _ARGUMENTS, job=job, environment=environment, stdin=True, output=False, secrets=secret) as child,
    ):
        child.write(_BEGIN + b"\\restrict %s\n" % key)
        looked = time.monotonic()
        for piece in pieces:
            child.write(piece)
            if time.monotonic() - looked > _SECONDS:
                look()
                looked = time.monotonic()
        child.write(_END + end.encode("utf-8", "surrogateescape") + b"\n\\unrestrict %s\n" % key)
        child.finish()


@contextmanager
def _hint_at_roles() -> Generator[None]:
    try:
        yield
    except ToolFailed as error:
        if not _ROLE.search(str(error)):
            raise
        raise ToolFailed(f"{error}; {_WITHOUT}", tool=error.tool, exit_code=error.exit_code) from error
