"""Many messages: as many under way as their mailers take, and no more taken from the source than that."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from openviper.core.email._sending.answers import refused
from openviper.core.email.errors import InvalidMessage
from openviper.core.email.mailers import Mailer, get_mailer
from openviper.core.email.message import EmailMessageData

if TYPE_CHECKING:
    from openviper.core.email.results import DeliveryResult

__all__ = ["Messages", "delivered"]

_logger = logging.getLogger("openviper.email")

Messages: TypeAlias = Iterable[EmailMessageData] | AsyncIterable[EmailMessageData]

# Results that wait to be taken; behind them those wait that would bring more.
_MAX_WAITING = 16


async def delivered(messages: Messages, using: str | None) -> AsyncGenerator[tuple[int, DeliveryResult]]:
    """Send each message; yield its position and its result as soon as there is one.

    Whoever stops early has what is under way finished, and what was refused of it logged; so is what the end of the
    loop cuts off.

    Raises:
        Exception: What the source raised, after the results of all that came before.
    """
    batch = _Batch(messages, using)
    running = asyncio.ensure_future(batch.run())
    try:
        while (ready := await batch.next()) is not None:
            yield ready
    except asyncio.CancelledError:
        batch.cancel()
        raise
    finally:
        await _finish(batch, running)


async def _finish(batch: _Batch, running: asyncio.Future[None]) -> None:
    if not running.done():
        running.cancel()
        while (ready := await batch.next()) is not None:
            _log_unseen(ready)
        return
    # Those that were there already, when whoever took them stopped.
    for ready in batch.left():
        _log_unseen(ready)
    if not running.cancelled():
        running.result()


def _log_unseen(ready: tuple[int, DeliveryResult]) -> None:
    if not ready[1].ok:
        _logger.error("nobody waited for this result: %s", ready[1])


class _Batch:
    """Takes messages from the source, and has each sent in a task of its own."""

    def __init__(self, messages: Messages, using: str | None) -> None:
        self._source = _iterator(messages)
        self._using = using
        # One message is taken first: its mailer says how many there may be.
        self._free = asyncio.Semaphore(1)
        self._width = 1
        self._under_way: set[asyncio.Task[None]] = set()
        # What is ready, and None behind the last. Who brings a result waits for room, and who ends does not: there may
        # be nobody any more who makes some.
        self._results: asyncio.Queue[tuple[int, DeliveryResult] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_MAX_WAITING)

    async def run(self) -> None:
        """Send everything."""
        try:
            await self._feed()
        finally:
            if self._under_way:
                await asyncio.wait(self._under_way)
            self._results.put_nowait(None)

    async def next(self) -> tuple[int, DeliveryResult] | None:
        """Return what is ready next; ``None``: there is no more."""
        ready = await self._results.get()
        if ready is not None:
            self._room.release()
        return ready

    def left(self) -> list[tuple[int, DeliveryResult]]:
        """Return what is ready and was not taken."""
        every = [self._results.get_nowait() for _ in range(self._results.qsize())]
        return [each for each in every if each is not None]

    def cancel(self) -> None:
        """Give up what is under way."""
        for each in self._under_way:
            each.cancel()

    async def _feed(self) -> None:
        index = 0
        while True:
            await self._free.acquire()
            try:
                data = await anext(self._source)
            except StopAsyncIteration:
                return
            mailer = get_mailer(self._using or _checked(data, index).using)
            self._widen(mailer.concurrency)
            sending = asyncio.create_task(self._send(index, data, mailer))
            self._under_way.add(sending)
            sending.add_done_callback(partial(self._ended, data.message_id))
            index += 1

    def _widen(self, concurrency: int) -> None:
        while self._width < concurrency:
            self._width += 1
            self._free.release()

    async def _send(self, index: int, data: EmailMessageData, mailer: Mailer) -> None:
        async with mailer.slots:
            result = await _result(data, mailer)
        # Cancelled, it has nothing else to do than to say what it knows.
        with suppress(asyncio.CancelledError):
            await self._room.acquire()
        self._results.put_nowait((index, result))
        self._free.release()

    def _ended(self, message_id: str, sending: asyncio.Task[None]) -> None:
        self._under_way.discard(sending)
        if sending.cancelled():
            _logger.error("%s was interrupted while it was being sent; it may not have been", message_id)


async def _result(data: EmailMessageData, mailer: Mailer) -> DeliveryResult:
    """Return the result of a message, also where it cannot be sent at all: the others go on."""
    try:
        return await mailer.deliver(data)
    except InvalidMessage as error:
        return refused(data, "permanent", str(error), mailer.name)
    except Exception as error:
        return refused(data, "transient", f"{type(error).__name__}: {error}", mailer.name)


def _checked(data: object, index: int) -> EmailMessageData:
    if not isinstance(data, EmailMessageData):
        raise TypeError(f"message {index} is of type {type(data).__name__}; expected what compose_email returns")
    return data


def _iterator(messages: Any) -> AsyncIterator[EmailMessageData]:
    if isinstance(messages, AsyncIterable):
        return aiter(cast("AsyncIterable[EmailMessageData]", messages))
    if isinstance(messages, Iterable) and not isinstance(messages, (str, bytes)):
        return _async_iterator(cast("Iterable[EmailMessageData]", messages))
    kind = type(messages).__name__
    raise TypeError(f"messages is of type {kind}; expected an iterable of EmailMessageData, async or not")


async def _async_iterator(messages: Iterable[EmailMessageData]) -> AsyncGenerator[EmailMessageData]:
    for each in messages:
        yield each
