"""What a restore and a verification have in common: is it this engine's, is it whole, and into the place beside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._restoring.passes import ProvedDump, first_bytes, prove
from openviper.backup._restoring.readable import readable
from openviper.backup.engines import identify
from openviper.backup.errors import BackupError, RestoreRefused

if TYPE_CHECKING:
    from pathlib import Path

    from openviper.backup._restoring.opening import OpenedBackup
    from openviper.backup.engines.base import BackupEngine, Content, RestoreTarget
    from openviper.backup.job import Job

__all__ = ["Loaded", "check_engine", "load"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What stands beside the target now, and may take its place."""

    content: Content
    notes: tuple[str, ...]


def check_engine(backup: OpenedBackup, engine: BackupEngine, job: Job) -> None:
    """Compare the engine that the sidecar names; without one, what the dump's first bytes tell, unless encrypted.

    Raises:
        RestoreRefused: It is another.
        InvalidArchive: It is an archive, and has no dump.
    """
    if backup.sidecar is not None and backup.sidecar.db_engine != engine.name:
        name = backup.sidecar.db_engine
        raise RestoreRefused(
            f"The sidecar of {str(backup.path)!r} says that it is of {name!r}; {engine.title} cannot restore it"
        )
    if backup.sidecar is None and not backup.identities:
        with readable(backup, job) as file:
            _check_signature(first_bytes(file, job), engine, backup.path)


def load(backup: OpenedBackup, engine: BackupEngine, target: RestoreTarget, job: Job) -> Loaded:
    """Prove a backup, and load it beside the target.

    Raises:
        InvalidArchive: It is not one whole dump, or its checksum is another.
        RestoreRefused: It is a dump of another engine.
        BackupError: What reading and loading raise.
    """
    with readable(backup, job) as file:
        staging = target.staging()
        # It need not be read again, unless it was only looked at.
        is_staged = staging is not None and staging.seekable()
        proved = prove(file, staging, job, look=lambda head: _check_signature(head, engine, backup.path))
        notes = target.accept(proved.content)
        job.step("load", proved.content.size)
        dump = ProvedDump(file, proved, job)
        target.load(dump)
    if not is_staged and not dump.is_read:
        raise BackupError(f"{engine.title} has not read all of {str(backup.path)!r}")
    return Loaded(proved.content, (*backup.notes, *notes))


def _check_signature(head: bytes, engine: BackupEngine, path: Path) -> None:
    if engine.recognises(head):
        return
    other = identify(head)
    # What nobody knows may be SQL that was written by hand; it is for the engine to accept.
    if other is not None and other.name != engine.name:
        raise RestoreRefused(f"{str(path)!r} holds a dump of {other.title}; {engine.title} cannot restore it")
