"""The body of a message as a tree of parts (RFC 2046, section 5.1; RFC 2387)::

    multipart/mixed
    ├── multipart/related
    │   ├── multipart/alternative
    │   │   ├── text/plain
    │   │   └── text/html
    │   └── image/png              what html shows by cid:
    └── application/pdf            attachments

Of which a level with one part alone is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from openviper.core.email._bodies import Body, base64_body, embedded_message, text_body
from openviper.core.email._characters import quoted
from openviper.core.email._header_block import header_block
from openviper.core.email._parameters import filename_parameters
from openviper.core.email.errors import InvalidMessage

if TYPE_CHECKING:
    from openviper.core.email.attachments import AttachmentData
    from openviper.core.email.message import EmailMessageData

__all__ = ["Part", "message_part"]

# RFC 2045, 5.1.
_MIMETYPE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,127}/[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,127}")
_CONTENT_ID = re.compile(r"[!-;=?A-~]{1,255}")


class Part(NamedTuple):
    """A part: the fields of its header, and its body."""

    fields: list[str]
    pieces: list[bytes]
    #: Whether the body may have any line: then no boundary must be one of them.
    verbatim: bool = False


def message_part(data: EmailMessageData) -> Part:
    """Return what a message consists of.

    Raises:
        InvalidMessage: Two attachments have the same content id, or a type or id is none.
    """
    content = _alternative(data)
    inline, attached = _split(data)
    if inline:
        content = _multipart(data, "related", [content, *map(_inline, inline)], _related_type(content))
    if attached:
        content = _multipart(data, "mixed", [content, *map(_attached, attached)])
    return content


def _alternative(data: EmailMessageData) -> Part:
    if data.html is None:
        return _text("plain", data.text or "")
    text = data.text
    if text is None:
        from openviper.core.email._html_text import text_from_html  # noqa: PLC0415 - most messages bring their text

        text = text_from_html(data.html)
    html = _text("html", data.html)
    return _multipart(data, "alternative", [_text("plain", text), html]) if text.strip() else html


def _text(subtype: str, text: str) -> Part:
    body = text_body(text)
    fields = [f'Content-Type: text/{subtype}; charset="utf-8"', f"Content-Transfer-Encoding: {body.encoding}"]
    return Part(fields, body.pieces, body.encoding == "7bit")


def _related_type(root: Part) -> str:
    return f'; type="{root.fields[0].partition(": ")[2].partition(";")[0]}"'


def _split(data: EmailMessageData) -> tuple[list[AttachmentData], list[AttachmentData]]:
    # What html does not show is attached: else no program would show it at all.
    inline: list[AttachmentData] = []
    attached: list[AttachmentData] = []
    for each in data.attachments:
        shown = each.content_id and data.html and f"cid:{each.content_id}" in data.html
        (inline if shown else attached).append(each)
    return inline, attached


def _inline(attachment: AttachmentData) -> Part:
    return _file(attachment, "inline")


def _attached(attachment: AttachmentData) -> Part:
    return _file(attachment, "attachment")


def _file(attachment: AttachmentData, disposition: str) -> Part:
    content_type, body = _content(attachment)
    fields = [
        f"Content-Type: {content_type}",
        f"Content-Transfer-Encoding: {body.encoding}",
        ";\r\n ".join((f"Content-Disposition: {disposition}", *filename_parameters(attachment.filename))),
    ]
    if attachment.content_id:
        if not _CONTENT_ID.fullmatch(attachment.content_id) or "=?" in attachment.content_id:
            raise InvalidMessage(f"content_id={quoted(attachment.content_id)} is none; expected a word of ASCII")
        fields.append(f"Content-ID: <{attachment.content_id}>")
    return Part(fields, body.pieces, body.encoding == "7bit")


def _content(attachment: AttachmentData) -> tuple[str, Body]:
    mimetype = attachment.mimetype or "application/octet-stream"
    if not _MIMETYPE.fullmatch(mimetype):
        raise InvalidMessage(f"mimetype={quoted(mimetype)} of {attachment.filename!r} is not type/subtype")
    kind = mimetype.partition("/")[0].lower()
    if kind in {"message", "multipart"}:
        # Their own parts must not be hidden in base64 (RFC 2046, 5.2.1): what cannot travel as it is is a mere file.
        body = embedded_message(attachment.content) if kind == "message" else None
        return (mimetype, body) if body else ("application/octet-stream", base64_body([attachment.content]))
    body = base64_body([attachment.content])
    return (f"{mimetype}; charset=utf-8" if kind == "text" and _is_utf8(attachment.content) else mimetype), body


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return False
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _multipart(data: EmailMessageData, subtype: str, parts: Sequence[Part], parameters: str = "") -> Part:
    boundary = _boundary(data.message_id, subtype, parts)
    delimiter = f"\r\n--{boundary}\r\n".encode("ascii")
    pieces: list[bytes] = []
    for part in parts:
        pieces.append(delimiter + header_block(part.fields) + b"\r\n")
        pieces.extend(part.pieces)
    pieces[0] = pieces[0][2:]
    pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    content_type = f'Content-Type: multipart/{subtype}; boundary="{boundary}"{parameters}'
    return Part([content_type], pieces, any(part.verbatim for part in parts))


def _boundary(message_id: str, subtype: str, parts: Sequence[Part]) -> str:
    # The same over all attempts, and not to be known before the message is made. Neither base64 nor quoted-printable
    # has a line with "=_".
    for boundary in _boundaries(message_id, subtype):
        marker = boundary.encode("ascii")
        if not any(marker in piece for part in parts if part.verbatim for piece in part.pieces):
            return boundary
    raise AssertionError("unreachable")


def _boundaries(message_id: str, subtype: str) -> Iterator[str]:
    number = 0
    while True:
        seed = f"{message_id} {subtype} {number}".encode()
        yield f"=_{blake2b(seed, digest_size=15).hexdigest()}"
        number += 1
