"""What an engine is: how one kind of database is dumped, and how a dump becomes a database again.

An engine is one class, without arguments, registered by URL scheme: an entry point of the group
``openviper.backup_engines``, whose name is the scheme and whose value is the class::

    [project.entry-points."openviper.backup_engines"]
    duckdb = "acme_duckdb:DuckDBEngine"

All its methods run on a thread, never on an event loop. Wherever they wait, they look at the job: its ``wake`` in a
poll, else ``check()`` at least once a second.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from openviper.backup.engines.options import DumpOptions, RestoreOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = [
    "BackupEngine",
    "Content",
    "Dump",
    "DumpOptions",
    "DumpReader",
    "RestoreOptions",
    "RestoreTarget",
    "Staging",
]


class Dump(Protocol):
    """A dump that is being made."""

    #: Bytes, where they are known before the end.
    size: int | None

    def read(self, size: int) -> bytes:
        """Return the next bytes: ``size`` of them, fewer only at the end, none after it.

        Raises:
            ToolFailed: The program that makes them ended before its time.
            Interrupted: The job says so.
        """
        ...

    def finish(self) -> tuple[Mapping[str, int] | None, tuple[str, ...]]:
        """Make sure, after the last byte, that the dump is complete; return rows by table, and notes for the user.

        Raises:
            ToolFailed: The exit code is not 0.
            IncompleteDump: Nothing was written, or the trailer is missing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Content:
    """What a stream of dump bytes turned out to be, once it was read to its end.

    Attributes:
        size: Bytes.
        head, tail: Its first and its last 64 KiB, or less.
    """

    size: int
    head: bytes
    tail: bytes


class DumpReader(Protocol):
    """The dump in a backup file, which was read to its end once and was good."""

    size: int

    def read(self, size: int) -> bytes:
        """Return the next bytes: ``size`` of them, fewer only at the end, none after it.

        Raises:
            InvalidArchive: It is no longer what was proved.
            Interrupted: The job says so.
        """
        ...


class Staging(Protocol):
    """What takes a dump while it is proved: a file, or what only looks at it, which is not seekable."""

    def write(self, data: bytes | memoryview, /) -> int: ...

    def flush(self) -> None: ...

    def seekable(self) -> bool: ...

    def fileno(self) -> int: ...


class RestoreTarget(Protocol):
    """The place of a restore: it is locked, and no data in it is touched before :meth:`swap`.

    Its methods are called in this order. Whenever it is left without :meth:`swap` having returned, what it has made
    is taken away.
    """

    def preflight(self) -> None:
        """Make sure that everything to come is allowed and possible; repair first what a killed run has left.

        Raises:
            RestoreRefused: What stands in the way, all of it, with what would allow it.
            ToolMissing: Before anything is read.
        """
        ...

    def holds_data(self) -> bool:
        """Tell whether something would be overwritten; asked only where that is not allowed anyway."""
        ...

    def staging(self) -> Staging | None:
        """Return the file that takes the dump while it is proved, where the engine wants a file; else ``None``.

        What is not seekable only looks at the dump, which :meth:`load` has to read to its end all the same.
        """
        ...

    def accept(self, content: Content) -> tuple[str, ...]:
        """Look at what was proved; return notes.

        Raises:
            InvalidArchive: It is not of this engine, or not complete and ``verify_trailer`` is on.
        """
        ...

    def load(self, dump: DumpReader) -> None:
        """Make a database beside the target of the dump, and check it as the engine can.

        Raises:
            ToolFailed: The dump cannot be loaded.
            InvalidArchive: What came of it is not sound.
        """
        ...

    def count_rows(self) -> Mapping[str, int]:
        """Count, in what was loaded, each table's rows, by the names that :meth:`Dump.finish` gives."""
        ...

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        """Put what was loaded in the target's place; return what was kept of the old and where, and notes.

        Raises:
            SwapUnfinished: It could not be finished; with the command that does.
        """
        ...


class BackupEngine(Protocol):
    """One kind of database."""

    #: As in the sidecar: ``postgres``.
    name: str
    #: As users write it: ``PostgreSQL``.
    title: str
    #: Fields of :class:`DumpOptions` and :class:`RestoreOptions` that it looks at, of those that not every engine has:
    #: all but ``folder``, ``file`` and ``verify_trailer``. Another that is given is refused before it is asked.
    options: frozenset[str]

    def recognises(self, head: bytes) -> bool:
        """Tell, from its first 64 KiB, whether a dump is one of this engine's; ``False`` where that cannot be told."""
        ...

    def dump(self, url: DatabaseURL, options: DumpOptions, job: Job) -> AbstractContextManager[Dump]:
        """Begin a dump; left before its end, it is stopped, and its temporaries are gone.

        Raises:
            ToolMissing, ToolFailed: It cannot be begun.
            InvalidInput: The URL names no database that could be dumped.
        """
        ...

    def target(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        """Lock a target for a restore.

        Raises:
            TargetBusy: Another restore has it.
            ToolMissing, ToolFailed: It cannot be reached.
        """
        ...

    def scratch(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> AbstractContextManager[RestoreTarget]:
        """Take a place of its own to verify a backup in, near the database of ``url``; it is never swapped.

        Raises:
            ToolMissing, ToolFailed: It cannot be had.
        """
        ...
