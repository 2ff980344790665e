"""While a connection is set up, nothing comes that was not asked for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from openviper.core.email._smtp.masking import Mask
from openviper.core.email._smtp.replies import MalformedReplyError, Reply, ReplyParser

if TYPE_CHECKING:
    from aiosmtplib.protocol import SMTPProtocol

__all__ = ["Guard"]


class Guard(asyncio.Protocol):
    """Stands before aiosmtplib's protocol, and lets exactly one reply to each command pass.

    What somebody on the way sends right behind the answer to STARTTLS would else be read as if it had come encrypted
    (RFC 3207, section 5; CVE-2021-38371 and its kin), or, thrown away, go unnoticed.
    """

    def __init__(self, inner: SMTPProtocol) -> None:
        self._inner = inner
        self._parser = ReplyParser()
        self._owed = 0
        self._transport: asyncio.Transport | None = None
        #: What went wrong; empty: nothing.
        self.fault = ""
        #: The reply to what was asked last; ``None``: there is none yet.
        self.last: Reply | None = None

    def stand_before(self, transport: asyncio.Transport) -> None:
        """Take over the transport; again after STARTTLS, when it is another one."""
        self._transport = transport
        transport.set_protocol(self)

    def expect_reply(self) -> None:
        """Allow one more reply."""
        self._owed += 1
        self.last = None

    def hide(self, mask: Mask) -> None:
        """Hide secrets in what comes from now on."""
        self._parser.mask = mask

    def data_received(self, data: bytes) -> None:
        try:
            replies = self._parser.feed(data)
        except MalformedReplyError as error:
            self._refuse(str(error.args[0]))
            return
        self._owed -= len(replies)
        self.last = replies[-1] if replies else self.last
        if self._owed < 0 or (self._owed == 0 and self._parser.is_within):
            self._refuse("the server sent more than the reply to what it was asked")
        else:
            self._inner.data_received(data)

    def _refuse(self, fault: str) -> None:
        self.fault = self.fault or fault
        cast("asyncio.Transport", self._transport).abort()

    def eof_received(self) -> bool | None:
        return self._inner.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._inner.pause_writing()

    def resume_writing(self) -> None:
        self._inner.resume_writing()
