"""The client and the dump program of MariaDB or MySQL, and what their versions know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup.process import Tool, find_tool, run_tool

if TYPE_CHECKING:
    from openviper.backup.job import Job
    from openviper.backup.url import DatabaseURL

__all__ = ["PACKAGE", "TITLE", "Program", "find_client", "find_dump_program"]

TITLE = "MariaDB or MySQL"
#: How the programs are installed.
PACKAGE = "apt-get install mariadb-client, or default-mysql-client"

_SECONDS = 30
_PACKET = "--max-allowed-packet=1G"
# Rows that were there when a CHECK was made, or written without it, are rows of a backup. MySQL has no such variable.
_UNCHECKED = "--init-command=SET @openviper = 1 /*M!100201 , check_constraint_checks = 0 */"


@dataclass(frozen=True, slots=True)
class Program:
    """A program.

    Attributes:
        arguments: What each run of it has, after ``--defaults-file``.
    """

    tool: Tool
    arguments: tuple[str, ...]


def find_client(url: DatabaseURL, job: Job) -> Program:
    """Find ``mariadb`` or ``mysql``.

    Of its own commands it takes only ``DELIMITER`` then: no line of a dump can start a program or read a file here.

    Raises:
        ToolMissing: Neither is on PATH.
        ToolFailed: It cannot be started.
    """
    tool, known = _found(url, ("mariadb", "mysql"), job)
    # Comments stand in routines too. A connection that is lost must not be made anew: locks and settings are its own.
    arguments = ["--batch", "--skip-column-names", "--unbuffered", "--binary-mode", "--comments", "--skip-reconnect"]
    arguments += ["--no-auto-rehash", "--local-infile=0", "--default-character-set=utf8mb4", _PACKET, _UNCHECKED]
    if "--connect-timeout" in known:
        seconds = url.option("connect_timeout") or ""
        arguments.append(f"--connect-timeout={seconds if seconds.isdigit() else _SECONDS}")
    if "--sandbox" in known:
        arguments.append("--sandbox")
    if "--print-query-on-error" in known:
        arguments.append("--skip-print-query-on-error")
    return Program(tool, tuple(arguments))


def find_dump_program(url: DatabaseURL, job: Job, *, with_history: bool) -> tuple[Program, bool]:
    """Find ``mariadb-dump`` or ``mysqldump``; return whether it dumps what system-versioned tables remember, too.

    Raises:
        ToolMissing: Neither is on PATH.
        ToolFailed: It cannot be started.
    """
    tool, known = _found(url, ("mariadb-dump", "mysqldump"), job)
    arguments = ["--single-transaction", "--quick", "--routines", "--triggers", "--events", "--hex-blob"]
    arguments += ["--default-character-set=utf8mb4", "--no-tablespaces", _PACKET]
    if "--column-statistics" in known:
        # It asks for a table that MariaDB and old servers do not have.
        arguments.append("--column-statistics=0")
    if "--set-gtid-purged" in known:
        arguments.append("--set-gtid-purged=OFF")
    has_history = with_history and "--dump-history" in known
    return Program(tool, (*arguments, *(["--dump-history"] if has_history else []))), has_history


def _found(url: DatabaseURL, names: tuple[str, str], job: Job) -> tuple[Tool, str]:
    mariadb, mysql = names
    ordered = [mysql, mariadb] if url.dialect == "mysql" else [mariadb, mysql]
    tool = find_tool(ordered, TITLE, PACKAGE)
    known = run_tool(tool, ["--no-defaults", "--help"], job=job)
    return tool, known.decode(errors="replace")
