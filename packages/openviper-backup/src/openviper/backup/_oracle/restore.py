"""``impdp`` into a schema, whose tables it replaces."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from openviper.backup._oracle.dump import NEVER_RUN
from openviper.backup._oracle.parameters import Account, account_of
from openviper.backup._oracle.pump import TITLE, Pump
from openviper.backup._server_files import folder_of, locked, server_file, staged
from openviper.backup.errors import RestoreRefused, SwapUnfinished

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, DumpReader, RestoreOptions, RestoreTarget
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["open_scratch", "open_target"]


@contextmanager
def open_target(url: DatabaseURL, options: RestoreOptions, job: Job) -> Generator[RestoreTarget]:
    """Lock a schema for a restore."""
    folder, account = folder_of(options, TITLE), account_of(url)
    pump = Pump("impdp", url, account)
    with locked(folder, str(url)), server_file(folder, ".dmp") as path, ExitStack() as stack:
        yield _Target(pump, account, path, options, job, stack)


def open_scratch() -> NoReturn:
    """Refuse.

    Raises:
        RestoreRefused: In any case.
    """
    raise RestoreRefused(f"verify-db is not for {TITLE}: a schema of its own would need the rights of an administrator")


class _Target:
    def __init__(
        self, pump: Pump, account: Account, path: Path, options: RestoreOptions, job: Job, stack: ExitStack
    ) -> None:
        self._pump, self._account, self._path = pump, account, path
        self._options, self._job, self._stack = options, job, stack

    def preflight(self) -> None:
        """Nothing can be asked by Data Pump but to work."""

    def holds_data(self) -> bool:
        """Say yes: Data Pump cannot tell, and what is there would be replaced."""
        return True

    def staging(self) -> BinaryIO:
        return self._stack.enter_context(staged(self._path))

    def accept(self, content: Content) -> tuple[str, ...]:
        return (NEVER_RUN, "Oracle documents no mark by which its dump files could be known")

    def load(self, dump: DumpReader) -> None:
        """Have the server write the statements that it would run, which changes nothing."""
        # On a network's file system, others see all of it only then.
        self._stack.close()
        folder = self._path.parent
        with server_file(folder, ".sql") as statements, server_file(folder, ".log") as log:
            self._pump.run({**self._parameters(), "SQLFILE": statements.name}, log, self._job)

    def count_rows(self) -> Mapping[str, int]:
        raise NotImplementedError

    def swap(self) -> tuple[str | None, tuple[str, ...]]:
        with server_file(self._path.parent, ".log") as log:
            try:
                self._pump.run({**self._parameters(), "TABLE_EXISTS_ACTION": "REPLACE"}, log, self._job)
            except BaseException as error:
                raise SwapUnfinished(
                    f"The restore of schema {self._account.schema} was not finished, and it may be restored in part: "
                    f"restore it again, from {str(self._options.file)!r} or an older backup ({error})"
                ) from error
        return None, ()

    def _parameters(self) -> dict[str, str]:
        return {"SCHEMAS": self._account.schema, "DUMPFILE": self._path.name}
