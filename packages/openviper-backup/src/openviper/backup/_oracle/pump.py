"""Run a job of Data Pump, which works on the server: the client that is killed does not end it."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import disk_errors
from openviper.backup._oracle.parameters import Account, job_name, parameter_file
from openviper.backup._staging import staging_folder
from openviper.backup.errors import BackupError, IncompleteDump, Interrupted, ToolFailed
from openviper.backup.job import Job
from openviper.backup.process import Tool, find_tool, run_tool

if TYPE_CHECKING:
    from openviper.backup.url import DatabaseURL

__all__ = ["NEVER_RUN", "TITLE", "WITH_ERRORS", "Pump", "log_lines"]

TITLE = "Oracle"
NEVER_RUN = "Oracle: command construction tested, never run against a server"
#: The exit code of a job that came to its end, with errors on its way (EX_SUCC_ERR).
WITH_ERRORS = 5

_HINT = "Oracle Instant Client, Tools package: https://www.oracle.com/database/technologies/instant-client.html"
# English messages, whatever the environment says.
_ENVIRONMENT = {"NLS_LANG": "AMERICAN_AMERICA.AL32UTF8"}
_AFTERWARDS = 60
_LOG_LIMIT = 16 << 20


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
            ToolFailed: It ended with another code than 0: :data:`WITH_ERRORS`, where it came to its end all the same.
            IncompleteDump: Its log has no last line that says so.
            Interrupted: The job says so; the server's was ended, or the message says how to end it.
        """
        name = job_name()
        given = {"DIRECTORY": self._account.directory, **parameters, "LOGFILE": log.name, "JOB_NAME": name}
        try:
            self._call(given, job)
        except BaseException as error:
            has_ended = isinstance(error, ToolFailed) and error.exit_code == WITH_ERRORS
            why = None if has_ended else self._end(name)
            if why is not None and isinstance(error, Interrupted):
                raise Interrupted(f"{error}; {self._by_hand(name)} ({why})") from error
            raise
        if not any(re.match(rf'Job ".+"\."{name}" successfully completed\b', line) for line in log_lines(log)):
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

    def _end(self, name: str) -> str | None:
        """End the server's job; return why that cannot be done, which is so too where it is no longer there."""
        with Job(_AFTERWARDS) as job:
            try:
                # Beside ATTACH there may be no other parameter but ENCRYPTION_PASSWORD.
                self._call({"ATTACH": name}, job, b"KILL_JOB\nYES\n")
            except BackupError as error:
                return str(error)
        return None

    def _by_hand(self, name: str) -> str:
        return f"the server's job {name} may still run: end it by {self._tool.name} ATTACH={name} and its KILL_JOB"


def log_lines(log: Path) -> list[str]:
    """Return the last lines of a log, 16 MiB at most.

    Raises:
        BackupError: It cannot be read.
    """
    try:
        with log.open("rb") as file:
            file.seek(-min(_LOG_LIMIT, file.seek(0, os.SEEK_END)), os.SEEK_END)
            return file.read().decode("utf-8", "replace").splitlines()
    except OSError as error:
        raise BackupError(
            f"The server's log {str(log)!r} cannot be read here: {error.strerror}; --server-dir must be the folder of "
            "the directory object, shared under the same path, whose files this user may read"
        ) from error


@contextmanager
def _file(content: bytes) -> Generator[Path]:
    """Have a file that no other user can read; what a killed run has left of it, the next one takes away."""
    with staging_folder() as folder:
        path = folder / "parameters.par"
        with disk_errors("The parameter file cannot be written"):
            path.touch(0o600, exist_ok=False)
            path.write_bytes(content)
        yield path
