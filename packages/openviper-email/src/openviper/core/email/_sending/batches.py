"""Many messages: as many under way as their mailers take, and no more taken from the source than that.

Where they have several mailers, those of a slow one may fill all places until one of them is done: to find messages of
the others, more would have to be taken from the source, without an end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Coroutine, Generator, Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from openviper.conf import ImproperlyConfigured
from openviper.core.email._sending.answers import refused
from openviper.core.email._sending.byte_budget import MOST_BYTES, counted_bytes
from openviper.core.email._sending.composed import composed
from openviper.core.email._sending.loop_mailers import mailers_of
from openviper.core.email._sending.turns import Turn
from openviper.core.email.errors import InvalidMessage
from openviper.core.email.mailers import Mailer, get_mailer, mailer_among

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult

__all__ = ["Messages", "delivered", "log_unseen"]

_logger = logging.getLogger("openviper.email")

Messages: TypeAlias = "Iterable[EmailMessageData] | AsyncIterable[EmailMessageData]"

# Results that wait to be taken; behind them those wait that would bring more.
_MAX_WAITING = 16


async def delivered(messages: Messages, using: str | None) -> AsyncGenerator[tuple[int, DeliveryResult]]:
    """Send each message; yield its position and its result as soon as there is one.

    Whoever stops early has what is under way finished, and each result of it logged; so is what the end of the loop
    cuts off.

    Raises:
        ImproperlyConfigured: There is no mailer ``using``. One that a message names is a result of that message.
        Exception: What the source raised, after the results of all that came before.
    """
    if using is not None:
        get_mailer(_checked_name(using))
    batch = _Batch(messages, using)
    try:
        while (ready := await batch.next()) is not None:
            yield ready
    except asyncio.CancelledError:
        batch.cancel()
        raise
    finally:
        if not batch.is_over:
            await _finish(batch)
    batch.feeding.result()


async def _finish(batch: _Batch) -> None:
    batch.feeding.cancel()
    try:
        await _log_rest(batch)
    except asyncio.CancelledError:
        batch.feeding.cancel()
        batch.cancel()
        await _log_rest(batch)
        raise
    error = None if batch.feeding.cancelled() else batch.feeding.exception()
    if error is not None:
        _logger.error("the source of a batch failed, and nobody waited for that", exc_info=error)


async def _log_rest(batch: _Batch) -> None:
    while (ready := await batch.next()) is not None:
        log_unseen(ready[1])


def log_unseen(result: DeliveryResult) -> None:
    """Log a result that its caller does not get; accepted too: who does not know that may send it again."""
    level = logging.WARNING if result.ok else logging.ERROR
    _logger.log(level, "nobody waited for this result: %s", result)


class _Batch:
    """Takes messages from the source, and has each sent in a task of its own."""

    def __init__(self, messages: Messages, using: str | None) -> None:
        self._source = _iterator(messages)
        self._using = using
        # One message is taken first: its mailer says how many there may be, and each other one adds as many.
        self._free = asyncio.Semaphore(1)
        self._width = 0
        self._names: set[str] = set()
        # The same to the end: when they are closed, nothing more is sent.
        self._mailers = mailers_of(asyncio.get_running_loop())
        self._under_way: set[asyncio.Task[None]] = set()
        # Of them, the positions of those that a mailer has, and says by itself when it is interrupted.
        self._begun: set[int] = set()
        # Of the large messages under way; the next one is taken when there is room.
        self._bytes = 0
        self._has_room = asyncio.Event()
        # What is ready, and None behind the last. Who brings a result waits for room, and who ends does not: there may
        # be nobody any more who makes some.
        self._results: asyncio.Queue[tuple[int, DeliveryResult] | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(_MAX_WAITING)
        #: Whether all results have been taken.
        self.is_over = False
        #: Takes from the source; done, it has the source's error.
        self.feeding = asyncio.create_task(self._feed())
        # Called also where the task is cancelled before it begins.
        self.feeding.add_done_callback(lambda _: self._end())

    async def next(self) -> tuple[int, DeliveryResult] | None:
        """Return what is ready next; ``None``: there is no more."""
        ready = await self._results.get()
        if ready is None:
            self.is_over = True
        else:
            self._room.release()
        return ready

    def cancel(self) -> None:
        """Give up what is under way."""
        for each in self._under_way:
            each.cancel()

    async def _feed(self) -> None:
        try:
            await self._take_all()
        finally:
            # Left to the garbage collector, it would keep its cursor, or its transaction, until that comes by.
            close = getattr(self._source, "aclose", None)
            if close is not None:
                await close()

    async def _take_all(self) -> None:
        index = 0
        while True:
            await self._free.acquire()
            if self._bytes > MOST_BYTES:
                self._has_room.clear()
                await self._has_room.wait()
            try:
                data = await anext(self._source)
            except StopAsyncIteration:
                return
            sending = asyncio.create_task(self._sent(index, composed(data, f"message {index}")))
            self._under_way.add(sending)
            size = counted_bytes(data)
            self._bytes += size
            sending.add_done_callback(partial(self._ended, index, data.message_id, size))
            index += 1

    def _sent(self, index: int, data: EmailMessageData) -> Coroutine[Any, Any, None]:
        name = self._using or data.using
        try:
            mailer = mailer_among(self._mailers, name)
        except ImproperlyConfigured as error:
            return self._bring(index, refused(data, "permanent", str(error), name))
        if name not in self._names:
            self._names.add(name)
            self._widen(mailer.concurrency)
        return self._send(index, data, mailer)

    def _widen(self, places: int) -> None:
        # The first one is there already.
        for _ in range(places if self._width else places - 1):
            self._free.release()
        self._width += places

    async def _send(self, index: int, data: EmailMessageData, mailer: Mailer) -> None:
        Turn.begin()
        async with mailer.slots:
            self._begun.add(index)
            result = await _result(data, mailer)
        await self._bring(index, result)

    async def _bring(self, index: int, result: DeliveryResult) -> None:
        # Cancelled, it has nothing else to do than to say what it knows.
        with suppress(asyncio.CancelledError):
            await self._room.acquire()
        self._results.put_nowait((index, result))

    def _ended(self, index: int, message_id: str, size: int, sending: asyncio.Task[None]) -> None:
        self._under_way.discard(sending)
        self._free.release()
        self._bytes -= size
        if self._bytes <= MOST_BYTES:
            self._has_room.set()
        if sending.cancelled() and index not in self._begun:
            _logger.error("%s was taken from a batch that was interrupted, and not sent", message_id)
        self._begun.discard(index)
        if self.feeding.done():
            self._end()

    def _end(self) -> None:
        if not self._under_way:
            self._results.put_nowait(None)


async def _result(data: EmailMessageData, mailer: Mailer) -> DeliveryResult:
    """Return the result of a message, also where it cannot be sent at all: the others go on."""
    try:
        return await mailer.deliver(data)
    except (InvalidMessage, ImproperlyConfigured) as error:
        return refused(data, "permanent", str(error), mailer.name)
    except Exception as error:
        return refused(data, "transient", f"{type(error).__name__}: {error}", mailer.name)


def _checked_name(using: object) -> str:
    if not isinstance(using, str):
        raise InvalidMessage(f"using is of type {type(using).__name__}; expected the name of a mailer, or None")
    return using


def _iterator(messages: Any) -> AsyncIterator[EmailMessageData]:
    if isinstance(messages, AsyncIterable):
        return aiter(cast("AsyncIterable[EmailMessageData]", messages))
    if isinstance(messages, Iterable) and not isinstance(messages, (str, bytes)):
        return _async_iterator(cast("Iterable[EmailMessageData]", messages))
    kind = type(messages).__name__
    raise InvalidMessage(f"messages is of type {kind}; expected an iterable of EmailMessageData, async or not")


async def _async_iterator(messages: Iterable[EmailMessageData]) -> AsyncGenerator[EmailMessageData]:
    try:
        for each in messages:
            yield each
    finally:
        if isinstance(messages, Generator):
            messages.close()
