"""A message that is complete: what is queued, and what backends get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._wire import WireMessage, build_message, wire_message
from openviper.core.email.addresses import parse_mailbox
from openviper.core.email.attachments import AttachmentData
from openviper.core.email.errors import AddressError, InvalidMessage
from openviper.core.email.headers import check_headers, check_text, make_message_id

__all__ = ["EmailMessageData", "WireMessage", "build_message", "wire_message"]

Addresses = str | Iterable[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailMessageData:
    """A message with everything that is needed to send it, now, later or in another process, and again.

    It is checked when it is made: addresses, subject and headers that cannot be sent do not come further.

    Raises:
        InvalidMessage: Something in it cannot be sent; which, and why.
    """

    #: To. One address, or several: ``ada@example.org``, ``Ada Lovelace <ada@example.org>``.
    recipients: tuple[str, ...]
    subject: str
    text: str | None = None
    html: str | None = None
    #: From; empty: ``DEFAULT_FROM_EMAIL``.
    sender: str = ""
    cc: tuple[str, ...] = ()
    #: Only in the envelope, never in the message.
    bcc: tuple[str, ...] = ()
    reply_to: tuple[str, ...] = ()
    attachments: tuple[AttachmentData, ...] = ()
    #: More headers, in order; a mapping is taken too.
    headers: tuple[tuple[str, str], ...] = ()
    #: MAIL FROM, where bounces go: a bare address; ``None``: that of ``sender``; empty: nowhere (``<>``).
    envelope_sender: str | None = None
    #: RCPT TO: bare addresses, each once; empty: all of ``recipients``, ``cc`` and ``bcc``.
    envelope_recipients: tuple[str, ...] = ()
    #: With its angle brackets; the same over all attempts. Empty: made.
    message_id: str = ""
    #: With a time zone.
    date: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: The name of the mailer.
    using: str = "default"

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        for name in ("recipients", "cc", "bcc", "reply_to"):
            put(name, _addresses(getattr(self, name), name))
        if not self.sender:
            put("sender", section(EmailSettings).DEFAULT_FROM_EMAIL)
        sender = parse_mailbox(self.sender, "sender")
        check_text(self.subject, "subject")
        put("headers", check_headers(self.headers))
        put("attachments", tuple(self.attachments))
        if self.envelope_sender is None:
            put("envelope_sender", sender.address)
        if not self.envelope_recipients:
            every = (*self.recipients, *self.cc, *self.bcc)
            put("envelope_recipients", tuple(dict.fromkeys(parse_mailbox(one).address for one in every)))
        if not self.envelope_recipients:
            raise AddressError("recipients=[] and neither cc nor bcc; expected at least one address")
        if self.text is None and self.html is None:
            raise InvalidMessage("a message needs text, html or a template; it has none")
        if not self.message_id:
            put("message_id", make_message_id(sender.domain))


def _addresses(given: Addresses, place: str) -> tuple[str, ...]:
    """Return each address as it was given, checked."""
    if isinstance(given, str):
        given = (given,)
    return tuple(str(parse_mailbox(one, f"{place}[{index}]")) for index, one in enumerate(given))
