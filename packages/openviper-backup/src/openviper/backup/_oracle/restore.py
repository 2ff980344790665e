"""``impdp`` into a schema, whose tables it replaces, and nothing else that is there already."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._oracle.parameters import account_of
from openviper.backup._oracle.pump import NEVER_RUN, TITLE, WITH_ERRORS, Pump, log_lines
from openviper.backup._server_folder.files import ServerFiles
from openviper.backup.errors import BackupError, SwapUnfinished, ToolFailed

if TYPE_CHECKING:
    from openviper.backup.engines.base import Content, RestoreOptions
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["OracleRestore"]

_ERROR = re.compile(r"(?:ORA|KUP)-\d{5}")
_IS_THERE = re.compile(r"ORA-31684: Object type (\w+:.+) already exists")
_SHOWN = 10


class OracleRestore:
    """A :class:`~openviper.backup._server_folder.target.ServerRestore`.

    Raises:
        InvalidInput: The URL names no account.
        ToolMissing: There is no ``impdp``.
    """

    suffix = ".dmp"

    def __init__(self, url: DatabaseURL, options: RestoreOptions, job: Job) -> None:
        self._account, self._options, self._job = account_of(url), options, job
        self._pump = Pump("impdp", url, self._account)

    def preflight(self) -> None:
        """Nothing can be asked by Data Pump but to work."""

    def holds_data(self) -> bool:
        """Say yes: Data Pump cannot tell, and what is there would be replaced."""
        return True

    def accept(self, content: Content) -> tuple[str, ...]:
        return (NEVER_RUN, f"{TITLE} documents no mark by which its dump files could be recognised")

    def check(self, path: Path, files: ServerFiles) -> None:
        """Have the server write the statements that it would run, which changes nothing."""
        self._run(path, files.new(".log"), SQLFILE=files.new(".sql").name)

    def replace(self, path: Path, files: ServerFiles) -> None:
        log = files.new(".log")
        try:
            self._run(path, log, TABLE_EXISTS_ACTION="REPLACE")
        except BaseException as error:
            has_ended = isinstance(error, ToolFailed) and error.exit_code == WITH_ERRORS
            there, others = _errors(log) if has_ended else ([], [])
            in_the_way = [each for each in there if not each.startswith("USER:")]
            # The user whose schema it is is in the dump where it was made with an administrator's rights.
            if not there or in_the_way or others:
                raise SwapUnfinished(self._unfinished(in_the_way, error)) from error

    def _run(self, path: Path, log: Path, **parameters: str) -> None:
        given = {"SCHEMAS": self._account.schema, "DUMPFILE": path.name, **parameters}
        self._pump.run(given, log, self._job)

    def _unfinished(self, in_the_way: list[str], error: BaseException) -> str:
        schema, file = self._account.schema, repr(str(self._options.file))
        if not in_the_way:
            what = f"The restore of schema {schema} was not finished, and it may be restored in part"
            return f"{what}: restore it again, from {file} or an older backup ({error})"
        what = f"Schema {schema} is restored in part: Data Pump replaces tables only, and these were there already"
        shown, more = ", ".join(map(repr, in_the_way[:_SHOWN])), len(in_the_way) - _SHOWN
        return f"{what}: {shown}{f' and {more} more' * (more > 0)}; drop them, and restore {file} again ({error})"


def _errors(log: Path) -> tuple[list[str], list[str]]:
    """Return what a log says was there already, as ``SEQUENCE:"SHOP"."ORDERS"``, and its other errors."""
    try:
        errors = [line for line in log_lines(log) if _ERROR.match(line)]
    except BackupError:
        return [], []
    found = [_IS_THERE.match(line) for line in errors]
    there = [each[1] for each in found if each]
    return there, [line for line, each in zip(errors, found, strict=True) if not each]
