"""A message that is complete: what is queued, and what backends get."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, cast

from openviper._settings.email import EmailSettings
from openviper.conf import section
from openviper.core.email._building.characters import named, quoted
from openviper.core.email._building.message_json import message_arguments, message_json
from openviper.core.email._building.wire import WireMessage, build_message, wire_message
from openviper.core.email.addresses import parse_mailbox, parse_mailboxes, several
from openviper.core.email.attachments import MOST_ATTACHMENTS, AttachmentData
from openviper.core.email.errors import AddressError, InvalidMessage
from openviper.core.email.headers import check_headers, check_message_id, check_text, make_message_id

__all__ = ["EmailMessageData", "WireMessage", "build_message", "wire_message"]

# What no encoding has, and what ends a text for programs in C.
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
# Of a body that is looked at, in characters.
_PIECE = 16_384
# RFC 5322, 3.3; and of UTC too, whatever the offset.
_FIRST_YEAR, _LAST_YEAR = 1900, 9998
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmailMessageData:
    """A message with everything that is needed to send it, now, later or in another process, and again.

    It is checked when it is made: addresses, subject and headers that cannot be sent do not come further. Where a
    tuple is kept, any iterable is taken, and for addresses a single one.

    Raises:
        InvalidMessage: Something in it cannot be sent; which, and why.
    """

    #: To. One address, or several: ``ada@example.org``, ``Ada Lovelace <ada@example.org>``.
    recipients: tuple[str, ...]
    #: One line, up to 65,536 characters.
    subject: str
    #: ``None``, or nothing but white space: made of the html when it is written.
    text: str | None = field(default=None, repr=False)
    #: Beside the text; ``None``: there is none.
    html: str | None = field(default=None, repr=False)
    #: From; empty: ``DEFAULT_FROM_EMAIL``.
    sender: str = ""
    #: As ``recipients``: up to 10,000.
    cc: tuple[str, ...] = ()
    #: Only in the envelope, never in the message.
    bcc: tuple[str, ...] = ()
    #: Where answers go; empty: to ``sender``.
    reply_to: tuple[str, ...] = ()
    #: Up to 1,000, each with a ``content_id`` of its own, or none.
    attachments: tuple[AttachmentData, ...] = ()
    #: More headers, in order; a mapping is taken too.
    headers: tuple[tuple[str, str], ...] = ()
    #: MAIL FROM, where bounces go: a bare address; ``None``: that of ``sender``; empty: nowhere (``<>``).
    envelope_sender: str | None = None
    #: RCPT TO: bare addresses, each once, of ``recipients``, ``cc`` and ``bcc``; empty: all of them.
    #: ``replace(message, envelope_recipients=...)`` is the same message, Message-ID included, for some of them.
    envelope_recipients: tuple[str, ...] = ()
    #: With its angle brackets; the same over all attempts. Empty: made.
    message_id: str = ""
    #: With a time zone, of the years 1900 to 9998.
    date: datetime = field(default_factory=lambda: datetime.now(UTC))
    #: The name of the mailer.
    using: str = "default"

    def __post_init__(self) -> None:
        self._read_addresses()
        self._read_sender()
        check_text(self.subject, "subject")
        _check_body(self.text, "text")
        _check_body(self.html, "html")
        if self.text is None and self.html is None:
            raise InvalidMessage("a message needs text, html or a template; it has none")
        self._put("attachments", _attachments(self.attachments))
        self._put("headers", check_headers(self.headers))
        _check_date(self.date)
        check_text(self.using, "using")

    def to_json(self) -> dict[str, Any]:
        """Return the message as JSON has it; attachments in base64, which is slow for many megabytes."""
        return message_json(self)

    @classmethod
    def from_json(cls, mapping: Mapping[str, Any]) -> EmailMessageData:
        """Return the message that :meth:`to_json` was asked for.

        Raises:
            InvalidMessage: ``mapping`` is something else, or of a later version.
        """
        return cls(**message_arguments(mapping))

    def _put(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def _read_addresses(self) -> None:
        bare: list[str] = []
        for name in ("recipients", "cc", "bcc", "reply_to"):
            written, addresses = parse_mailboxes(several(getattr(self, name), name), name)
            self._put(name, written)
            if name != "reply_to":
                bare += addresses
        if not bare:
            raise AddressError("recipients, cc and bcc are empty; expected at least one address")
        given = several(self.envelope_recipients, "envelope_recipients")
        every = [_bare(each, f"envelope_recipients[{index}]") for index, each in enumerate(given)]
        _check_envelope(every, bare)
        self._put("envelope_recipients", tuple(dict.fromkeys(every or bare)))

    def _read_sender(self) -> None:
        if self.sender:
            sender = parse_mailbox(self.sender, "sender")
        else:
            sender = parse_mailbox(section(EmailSettings).DEFAULT_FROM_EMAIL, "DEFAULT_FROM_EMAIL")
        self._put("sender", str(sender))
        if self.envelope_sender is None:
            self._put("envelope_sender", sender.address)
        elif self.envelope_sender != "":
            self._put("envelope_sender", _bare(self.envelope_sender, "envelope_sender"))
        if self.message_id:
            check_message_id(self.message_id)
        else:
            self._put("message_id", make_message_id(sender.domain))


def _is_iterable(given: object) -> bool:
    # Those refused can be iterated over too, but not by what their giver meant.
    return isinstance(given, Iterable) and not isinstance(given, str | bytes | bytearray | Mapping | AttachmentData)


def _bare(text: str, place: str) -> str:
    mailbox = parse_mailbox(text, place)
    if mailbox.name:
        raise AddressError(f"{place}={quoted(text)} has a name; expected an address alone: {mailbox.address}")
    return mailbox.address


def _check_envelope(every: Sequence[str], bare: Sequence[str]) -> None:
    if not every or every == bare:
        return
    strangers = set(every).difference(bare)
    if strangers:
        stranger = next(each for each in every if each in strangers)
        raise AddressError(
            f"envelope_recipients has {quoted(stranger)}, which is in none of recipients, cc and bcc; compose the "
            "message again for other people: envelope_recipients, and replace(), are for some of its own"
        )


def _check_body(text: object, place: str) -> None:
    if text is None:
        return
    if not isinstance(text, str):
        raise InvalidMessage(f"{place} is of type {type(text).__name__}; expected a str or None")
    # Whatever has no NUL and can be encoded is text, and that is the faster question.
    if "\0" in text or not _is_encodable(text):
        at = cast("re.Match[str]", _NO_TEXT.search(text))
        raise InvalidMessage(f"{place} has {named(at[0])} at {at.start()}, which no mail can have; take it out")


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        # What UTF-8 refuses UTF-16 does, in a tenth of the time, as long as the pieces stay in the processor's cache.
        for start in range(0, len(text), _PIECE):
            text[start : start + _PIECE].encode("utf-16-le")
    except UnicodeEncodeError:
        return False
    return True


def _attachments(given: object) -> tuple[AttachmentData, ...]:
    if given == ():
        return ()
    if not _is_iterable(given):
        raise InvalidMessage(f"attachments is of type {type(given).__name__}; expected a list of AttachmentData")
    every = tuple(islice(cast("Iterable[object]", given), MOST_ATTACHMENTS + 1))
    if len(every) > MOST_ATTACHMENTS:
        raise InvalidMessage(f"attachments has more than {MOST_ATTACHMENTS}; send an archive, or several messages")
    for index, each in enumerate(every):
        if not isinstance(each, AttachmentData):
            raise InvalidMessage(
                f"attachments[{index}] is of type {type(each).__name__}; expected AttachmentData, which "
                "resolve_attachments() makes of it"
            )
    attachments = cast("tuple[AttachmentData, ...]", every)
    ids = [each.content_id for each in attachments if each.content_id]
    if len(set(ids)) < len(ids):
        raise InvalidMessage(f"two attachments have one content_id; there are {quoted(ids)}")
    if "=?" in "".join(ids):
        raise InvalidMessage(f"one of the content_ids {quoted(ids)} has '=?', which mail programs decode")
    return attachments


def _check_date(date: object) -> None:
    if not isinstance(date, datetime) or not _is_sendable(date):
        raise InvalidMessage(
            f"date={quoted(date)}; expected a datetime with a time zone of whole minutes, from {_FIRST_YEAR} on, to "
            f"{_LAST_YEAR}: datetime.now(UTC)"
        )


def _is_sendable(date: datetime) -> bool:
    offset = date.utcoffset()
    return offset is not None and not offset % _MINUTE and _FIRST_YEAR <= date.year <= _LAST_YEAR
