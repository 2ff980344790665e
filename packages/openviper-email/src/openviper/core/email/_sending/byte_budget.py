"""So many bytes of large messages at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["MOST_BYTES", "ByteBudget", "counted_bytes"]

# Of messages and of what is made of them, each. Hundreds of smaller ones are under way at most, and not counted.
MOST_BYTES = 32 * 1024 * 1024
_UNCOUNTED = 65_536


class ByteBudget:
    """Lets messages in, in turn, as long as they are no more than 32 MiB together; a larger one is let in alone."""

    def __init__(self, most: int = MOST_BYTES) -> None:
        self._most = most
        self._used = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int, deadline: float | None = None) -> None:
        """Wait until there is room; whoever comes back from here owes a :meth:`give_back`.

        Raises:
            TimeoutError: There was none until ``deadline``, on the loop's clock.
        """
        if not size:
            return
        if not self._waiting and self._has_room(size):
            self._used += size
            return
        async with asyncio.timeout_at(deadline):
            await self._turn(size)

    async def _turn(self, size: int) -> None:
        turn = size, asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn[1]
        except asyncio.CancelledError:
            if turn[1].cancelled():
                self._waiting.remove(turn)
                self._let_in()
            else:
                self.give_back(size)
            raise

    def give_back(self, size: int) -> None:
        """Make room."""
        if size:
            self._used -= size
            self._let_in()

    def _has_room(self, size: int) -> bool:
        return not self._used or self._used + size <= self._most

    def _let_in(self) -> None:
        while self._waiting and self._has_room(self._waiting[0][0]):
            size, turn = self._waiting[0]
            if turn.cancelled():
                # It takes itself away, and calls this again.
                return
            self._waiting.popleft()
            self._used += size
            turn.set_result(None)


def counted_bytes(data: EmailMessageData) -> int:
    """Return about how many bytes a message has; 0: so few that they are not counted."""
    size = len(data.text or "") + len(data.html or "") + sum(len(each.content) for each in data.attachments)
    return size if size > _UNCOUNTED else 0
