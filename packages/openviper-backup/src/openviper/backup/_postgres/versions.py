"""Versions of PostgreSQL's programs and servers: a program dumps servers of its own version and older ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._postgres.queries import PACKAGE
from openviper.backup.errors import ToolFailed, ToolMissing
from openviper.backup.process import run_tool

if TYPE_CHECKING:
    from openviper.backup._postgres.queries import Session
    from openviper.backup.job import Job
    from openviper.backup.process import Tool

__all__ = ["Version", "check_version", "server_version", "tool_version"]

_SAID = re.compile(r"\(PostgreSQL\) (\d+)(?:\.(\d+))?(?:\.\d+)?")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """``major``: with a point before version 10 (9.6), which is kept as 9; ``minor`` is the 6 there."""

    major: int
    minor: int

    @property
    def release(self) -> tuple[int, ...]:
        """What must agree: 15 of 15.18, and 9.6 of 9.6.24."""
        return (self.major,) if self.major > 9 else (self.major, self.minor)

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


def tool_version(tool: Tool, job: Job) -> Version:
    """Return what a program says of itself.

    Raises:
        ToolFailed: That is not a version.
    """
    said = run_tool(tool, ["--version"], job=job).decode("utf-8", "replace")
    found = _SAID.search(said)
    if found is None:
        raise ToolFailed(
            f"{tool.path!r} --version says {said[:80]!r}, which is not a version", tool=tool.name, exit_code=0
        )
    return Version(int(found[1]), int(found[2] or 0))


def server_version(session: Session) -> Version:
    """Return the server's version."""
    number = int(session.value("SELECT current_setting('server_version_num')::int"))
    if number >= 100_000:
        return Version(number // 10_000, number % 10_000)
    return Version(number // 10_000, number // 100 % 100)


def check_version(tool: Tool, server: Version, job: Job) -> None:
    """Make sure that a program is not older than the server.

    Raises:
        ToolMissing: It is.
    """
    version = tool_version(tool, job)
    if version.release < server.release:
        raise ToolMissing(
            f"{tool.path} is of PostgreSQL {version}, and the server of {server}: it cannot dump a newer server; "
            f"install {tool.name} {server.major} or newer, and put it first on PATH: {PACKAGE}"
        )
