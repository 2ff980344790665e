"""sqlcmd, as https://learn.microsoft.com/sql/tools/sqlcmd/sqlcmd-utility describes it; a password by its variable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openviper.backup.errors import InvalidInput
from openviper.backup.process import find_tool, run_tool

if TYPE_CHECKING:
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["NEVER_RUN", "SEPARATOR", "TITLE", "Session"]

TITLE = "SQL Server"
NEVER_RUN = "SQL Server: command construction tested, never run against a server"
#: What stands between columns, and in no name that can be typed: ASCII's unit separator.
SEPARATOR = "\x1f"
_HINT = "https://learn.microsoft.com/sql/linux/sql-server-linux-setup-tools (mssql-tools18)"
_YES = {"yes", "true", "1", "mandatory", "strict"}
_PORT = 1433
# Characters; a longer line would be wrapped, and there is no more.
_WIDTH = 65535


class Session:
    """What runs statements on the server of a database.

    Raises:
        InvalidInput: The URL names no database, or what could not stand in a statement.
        ToolMissing: There is no sqlcmd.
    """

    def __init__(self, url: DatabaseURL) -> None:
        self.database = url.database
        if not url.database or url.option("odbc_connect") is not None:
            raise InvalidInput(f"'{url}' names no database; expected mssql://user:password@host:1433/database")
        # sqlcmd takes lines of a statement for its own commands.
        if not all(each.isprintable() for each in (url.database, url.host or "", url.user or "")):
            raise InvalidInput(f"'{url}' has unprintable characters in a name, which sqlcmd would take for commands")
        self._tool = find_tool(["sqlcmd"], TITLE, _HINT)
        self._arguments = _arguments(url)
        # It reads and writes names in the locale's encoding.
        self._environment = {"SQLCMDPASSWORD": None if url.user is None else url.password, "LC_ALL": "C.UTF-8"}
        self._secrets = [url.password] if url.password else []

    def run(self, statements: str, job: Job) -> str:
        """Run one batch, and return what it prints.

        Raises:
            ToolFailed: A statement failed.
            Interrupted: The job says so.
        """
        arguments = [*self._arguments, "-Q", statements]
        output = run_tool(self._tool, arguments, job=job, environment=self._environment, secrets=self._secrets)
        return output.decode("utf-8", "replace").strip(" \r\n")


def _arguments(url: DatabaseURL) -> list[str]:
    """Connect to master; end with an error where a statement does; no variables; messages to stderr; bare values."""
    form = ["-h", "-1", "-W", "-s", SEPARATOR, "-w", str(_WIDTH)]
    who = ["-E"] if url.user is None else ["-U", url.user]
    encryption = [
        *(["-N"] if _is_on(url, "Encrypt") else []),
        *(["-C"] if _is_on(url, "TrustServerCertificate") else []),
    ]
    return ["-S", _server(url), *who, "-d", "master", *encryption, "-b", "-x", "-r1", *form]


def _server(url: DatabaseURL) -> str:
    host = url.host or "localhost"
    # A named instance has its port by the browser service.
    if "\\" in host and url.port is None:
        return host
    return f"tcp:{host},{url.port or _PORT}"


def _is_on(url: DatabaseURL, name: str) -> bool:
    return (url.option(name) or "").lower() in _YES
