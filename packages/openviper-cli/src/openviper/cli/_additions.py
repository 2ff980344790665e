"""Adding files to a folder that is there, all of them or none."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from openviper.cli._scaffold import ScaffoldFile, write_file
from openviper.cli.errors import CommandLineError
from openviper.core.stop_signals import ended_by_signals
from openviper.core.terminal_text import harmless_line

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["add_whole"]


@ended_by_signals()
def add_whole(folder: Path, files: Iterable[ScaffoldFile]) -> None:
    """Add ``files`` to ``folder``; what is there already is neither replaced nor taken away.

    Raises:
        CommandLineError: One of them is there, would stand outside of ``folder`` because a link leads there, or cannot
            be written; none of them was added then, or the error names what could not be taken away again.
        SystemExit: A SIGTERM or a SIGHUP came; none of them was added.
    """
    made: list[Path] = []
    try:
        for file in files:
            path = folder / file.path
            _refuse_outside(path.parent, folder)
            _make_folders(path.parent, made)
            _make_file(path, file, made)
    except OSError as error:
        failed = error.filename or (made[-1] if made else folder)
        outcome = _outcome(_take_away(made))
        reason = error.strerror or type(error).__name__
        raise CommandLineError(harmless_line(f"{failed} cannot be written: {reason}; {outcome}")) from error
    except BaseException:
        # A signal too.
        _take_away(made)
        raise


def _refuse_outside(place: Path, folder: Path) -> None:
    if not place.resolve().is_relative_to(folder.resolve()):
        outside = f"{place} is {place.resolve()}, outside of {folder.resolve()}"
        raise CommandLineError(harmless_line(f"{outside}: a link leads there; nothing was written"))


def _make_folders(place: Path, made: list[Path]) -> None:
    missing = [each for each in (place, *place.parents) if not each.exists()]
    for each in reversed(missing):
        # Before it is there: an interruption in between leaves nothing either.
        made.append(each)
        try:
            each.mkdir()
        except FileExistsError:
            # Somebody else's, in this moment.
            made.pop()


def _make_file(path: Path, file: ScaffoldFile, made: list[Path]) -> None:
    there = CommandLineError(harmless_line(f"{path} is there already; nothing was written"))
    if os.path.lexists(path):
        raise there
    made.append(path)
    try:
        write_file(path, file)
    except FileExistsError as error:
        made.pop()
        raise there from error


def _take_away(made: list[Path]) -> list[Path]:
    """Take away what was made, and return what had to stay."""
    for path in reversed(made):
        with suppress(OSError):
            # A folder goes only where it is empty: what another program put there stays, and it with that.
            path.rmdir() if path.is_dir() else path.unlink()
    return [path for path in made if os.path.lexists(path)]


def _outcome(stayed: list[Path]) -> str:
    if not stayed:
        return "nothing was added"
    return f"these could not be taken away again: {', '.join(map(str, stayed))}"
