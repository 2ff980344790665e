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
from codecs import getincrementaldecoder
from collections.abc import Sequence
from hashlib import blake2b
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from openviper.core.email._building.bodies import base64_body, text_body
from openviper.core.email._building.content_ids import shown_ids
from openviper.core.email._building.header_block import part_header
from openviper.core.email._building.parameters import filename_parameters

if TYPE_CHECKING:
    from openviper.core.email.attachments import AttachmentData
    from openviper.core.email.message import EmailMessageData

__all__ = ["LONG_HTML", "Part", "makes_text", "message_part", "reads_long_html"]

#: Html with more characters is read in a thread, for its text and for the images that it shows; the worst that has no
#: more takes some 10 ms.
LONG_HTML = 8_192
# Of one call into C, which keeps all other threads waiting.
_OCTETS = 262_144

_BOUNDARY = re.compile(rb"=_[0-9a-f]{30}")


class Part(NamedTuple):
    """A part: the fields of its header, and its body."""

    fields: list[str]
    pieces: list[bytes]
    #: Whether the body may have any line: then no boundary must be one of them.
    verbatim: bool = False


def message_part(data: EmailMessageData) -> Part:
    """Return what a message consists of."""
    content = _alternative(data)
    inline, attached = _split(data)
    if inline:
        content = _multipart(data, "related", [content, *map(_inline, inline)], _related_type(content))
    if attached:
        content = _multipart(data, "mixed", [content, *map(_attached, attached)])
    return content


def reads_long_html(data: EmailMessageData) -> bool:
    """Tell whether html is read for a message that an event loop has no time for."""
    if data.html is None or len(data.html) <= LONG_HTML:
        return False
    return makes_text(data) or any(each.content_id for each in data.attachments)


def makes_text(data: EmailMessageData) -> bool:
    """Tell whether the text is to be made of the html."""
    return data.html is not None and (not data.text or data.text.isspace())


def _alternative(data: EmailMessageData) -> Part:
    if data.html is None:
        return _text("plain", data.text or "")
    text = data.text or ""
    if makes_text(data):
        from openviper.core.email._rendering.html_text import text_from_html  # noqa: PLC0415 - most messages bring their text

        text = text_from_html(data.html)
    html = _text("html", data.html)
    return _multipart(data, "alternative", [_text("plain", text), html]) if text.strip() else html


def _text(subtype: str, text: str) -> Part:
    body = text_body(text)
    fields = [f'Content-Type: text/{subtype}; charset="utf-8"', f"Content-Transfer-Encoding: {body.encoding}"]
    return Part(fields, body.pieces, body.encoding == "7bit")


def _related_type(root: Part) -> str:
    return f';\r\n type="{root.fields[0].partition(": ")[2].partition(";")[0]}"'


def _split(data: EmailMessageData) -> tuple[list[AttachmentData], list[AttachmentData]]:
    # What html does not show is attached: else no program would show it at all.
    inline: list[AttachmentData] = []
    attached: list[AttachmentData] = []
    shown = shown_ids(data.html or "") if any(each.content_id for each in data.attachments) else set[str | None]()
    for each in data.attachments:
        (inline if each.content_id in shown else attached).append(each)
    return inline, attached


def _inline(attachment: AttachmentData) -> Part:
    return _file(attachment, "inline")


def _attached(attachment: AttachmentData) -> Part:
    return _file(attachment, "attachment")


def _file(attachment: AttachmentData, disposition: str) -> Part:
    content_type = attachment.mimetype or "application/octet-stream"
    # What a text has is known only where it is ASCII, for which nothing needs to be said, or else UTF-8.
    if content_type.startswith("text/") and _is_utf8(attachment.content):
        content_type += "; charset=utf-8"
    fields = [
        f"Content-Type: {content_type}",
        "Content-Transfer-Encoding: base64",
        ";\r\n ".join((f"Content-Disposition: {disposition}", *filename_parameters(attachment.filename))),
    ]
    if attachment.content_id:
        fields.append(f"Content-ID: <{attachment.content_id}>")
    return Part(fields, base64_body([attachment.content]).pieces)


def _is_utf8(content: bytes) -> bool:
    if content.isascii():
        return False
    decoder = getincrementaldecoder("utf-8")()
    view = memoryview(content)
    try:
        for start in range(0, len(content), _OCTETS):
            decoder.decode(view[start : start + _OCTETS])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _multipart(data: EmailMessageData, subtype: str, parts: Sequence[Part], parameters: str = "") -> Part:
    boundary = _boundary(data.message_id, subtype, parts)
    delimiter = f"\r\n--{boundary}\r\n".encode("ascii")
    pieces: list[bytes] = []
    for part in parts:
        pieces.append(delimiter + part_header(tuple(part.fields)) + b"\r\n")
        pieces.extend(part.pieces)
    pieces[0] = pieces[0][2:]
    pieces.append(f"\r\n--{boundary}--\r\n".encode("ascii"))
    content_type = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"{parameters}'
    return Part([content_type], pieces, any(part.verbatim for part in parts))


def _boundary(message_id: str, subtype: str, parts: Sequence[Part]) -> str:
    # The same over all attempts, and not known before the message is made.
    verbatim = [piece for part in parts if part.verbatim for piece in part.pieces]
    boundary = _numbered(message_id, subtype, 0)
    # Neither base64 nor quoted-printable has "=_".
    if not any(boundary.encode("ascii") in piece for piece in verbatim):
        return boundary
    # Whoever chose the Message-ID knows them all: a text may have thousands.
    taken = {each.decode("ascii") for piece in verbatim for each in _BOUNDARY.findall(piece)}
    others = (_numbered(message_id, subtype, number) for number in count(1))
    return next(each for each in others if each not in taken)


def _numbered(message_id: str, subtype: str, number: int) -> str:
    seed = f"{message_id} {subtype} {number}".encode()
    return f"=_{blake2b(seed, digest_size=15).hexdigest()}"
