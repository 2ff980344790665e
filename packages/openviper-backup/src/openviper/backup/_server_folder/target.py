"""A restore by a server that reads the backup itself, from a file in a folder that it shares with this machine."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from openviper.backup._durable import disk_errors
from openviper.backup._server_folder.files import ServerFiles, locked, staged

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, DumpReader, RestoreTarget

__all__ = ["ServerRestore", "open_staged"]


class ServerRestore(Protocol):
    """What a vendor's server is told in a restore; the methods are called in this order."""

    #: Of the file: ``.bak``.
    suffix: str

    def preflight(self) -> None:
        """As :meth:`~openviper.backup.engines.base.RestoreTarget.preflight`."""
        ...

    def holds_data(self) -> bool:
        """As :meth:`~openviper.backup.engines.base.RestoreTarget.holds_data`."""
        ...

    def accept(self, content: Content) -> tuple[str, ...]:
        """As :meth:`~openviper.backup.engines.base.RestoreTarget.accept`."""
        ...

    def check(self, path: Path, files: ServerFiles) -> None:
        """Have the server look at all of the backup that stands at ``path``; no data is touched."""
        ...

    def replace(self, path: Path, files: ServerFiles) -> None:
        """Have it put the backup in the place of what there is.

        Raises:
            SwapUnfinished: It could not be finished; with what to do.
        """
        ...


@contextmanager
def open_staged(restoring: ServerRestore, folder: Path, database: str) -> Generator[RestoreTarget]:
    """Lock a database for a restore by way of ``folder``.

    Args:
        database: Where it is; as in :func:`~openviper.backup._server_folder.files.locked`.

    Raises:
        TargetBusy: Another restore has it.
    """
    with locked(folder, database), ServerFiles(folder) as files, ExitStack() as stack:
        yield _StagedTarget(restoring, files, stack)


class _StagedTarget:
    def __init__(self, restoring: ServerRestore, files: ServerFiles, stack: ExitStack) -> None:
        self._restoring, self._files, self._stack = restoring, files, stack
        self._path = files.new(restoring.suffix)

    def preflight(self) -> None:
        self._restoring.preflight()

    def holds_data(self) -> bool:
        return self._restoring.holds_data()

    def staging(self) -> BinaryIO:
        return self._stack.enter_context(staged(self._path))

    def accept(self, content: Content) -> tuple[str, ...]:
        return self._restoring.accept(content)

    def load(self, dump: DumpReader) -> None:
        # On a network's file system, others see all of it only when it is closed.
        with disk_errors("The backup cannot be given to the server (--server-dir)", self._path):
            self._stack.close()
        self._restoring.check(self._path, self._files)

    def count_rows(self) -> Mapping[str, int]:
        raise NotImplementedError

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        self._restoring.replace(self._path, self._files)
        return None, self._files.remove()
