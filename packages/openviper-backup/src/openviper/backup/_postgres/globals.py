"""Roles and tablespaces, which no dump of a database has: ``pg_dumpall --globals-only`` in a file of its own."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from openviper.backup._durable import sync_folder
from openviper.backup._postgres.queries import PACKAGE, TITLE
from openviper.backup._postgres.trailer import is_cluster_complete
from openviper.backup._postgres.versions import check_version, server_version
from openviper.backup.errors import IncompleteDump, InvalidInput
from openviper.backup.naming import PART
from openviper.backup.process import find_tool, run_tool

if TYPE_CHECKING:
    from openviper.backup._postgres.connection import Connection
    from openviper.backup._postgres.queries import Session
    from openviper.backup.job import Job

__all__ = ["SavedGlobals", "save_globals"]

_MOST = 32 << 20
_SUPERUSER = "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"


@dataclass(frozen=True, slots=True)
class SavedGlobals:
    """What pg_dumpall has written, not under its name yet."""

    file: Path
    part: Path
    has_passwords: bool

    def publish(self) -> str:
        """Put it in the place of what is there; return a note."""
        self.part.replace(self.file)
        sync_folder(self.file.parent)
        without = "" if self.has_passwords else ", but passwords, which a superuser alone can read"
        return f"Roles and tablespaces are in {str(self.file)!r}{without}"


@contextmanager
def save_globals(
    file: Path | None, connection: Connection, session: Session, job: Job
) -> Generator[SavedGlobals | None]:
    """Write roles and tablespaces beside ``file`` (0600), or nothing where that is ``None``.

    Raises:
        InvalidInput: ``file`` is a folder.
        ToolMissing: pg_dumpall is not on PATH, or older than the server.
        ToolFailed: It failed.
        IncompleteDump: It ended too early.
    """
    if file is None:
        yield None
        return
    if file.is_dir():
        raise InvalidInput(f"{str(file)!r} is a folder; expected the file that takes the roles and tablespaces")
    has_passwords = session.value(_SUPERUSER)
    content = _content(connection, session, job, with_passwords=has_passwords)
    part = file.with_name(file.name + PART)
    part.unlink(missing_ok=True)
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        yield SavedGlobals(file, part, has_passwords)
    finally:
        part.unlink(missing_ok=True)


def _content(connection: Connection, session: Session, job: Job, *, with_passwords: bool) -> bytes:
    tool = find_tool(["pg_dumpall"], TITLE, PACKAGE)
    check_version(tool, server_version(session), job)
    # It reads other roles' passwords from a table of superusers.
    arguments = ["--globals-only", "--no-password", *([] if with_passwords else ["--no-role-passwords"])]
    content = run_tool(
        tool, arguments, job=job, environment=connection.environment, secrets=connection.secrets, most=_MOST
    )
    if not is_cluster_complete(content):
        raise IncompleteDump("pg_dumpall exited 0, and what it wrote has no end: no backup was made")
    return content
