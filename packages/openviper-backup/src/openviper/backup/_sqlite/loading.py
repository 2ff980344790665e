"""A dump becomes a database file in a restore's own folder, and is looked at there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from openviper.backup._durable import create_new, sync_file
from openviper.backup._sqlite.checking import check_integrity, count_rows
from openviper.backup._sqlite.connection import connect, database_errors
from openviper.backup._sqlite.content import check_content, is_database
from openviper.backup._sqlite.rests import check_alone
from openviper.backup._sqlite.script import run_script
from openviper.backup.errors import InvalidArchive

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions
    from openviper.backup.job import Job

__all__ = ["Loading"]


class Loading:
    """The part of a :class:`~openviper.backup.engines.base.RestoreTarget` before the swap.

    Attributes:
        new: There the database is, once it is loaded.
        notes: On what SQLite found in it.
    """

    def __init__(self, folder: Path, options: RestoreOptions, job: Job) -> None:
        self.new = folder / "new.db"
        self.notes: tuple[str, ...] = ()
        self._dump = folder / "dump"
        self._job = job
        self._file, self._name = options.file, repr(str(options.file))
        self._is_text = False
        self._staged: BinaryIO | None = None

    def staging(self) -> BinaryIO | None:
        with database_errors("The restore cannot be begun"):
            self._staged = os.fdopen(create_new(self._dump), "wb", 0)
            return self._staged

    def accept(self, content: Content) -> tuple[str, ...]:
        notes = check_content(content)
        self._is_text = not is_database(content.head)
        if not self._is_text:
            with database_errors(f"What stands beside {self._name} cannot be read"):
                check_alone(self._file)
        return notes

    def load(self, dump: DumpReader) -> None:
        with database_errors(f"{self._name} cannot be loaded"):
            if self._is_text:
                self._run_text(dump.size)
            else:
                self._dump.rename(self.new)
            self._job.step("check")
            # The disk is slow where the check is not, and the other way round.
            with ThreadPoolExecutor(1, "openviper-backup-sync") as beside:
                synced = beside.submit(sync_file, self.new)
                with connect(self.new, "mode=ro&immutable=1") as connection:
                    self.notes = check_integrity(connection, f"What is in {self._name}", self._job)
                synced.result()

    def _run_text(self, size: int) -> None:
        os.close(create_new(self.new))
        with self._dump.open("rb") as file, connect(self.new) as connection:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
            run_script(connection, file, size, self._job)
        self._dump.unlink()
        if not self.new.stat().st_size:
            raise InvalidArchive(f"The SQL text in {self._name} makes nothing")

    def count_rows(self) -> Mapping[str, int]:
        with (
            database_errors(f"The rows in {self._name} cannot be counted"),
            connect(self.new, "mode=ro&immutable=1") as connection,
        ):
            return count_rows(connection, self._job)[0]

    def close(self) -> None:
        """Close the file that took the dump; what is in it was synced, or is needed no more."""
        if self._staged is not None:
            with suppress(OSError):
                self._staged.close()
