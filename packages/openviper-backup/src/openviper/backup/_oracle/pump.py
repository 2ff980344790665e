"""Run a job of Data Pump, which works on the server: the client that is killed does not end it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._oracle.parameters import Account, job_name, parameter_file
from openviper.backup.errors import BackupError, IncompleteDump
from openviper.backup.job import Job
from openviper.backup.process import Tool, find_tool, run_tool

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = ["TITLE", "Pump"]

TITLE = "Oracle"
_HINT = "Oracle Instant Client, Tools package: https://www.oracle.com/database/technologies/instant-client.html"
# English messages, whatever the environment says.
_ENVIRONMENT = {"NLS_LANG": "AMERICAN_AMERICA.AL32UTF8"}
_AFTERWARDS = 60
_LOG_LIMIT = 1 << 20


class Pump:
    """``expdp`` or ``impdp`` for one account.

    Raises:
        ToolMissing: It is not on PATH.
    """

    def __init__(self, tool: str, url: DatabaseURL, account: Account) -> None:
        self._tool: Tool = find_tool([tool], TITLE, _HINT)
        self._account = account
        self._secrets = [url.password] if url.password else []

    def run(self, parameters: Mapping[str, str], log: Path, job: Job) -> None:
        """Run a job to its end.

        Args:
            log: Where the server writes its log, in the folder that it shares.

        Raises:
            ToolFailed: It ended with another code than 0: 5, where there were errors on its way.
            IncompleteDump: Its log has no last line that says so.
            Interrupted: The job says so; the server's was ended.
        """
        name = job_name()
        given = {**parameters, "LOGFILE": log.name, "JOB_NAME": name}
        try:
            self._call(given, job)
        except BaseException:
            self._end(name)
            raise
        if not re.search(rf'^Job ".+"\."{name}" successfully completed\b', _last(log), re.MULTILINE):
            raise IncompleteDump(f"{self._tool.name} ended with 0, and its log does not say that all went well")

    def _call(self, parameters: Mapping[str, str], job: Job, input: bytes | None = None) -> None:  # noqa: A002 - as run_tool
        with _file(parameter_file(self._account, parameters)) as path:
            run_tool(
                self._tool,
                [f"PARFILE={path}"],
                job=job,
                environment=_ENVIRONMENT,
                input=input,
                secrets=self._secrets,
            )

    def _end(self, name: str) -> None:
        """End the server's job; where there is none any more, that is said to nobody."""
        with Job(_AFTERWARDS) as job, suppress(BackupError):
            self._call({"ATTACH": name}, job, b"KILL_JOB\nYES\n")


@contextmanager
def _file(content: bytes) -> Generator[Path]:
    """Have a file that nobody else can read."""
    fd, name = tempfile.mkstemp(prefix="openviper-backup-", suffix=".par")
    path = Path(name)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(content)
        yield path
    finally:
        path.unlink()


def _last(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(-min(_LOG_LIMIT, file.seek(0, os.SEEK_END)), os.SEEK_END)
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        raise BackupError(
            f"The server's log {str(log)!r} cannot be read here: {error.strerror}; --server-dir must be the folder of "
            "the directory object, shared under the same path, whose files this user may read"
        ) from error
