"""Mail that stays in the process: for tests, and for the inbox page while developing.

::

    from openviper.core.email.backends.memory import outbox

    assert outbox[-1].data.subject == "Welcome"
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from secrets import token_hex
from threading import Lock
from typing import TYPE_CHECKING, cast, overload

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._sending.byte_budget import counted_bytes
from openviper.core.email._sending.captured import LONGEST_HEADER, Captured, CapturedHead
from openviper.core.email._sending.finished import Sign, configured_sign, finished

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["Mailbox", "MemoryBackend", "Outbox", "outbox"]

# Of all kept messages together: 500 of them with large attachments would be the machine's whole memory.
_MAX_BYTES = 256 * 1024 * 1024


class Outbox(Sequence[Captured]):
    """The messages that were kept, oldest first; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: deque[Captured] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    @overload
    def __getitem__(self, index: int) -> Captured: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Captured]: ...
    def __getitem__(self, index: int | slice) -> Captured | Sequence[Captured]:
        with self._lock:
            return list(self._kept)[index] if isinstance(index, slice) else self._kept[index]

    def __iter__(self) -> Iterator[Captured]:
        return iter(self._all())

    def __reversed__(self) -> Iterator[Captured]:
        return reversed(self._all())

    def __repr__(self) -> str:
        return f"<Outbox: {len(self)} messages>"

    def append(self, message: Captured, *, limit: int) -> None:
        """Keep ``message``, and of the older ones so many that it is not more than ``limit`` in all, nor 256 MiB.

        A message of more than that is kept alone.
        """
        with self._lock:
            self._kept.append(message)
            self._bytes += _size(message)
            while len(self._kept) > limit or (self._bytes > _MAX_BYTES and len(self._kept) > 1):
                self._bytes -= _size(self._kept.popleft())

    def list(self, limit: int | None = None) -> Sequence[Captured]:
        """Return the messages, newest first; at most ``limit`` of them."""
        return self._all()[::-1][:limit]

    def kept(self) -> Sequence[tuple[datetime, str]]:
        """Return when each message was kept, and its id, newest first."""
        return tuple((each.received, each.id) for each in self.list())

    def head(self, id: str) -> CapturedHead | None:
        """Return what a list shows of one message, or ``None``."""
        kept = self.get(id)
        return None if kept is None else _head(kept)

    def get(self, id: str) -> Captured | None:
        """Return one message, or ``None``."""
        return next((each for each in reversed(self._all()) if each.id == id), None)

    def remove(self, ids: Iterable[str]) -> None:
        """Remove these messages."""
        removed = frozenset(ids)
        with self._lock:
            self._kept = deque(each for each in self._kept if each.id not in removed)
            self._bytes = sum(len(each.raw) for each in self._kept)

    def _all(self) -> tuple[Captured, ...]:
        # Taken at once: by its index, each would be looked for from an end of the deque, and might be another by now.
        with self._lock:
            return tuple(self._kept)

    def clear(self) -> None:
        """Remove all messages."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


def _size(kept: Captured) -> int:
    """Return about how many bytes of memory a message takes: as it was sent, and what it was made of."""
    return len(kept.raw) + (counted_bytes(kept.data) if kept.data is not None else 0)


def _head(kept: Captured) -> CapturedHead:
    end = kept.raw.find(b"\r\n\r\n", 0, LONGEST_HEADER)
    header = kept.raw[: end + 4 if end >= 0 else LONGEST_HEADER]
    return CapturedHead(kept.id, kept.received, header, len(kept.raw), kept.envelope_sender, kept.envelope_recipients)


#: What the ``memory`` backend of this process has kept: ``EMAIL_MEMORY_LIMIT`` messages at most.
outbox = Outbox()


class MemoryBackend:
    """Keep messages in :data:`outbox`, as a server would have got them."""

    concurrency = 1

    def __init__(self, settings: EmailSettings | None = None) -> None:
        self._settings = settings or section(EmailSettings)
        self._sign = configured_sign(self._settings)

    @classmethod
    def from_settings(cls, settings: EmailSettings) -> MemoryBackend:
        """Return the backend of a mailer."""
        return cls(settings)

    async def send(self, message_data: EmailMessageData, *, sign: Sign | None = None) -> None:
        """Keep one message.

        Raises:
            MessageTooLarge: It has more than ``EMAIL_MAX_MESSAGE_BYTES``.
        """
        wire = await finished(message_data, self._settings, sign=sign or self._sign)
        captured = Captured(
            token_hex(8),
            datetime.now(UTC),
            bytes(wire),
            message_data.envelope_sender or "",
            message_data.envelope_recipients,
            message_data,
        )
        outbox.append(captured, limit=self._settings.EMAIL_MEMORY_LIMIT)


class Mailbox(Sequence["EmailMessageData"]):
    """The messages in :data:`outbox` as they were composed, oldest first; what the fixture ``mailbox`` gives.

    It equals a list or a tuple of the same messages.
    """

    # What it equals changes with each message.
    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return len(self._all())

    def __iter__(self) -> Iterator[EmailMessageData]:
        return iter(self._all())

    def __reversed__(self) -> Iterator[EmailMessageData]:
        return reversed(self._all())

    @overload
    def __getitem__(self, index: int) -> EmailMessageData: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[EmailMessageData]: ...
    def __getitem__(self, index: int | slice) -> EmailMessageData | Sequence[EmailMessageData]:
        return self._all()[index]

    def __eq__(self, other: object) -> bool:
        # So that mailbox == [] is what it looks like.
        if not isinstance(other, list | tuple | Mailbox):
            return NotImplemented
        return self._all() == list(cast("Sequence[object]", other))

    def __repr__(self) -> str:
        return f"Mailbox({self._all()!r})"

    def _all(self) -> list[EmailMessageData]:
        return [each.data for each in outbox if each.data is not None]

    def clear(self) -> None:
        """Forget all messages."""
        outbox.clear()
