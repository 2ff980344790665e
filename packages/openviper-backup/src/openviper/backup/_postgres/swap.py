"""What was loaded takes the target's place: two renames, in one transaction, during which no other session can connect.

``ALTER DATABASE … RENAME`` locks the database before it looks for sessions, for which it waits 5 s. From then on
new connections wait; existing ones are ended by a second session. So nothing has to be allowed again: if
we, psql or the server are killed, the transaction is undone, and the target is open as it was.

A connection that has waited was for the old database, to which the name no longer leads: the server refuses it
with 'database "shop" does not exist. It seems to have just been dropped or renamed.' The next try reaches the new one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._postgres.live import find_database
from openviper.backup._postgres.maintenance import allow_writing
from openviper.backup._postgres.obstacles import MAY_END
from openviper.backup._postgres.places import MARK
from openviper.backup._postgres.queries import Session, identifier, literal
from openviper.backup.errors import BackupError, SwapUnfinished
from openviper.backup.job import Job

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.backup._postgres.connection import Connection
    from openviper.backup._postgres.live import LiveDatabase
    from openviper.backup._postgres.places import Places

__all__ = ["Swap", "swap_databases"]

# With this commit all that was loaded is on the disk, whatever the server's settings are.
_BEGIN = "BEGIN;\nSET LOCAL lock_timeout = '10s';\nSET LOCAL synchronous_commit = on;"
# The last thing before the commit, by which others can see that the names are changed: what a session does, or that it
# waits, is hidden where track_activities is off.
_RENAMED = "SELECT pg_advisory_xact_lock_shared(0, pg_backend_pid());"
_STATE = """\
SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid}) AS is_there,
    EXISTS (SELECT FROM pg_locks WHERE pid = {pid} AND locktype = 'advisory' AND granted) AS has_renamed,
    EXISTS (SELECT FROM pg_locks WHERE pid = {pid} AND locktype = 'object' AND granted AND objid = {oid}
        AND classid = 'pg_database'::regclass AND mode = 'AccessExclusiveLock') AS has_target"""
_END_SESSIONS = f"""\
SELECT count(*) AS ended FROM (
    SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a WHERE a.datid IN ({{oids}}) AND {MAY_END}) AS t"""  # noqa: S608
_IS_THERE = "SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}"
_PAUSE = 0.03
_SECONDS = 120.0
# For a server to see that a session's program is gone.
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Swap:
    """What is to be done.

    Attributes:
        live: The target; ``None``: there is none yet.
        scratch: What takes its place.
        finishing: Statements that make ``scratch`` what the target is.
        kept: The former target's name from then on; ``None``: it is dropped afterwards.
    """

    live: LiveDatabase | None
    scratch: LiveDatabase
    places: Places
    finishing: tuple[str, ...]
    kept: str | None


def swap_databases(swap: Swap, session: Session, place: Connection, job: Job) -> None:
    """Swap.

    Args:
        session: In the database of ``place``.

    Raises:
        ToolFailed: The target could not be had alone, or a statement failed; it is as it was.
        SwapUnfinished: The server went away, and it cannot be known whether before the commit or after it.
        Interrupted: The job said so in time.
    """
    # A job of its own: once the commit was sent, it is waited for.
    with Job(_SECONDS) as own, Session(place, own) as renaming:
        allow_writing(renaming)
        pid = renaming.value("SELECT pg_backend_pid()")
        renaming.begin("\n".join([_BEGIN, *swap.finishing, *_renames(swap), _RENAMED]))
        _end_sessions(swap, pid, session, job)
        renaming.wait()
        job.step("commit")
        job.check()
        _commit(swap, renaming, pid, place)


def _renames(swap: Swap) -> Iterable[str]:
    target, scratch = identifier(swap.places.target), identifier(swap.places.scratch)
    if swap.live is not None:
        replaced = identifier(swap.kept or swap.places.replaced)
        yield f"ALTER DATABASE {target} RENAME TO {replaced};"
        if swap.kept is None:
            was = f"{MARK}what {swap.places.target} was before it was restored"
            yield f"COMMENT ON DATABASE {replaced} IS {literal(was)};"
        if swap.live.row["datistemplate"]:
            yield f"ALTER DATABASE {replaced} IS_TEMPLATE false;"
    yield f"ALTER DATABASE {scratch} RENAME TO {target};"
    comment = None if swap.live is None else swap.live.comment
    yield f"COMMENT ON DATABASE {target} IS {'NULL' if comment is None else literal(comment)};"


def _end_sessions(swap: Swap, pid: int, session: Session, job: Job) -> None:
    """End the others until the renames are done, or have failed."""
    oids = [swap.scratch.oid, *([] if swap.live is None else [swap.live.oid])]
    state = _STATE.format(pid=pid, oid=oids[-1])
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        job.check()
        found = session.rows(state)[0]
        if found["has_renamed"] or not found["is_there"]:
            return
        if found["has_target"]:
            session.rows(_END_SESSIONS.format(oids=", ".join(map(str, oids))))
        time.sleep(_PAUSE)


def _commit(swap: Swap, renaming: Session, pid: int, place: Connection) -> None:
    try:
        renaming.run("COMMIT;")
    except BackupError:
        renaming.close()
        if not _has_swapped(swap, pid, place):
            raise


def _has_swapped(swap: Swap, pid: int, place: Connection) -> bool:
    """Look, once the session ``pid`` has ended: one that waits for a standby has committed unseen."""
    try:
        with Job(_SECONDS) as job, Session(place, job) as session:
            _wait_for_end(session, pid, job)
            found = find_database(session, swap.places.target)
    except BackupError as error:
        name = swap.places.target
        raise SwapUnfinished(
            f"The server has not answered while {name!r} was being swapped ({error}): it is whole, and either the old "
            "or the new; the same restore-db again finishes it"
        ) from error
    return found is not None and found.oid == swap.scratch.oid


def _wait_for_end(session: Session, pid: int, job: Job) -> None:
    patient_until = time.monotonic() + _PATIENCE
    while session.value(_IS_THERE.format(pid=pid)):
        job.check()
        if time.monotonic() > patient_until:
            session.rows(f"SELECT pg_terminate_backend({pid})")
        time.sleep(_PAUSE)
