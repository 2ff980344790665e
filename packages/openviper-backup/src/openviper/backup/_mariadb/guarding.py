"""Backups and swaps of one database keep out of each other's way.

Locks of the server do so while both run: a backup holds one of a few, a swap takes all of them, and so waits for the
backups that run. What is left of a swap that was killed says so by a table in the target, which whoever may read the
database sees; what stands beside it may be hidden from them.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from openviper.backup._mariadb.catalog import tables_of
from openviper.backup._mariadb.naming import UNFINISHED
from openviper.backup._mariadb.quoting import identifier, literal
from openviper.backup._mariadb.reserved import ADVICE_COLUMN, reserved_in
from openviper.backup._mariadb.session import error_number
from openviper.backup.errors import IncompleteDump, InvalidInput, SwapUnfinished, TargetBusy, ToolFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from openviper.backup._mariadb.naming import Names
    from openviper.backup._mariadb.session import Session

__all__ = [
    "Guard",
    "forget_unfinished",
    "in_use",
    "keep_backups_away",
    "lock_moves",
    "lock_tables",
    "lock_target",
    "mark_unfinished",
]

# How many backups of one database may run at once.
_SLOTS = 4
# Seconds: how long a backup waits for a swap, a swap for a backup before it says so again; how often a connection that
# has nothing to say is used, which something between us and the server may end otherwise.
_PATIENCE, _AGAIN, _ALIVE = 20, 2, 60
# Seconds: how long a killed run's connection may take to end, where tables were moving.
_ENDING = 20
_IN_USE = 1205


class Guard:
    """Keeps swaps away while a backup is made.

    Args:
        session: Holds the lock; it must stay open until :meth:`check_held`.

    Raises:
        TargetBusy: A restore is swapping the database, or too many backups of it are running.
        InvalidInput: The database has a table with a name that restores use for themselves.
        SwapUnfinished: A restore was stopped in its swap.
        ToolFailed: The server cannot be asked.
    """

    def __init__(self, session: Session, names: Names) -> None:
        self._session, self._names = session, names
        self._used = time.monotonic()
        if not (any(self._has(slot, 0) for slot in range(_SLOTS)) or self._has(0, _PATIENCE)):
            raise TargetBusy(
                f"A restore of {names.target!r} is putting its data in place, or {_SLOTS} backups of it are running: "
                "wait for the end"
            )
        if taken := reserved_in(session, names.target):
            raise InvalidInput(
                f"{names.target!r} has a table {taken!r}, a name that restores use for themselves, and could not be "
                "restored from its backup: rename the table"
            )
        if UNFINISHED in tables_of(session, names.target):
            advice = session.value(f"SELECT {ADVICE_COLUMN} FROM {_table(names.target)}")  # noqa: S608 - quoted
            raise SwapUnfinished(f"{names.target!r} is neither as it was nor restored, and is not backed up: {advice}")

    def _has(self, slot: int, seconds: int) -> bool:
        return self._session.lock(_lock(self._names, slot), seconds)

    def keep(self) -> None:
        """Be called now and then."""
        if time.monotonic() >= self._used + _ALIVE:
            self.check_held()

    def check_held(self) -> None:
        """Make sure that no swap can have begun since.

        Raises:
            IncompleteDump: The connection that keeps it away was lost.
            Interrupted: The job says so.
        """
        try:
            self._session.run("SELECT 1")
        except ToolFailed as error:
            raise IncompleteDump(
                f"The connection that keeps restores of {self._names.target!r} away was lost ({error}), and what was "
                "dumped may be half old and half new: no backup was made"
            ) from error
        self._used = time.monotonic()


def lock_target(session: Session, names: Names, seconds: int) -> None:
    """Take the lock of a target, which its restore, or what settles it, has from its beginning to its end.

    Raises:
        TargetBusy: Another restore has it.
        ToolFailed: The server cannot be asked.
        Interrupted: The job says so.
    """
    moves = f"{names.lock}:m"
    # One that has lost its connection may still be moving tables by the other.
    if not (session.lock(names.lock, seconds) and session.lock(moves, seconds)):
        raise _busy(names)
    session.run(f"DO RELEASE_LOCK('{moves}')")


def lock_moves(session: Session, names: Names) -> None:
    """Take the second lock, by the connection that moves the tables of a target: the first error ends that one alone.

    Raises:
        TargetBusy: Tables are still being moved.
        ToolFailed, Interrupted: As :func:`lock_target`.
    """
    if not session.lock(f"{names.lock}:m", _ENDING):
        raise _busy(names)


def _busy(names: Names) -> TargetBusy:
    return TargetBusy(f"Another restore of {names.target!r} is running: wait for its end")


def lock_tables(session: Session, target: str) -> bool:
    """Lock all tables of a target, which waits for whoever is using them; tell whether that could be done.

    Raises:
        ToolFailed: They are in use (:func:`in_use`), or the server is gone.
        Interrupted: The job says so.
    """
    tables = ", ".join(f"{identifier(target)}.{identifier(name)} WRITE" for name in tables_of(session, target))
    if not tables:
        return False
    try:
        session.run(f"LOCK TABLES {tables}")
    except ToolFailed as error:
        # A table that is damaged cannot be locked, and may well be replaced.
        if error_number(error) is None or in_use(error):
            raise
        return False
    return True


def in_use(error: BaseException) -> bool:
    """Tell whether an error says that somebody has kept a table for too long."""
    return isinstance(error, ToolFailed) and error_number(error) == _IN_USE


def keep_backups_away(session: Session, names: Names, step: Callable[[str], None]) -> None:
    """Wait for the backups that run, and let none begin while the session lives.

    Raises:
        Interrupted: The job says so.
        ToolFailed: The server cannot be asked.
    """
    for slot in range(_SLOTS):
        while not session.lock(_lock(names, slot), _AGAIN):
            step("swap: wait for a backup")


def mark_unfinished(session: Session, target: str, advice: str) -> None:
    """Say in a target that it is neither as it was nor restored, and what goes on.

    Raises:
        ToolFailed: The server refuses it, or is gone.
    """
    session.run(
        f"CREATE TABLE IF NOT EXISTS {_table(target)} ({ADVICE_COLUMN} LONGTEXT) ENGINE = InnoDB CHARACTER SET utf8mb4",
        f"INSERT INTO {_table(target)} VALUES ({literal(advice)})",  # noqa: S608 - quoted
    )


def forget_unfinished(session: Session, target: str) -> None:
    """Take that away.

    Raises:
        ToolFailed: The server refuses it, or is gone.
    """
    session.run(f"DROP TABLE IF EXISTS {_table(target)}")


def _table(target: str) -> str:
    return f"{identifier(target)}.{UNFINISHED}"


def _lock(names: Names, slot: int) -> str:
    return f"{names.lock}:b{slot}"
