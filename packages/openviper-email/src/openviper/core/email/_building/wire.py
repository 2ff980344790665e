"""A message as it goes over the wire: ASCII lines that end in CRLF (RFC 5322, RFC 2045)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from openviper.core.email._building.bodies import LONGEST_LINE
from openviper.core.email._building.characters import quoted
from openviper.core.email._building.folding import address_field, text_field
from openviper.core.email._building.header_block import header_block
from openviper.core.email._building.parts import message_part, reads_long_html
from openviper.core.email._building.signature import signature_lines
from openviper.core.email._threads import DaemonThreads
from openviper.core.email.addresses import parse_mailbox
from openviper.core.email.errors import AddressError
from openviper.core.email.headers import ADDRESS_FIELDS, format_date

if TYPE_CHECKING:
    from openviper.core.email.message import EmailMessageData

__all__ = ["Sign", "WireMessage", "build_message", "wire_message"]

#: From the finished message to the header lines that are put before it, or to pairs of a name and a value.
Sign: TypeAlias = "Callable[[bytes], bytes | Sequence[tuple[str, str]]]"

_SIGNING = DaemonThreads("openviper-email-sign")
# Larger messages are built in a thread.
_INLINE_BYTES = 262_144
# What takes longer than bytes that are encoded: characters of a header, an attachment's own header.
_HEADER, _ATTACHMENT = 8, 4_096


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

    More than 256 KiB, and long headers, are encoded in a thread; there long html is read, and ``sign`` is called.
    """
    if sign is not None:
        return await _SIGNING.run(_built, data, utf8, sign)
    if reads_long_html(data) or _size(data) > _INLINE_BYTES:
        return await asyncio.to_thread(_built, data, utf8, sign)
    return _built(data, utf8, sign)


def _size(data: EmailMessageData) -> int:
    """Return about how many bytes of text or base64 take as long to write."""
    size = _utf8_size(data.text) + _utf8_size(data.html)
    size += sum(len(each.content) + _ATTACHMENT for each in data.attachments)
    headers = sum(len(name) + len(value) for name, value in data.headers)
    shown = chain(data.recipients, data.cc, data.reply_to)
    return size + _HEADER * (len(data.subject) + headers + sum(map(len, shown)))


def _utf8_size(text: str | None) -> int:
    """Return how many bytes a text has at most."""
    return 0 if text is None else len(text) * (1 if text.isascii() else 4)


def _built(data: EmailMessageData, utf8: bool, sign: Sign | None) -> WireMessage:
    fields, needs_utf8 = _fields(data, utf8)
    part = message_part(data)
    fields += ("MIME-Version: 1.0", *part.fields)
    chunks = [header_block(fields, utf8=utf8) + b"\r\n", *part.pieces]
    size = sum(map(len, chunks))
    if size <= _INLINE_BYTES:
        chunks = [b"".join(chunks)]
    if sign is not None:
        names = [field.partition(":")[0] for field in fields]
        chunks.insert(0, signature_lines(sign(_join(chunks)), names, utf8=utf8))
        size += len(chunks[0])
    return WireMessage(tuple(chunks), size, needs_utf8)


def _join(chunks: Iterable[bytes]) -> bytes:
    # Piece by piece: a join of everything keeps all other threads waiting.
    buffer = BytesIO()
    for chunk in chunks:
        buffer.write(chunk)
    return buffer.getvalue()


def _fields(data: EmailMessageData, utf8: bool) -> tuple[list[str], bool]:
    if not utf8:
        _check_reachable(data)
    shown = {
        "From": (data.sender,),
        "To": _reachable(data.recipients, utf8),
        "Cc": _reachable(data.cc, utf8),
        "Reply-To": data.reply_to,
    }
    fields = [address_field(name, addresses) for name, addresses in shown.items() if addresses]
    if not shown["To"] and not shown["Cc"]:
        # RFC 5322, appendix A.1.3: a group without members.
        fields.append("To: undisclosed-recipients:;")
    fields += (
        text_field("Subject", data.subject),
        f"Date: {format_date(data.date)}",
        f"Message-ID: {data.message_id}",
        *(_custom_field(name, value) for name, value in data.headers),
    )
    envelope = (data.envelope_sender or "", *data.envelope_recipients)
    return fields, utf8 and any(map(_needs_utf8, (*chain.from_iterable(shown.values()), *envelope)))


def _check_reachable(data: EmailMessageData) -> None:
    for place, address in (("sender", data.sender), *(("reply_to", each) for each in data.reply_to)):
        if _needs_utf8(address):
            raise AddressError(
                f"{place}={quoted(address)} has characters beyond ASCII before '@'; expected an ASCII address, or a "
                "server with SMTPUTF8"
            )


def _custom_field(name: str, value: str) -> str:
    if name.lower() in ADDRESS_FIELDS:
        return address_field(name, [str(parse_mailbox(value))])
    if name.lower() == "list-id" and (not value.isascii() or "=?" in value):
        # RFC 2919: only what stands before the identifier is text.
        phrase, _, identifier = value.rpartition(" <")
        return f"{text_field(name, phrase)}\r\n <{identifier}"
    # Words, which may be URLs, are cut only where no line holds them.
    return text_field(name, value, longest=LONGEST_LINE)


def _reachable(addresses: tuple[str, ...], utf8: bool) -> tuple[str, ...]:
    if utf8 or "".join(addresses).isascii():
        return addresses
    return tuple(each for each in addresses if not _needs_utf8(each))


def _needs_utf8(written: str) -> bool:
    # The name does not count: it is encoded. The domain is in A-labels.
    return not written.isascii() and not written.rpartition("<")[2].isascii()
