"""Feed a dump to a client, changed where it must be, and make sure that the client has taken it as whole statements."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from openviper.backup._mariadb.handwritten import HandWritten
from openviper.backup._mariadb.rewriting import Rewriting
from openviper.backup._mariadb.session import error_number
from openviper.backup.errors import InvalidArchive, RestoreRefused, ToolFailed

if TYPE_CHECKING:
    from openviper.backup._mariadb.accepting import AcceptedDump
    from openviper.backup._mariadb.session import Access
    from openviper.backup.job import Job
    from openviper.backup.process import Child

__all__ = ["Definers", "Source", "load_dump", "look_through"]

_PIECE = 1 << 18
# The connection is lost, or a packet is too big: the server says both of a statement that is longer than it takes.
_TOO_LONG = {2006, 1153}


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


class Source(Protocol):
    """A dump from its beginning."""

    def read(self, size: int, /) -> bytes:
        """Return the next bytes; none after the last."""
        ...


def load_dump(
    dump: Source, access: Access, job: Job, *, schema: str, accepted: AcceptedDump, definers: Definers
) -> set[str]:
    """Load a dump; return the names of events that are enabled in it, and were made disabled.

    Raises:
        ToolFailed: The client has ended; everything that it was fed before is in the schema.
        InvalidArchive: The dump is not what was proved, or no whole statements.
        RestoreRefused: It makes what runs as others, which the user may not.
        Interrupted: The job says so.
    """
    passage = _Passage(dump, schema, accepted, definers)
    marker = secrets.token_hex(12)
    # Left by an error, the client is killed: at the end of its stdin it would run what is there of a statement.
    with access.start(job, schema) as child:
        try:
            last = _fed(child, passage, marker)
        except ToolFailed as error:
            if error_number(error) in _TOO_LONG:
                error.args = (
                    f"{error}; if the server is running, the dump has a statement longer than its max_allowed_packet: "
                    "SET GLOBAL max_allowed_packet = 1073741824",
                )
            raise
    _check_end(last, marker, schema)
    return passage.events


def _fed(child: Child, passage: _Passage, marker: str) -> str:
    """Feed a client; return the last line that it gives."""
    for piece in passage.pieces():
        child.write(piece)
    child.write(f"\nDELIMITER ;\nSELECT CONCAT('{marker}', HEX(DATABASE()));\n".encode())
    child.close_stdin()
    tail = b""
    while said := child.read(_PIECE):
        tail = (tail + said)[-_PIECE:]
    child.finish()
    return tail.rstrip(b"\n").rpartition(b"\n")[2].decode(errors="replace")


def _check_end(last: str, marker: str, schema: str) -> None:
    if not last.startswith(marker):
        raise InvalidArchive("The dump ends inside of a statement: it cannot be restored")
    if last != f"{marker}{schema.encode('utf-8', 'surrogateescape').hex().upper()}":
        name = bytes.fromhex(last.removeprefix(marker)).decode("utf-8", "replace")
        raise InvalidArchive(f"The dump has changed to the database {name!r}, and may have changed what is in it")


def look_through(dump: Source, *, schema: str, accepted: AcceptedDump, definers: Definers) -> None:
    """Look for what :func:`load_dump` would refuse, without a client.

    Raises:
        InvalidArchive, RestoreRefused: As there.
    """
    for _ in _Passage(dump, schema, accepted, definers).pieces():
        pass


class _Passage:
    """A dump on its way."""

    def __init__(self, dump: Source, schema: str, accepted: AcceptedDump, definers: Definers) -> None:
        self._dump, self._definers = dump, definers
        self._rewriting = Rewriting(schema, accepted.source, keep_definers=not definers.skip)
        self._by_hand = HandWritten(accepted.target) if accepted.is_by_hand else None

    @property
    def events(self) -> set[str]:
        return self._rewriting.events

    def pieces(self) -> Iterator[bytes]:
        """Give what may be fed to a client."""
        while data := self._dump.read(_PIECE):
            yield self._looked_at(self._rewriting.feed(data))
        last = self._looked_at(self._rewriting.finish())
        if self._by_hand is not None:
            self._by_hand.finish()
        yield last

    def _looked_at(self, piece: bytes) -> bytes:
        self._check_definers()
        if self._by_hand is not None:
            self._by_hand.feed(piece)
        return piece

    def _check_definers(self) -> None:
        definers = self._definers
        if definers.skip or definers.may_set or not _foreign(self._rewriting, definers):
            return
        # The rest is read for the whole list.
        while data := self._dump.read(_PIECE):
            self._rewriting.feed(data)
        self._rewriting.finish()
        raise RestoreRefused(
            "The dump makes routines, triggers, views or events that run as "
            f"{', '.join(_foreign(self._rewriting, definers))}, and {definers.account} may not do so: restore as a "
            f"user with SET USER (GRANT SET USER ON *.* TO {definers.account}; MySQL: SET_ANY_DEFINER), or use "
            "--skip-definer, with which they run as whoever restores"
        )


def _foreign(rewriting: Rewriting, definers: Definers) -> list[str]:
    return sorted(each for each in rewriting.definers if each != definers.account)
