"""A mail server, over a pool of connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._sending.answers import refused
from openviper.core.email._sending.byte_budget import ByteBudget, counted_bytes
from openviper.core.email._sending.finished import check_size, configured_sign
from openviper.core.email._sending.turns import TimeLeft, Turn
from openviper.core.email._smtp.delivery import Wires
from openviper.core.email._smtp.options import SMTPOptions
from openviper.core.email._smtp.stuffing import check_lines
from openviper.core.email.errors import AddressError
from openviper.core.email.message import wire_message
from openviper.core.email.pool import ConnectionPool

if TYPE_CHECKING:
    from openviper.core.email._building.wire import Sign
    from openviper.core.email.message import EmailMessageData, WireMessage
    from openviper.core.email.results import DeliveryResult

__all__ = ["SMTPBackend", "SMTPOptions"]

# Larger messages are looked through in a thread.
_INLINE_BYTES = 262_144
# While a connection waits for the answer to one message, the next one goes along with it (PIPELINING). So that there is
# one then, two more are being built, or have their answer and were not yet taken from the batch.
_AHEAD = 4


class _OfLoop(NamedTuple):
    pool: ConnectionPool
    budget: ByteBudget


class SMTPBackend:
    """Send to a mail server.

    Args:
        options: The server; ``None``: that of the ``EMAIL_*`` settings.
        sign: Called with each finished message; it returns headers that are put before it.

    Raises:
        ImproperlyConfigured: The settings cannot be used.
    """

    def __init__(self, options: SMTPOptions | None = None, *, sign: Sign | None = None) -> None:
        if options is None:
            settings = section(EmailSettings)
            options, sign = SMTPOptions.from_settings(settings), sign or configured_sign(settings)
        self.options = options
        self._sign = sign
        # For each event loop: neither connections nor those who wait can go from one to another.
        self._of_loops: dict[asyncio.AbstractEventLoop, _OfLoop] = {}
        self._is_closed = False
        #: How many messages of a batch it takes at a time.
        self.concurrency = _AHEAD * options.pool_size

    @classmethod
    def from_settings(cls, settings: EmailSettings) -> SMTPBackend:
        """Return the backend of a mailer."""
        return cls(SMTPOptions.from_settings(settings), sign=configured_sign(settings))

    async def send(
        self, message_data: EmailMessageData, *, sign: Sign | None = None, seconds: float | None = None
    ) -> DeliveryResult:
        """Send one message, and return what became of each recipient.

        Args:
            message_data: The message.
            sign: Instead of that of the settings.
            seconds: How long it may take in all; ``None``: ``EMAIL_TIMEOUT``. What a message of a batch waits for a
                connection does not count.

        Raises:
            InvalidMessage: It cannot be sent, over whichever connection: it is too large, or what ``sign`` returned is
                no header.
        """
        if seconds is None:
            seconds = self.options.timeout
        left = TimeLeft(seconds)
        sign, size = sign or self._sign, counted_bytes(message_data)
        if sign is None and not size:
            # Built here and now: an alarm could only ring afterwards.
            return await self._deliver(message_data, await self._wires(message_data, None), left.deadline, seconds)
        try:
            await self._admit(size, left)
        except TimeoutError:
            return self._refused(message_data, f"other large messages were not done within {seconds:.3g} s")
        try:
            return await self._built_and_sent(message_data, sign, left.deadline, seconds)
        finally:
            self._budget.give_back(size)

    async def _admit(self, size: int, left: TimeLeft) -> None:
        turn = Turn.current()
        if turn is None:
            await self._budget.take(size, left.deadline)
            return
        # Those before it end in their time.
        await turn.wait(self._budget.take(size))

    async def _built_and_sent(
        self, data: EmailMessageData, sign: Sign | None, deadline: float, seconds: float
    ) -> DeliveryResult:
        limit = asyncio.timeout_at(deadline)
        try:
            async with limit:
                wires = await self._wires(data, sign)
        except TimeoutError:
            if not limit.expired():
                raise
            return self._refused(data, f"the message was not built and signed within {seconds:.3g} s")
        return await self._deliver(data, wires, deadline, seconds)

    async def _deliver(self, data: EmailMessageData, wires: Wires, deadline: float, seconds: float) -> DeliveryResult:
        if self._is_closed:
            return self._refused(data, "the mailer is closed")
        return await self._pool().deliver(data, wires, deadline, seconds)

    def _pool(self) -> ConnectionPool:
        return self._here.pool

    @property
    def _budget(self) -> ByteBudget:
        return self._here.budget

    @property
    def _here(self) -> _OfLoop:
        loop = asyncio.get_running_loop()
        found = self._of_loops.get(loop)
        if found is None:
            # Other threads may do the same with loops of theirs.
            for closed in [each for each in list(self._of_loops) if each.is_closed()]:
                self._of_loops.pop(closed, None)
            found = self._of_loops[loop] = _OfLoop(ConnectionPool(self.options), ByteBudget())
        return found

    def _refused(self, data: EmailMessageData, why: str) -> DeliveryResult:
        return refused(data, "transient", f"{self.options.name}: {why}", data.using)

    async def close(self, timeout: float = 10.0) -> None:  # noqa: ASYNC109 - reports
        """Finish what is under way, for ``timeout`` seconds, and close the connections; nothing is sent any more.

        In another event loop than this it stays as it is: that has to be closed there.
        """
        self._is_closed = True
        found = self._of_loops.get(asyncio.get_running_loop())
        if found is not None:
            await found.pool.close(timeout)

    async def _wires(self, data: EmailMessageData, sign: Sign | None) -> Wires:
        utf8 = await self._wire(data, sign, utf8=True)
        if not utf8.smtputf8:
            return Wires(utf8)
        try:
            return Wires(await self._wire(data, sign, utf8=False), utf8)
        except AddressError:
            # From or Reply-To is beyond ASCII.
            return Wires(None, utf8)

    async def _wire(self, data: EmailMessageData, sign: Sign | None, *, utf8: bool) -> WireMessage:
        wire = await wire_message(data, utf8=utf8, sign=sign)
        check_size(data.message_id, wire.size, self.options.max_message_bytes)
        if wire.size > _INLINE_BYTES:
            await asyncio.to_thread(check_lines, wire.chunks)
        else:
            check_lines(wire.chunks)
        return wire
