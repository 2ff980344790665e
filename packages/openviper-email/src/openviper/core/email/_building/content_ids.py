"""Which attachments html shows, by ``cid:`` and their ``content_id`` (RFC 2392)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from openviper.core.email.attachments import AttachmentData

__all__ = ["REFERENCE", "id_forms", "missing_ids", "shown_ids"]

# RFC 2392, in an attribute, a URL or a style; what follows cannot be in a content_id, unless it is written as &amp; or
# %XX, which makes at most six characters of each of its 255.
_CID = re.compile(r"""cid:([^"\s<>()\\,]{1,1530})""", re.IGNORECASE)
#: The same where it is surely meant so, as a text may be about cid:, or about acid: what stands before it, the quote of
#: one kind if there is one, and the id as it is written.
REFERENCE = re.compile(
    r"""([=(]\s{0,9}(?:(')|")?\s{0,9})cid:((?(2)[^"'\s<>()\\,]|[^"\s<>()\\,]){1,1530})""", re.IGNORECASE
)


def shown_ids(html: str) -> set[str | None]:
    """Return what may be the ids of shown attachments, in each form that it may have been written in."""
    # A quote may be one of an id's characters, or end it.
    return {form for each in _CID.findall(html) for part in (each, each.partition("'")[0]) for form in id_forms(part)}


def missing_ids(html: str, attachments: Iterable[AttachmentData]) -> list[str]:
    """Return the ids that html shows and no attachment has, each once."""
    there = {each.content_id for each in attachments}
    written = dict.fromkeys(found[3] for found in REFERENCE.finditer(html))
    return [each for each in written if not there.intersection(id_forms(each))]


def id_forms(written: str) -> tuple[str, str, str]:
    """Return an id as it is written, as it stands in an attribute, and as it stands in a URL, which is the last."""
    return written, unescape(written), unquote(unescape(written))
