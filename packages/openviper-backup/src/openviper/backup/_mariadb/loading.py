"""Feed a dump to a client, changed where it must be, and make sure that the client has taken it as whole statements."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from openviper.backup._mariadb.rewriting import Rewriting
from openviper.backup.errors import InvalidArchive, RestoreRefused

if TYPE_CHECKING:
    from openviper.backup._mariadb.session import Access
    from openviper.backup.engines.base import DumpReader
    from openviper.backup.job import Job

__all__ = ["Definers", "load_dump"]

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Definers:
    """What may be kept of ``DEFINER`` clauses.

    Attributes:
        account: The user's own.
        may_set: All may be.
        skip: None shall be.
    """

    account: str
    may_set: bool
    skip: bool


def load_dump(
    dump: DumpReader, access: Access, job: Job, *, schema: str, source: str | None, definers: Definers
) -> set[str]:
    """Load a dump; return the names of events that are enabled in it, and were made disabled.

    Raises:
        ToolFailed: The client has ended; everything that it was fed before is in the schema.
        InvalidArchive: The dump is not what was proved, or no whole statements.
        RestoreRefused: It makes what runs as others, which the user may not.
        Interrupted: The job says so.
    """
    rewriting = Rewriting(schema, source, keep_definers=not definers.skip)
    marker = secrets.token_hex(12)
    # Left by an error, the client is killed: at the end of its stdin it would run what is there of a statement.
    with access.start(job, schema) as child:
        while data := dump.read(_PIECE):
            child.write(rewriting.feed(data))
            _check_definers(rewriting, definers, dump)
        child.write(rewriting.finish())
        _check_definers(rewriting, definers, dump)
        child.write(f"\nDELIMITER ;\nSELECT CONCAT('{marker}', HEX(DATABASE()));\n".encode())
        child.close_stdin()
        tail = b""
        while said := child.read(_PIECE):
            tail = (tail + said)[-_PIECE:]
        child.finish()
    expected = f"{marker}{schema.encode('utf-8', 'surrogateescape').hex().upper()}".encode()
    if tail.rstrip(b"\n").rpartition(b"\n")[2] != expected:
        raise InvalidArchive(
            "The dump ends inside of a statement, or has changed to another database: it cannot be restored"
        )
    return rewriting.events


def _check_definers(rewriting: Rewriting, definers: Definers, dump: DumpReader) -> None:
    if definers.skip or definers.may_set or not _foreign(rewriting, definers):
        return
    # The rest is read for the whole list.
    while data := dump.read(_PIECE):
        rewriting.feed(data)
    rewriting.finish()
    raise RestoreRefused(
        "The dump makes routines, triggers, views or events that run as "
        f"{', '.join(_foreign(rewriting, definers))}, and {definers.account} may not do so: restore as a user with SET "
        "USER (MariaDB; SET_ANY_DEFINER in MySQL), or use --skip-definer, with which they run as whoever restores"
    )


def _foreign(rewriting: Rewriting, definers: Definers) -> list[str]:
    return sorted(each for each in rewriting.definers if each != definers.account)
