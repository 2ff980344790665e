"""A connection on which messages flow: commands out, replies in, and an end that everybody hears of."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from openviper.core.email._smtp.extensions import Extensions
from openviper.core.email._smtp.masking import Mask
from openviper.core.email._smtp.replies import MalformedReplyError, Reply, ReplyParser

__all__ = ["Connection", "ConnectionDiedError"]

# Replies of a server to the longest envelope that it is given, nearly always.
_BUFFER = 16_384


class ConnectionDiedError(Exception):
    """The connection is over: closed, cut off, or desynchronised; why is its text."""


# Buffered: for any other protocol the transport allocates 256 KiB for each reply.
class Connection(asyncio.BufferedProtocol):
    """Takes over a transport after EHLO and AUTH.

    Each wait ends with :meth:`abort`, so that whoever has a deadline aborts when it is there. After that, after a 421
    and after anything else than one reply for each command, it is dead, and stays so.
    """

    def __init__(
        self, transport: asyncio.Transport, extensions: Extensions, name: str, *, mask: Mask | None = None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._buffer = memoryview(bytearray(_BUFFER))
        self._parser = ReplyParser()
        self._parser.mask = mask
        self._replies: deque[Reply] = deque()
        # For how many commands there is no reply yet.
        self._owed = 0
        self._wanted = 0
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._gone = self._loop.create_future()
        self.extensions = extensions
        #: Host and port, for people.
        self.name = name
        #: Why it is dead; empty: it is not.
        self.death = ""
        self.born = self.idle_since = self._loop.time()
        #: How many messages have begun on it.
        self.messages = 0
        #: There were more replies than commands: to which of them each belongs nobody knows.
        self.is_shifted = False
        #: The server offers PIPELINING, and seems to throw away what it has not read when it answers.
        self.loses_commands = False
        #: A transaction is open that nobody will finish: RSET has to come first.
        self.needs_reset = False
        transport.set_protocol(self)
        if transport.is_closing():
            self.abort(f"{name} closed the connection")
            # Whom the transport tells of its end it may have told already.
            self._gone.set_result(None)

    def when_gone(self, callback: Callable[[Connection], None]) -> None:
        """Have this called once its socket is closed."""
        self._gone.add_done_callback(lambda _: callback(self))

    def send(self, data: bytes, replies: int) -> None:
        """Write commands to which so many replies will come.

        Raises:
            ConnectionDiedError: It is dead; nothing was written.
        """
        if self.death:
            raise ConnectionDiedError(self.death)
        self._owed += replies
        if data:
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the network has taken what was written, but for some KiB, or there is a reply.

        Raises:
            ConnectionDiedError: It died before.
        """
        if self._writable is not None and not self.has_reply:
            await self._writable
        elif self._writable is None:
            # A socket that failed takes everything and says so in the loop's next turn; and others want theirs.
            await asyncio.sleep(0)
        if self.death:
            raise ConnectionDiedError(self.death)

    async def replies(self, count: int) -> list[Reply]:
        """Return the next replies, as soon as there are so many.

        Raises:
            ConnectionDiedError: It died before; what came is left for :meth:`left`.
        """
        replies = self._replies
        if len(replies) < count:
            if self.death:
                raise ConnectionDiedError(self.death)
            self._wanted = count
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
            if len(replies) < count:
                raise ConnectionDiedError(self.death)
        return [replies.popleft() for _ in range(count)]

    async def command(self, line: bytes) -> Reply:
        """Send one command and return its reply.

        Raises:
            ConnectionDiedError: There was none.
        """
        self.send(line + b"\r\n", 1)
        return (await self.replies(1))[0]

    def left(self) -> list[Reply]:
        """Return the replies that came and that nobody waited for."""
        left = list(self._replies)
        self._replies.clear()
        return left

    @property
    def has_reply(self) -> bool:
        """Whether there is a reply to what was sent last, or it is dead."""
        return bool(self._replies) or bool(self.death)

    def abort(self, why: str) -> None:
        """End it at once; who waits for something of it gets a :class:`ConnectionDiedError`."""
        if not self.death:
            self.death = why
            # The loop may be closed, and then refuses; whoever waits has to hear of it all the same.
            with suppress(RuntimeError):
                self._transport.abort()
            self._wake()

    async def quit(self, seconds: float) -> bool:
        """Say QUIT, where it is still alive, wait for the answer, and see it gone; within ``seconds``.

        Returns whether there was an answer, or an end, in time.
        """
        is_answered = True
        try:
            async with asyncio.timeout(seconds):
                await self.command(b"QUIT")
        except ConnectionDiedError:
            pass
        except TimeoutError:
            is_answered = False
        finally:
            self.abort("it was closed")
        await self.closed(seconds)
        return is_answered

    async def closed(self, seconds: float) -> None:
        """Wait until its socket is closed."""
        await asyncio.wait([self._gone], timeout=seconds)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self.death:
            return
        try:
            replies, malformed = self._parser.feed(bytes(self._buffer[:nbytes])), ""
        except MalformedReplyError as error:
            replies, malformed = cast("list[Reply]", error.args[1]), str(error.args[0])
        for reply in replies:
            if not self._take(reply):
                return
        if malformed:
            self.abort(malformed)
        elif self._parser.is_within and not self._owed:
            self.abort(f"{self.name} spoke without being asked")
        elif self._waiter is None or len(self._replies) >= self._wanted:
            self._wake()

    def _take(self, reply: Reply) -> bool:
        if not self._owed and reply.code != 421:
            self.is_shifted = True
            self.abort(f"{self.name} sent a reply that nobody had asked for: {reply}")
            return False
        if self._owed:
            self._owed -= 1
            self._replies.append(reply)
        if reply.code == 421:
            self.abort(f"{self.name} closed the connection: {reply}")
        return reply.code != 421

    def eof_received(self) -> bool:
        self.abort(f"{self.name} closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        why = f": {exc}" if exc is not None else ""
        self.death = self.death or f"{self.name} closed the connection{why}"
        if not self._gone.done():
            self._gone.set_result(None)
        self._wake()

    def pause_writing(self) -> None:
        if self._writable is None:
            self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)

    def _wake(self) -> None:
        """Have whoever waits look again."""
        for future in (self._waiter, self._writable):
            if future is not None and not future.done():
                future.set_result(None)
