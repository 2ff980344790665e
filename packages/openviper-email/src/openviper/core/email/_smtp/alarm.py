"""One alarm for all deadlines of a pool: one for each message costs the event loop more than most of what it is for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.email._smtp.delivery import Delivery

__all__ = ["Alarm"]


class Alarm:
    """Gives up each delivery when its time is over; ``name`` is that of the server, for people.

    One that still waits for its turn has its seconds from the last answer of the server on: as long as others have
    theirs its turn will come, and where nobody has one it waits no longer than they.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        # In how many seconds each was to be done.
        self._watched: dict[Delivery, float] = {}
        self._handle: asyncio.TimerHandle | None = None
        self._heard = 0.0

    def watch(self, delivery: Delivery, seconds: float) -> None:
        """Give a delivery up at its deadline, and say that it was not done within so many seconds."""
        self._watched[delivery] = seconds
        if self._handle is None or delivery.deadline < self._handle.when():
            self._set(delivery.deadline)

    def forget(self, delivery: Delivery) -> None:
        """Leave a delivery alone."""
        del self._watched[delivery]
        if not self._watched and self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def hear(self) -> None:
        """Note that the server answered."""
        self._heard = asyncio.get_running_loop().time()

    def _end(self, delivery: Delivery, seconds: float) -> float:
        return max(delivery.deadline, self._heard + seconds) if delivery.awaits_turn else delivery.deadline

    def _set(self, when: float) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._handle = asyncio.get_running_loop().call_at(when, self._ring)

    def _ring(self) -> None:
        now, self._handle = asyncio.get_running_loop().time(), None
        left: list[float] = []
        for delivery, seconds in self._watched.items():
            end = self._end(delivery, seconds)
            if end > now:
                left.append(end)
            else:
                # It is forgotten by whoever waits for it.
                delivery.give_up(f"{self._name}: not done within {seconds:.3g} s")
        if left:
            self._set(min(left))
