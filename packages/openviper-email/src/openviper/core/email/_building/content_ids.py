"""Which attachments html shows, by ``cid:`` and their ``content_id`` (RFC 2392)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from openviper.core.email.attachments import AttachmentData

__all__ = ["missing_ids", "shown_ids"]

# RFC 2392, in an attribute, a URL or a style; what follows cannot be in a content_id, unless it is written as &amp; or
# %XX, which makes at most six characters of each of its 255.
_CID = re.compile(r"""cid:([^"\s<>()\\,]{1,1530})""", re.IGNORECASE)
# The same where it is surely meant so: a text may be about cid:, or about acid.
_MEANT = re.compile(r"""(?:=\s{0,9}["']?|\(\s{0,9}["']?)\s{0,9}cid:([^"'\s<>()\\,]{1,1530})""")


def shown_ids(html: str) -> set[str | None]:
    """Return what may be the ids of shown attachments, in each form that it may have been written in."""
    # A quote may be one of an id's characters, or end it.
    return {form for each in _CID.findall(html) for part in (each, each.partition("'")[0]) for form in _forms(part)}


def missing_ids(html: str, attachments: Iterable[AttachmentData]) -> list[str]:
    """Return the ids that html shows and no attachment has, each once."""
    there = {each.content_id for each in attachments}
    # With its quotes too, where it has some: they may be an id's.
    whole = shown_ids(html) & there
    return [
        each
        for each in dict.fromkeys(_MEANT.findall(html))
        if not there.intersection(_forms(each)) and not any((known or "").startswith(f"{each}'") for known in whole)
    ]


def _forms(written: str) -> tuple[str, str, str]:
    # As it is, as it stands in an attribute, and as it stands in a URL.
    return written, unescape(written), unquote(unescape(written))
