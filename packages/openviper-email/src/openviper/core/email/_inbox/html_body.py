"""The html of a mail as the document in the frame.

What it must not do is kept from it by the frame's policy and its sandbox (``responses``), not by changing it: what is
seen is what was sent. Three things are changed all the same. Its images ``cid:`` become ``data:``, so that no address
of this server is in its policy, to which any mail could make requests. Its links open in new tabs. And ``<link>`` goes,
and frames name nothing any more, for Chromium connects to what they name before it asks the policy.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

from openviper.core.email._building.content_ids import REFERENCE, id_forms
from openviper.core.email._inbox.decoding import visible

__all__ = ["Image", "frame_of", "frame_problems", "remote_count"]

#: Of html, in characters; what is longer is cut.
MAX_HTML = 5 * 1024 * 1024
# Of all images in their places, in bytes: one may stand in 100,000 of them.
_MAX_IMAGES = 32 * 1024 * 1024
_MOST_NAMED = 10
# Of one call into C, which keeps all other threads waiting: whole groups of base64.
_OCTETS = 393_216
# Of one search.
_CHARACTERS = 131_072

_CONNECTING = re.compile(r"<(link|i?frame)(?=[\s/>])", re.IGNORECASE)
# A frame keeps its name, which says how what is in it is read: of an attribute that stands there twice the first
# counts (HTML, 13.2.5.33). To the scanner that looks ahead for links all count; basefont is as empty, and does nothing.
_INSTEAD = {
    "link": "<basefont",
    "iframe": '<iframe src="about:blank" srcdoc=""',
    "frame": '<frame src="about:blank"',
}
_HEAD = re.compile(r"<head(?:\s[^<>]{0,1000})?>", re.IGNORECASE)
_DOCTYPE = re.compile(r"\s{0,1000}<!doctype[^<>]{0,500}>", re.IGNORECASE)
_REMOTE = re.compile(
    r"""(?:\s(?:src|background|poster|srcset)\s{0,9}=\s{0,9}["']?\s{0,9}|url\(\s{0,9}["']?\s{0,9})(?:https?:)?//""",
    re.IGNORECASE,
)
_IMAGE_TYPE = re.compile(r"image/[a-z0-9.+-]{1,60}")
# A first <base> with a target wins, and none of the mail's can name another place (base-uri 'none').
_BASE = '<base target="_blank">'


@dataclass(frozen=True, slots=True)
class Image:
    """A part that the html may show."""

    content_type: str
    #: Returns how many bytes it has, and its bytes; called only if the html shows it.
    size: Callable[[], int]
    content: Callable[[], bytes]

    def url(self, content: bytes) -> Iterator[bytes]:
        """Go through the pieces of a ``data:`` URL for ``content``; what says it is no image is not shown as one."""
        yield self._begin()
        for begin in range(0, len(content), _OCTETS):
            yield binascii.b2a_base64(content[begin : begin + _OCTETS], newline=False)

    def url_length(self) -> int:
        """Return the length of that URL."""
        return len(self._begin()) + -(-self.size() // 3) * 4

    def _begin(self) -> bytes:
        kind = self.content_type if _IMAGE_TYPE.fullmatch(self.content_type) else "image/unknown"
        return f"data:{kind};base64,".encode("ascii")


def frame_of(html: str, images: Mapping[str, Image]) -> bytes:
    """Return the document for the frame, in UTF-8.

    Args:
        html: Of the mail, or of a preview.
        images: By their Content-ID, without angle brackets.
    """
    places = _Places(images)
    # Piece by piece: a join of everything keeps all other threads waiting.
    document = BytesIO()
    for piece in _pieces(_with_base(html[:MAX_HTML])):
        document.writelines(_framed(_CONNECTING.sub(_harmless, piece), places))
    return document.getvalue()


def _harmless(found: re.Match[str]) -> str:
    return _INSTEAD[found[1].lower()]


def _framed(piece: str, places: _Places) -> Iterator[bytes]:
    """Go through a piece of html with its images in their places."""
    at = 0
    for found in REFERENCE.finditer(piece):
        cid = places.named(found)
        if cid is not None:
            yield _encoded(piece[at : found.end(1)])
            yield from places.url(cid)
            at = found.end()
    yield _encoded(piece[at:])


def _encoded(html: str) -> bytes:
    # What is no character at all, half of a pair, must not break a page.
    return html.encode("utf-8", "replace")


def frame_problems(html: str, images: Mapping[str, Image]) -> list[str]:
    """Return sentences about what :func:`frame_of` cannot show, without making the document."""
    places = _Places(images)
    missing: dict[str, None] = {}
    left_out = False
    for found in _found(REFERENCE, html):
        cid = places.named(found)
        if cid is None:
            missing.setdefault(id_forms(found[3])[-1])
        else:
            left_out |= not places.has_room(cid)
    problems = [
        f"No part has the Content-ID {visible(each)!r} that the html shows." for each in list(missing)[:_MOST_NAMED]
    ]
    if len(html) > MAX_HTML:
        problems.append(f"Only the first {MAX_HTML // 2**20} MiB of the html are shown; all of it is in the download.")
    if left_out:
        problems.append("Some images are left out: all together have more than 32 MiB in their places.")
    return problems


def remote_count(html: str) -> int:
    """Return how many images and the like ``html`` would load from elsewhere, as far as its text tells."""
    return sum(1 for _ in _found(_REMOTE, html))


def _found(pattern: re.Pattern[str], html: str) -> Iterator[re.Match[str]]:
    return (found for piece in _pieces(html[:MAX_HTML]) for found in pattern.finditer(piece))


def _pieces(html: str) -> Iterator[str]:
    """Cut html before tags, of which nothing that is looked for here goes on behind the next."""
    start = 0
    while len(html) - start > _CHARACTERS:
        end = html.rfind("<", start + 1, start + _CHARACTERS)
        end = end if end > 0 else start + _CHARACTERS
        yield html[start:end]
        start = end
    yield html[start:]


class _Places:
    """The places of images in one document, asked for in their order."""

    def __init__(self, images: Mapping[str, Image]) -> None:
        self._images = images
        self._lengths: dict[str, int] = {}
        self._contents: dict[str, bytes] = {}
        self._left = _MAX_IMAGES

    def named(self, found: re.Match[str]) -> str | None:
        """Return the Content-ID that a reference names; ``None``: no part has it."""
        return next((each for each in id_forms(found[3]) if each in self._images), None)

    def url(self, cid: str) -> Iterator[bytes]:
        """Go through the pieces of what stands in one more place of an image."""
        if not self.has_room(cid):
            yield b"data:,"
            return
        if cid not in self._contents:
            self._contents[cid] = self._images[cid].content()
        yield from self._images[cid].url(self._contents[cid])

    def has_room(self, cid: str) -> bool:
        """Tell whether this image has room in one more place, and take it."""
        if cid not in self._lengths:
            self._lengths[cid] = self._images[cid].url_length()
        has_room = self._lengths[cid] <= self._left
        self._left -= self._lengths[cid] * has_room
        return has_room


def _with_base(html: str) -> str:
    """Put our ``<base>`` where it changes nothing else: before a doctype it would make another layout (quirks)."""
    found = _HEAD.search(html, 0, 65_536) or _DOCTYPE.match(html)
    at = found.end() if found else 0
    return html[:at] + _BASE + html[at:]
