"""What can go wrong with a backup or a restore.

::

    OpenViperError
    └── BackupError
        ├── InvalidInput (ValueError)             a URL, path, name or option that is refused; nothing was done
        │   ├── BackupFileNotFound (FileNotFoundError)
        │   └── UnsupportedScheme
        ├── InvalidArchive (ValueError)           the file is torn, changed, or not a backup
        ├── ToolMissing                           a program of the database's vendor is not on PATH
        ├── ToolFailed                            such a program ended with another exit code than 0
        ├── IncompleteDump                        it ended with 0, and what it wrote is not whole
        ├── RestoreRefused                        the target holds data, or this may not be restored there
        ├── TargetBusy                            another restore of this target is running
        ├── StorageFailed                         a bucket cannot be reached, refuses, or keeps something else
        ├── NotEnoughSpace                        the disk would not hold it
        ├── Interrupted                           it was told to stop, or its time is over; nothing remains of it
        └── SwapUnfinished                        the swap could neither be finished nor undone; says which command does

In every case but the last the target is as it was, unless it was loaded in place.
"""

from __future__ import annotations

from openviper.core.errors import OpenViperError

__all__ = [
    "BackupError",
    "BackupFileNotFound",
    "IncompleteDump",
    "Interrupted",
    "InvalidArchive",
    "InvalidInput",
    "NotEnoughSpace",
    "RestoreRefused",
    "StorageFailed",
    "SwapUnfinished",
    "TargetBusy",
    "ToolFailed",
    "ToolMissing",
    "UnsupportedScheme",
]


class BackupError(OpenViperError):
    """The base of what this package raises."""


class InvalidInput(BackupError, ValueError):
    """An argument or a setting that is refused; nothing was touched."""


class BackupFileNotFound(InvalidInput, FileNotFoundError):
    """There is no such backup file."""

    def __str__(self) -> str:
        return str(self.args[0])


class UnsupportedScheme(InvalidInput):
    """No engine is registered for the scheme of the database URL."""


class InvalidArchive(BackupError, ValueError):
    """The backup file is torn, was changed, or holds something else than one complete dump."""


class ToolMissing(BackupError):
    """A program that the engine needs is not on PATH; the message says which, and how to install it."""


class ToolFailed(BackupError):
    """A program of the database's vendor failed.

    Attributes:
        tool: Its name: ``pg_dump``.
        exit_code: Negative: the number of the signal that ended it.
    """

    def __init__(self, message: str, *, tool: str, exit_code: int) -> None:
        super().__init__(message)
        self.tool = tool
        self.exit_code = exit_code


class IncompleteDump(BackupError):
    """The dump is empty, or the line with which a complete one ends is missing."""


class RestoreRefused(BackupError):
    """The restore was not begun; the message says what stands in the way, and what would allow it."""


class TargetBusy(BackupError):
    """Another restore of the same target holds its lock."""


class StorageFailed(BackupError):
    """A bucket cannot be reached, refuses what is asked of it, or gives something else back than it was given."""


class NotEnoughSpace(BackupError):
    """The disk has less room than the operation needs."""


class Interrupted(BackupError):
    """The operation was cancelled, or its deadline passed; what it had begun is taken away."""


class SwapUnfinished(BackupError):
    """The restored data could not be put in the place of the old; the message has the command that goes on."""
