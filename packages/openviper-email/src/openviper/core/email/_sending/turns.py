"""Turns: what a message of a batch waits for a connection, or for a mailer that is busy, is no part of its time.

A batch keeps more messages under way than a server takes at a time. Were their clocks to run meanwhile, the last of
them would be given up because the others took their time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from contextvars import ContextVar

__all__ = ["TimeLeft", "Turn"]

_CURRENT: ContextVar[Turn | None] = ContextVar("openviper_email_turn", default=None)


class Turn:
    """Of one message of a batch: how long it has waited for its turns so far."""

    __slots__ = ("waited",)

    def __init__(self) -> None:
        #: In seconds.
        self.waited = 0.0

    @classmethod
    def begin(cls) -> Turn:
        """Have all that the running task sends be of a batch."""
        turn = cls()
        _CURRENT.set(turn)
        return turn

    @staticmethod
    def current() -> Turn | None:
        """Return that of the message that is being sent; ``None``: it is not of a batch, and its clock runs."""
        return _CURRENT.get()

    async def wait(self, awaitable: Awaitable[object]) -> None:
        """Wait for something, and note how long that took."""
        clock = asyncio.get_running_loop().time
        since = clock()
        try:
            await awaitable
        finally:
            self.waited += clock() - since


class TimeLeft:
    """So many seconds from now on, without those that the message that is being sent waits for its turns."""

    __slots__ = ("_deadline", "_turn")

    def __init__(self, seconds: float) -> None:
        self._turn = Turn.current()
        self._deadline = asyncio.get_running_loop().time() + seconds - self._waited

    @property
    def _waited(self) -> float:
        return 0.0 if self._turn is None else self._turn.waited

    @property
    def deadline(self) -> float:
        """Until when, on the loop's clock, if there is no more waiting."""
        return self._deadline + self._waited

    @property
    def seconds(self) -> float:
        """How many seconds are left; less than 0, where it is over."""
        return self.deadline - asyncio.get_running_loop().time()
