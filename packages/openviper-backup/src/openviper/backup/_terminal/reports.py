"""What a command says of what was done: sentences, or JSON for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from openviper.backup._s3.location import parse_location
from openviper.backup._terminal.lines import counted, duration, megabytes, say

if TYPE_CHECKING:
    from collections.abc import Iterable

    from openviper.backup.results import BackupResult, RestoreResult, VerifyResult

__all__ = ["as_json", "report_backup", "report_restore", "report_settled", "report_verified", "say_json", "say_notes"]


def as_json(result: BackupResult | RestoreResult | VerifyResult) -> dict[str, Any]:
    """Return the fields of a result, as JSON has them."""
    return {name: value if _is_plain(value) else str(value) for name, value in asdict(result).items()}


def say_json(value: object) -> None:
    """Print JSON: ASCII, because nobody knows the stream's encoding."""
    say(json.dumps(value, indent=2))


def say_notes(notes: Iterable[str]) -> None:
    """Print what the user should know, on stderr."""
    for note in notes:
        say(f"Note: {note}", err=True)


def report_backup(result: BackupResult, database: str) -> None:
    """Say where a backup is; ``database``: its URL, or its alias in the settings."""
    say(f"Backed up {database} to {result.location}")
    proved = "verified there" if parse_location(result.location) else "read back"
    say(f"  {megabytes(result.bytes)} ({megabytes(result.dump_bytes)} dumped) in {duration(result.seconds)}; {proved}")
    say(f"  SHA-256 {result.checksum}")
    if result.row_counts is not None:
        say(f"  {counted(result.row_counts)}")
    say_notes(result.notes)


def report_restore(result: RestoreResult) -> None:
    """Say that a target holds what its backup holds."""
    say(f"Restored {result.target} from {result.file}")
    rows = f"{counted(result.row_counts)}, as recorded; " if result.row_counts is not None else ""
    say(f"  {rows}{megabytes(result.dump_bytes)} in {duration(result.seconds)}")
    if result.kept is not None:
        say(f"  The old data is kept: {result.kept}")
    say_notes(result.notes)


def report_settled(result: RestoreResult, *, undo: bool) -> None:
    """Say that a restore that was killed is finished, or undone."""
    say(f"{'Undid' if undo else 'Finished'} the restore of {result.target} from {result.file}")
    say_notes(result.notes)


def report_verified(result: VerifyResult) -> None:
    """Say how far a backup is proved."""
    agreed = ", which agree with the counts of the backup" if result.compared else ""
    say(f"Verified {result.file}: it was restored to a place of its own, which is gone again")
    say(f"  {counted(result.row_counts)}{agreed}; {megabytes(result.dump_bytes)} in {duration(result.seconds)}")
    say_notes(result.notes)


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | dict | list | tuple)
