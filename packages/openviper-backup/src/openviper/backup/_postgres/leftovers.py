"""Databases that a killed run has left, and how they are taken away."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from openviper.backup._postgres.contents import IS_OWN, holds_objects
from openviper.backup._postgres.live import find_database
from openviper.backup._postgres.maintenance import allow_writing, is_free
from openviper.backup._postgres.places import MARK, verifying_pattern
from openviper.backup._postgres.queries import Session, identifier, literal
from openviper.backup._postgres.versions import server_version
from openviper.backup.errors import BackupError, RestoreRefused
from openviper.backup.job import Job

if TYPE_CHECKING:
    from openviper.backup._postgres.connection import Connection
    from openviper.backup._postgres.places import Places

__all__ = ["make_room", "repair", "repair_verified", "take_away"]

_NAMES = "SELECT datname AS name FROM pg_database WHERE datname ~ {pattern} ORDER BY 1"
_SUBSCRIPTIONS = """\
SELECT s.subname AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = {name}"""
_DROP_SUBSCRIPTION = """\
ALTER SUBSCRIPTION {name} DISABLE;
ALTER SUBSCRIPTION {name} SET (slot_name = NONE);
DROP SUBSCRIPTION {name};"""
# Below are the server's own. Dropped, unlike emptied, they need no room; not all: each takes locks.
_LARGEST = f"""\
SELECT oid::regclass::text AS name FROM pg_class c
WHERE relkind = 'r' AND oid >= 16384 AND {IS_OWN.format(table="'pg_class'", oid="c.oid")}
ORDER BY pg_table_size(oid) DESC LIMIT 50"""  # noqa: S608 - our own text
# Dropping waits for a checkpoint of the server.
_SECONDS = 300.0


def repair(session: Session, place: Connection, places: Places, job: Job) -> None:
    """Take away what a killed run has left; the caller holds the target's lock.

    Raises:
        RestoreRefused: A database stands in the way that is not marked.
    """
    for name in (places.scratch, places.replaced):
        _take_marked(session, place, name, job)


def repair_verified(session: Session, place: Connection, target: str, job: Job) -> None:
    """Take away what killed verifications have left; others may be running."""
    for row in session.rows(_NAMES.format(pattern=literal(verifying_pattern(target)))):
        if is_free(session, row["name"]):
            _take_marked(session, place, row["name"], job)


def _take_marked(session: Session, place: Connection, name: str, job: Job) -> None:
    found = find_database(session, name)
    if found is None:
        return
    # Between its creation and its mark a database is empty.
    if not (found.comment or "").startswith(MARK) and found.allows_connections and _holds(place.to(name), job):
        raise RestoreRefused(
            f"The database {name!r} has a name of ours, and not our mark; rename it, or drop it: "
            f"DROP DATABASE {identifier(name)};"
        )
    _drop(session, place, name, job)


def _holds(place: Connection, job: Job) -> bool:
    with Session(place, job) as session:
        return holds_objects(session)


def _drop(session: Session, place: Connection, name: str, job: Job) -> None:
    """Drop a database that is there or not, and end its sessions."""
    subscriptions = session.rows(_SUBSCRIPTIONS.format(name=literal(name)))
    if subscriptions:
        # They came with the dump, without a slot of their own elsewhere, and keep a database from being dropped.
        with Session(place.to(name), job) as inside:
            for row in subscriptions:
                inside.run(_DROP_SUBSCRIPTION.format(name=identifier(row["name"])))
    force = " WITH (FORCE)" if server_version(session).major >= 13 else ""
    session.run(f"DROP DATABASE IF EXISTS {identifier(name)}{force};")


def take_away(place: Connection, name: str) -> bool:
    """Drop a database, whatever has become of the job; return whether it is gone. The next run tries again."""
    with contextlib.suppress(BackupError), Job(_SECONDS) as job, Session(place, job) as session:
        allow_writing(session)
        # No standby is waited for.
        session.run("SET synchronous_commit = local;")
        _drop(session, place, name, job)
        return True
    return False


def make_room(place: Connection) -> None:
    """Drop the largest tables of a database that is going to be dropped, as far as that can be done at once.

    ``DROP DATABASE`` begins with a checkpoint, and a server whose disk is full dies of that, with all its databases.
    """
    with contextlib.suppress(BackupError), Job(_SECONDS) as job, Session(place, job) as session:
        session.run("SET synchronous_commit = local; SET lock_timeout = '2s';")
        if tables := [row["name"] for row in session.rows(_LARGEST)]:
            session.run(f"DROP TABLE {', '.join(tables)} CASCADE;")
