"""The server of a URL, and what is taken away on it at the end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openviper.backup._mariadb.beside import drop_made
from openviper.backup._mariadb.connection import connection_of, option_file
from openviper.backup._mariadb.programs import find_client
from openviper.backup._mariadb.session import Access, Session
from openviper.backup.errors import BackupError
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = ["drop_anew", "open_access", "taking_away"]


@contextmanager
def open_access(url: DatabaseURL, job: Job) -> Generator[Access]:
    """Give a way to the server of a URL.

    Raises:
        InvalidInput: The URL names no database, or has an option that cannot be passed on.
        ToolMissing: No client is on PATH.
    """
    connection = connection_of(url)
    client = find_client(url, job)
    with option_file(connection) as defaults:
        yield Access(client, connection, defaults)


@contextmanager
def taking_away(what: str, take_away: Callable[[], None]) -> Generator[None]:
    """Take away at the end what was made; where that fails behind an error, that one says so."""
    try:
        yield
    except BaseException as error:
        try:
            take_away()
        except BackupError:
            left = f"{what} is still there, and goes with the next run"
            if isinstance(error, BackupError):
                error.args = (f"{error}; {left}", *error.args[1:])
            else:
                error.add_note(left)
        raise
    take_away()


def drop_anew(access: Access, schema: str) -> None:
    """Drop a schema that a restore has made, by a session of its own.

    Raises:
        RestoreRefused, ToolFailed: As :func:`drop_made`.
    """
    with Job() as job, Session(access, job) as session:
        drop_made(session, schema)
