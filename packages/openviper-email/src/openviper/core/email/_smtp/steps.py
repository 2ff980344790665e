"""What is said while a mail is sent, step by step, for whoever looks on (``SMTPOptions.observe``)."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from openviper.core.email._building.characters import printable
from openviper.core.email._smtp.connection import Connection

if TYPE_CHECKING:
    from openviper.core.email._smtp.extensions import Extensions
    from openviper.core.email._smtp.masking import Mask
    from openviper.core.email._smtp.replies import Reply

__all__ = ["Encryption", "Observe", "ObservedConnection", "Step"]


@dataclass(frozen=True, slots=True)
class Encryption:
    """TLS, as it was agreed on."""

    #: ``TLSv1.3``.
    version: str
    cipher: str
    #: The names that the certificate is for, and who issued it.
    names: tuple[str, ...]
    issuer: str
    #: ``None``: it does not say.
    expires: datetime | None

    @classmethod
    def of(cls, transport: asyncio.BaseTransport) -> Encryption | None:
        """Return that of a connection; ``None``: it has none."""
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        if tls is None:
            return None
        certificate: dict[str, Any] = tls.getpeercert() or {}
        alternatives = tuple(printable(value) for _, value in certificate.get("subjectAltName", ()))
        until = certificate.get("notAfter")
        return cls(
            tls.version() or "",
            (tls.cipher() or ("",))[0],
            alternatives or (_name(certificate.get("subject", ())),),
            _name(certificate.get("issuer", ())),
            datetime.fromtimestamp(ssl.cert_time_to_seconds(until), UTC) if until else None,
        )


def _name(fields: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    found = {key: value for each in fields for key, value in each}
    wanted = ("organizationName", "commonName", "organizationalUnitName")
    return printable(" ".join(found[key] for key in wanted if key in found))


@dataclass(frozen=True, slots=True)
class Step:
    """Something that was asked of a server, and what came of it."""

    #: ``connecting`` (with its greeting), ``EHLO``, ``STARTTLS``, ``AUTH PLAIN``, ``MAIL news@example.org``,
    #: ``RCPT ada@example.org``, ``DATA``, ``message``, ``QUIT``.
    name: str
    seconds: float
    #: ``None``: there was none.
    reply: Reply | None = None
    #: Why it came to nothing.
    error: Exception | None = None
    #: Of a step that began with TLS.
    encryption: Encryption | None = None
    #: While it connects: the server's address and port.
    peer: str = ""


#: Called with each step, in the event loop, as soon as it is done.
Observe: TypeAlias = Callable[[Step], None]


class ObservedConnection(Connection):
    """A connection that tells of each step, and on which they come one at a time: no PIPELINING."""

    def __init__(
        self,
        transport: asyncio.Transport,
        extensions: Extensions,
        name: str,
        observe: Observe,
        *,
        mask: Mask | None = None,
    ) -> None:
        self._observe = observe
        self._asked: deque[tuple[str, float]] = deque()
        self._is_message = False
        super().__init__(transport, replace(extensions, pipelining=False), name, mask=mask)

    def send(self, data: bytes, replies: int) -> None:
        since = self._loop.time()
        super().send(data, replies)
        if replies:
            self._asked.append(("message" if self._is_message else _command(data), since))

    def abort(self, why: str) -> None:
        super().abort(why)
        self._tell_unanswered()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._tell_unanswered()

    def _take(self, reply: Reply) -> bool:
        if self._asked:
            name, since = self._asked.popleft()
            self._is_message = name == "DATA" and reply.code == 354
            self._observe(Step(name, self._loop.time() - since, reply))
        return super()._take(reply)

    def _tell_unanswered(self) -> None:
        while self._asked:
            name, since = self._asked.popleft()
            self._observe(Step(name, self._loop.time() - since, error=ConnectionError(self.death)))


def _command(line: bytes) -> str:
    text = line.decode("utf-8", "replace").strip()
    verb = text.partition(" ")[0]
    return f"{verb} {text.partition('<')[2].partition('>')[0] or '<>'}" if verb in ("MAIL", "RCPT") else verb
