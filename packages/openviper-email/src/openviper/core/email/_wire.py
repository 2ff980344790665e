"""A message as it goes over the wire: ASCII lines that end in CRLF (RFC 5322, RFC 2045)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from openviper.core.email._folding import address_field, text_field
from openviper.core.email._header_block import check_block, header_block
from openviper.core.email._parts import message_part
from openviper.core.email.addresses import Mailbox, parse_mailbox
from openviper.core.email.errors import AddressError, HeaderError
from openviper.core.email.headers import check_headers, format_date

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["Sign", "WireMessage", "build_message", "wire_message"]

#: From the finished message to the header lines that are put before it, or to pairs of a name and a value.
Sign: TypeAlias = "Callable[[bytes], bytes | Iterable[tuple[str, str]]]"

# Larger messages are built in a thread.
_INLINE_BYTES = 262_144


@dataclass(frozen=True, slots=True)
class WireMessage:
    """The bytes of a message, in pieces."""

    #: Whole lines, each with its CRLF. Not dot-stuffed.
    chunks: tuple[bytes, ...]
    #: Of all chunks, in bytes.
    size: int
    #: Whether it, or its envelope, is only for servers with SMTPUTF8 (RFC 6531).
    smtputf8: bool

    def __bytes__(self) -> bytes:
        return self.chunks[0] if len(self.chunks) == 1 else _join(self.chunks)


def build_message(data: EmailMessageData, *, utf8: bool = False, sign: Sign | None = None) -> bytes:
    """Return a message as bytes, ready for ``DATA`` but for dot-stuffing.

    Args:
        data: The message.
        utf8: Whether it may have addresses beyond ASCII in its header (RFC 6532). If not, those in To and Cc are left
            out; they cannot be in the envelope either.
        sign: Called with the finished bytes; what it returns is put before them.

    Raises:
        AddressError: From or Reply-To is beyond ASCII, without ``utf8``.
        HeaderError: What ``sign`` returned is no header.
    """
    return bytes(_built(data, utf8, sign))


async def wire_message(data: EmailMessageData, *, utf8: bool = False, sign: Sign | None = None) -> WireMessage:
    """Return a message as :func:`build_message` does, in pieces, and without keeping the event loop waiting.

    More than 256 KiB are encoded in a thread, and ``sign`` is called there.
    """
    if sign is not None or _size(data) > _INLINE_BYTES:
        return await asyncio.to_thread(_built, data, utf8, sign)
    return _built(data, utf8, sign)


def _size(data: EmailMessageData) -> int:
    return len(data.text or "") + len(data.html or "") + sum(len(each.content) for each in data.attachments)


def _built(data: EmailMessageData, utf8: bool, sign: Sign | None) -> WireMessage:
    fields, needs_utf8 = _fields(data, utf8)
    part = message_part(data)
    fields += ("MIME-Version: 1.0", *part.fields)
    chunks = [header_block(fields, utf8=utf8) + b"\r\n", *part.pieces]
    size = sum(map(len, chunks))
    if size <= _INLINE_BYTES:
        chunks = [b"".join(chunks)]
    if sign is not None:
        chunks.insert(0, _signature(sign(_join(chunks)), utf8))
        size += len(chunks[0])
    return WireMessage(tuple(chunks), size, needs_utf8)


def _join(chunks: Iterable[bytes]) -> bytes:
    # Piece by piece: a join of everything keeps all other threads waiting.
    buffer = BytesIO()
    for chunk in chunks:
        buffer.write(chunk)
    return buffer.getvalue()


def _fields(data: EmailMessageData, utf8: bool) -> tuple[list[str], bool]:
    sender = _sendable([parse_mailbox(data.sender, "sender")], utf8, "sender")
    to = _reachable(data.recipients, utf8)
    cc = _reachable(data.cc, utf8)
    reply_to = _sendable([parse_mailbox(each, "reply_to") for each in data.reply_to], utf8, "reply_to")
    fields = [
        address_field("From", sender),
        address_field("To", to) if to or cc else "To: undisclosed-recipients:;",
    ]
    if not to and cc:
        fields.pop()
    if cc:
        fields.append(address_field("Cc", cc))
    if reply_to:
        fields.append(address_field("Reply-To", reply_to))
    fields += (
        text_field("Subject", data.subject),
        f"Date: {format_date(data.date)}",
        f"Message-ID: {data.message_id}",
    )
    fields += (text_field(name, value, longest=998) for name, value in data.headers)
    every = (data.envelope_sender or "", *data.envelope_recipients)
    needs = utf8 and (any(each.needs_utf8 for each in (*sender, *to, *cc, *reply_to)) or not "".join(every).isascii())
    return fields, needs


def _reachable(addresses: Iterable[str], utf8: bool) -> list[Mailbox]:
    mailboxes = [parse_mailbox(each) for each in addresses]
    return [each for each in mailboxes if utf8 or not each.needs_utf8]


def _sendable(mailboxes: list[Mailbox], utf8: bool, place: str) -> list[Mailbox]:
    for mailbox in mailboxes:
        if mailbox.needs_utf8 and not utf8:
            raise AddressError(
                f"{place}={str(mailbox)!r} has characters beyond ASCII before '@'; expected a server with SMTPUTF8, or "
                "an ASCII address"
            )
    return mailboxes


def _signature(signed: bytes | Iterable[tuple[str, str]], utf8: bool) -> bytes:
    if not isinstance(signed, bytes):
        signed = "".join(f"{name}: {value}\r\n" for name, value in signed).encode()
    if not signed:
        raise HeaderError("sign returned no header; expected lines that end in CRLF, or pairs of a name and a value")
    names = check_block(signed, utf8=utf8)
    check_headers([(name, "") for name in names if name.lower() != "dkim-signature"])
    return signed
