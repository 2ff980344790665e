"""Connections to one mail server, and who sends over them: each message in its turn, each connection for many.

::

    pool = ConnectionPool(SMTPOptions(host="mail.example.org", user="ada", password=Secret("...")))
    result = await pool.deliver(data, Wires(await wire_message(data)), loop.time() + 30, 30)
    await pool.close(10)

A connection is used again when it is alive, not too old and has not had too many messages; after five seconds without
one it is asked first (NOOP). One that turns out dead before the server took note of a message costs the message
nothing: it goes over another one. A connection to which anything else happened is never used again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextvars import Context
from typing import TYPE_CHECKING, cast

from openviper.core.email._sending.turns import Turn
from openviper.core.email._smtp.alarm import Alarm
from openviper.core.email._smtp.connection import Connection, ConnectionDiedError
from openviper.core.email._smtp.conversation import Conversation
from openviper.core.email._smtp.delivery import Delivery, Wires
from openviper.core.email._smtp.failures import ConnectError
from openviper.core.email._smtp.options import SMTPOptions
from openviper.core.email._smtp.supply import Supply
from openviper.core.email._smtp.transaction import Transaction

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData
    from openviper.core.email.results import DeliveryResult

__all__ = ["ConnectionPool", "SMTPOptions", "Wires"]

_logger = logging.getLogger("openviper.email")

# A connection that cannot be had in time says so before the message gives up, and so at which step it hung.
_HEAD_START = 0.05
# How long those who were cut off may take to note it: a step of theirs, but the machine may be busy.
_LAST_SECONDS = 0.5


class ConnectionPool:
    """The connections of one mailer in one event loop."""

    def __init__(self, options: SMTPOptions) -> None:
        self._options = options
        self._supply = Supply(options)
        self._queue: deque[Delivery] = deque()
        self._alarm = Alarm(options.name)
        self._workers: set[asyncio.Task[None]] = set()
        # Workers without a connection, and for whose message they want one.
        self._connecting: dict[asyncio.Task[None], Delivery] = {}
        self._is_closing = False
        # Why nothing is begun any more; empty: it is.
        self._over = ""

    async def deliver(self, data: EmailMessageData, wires: Wires, deadline: float, seconds: float) -> DeliveryResult:
        """Send a message and return what became of it, until ``deadline`` on the loop's clock: ``seconds`` in all.

        One of a batch has as much time from its turn on. A caller that is cancelled has the message not sent, where
        that is still possible.
        """
        delivery = Delivery(data, wires, deadline, Turn.current())
        if self._is_closing:
            delivery.give_up("the mailer is closed")
            return delivery.result()
        self._queue.append(delivery)
        self._wake()
        self._alarm.watch(delivery, seconds)
        try:
            await delivery.done
        except asyncio.CancelledError:
            delivery.give_up("the caller was cancelled")
            raise
        finally:
            self._alarm.forget(delivery)
            if delivery.over:
                self._spare_connections()
        if delivery.was_answered:
            self._alarm.hear()
        return delivery.result()

    async def close(self, seconds: float) -> None:
        """Finish what was given, then say QUIT; all of it within ``seconds``.

        What is not done by then is refused for now, or ambiguous.
        """
        clock = asyncio.get_running_loop().time
        deadline = clock() + seconds
        self._is_closing = True
        self._spare_connections()
        try:
            if self._workers:
                await asyncio.wait(self._workers, timeout=seconds)
            self._give_up("the mailer was closed before this was done")
            if self._workers:
                await asyncio.wait(self._workers, timeout=_LAST_SECONDS)
            await self._supply.close(max(deadline - clock(), 0))
        except asyncio.CancelledError:
            self._give_up("closing the mailer was cancelled")
            self._supply.cut()
            raise

    def _spare_connections(self) -> None:
        """At the end, stop opening connections that no message waits for any more."""
        if self._is_closing and all(each.over for each in self._queue):
            for worker, delivery in self._connecting.items():
                if delivery.over:
                    worker.cancel(delivery.over)

    def _give_up(self, why: str) -> None:
        self._over = why
        while self._queue:
            self._queue.popleft().give_up(why)
        for worker in self._workers:
            worker.cancel(why)

    def _wake(self) -> None:
        """Have one more worker, where that may help."""
        if self._queue and len(self._workers) < self._options.pool_size:
            # In a context of its own: that of the first caller would be kept for as long as there is mail.
            worker = asyncio.create_task(self._work(), context=Context())
            self._workers.add(worker)
            worker.add_done_callback(self._retired)

    def _retired(self, worker: asyncio.Task[None]) -> None:
        self._workers.discard(worker)
        if not worker.cancelled() and worker.exception() is not None:
            _logger.error("sending mail failed", exc_info=worker.exception())
        if self._is_closing:
            self._spare_connections()
        else:
            self._wake()

    async def _work(self) -> None:
        """Send what is in the queue, over one connection after the other."""
        while (delivery := self._next()) is not None:
            try:
                await self._serve(delivery)
            except asyncio.CancelledError as error:
                delivery.give_up(str(error) or "the event loop ended")
                raise
            except Exception as error:
                delivery.give_up(f"{type(error).__name__} while sending")
                raise

    def _next(self) -> Delivery | None:
        while self._queue:
            delivery = self._queue.popleft()
            if not delivery.over:
                return delivery
        return None

    async def _serve(self, delivery: Delivery) -> None:
        try:
            connection = await self._connection_for(delivery)
        except ConnectError as error:
            waiting, delivery.waiting = delivery.waiting, []
            delivery.settle(error.results(waiting))
            return
        try:
            transaction = Transaction.begin(delivery, connection) if not delivery.over else self._following(connection)
            if transaction is not None:
                await self._converse(connection, transaction)
        except BaseException:
            connection.abort("sending failed")
            raise
        self._supply.keep(connection)

    async def _connection_for(self, delivery: Delivery) -> Connection:
        worker = cast("asyncio.Task[None]", asyncio.current_task())
        self._connecting[worker] = delivery
        delivery.begin()
        try:
            return await self._supply.get(delivery.deadline - _HEAD_START)
        finally:
            del self._connecting[worker]

    async def _converse(self, connection: Connection, first: Transaction) -> None:
        conversation = Conversation(connection, lambda: self._following(connection))
        try:
            await conversation.run(first)
        except ConnectionDiedError:
            pass
        except asyncio.CancelledError as error:
            connection.abort(str(error) or "the event loop ended")
            raise
        finally:
            # Whatever it was that ended it in the midst: nobody knows what the next reply would belong to.
            unfinished = conversation.open()
            if unfinished:
                connection.abort("sending failed")
            for each in reversed(unfinished):
                self._settle(each, connection)

    def _settle(self, transaction: Transaction, connection: Connection) -> None:
        """Note what became of a transaction, and have the rest of its message sent over another connection."""
        delivery = transaction.delivery
        delivery.connection = None
        # A connection that never took a message is not one that has grown old.
        transaction.die(may_go_elsewhere=connection.messages > 1 and not delivery.over and not delivery.was_moved)
        if connection.loses_commands:
            self._supply.avoid_pipelining()
        if over := delivery.over or self._over:
            delivery.fail_waiting("transient", over)
        elif delivery.waiting:
            delivery.was_moved = True
            self._queue.appendleft(delivery)

    def _following(self, connection: Connection) -> Transaction | None:
        """Return the next transaction for a connection that is at work."""
        while self._supply.is_fresh(connection) and (delivery := self._next()) is not None:
            transaction = Transaction.begin(delivery, connection)
            if transaction is not None:
                return transaction
        return None
