"""aiosmtplib's client as far as it is used: until EHLO and AUTH are done.

Importing this module imports aiosmtplib, so only the first connection does.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine, Iterable
from typing import Any, Literal, cast

from aiosmtplib import SMTP, SMTPResponse
from aiosmtplib.errors import SMTPHeloError, SMTPResponseException
from aiosmtplib.typing import Default

from openviper.core.email._smtp.failures import ConnectError
from openviper.core.email._smtp.guard import Guard
from openviper.core.email._smtp.masking import Mask
from openviper.core.email._smtp.replies import Reply

__all__ = ["Client"]

_KEYWORD = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:[ =](.*))?", re.DOTALL)


class Client(SMTP):
    """A client whose replies are counted by a :class:`Guard` from EHLO on."""

    _guard: Guard
    #: Hides what was sent to log in; ``None``: nothing was.
    mask: Mask | None = None

    def watch(self) -> None:
        """Put the guard in its place; called again after STARTTLS."""
        if not hasattr(self, "_guard"):
            protocol = self._connected_protocol()
            # It would be taken for a part of the answer to EHLO. Nothing public tells of it, and where it is gone, that
            # is to be noticed.
            if protocol._buffer:
                raise ConnectError("transient", "the server sent more than its greeting")
            self._guard = Guard(protocol)
        self._guard.stand_before(cast("asyncio.Transport", self.transport))

    def _connected_protocol(self) -> Any:
        if self.protocol is None or self.transport is None:
            raise ConnectError("transient", "the server closed the connection")
        return self.protocol

    def hide(self, secrets: Iterable[str]) -> None:
        """Hide these in all that the server says, on this connection, from now on."""
        self.mask = Mask(secrets)
        self._guard.hide(self.mask)

    @property
    def fault(self) -> str:
        """What a server did that none may; empty: nothing."""
        return self._guard.fault if hasattr(self, "_guard") else ""

    @property
    def last_reply(self) -> Reply:
        """What the server said last.

        Raises:
            ConnectError: It said nothing.
        """
        if self._guard.last is None:
            raise ConnectError("transient", "the server closed the connection")
        return self._guard.last

    @property
    def offered(self) -> dict[str, str]:
        """The keywords of the answer to EHLO, in upper case, with their parameters."""
        found = (_KEYWORD.fullmatch(line.decode("ascii", "replace").strip()) for line in self._ehlo_lines)
        offered: dict[str, str] = {}
        for match in found:
            if match:
                keyword, parameters = match[1].upper(), match[2] or ""
                # AUTH stands there twice, for clients of before 1999 too: "AUTH=LOGIN".
                offered[keyword] = f"{offered[keyword]} {parameters}" if keyword in offered else parameters
        return offered

    _ehlo_lines: tuple[bytes, ...] = ()

    async def execute_command(
        self,
        *args: bytes,
        timeout: float | Literal[Default.token] | None = Default.token,  # noqa: ASYNC109 - aiosmtplib's signature
    ) -> SMTPResponse:
        self._guard.expect_reply()
        return await super().execute_command(*args, timeout=timeout)

    async def attempt(self, command: Coroutine[Any, Any, object]) -> None:
        """Have something said; that the server refused it is seen by :attr:`last_reply`."""
        try:
            await command
        except SMTPResponseException as error:
            # Below 200 it is no reply, but aiosmtplib's own verdict on what came.
            if self.fault or error.code < 200:
                raise

    async def greet(self, hostname: str) -> None:
        """Say EHLO, or HELO to a server that does not know it.

        Raises:
            ConnectError: It refused that too.
        """
        self._ehlo_lines = ()
        try:
            await self.ehlo(hostname=hostname)
        except SMTPHeloError:
            if self.last_reply.code < 500:
                raise ConnectError.refused("the server refused EHLO", self.last_reply) from None
            await self.attempt(self.helo(hostname=hostname))
            if self.last_reply.code != 250:
                raise ConnectError.refused("the server refused HELO", self.last_reply) from None
        else:
            self._ehlo_lines = self.last_reply.lines[1:]

    async def secure(self) -> None:
        """Say STARTTLS and go on encrypted; what was offered in clear is forgotten (RFC 3207, 4.2)."""
        self._guard.expect_reply()
        await self.starttls()
        self._ehlo_lines = ()
        self.watch()
