"""The html of a mail as the document in the frame.

What it must not do is kept from it by the frame's policy and its sandbox (``responses``), not by changing it: what is
seen is what was sent. Three things are changed all the same. Its images ``cid:`` become ``data:``, so that no address
of this server is in its policy, to which any mail could make requests. Its links open in new tabs. And ``<link>`` goes,
and frames name nothing any more, for Chromium connects to what they name before it asks the policy.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import unquote

from openviper.core.email._inbox.decoding import visible

__all__ = ["Frame", "Image", "frame_of", "remote_count"]

#: Of html, in characters; what is longer is cut.
MAX_HTML = 5 * 1024 * 1024
# Of all images in their places, in bytes: one may stand in 100,000 of them.
_MAX_IMAGES = 32 * 1024 * 1024
_MOST_NAMED = 10

_CID = re.compile(r"""((?:=\s{0,9}["']?|\(\s{0,9}["']?)\s{0,9})cid:([^"'\s<>()]{1,500})""", re.IGNORECASE)
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
    #: Returns its bytes; called only if the html shows it.
    content: Callable[[], bytes]

    def data_url(self) -> str:
        """Return it as a ``data:`` URL; one that says it is no image is not shown as one."""
        kind = self.content_type if _IMAGE_TYPE.fullmatch(self.content_type) else "image/unknown"
        return f"data:{kind};base64,{binascii.b2a_base64(self.content(), newline=False).decode('ascii')}"


@dataclass(slots=True)
class Frame:
    """A document for the frame, and what is worth knowing about it."""

    html: str = ""
    #: Characters that were cut off its end.
    cut: int = 0
    #: Content-IDs that it names and no part has; ten at most.
    missing: list[str] = field(default_factory=list[str])
    #: Places of images that are left out: together they are more than 32 MiB.
    left_out: int = 0

    def problems(self) -> list[str]:
        """Return these as sentences."""
        problems = [f"No part has the Content-ID {visible(cid)!r} that the html shows." for cid in self.missing]
        if self.cut:
            problems.append(
                f"Only the first {MAX_HTML // 2**20} MiB of the html are shown; all of it is in the download."
            )
        if self.left_out:
            problems.append("Some images are left out: all together have more than 32 MiB in their places.")
        return problems


def frame_of(html: str, images: Mapping[str, Image]) -> Frame:
    """Return the document for the frame.

    Args:
        html: Of the mail, or of a preview.
        images: By their Content-ID, without angle brackets.
    """
    frame = Frame(cut=max(0, len(html) - MAX_HTML))
    html = _CONNECTING.sub(lambda found: _INSTEAD[found[1].lower()], html[:MAX_HTML])
    placed = _Placed(frame, images)
    frame.html = _with_base(_CID.sub(placed.replace, html))
    return frame


def remote_count(html: str) -> int:
    """Return how many images and the like ``html`` would load from elsewhere, as far as its text tells."""
    return sum(1 for _ in _REMOTE.finditer(html[:MAX_HTML]))


class _Placed:
    """The images of one document."""

    def __init__(self, frame: Frame, images: Mapping[str, Image]) -> None:
        self._frame = frame
        self._images = images
        self._urls: dict[str, str] = {}
        self._left = _MAX_IMAGES

    def replace(self, found: re.Match[str]) -> str:
        cid = unquote(unescape(found[2]))
        url = self._url(cid)
        if url is None:
            if cid not in self._frame.missing and len(self._frame.missing) < _MOST_NAMED:
                self._frame.missing.append(cid)
            return found[0]
        if len(url) > self._left:
            self._frame.left_out += 1
            return found[1] + "data:,"
        self._left -= len(url)
        return found[1] + url

    def _url(self, cid: str) -> str | None:
        if cid not in self._urls and cid in self._images:
            self._urls[cid] = self._images[cid].data_url()
        return self._urls.get(cid)


def _with_base(html: str) -> str:
    """Put our ``<base>`` where it changes nothing else: before a doctype it would make another layout (quirks)."""
    found = _HEAD.search(html, 0, 65_536) or _DOCTYPE.match(html)
    at = found.end() if found else 0
    return html[:at] + _BASE + html[at:]
