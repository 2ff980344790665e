"""A session beside the database that is restored: from it others are made, renamed and dropped, under a lock."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from openviper.backup._postgres.places import lock_key
from openviper.backup._postgres.queries import Session
from openviper.backup.errors import InvalidInput, TargetBusy, ToolFailed

if TYPE_CHECKING:
    from openviper.backup._postgres.connection import Connection
    from openviper.backup.job import Job

__all__ = ["allow_writing", "hold_lock", "is_free", "open_maintenance"]

_DATABASES = ("postgres", "template1")
_PATIENCE, _PAUSE = 3.0, 0.1
# Advisory locks are held in one database, and two runs may use two; the list of all locks is everybody's.
_HOLDERS = """\
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND pid <> pg_backend_pid()
    AND (classid::bigint << 32 | objid::bigint) = {key}"""


@contextmanager
def open_maintenance(connection: Connection, wanted: str | None, job: Job) -> Generator[tuple[Session, Connection]]:
    """Have a session in the database ``wanted``; ``None``: in ``postgres``, else ``template1``.

    Raises:
        InvalidInput: It is the one that is to be restored.
        ToolFailed: It cannot be connected to.
    """
    if wanted == connection.database:
        raise InvalidInput(f"The maintenance database {wanted!r} is the one to be restored; expected another")
    names = [wanted] if wanted else [name for name in _DATABASES if name != connection.database]
    session, place = _first(connection, names, job)
    with session:
        allow_writing(session)
        yield session, place


def _first(connection: Connection, names: list[str], job: Job) -> tuple[Session, Connection]:
    failed: ToolFailed | None = None
    for name in names:
        place = connection.to(name)
        try:
            return Session(place, job), place
        except ToolFailed as error:
            failed = failed or error
    # A server that is down, and a password that is wrong, are that for every database.
    if failed is not None and f'database "{names[0]}"' not in str(failed):
        raise failed
    message = (
        f"No connection to the database {names[0]!r}, from which others are renamed (--maintenance-db names another)"
    )
    raise ToolFailed(f"{message}: {failed}", tool="psql", exit_code=failed.exit_code if failed else 2) from failed


def allow_writing(session: Session) -> None:
    """Let a session write where its role or its database is read only by default."""
    session.run("SET default_transaction_read_only = off;")


def hold_lock(session: Session, name: str, job: Job) -> None:
    """Take the lock of a database's name, until the session ends.

    Raises:
        TargetBusy: Another session has it, for some seconds: a killed run's may live for a moment.
    """
    deadline = time.monotonic() + _PATIENCE
    while not _take(session, lock_key(name)):
        if time.monotonic() > deadline:
            raise TargetBusy(f"Another restore of {name!r} is running; wait for its end")
        job.check()
        time.sleep(_PAUSE)


def is_free(session: Session, name: str) -> bool:
    """Tell whether no other session holds the lock of a database's name."""
    return bool(session.value(_HOLDERS.format(key=lock_key(name))) == 0)


def _take(session: Session, key: int) -> bool:
    if not session.value(f"SELECT pg_try_advisory_lock({key})"):
        return False
    if session.value(_HOLDERS.format(key=key)) == 0:
        return True
    session.run(f"SELECT pg_advisory_unlock({key});")
    return False
