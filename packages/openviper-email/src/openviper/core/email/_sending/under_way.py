"""What a mailer has under way, and waiting for the end of it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["UnderWay"]

_logger = logging.getLogger("openviper.email")


class UnderWay:
    """The messages of a mailer, and how many of other mailers may come to it yet; ``mailer`` is its name."""

    def __init__(self, mailer: str) -> None:
        self._mailer = mailer
        self._messages: dict[object, EmailMessageData] = {}
        self._holders = 0
        self._idle = asyncio.Event()

    def begin(self, data: EmailMessageData) -> object:
        """Count a message, until :meth:`end` is given what this returns."""
        token = object()
        self._messages[token] = data
        return token

    def end(self, token: object) -> None:
        """Count a message no longer."""
        del self._messages[token]
        self._look()

    def hold(self) -> None:
        """Have :meth:`drained` wait for one more :meth:`release`."""
        self._holders += 1

    def release(self) -> None:
        """Come to the end of what :meth:`hold` was for."""
        self._holders -= 1
        self._look()

    def _look(self) -> None:
        if not self._messages and not self._holders:
            self._idle.set()

    async def drained(self, seconds: float) -> None:
        """Wait until there is nothing, for so long; report what there is then, or when nobody waits any more."""
        self._idle.clear()
        self._look()
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except (TimeoutError, asyncio.CancelledError) as error:
            # A message may be under way more than once.
            for message_id in dict.fromkeys(each.message_id for each in self._messages.values()):
                _logger.error(
                    "%s was still under way when mailer %r had to close; it may not have been sent",
                    message_id,
                    self._mailer,
                )
            if isinstance(error, asyncio.CancelledError):
                raise
