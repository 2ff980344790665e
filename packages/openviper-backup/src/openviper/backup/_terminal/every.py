"""Back up each of the project's databases; that one cannot be is no reason to leave the others out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

from openviper.backup._terminal.configured import target_url
from openviper.backup._terminal.lines import say
from openviper.backup._terminal.reports import as_json, report_backup, say_json
from openviper.backup._terminal.running import run_to_end
from openviper.backup.backup import backup_database
from openviper.backup.errors import BackupError, Interrupted, InvalidInput
from openviper.backup.job import Finished
from openviper.backup.naming import plain
from openviper.conf import settings
from openviper.core.errors import OpenViperError

if TYPE_CHECKING:
    from openviper.backup._terminal.progress import ProgressLine
    from openviper.backup.results import BackupResult

__all__ = ["back_up_all"]


def back_up_all(options: Mapping[str, Any], *, is_json: bool) -> None:
    """Back up each of ``DATABASES``; its alias is what its backups are called.

    The databases' own names may be the same, today or as soon as another is added, and backups of one database must
    not change their name then.

    Args:
        options: Of :func:`~openviper.backup.backup.backup_database`; its ``timeout`` is for all of them together.
        is_json: Print JSON, when all is done, instead of sentences.

    Raises:
        InvalidInput: There are none.
        click.ClickException: One or more could not be backed up, which was said.
    """
    databases = settings.DATABASES
    if not isinstance(databases, Mapping) or not databases:  # pyright: ignore[reportUnnecessaryIsInstance] - of a user
        raise InvalidInput("No database URL configured: DATABASES (settings) is empty")
    told = _Told(is_json=is_json)
    outcome = "the backup that was being made is gone; those that were said to be made stand"
    try:
        run_to_end(lambda line: _each(list(databases), options, told, line), outcome=outcome)
    finally:
        told.end()
    if told.unsaid is not None:
        raise told.unsaid
    if told.failed:
        names = ", ".join(map(repr, told.failed))
        raise click.ClickException(f"{len(told.failed)} of {len(databases)} databases were not backed up: {names}")


class _Told:
    """What was said, and what JSON will say.

    Attributes:
        failed: The aliases of those that could not be backed up.
        unsaid: What stdout did not take; the others are backed up nevertheless.
    """

    def __init__(self, *, is_json: bool) -> None:
        self._is_json = is_json
        self._all: list[dict[str, Any]] = []
        self.failed: list[str] = []
        self.unsaid: click.ClickException | None = None

    def made(self, alias: str, result: BackupResult) -> None:
        self._all.append({"alias": alias, **as_json(result)})
        if self._is_json:
            return
        try:
            report_backup(result, alias)
        except click.ClickException as error:
            self.unsaid = error

    def not_made(self, alias: str, error: OpenViperError) -> None:
        self._all.append({"alias": alias, "error": str(error)})
        self.failed.append(alias)
        say(f"Error: {alias!r}: {error}", err=True)

    def end(self) -> None:
        if self._is_json:
            say_json(self._all)


async def _each(aliases: list[str], options: Mapping[str, Any], told: _Told, line: ProgressLine) -> None:
    left = _timer(options["timeout"])
    for alias in aliases:
        try:
            own: dict[str, Any] = {**options, "name": plain(alias), "timeout": left(), "on_progress": line}
            result = await backup_database(target_url(None, alias), **own)
        except OpenViperError as error:
            line.clear()
            told.not_made(alias, error)
        except asyncio.CancelledError as cancelled:
            line.clear()
            raise _stopped(alias, cancelled, told) from None
        else:
            line.clear()
            told.made(alias, result)


def _stopped(alias: str, cancelled: asyncio.CancelledError, told: _Told) -> BaseException:
    """Say what became of the one that was being made; return what ends all of it."""
    cause = cancelled.__cause__
    if isinstance(cause, Finished):
        told.made(alias, cause.result)
    elif isinstance(cause, OpenViperError) and not isinstance(cause, Interrupted):
        told.not_made(alias, cause)
        return BackupError(f"Stopped, and {alias!r} could not be taken away; what was said to be made stands")
    return asyncio.CancelledError()


def _timer(timeout: float | None) -> Callable[[], float | None]:
    """Return what tells how many of the seconds are left."""
    began = time.monotonic()

    def left() -> float | None:
        if timeout is None:
            return None
        seconds = round(timeout - (time.monotonic() - began), 2)
        if seconds <= 0:
            raise Interrupted(f"Interrupted: the {timeout:g} s were over before it was its turn")
        return seconds

    return left
