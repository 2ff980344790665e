"""Mail that was kept instead of sent, as the inbox page reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["LONGEST_HEADER", "Captured", "CapturedHead", "CapturedMail"]

#: Of a header that a list reads, in bytes.
LONGEST_HEADER = 1_048_576


@dataclass(frozen=True, slots=True)
class Captured:
    """A message as a server would have got it."""

    #: Unique in its store, of ASCII letters, digits, ``-`` and ``.``; never begins with a dot.
    id: str
    #: In UTC.
    received: datetime
    #: The whole message, lines ended by CRLF.
    raw: bytes
    #: A bare address; empty: ``<>``.
    envelope_sender: str
    envelope_recipients: tuple[str, ...]
    #: What it was made of; ``None``: it was read from a file.
    data: EmailMessageData | None = None


@dataclass(frozen=True, slots=True)
class CapturedHead:
    """What a list shows of a message, without its body."""

    #: As :attr:`Captured.id`.
    id: str
    #: In UTC.
    received: datetime
    #: The header with the empty line behind it; of a long one the first MiB.
    header: bytes
    #: Of the whole message, in bytes.
    size: int
    envelope_sender: str
    envelope_recipients: tuple[str, ...]


class CapturedMail(Protocol):
    """A store of kept mail. Its methods may read files: call them in a thread."""

    def kept(self) -> Sequence[tuple[datetime, str]]:
        """Return when each message was kept, and its id, newest first. No message is read."""
        ...

    def head(self, id: str) -> CapturedHead | None:
        """Return what a list shows of one message, without reading its body; ``None``: there is none of that id."""
        ...

    def list(self, limit: int | None = None) -> Sequence[Captured]:
        """Return the messages, newest first; at most ``limit`` of them."""
        ...

    def get(self, id: str) -> Captured | None:
        """Return one message; ``None``: there is none of that id, whatever text it is."""
        ...

    def remove(self, ids: Iterable[str]) -> None:
        """Remove these messages; ids of no message do not matter."""
        ...

    def clear(self) -> None:
        """Remove all messages."""
        ...
