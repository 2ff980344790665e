"""Which type a content has: by what it was given as, by its first bytes, by its name.

The tables are fixed. What the machine's own say (``/etc/mime.types``, the registry) differs from one to the next.
Nothing is ever found to be HTML, SVG or a script by its content: those have no signature, and are run where they are
opened. They need a name or an explicit type that says so.
"""

from __future__ import annotations

import re

from openviper.core.email._attaching.extensions import EXTENSIONS, REFINED
from openviper.core.email._attaching.signatures import sniff
from openviper.core.email.errors import AttachmentError

__all__ = ["detect_mimetype", "extension_of"]

_UNKNOWN = "application/octet-stream"
# Two tokens (RFC 2045, section 5.1), of the length that RFC 6838, section 4.2, allows.
_TYPE = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,127}/[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,127}")
# Types that base64 must not stand in (RFC 2045, section 6.4), so that no attachment can have them.
_COMPOSITE = ("multipart/", "message/")


def detect_mimetype(filename: str, content: bytes, explicit: str | None = None) -> str:
    """Return the ``type/subtype`` of a content, in lower case.

    Args:
        filename: Its extension counts where neither of the others says more.
        content: All of it: the types of office documents stand at the end.
        explicit: Is returned, if it is one.

    Raises:
        AttachmentError: The explicit one is not ``type/subtype`` (RFC 2045, section 5.1), or a multipart or message.
    """
    if explicit is not None:
        return _check(explicit)
    stem, _, extension = filename.rpartition(".")
    extension = extension.lower() if stem else ""
    found = sniff(content)
    if found is None:
        return EXTENSIONS.get(extension, _UNKNOWN)
    refined = REFINED.get(found)
    return refined.get(extension, found) if refined else found


def _check(explicit: object) -> str:
    if not isinstance(explicit, str) or not _TYPE.fullmatch(explicit):
        raise AttachmentError(
            f"mimetype={explicit!r:.300} is not type/subtype (RFC 2045, section 5.1), without parameters; "
            "expected one such as 'text/csv'"
        )
    mimetype = explicit.lower()
    if mimetype.startswith(_COMPOSITE):
        raise AttachmentError(
            f"mimetype={explicit!r:.300} cannot be encoded as an attachment has to be (RFC 2045, section 6.4); "
            "give 'application/octet-stream'"
        )
    return mimetype


def extension_of(mimetype: str) -> str:
    """Return the usual extension of a type, with its dot; ``.bin`` for one without."""
    return next((f".{extension}" for extension, known in EXTENSIONS.items() if known == mimetype), ".bin")
