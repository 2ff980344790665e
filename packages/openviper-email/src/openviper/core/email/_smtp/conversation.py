"""What is said on a connection for one message after the other.

With PIPELINING (RFC 2920) the commands of an envelope go out together, and those of the next message together with the
end of the one before, so that a message costs one round trip. Without it each waits for the reply to the one before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from openviper.core.email._smtp.connection import Connection, ConnectionDiedError
from openviper.core.email._smtp.transaction import Stage, Transaction

__all__ = ["Conversation", "Take"]

#: Returns the next transaction, if there is one; it is not waited for.
Take: TypeAlias = "Callable[[], Transaction | None]"

# A message up to here is written at once, with the next envelope behind it. Behind a larger one nobody waits.
_AT_ONCE = 65_536
_PIECE = 262_144


class Conversation:
    """Takes messages as long as there are some and the connection lives."""

    def __init__(self, connection: Connection, take: Take) -> None:
        self._connection = connection
        self._take = take
        self._current: Transaction | None = None
        self._following: Transaction | None = None

    async def run(self, first: Transaction) -> None:
        """Send the first message, and then what there is.

        Raises:
            ConnectionDiedError: The connection died; :meth:`open` has what it left behind.
        """
        self._current = first
        if self._connection.extensions.pipelining:
            await self._pipelined()
        else:
            await self._in_steps()

    def open(self) -> list[Transaction]:
        """Return the transactions that have not ended, in the order in which they were announced."""
        return [each for each in (self._current, self._following) if each is not None]

    async def _pipelined(self) -> None:
        current, connection = self._current, self._connection
        envelope = _group(current)
        if current is not None:
            connection.send(*envelope)
        while current is not None:
            self._work_for(current)
            current.replies += await connection.replies(envelope[1])
            current.judge()
            is_short = current.wire.size <= _AT_ONCE
            if current.stage is not Stage.MESSAGE or is_short:
                self._following = self._next(current)
            envelope = _group(self._following)
            if current.stage is Stage.MESSAGE:
                await self._message(current, envelope)
                current.finish((await connection.replies(1))[0])
            elif envelope[1]:
                connection.send(*envelope)
            if self._following is None:
                self._following = self._next(current)
                envelope = _group(self._following)
                if envelope[1]:
                    connection.send(*envelope)
            self._end(current)
            current, self._current, self._following = self._following, self._following, None

    async def _in_steps(self) -> None:
        while (current := self._current) is not None:
            self._work_for(current)
            await self._ask(current)
            current.judge()
            if current.stage is Stage.MESSAGE:
                await self._message(current, (b"", 0))
                current.finish((await self._connection.replies(1))[0])
            self._end(current)
            self._current = self._next(current)

    async def _ask(self, current: Transaction) -> None:
        for line in current.commands():
            if line == b"DATA" and not _has_recipient(current):
                return
            current.replies.append(await self._connection.command(line))
            if current.replies[-1].outcome != "accepted" and not line.startswith((b"RCPT", b"DATA")):
                return

    def _work_for(self, current: Transaction) -> None:
        # Only now: as long as the message before has no answer, its connection is not to be cut off for this one.
        current.delivery.connection = self._connection
        current.delivery.begin()
        if current.delivery.over:
            self._connection.abort(current.delivery.over)
            raise ConnectionDiedError(self._connection.death)

    def _end(self, current: Transaction) -> None:
        current.delivery.connection = None

    def _next(self, current: Transaction) -> Transaction | None:
        delivery = current.delivery
        if self._connection.death and delivery.waiting:
            raise ConnectionDiedError(self._connection.death)
        if self._connection.death:
            return None
        if delivery.waiting and not delivery.over:
            return Transaction.begin(delivery, self._connection)
        return self._take()

    async def _message(self, current: Transaction, envelope: tuple[bytes, int]) -> None:
        connection = self._connection
        if current.wire.size <= _AT_ONCE or not current.has_accepted:
            text = b"".join((*current.text(), envelope[0]))
            current.stage = Stage.DOT
            try:
                connection.send(text, 1 + envelope[1])
            except ConnectionDiedError:
                current.stage = Stage.MESSAGE
                raise
            return
        connection.send(b"", 1)
        last = b""
        for piece in _pieces(current.text()):
            if last:
                connection.send(last, 0)
                await connection.drain()
            if connection.has_reply:
                connection.abort(f"{connection.name} answered before the message had ended")
            last = piece
        connection.send(b"", 0)
        current.stage = Stage.DOT
        connection.send(last, 0)


def _group(transaction: Transaction | None) -> tuple[bytes, int]:
    """Return the commands of an envelope as bytes, and how many they are."""
    if transaction is None:
        return b"", 0
    lines = transaction.commands()
    return b"\r\n".join(lines) + b"\r\n", len(lines)


def _has_recipient(current: Transaction) -> bool:
    return any(reply.outcome == "accepted" for reply in current.replies[1 + current.has_reset :])


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]
