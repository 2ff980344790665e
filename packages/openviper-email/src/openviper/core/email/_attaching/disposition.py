"""The file name in ``Content-Disposition`` (RFC 6266)."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

__all__ = ["disposition_filename"]

# Of the header: what is longer has no name worth reading.
_LONGEST = 4_096
_PARAMETER = re.compile(r';\s*([A-Za-z0-9!#$&+.^_`|~-]+\*?)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s"]*)')
_CHARSETS = {"utf-8": "utf-8", "iso-8859-1": "latin-1"}


def disposition_filename(value: bytes) -> str | None:
    """Return the name as the server gave it, which may have anything in it; ``None``: there is none.

    ``filename*`` goes before ``filename`` (section 4.3). Bytes beyond ASCII are UTF-8, as servers send them, else
    ISO-8859-1, as they should.
    """
    try:
        text = value[:_LONGEST].decode()
    except UnicodeDecodeError:
        text = value[:_LONGEST].decode("latin-1")
    found = {name.lower(): given for name, given in reversed(_PARAMETER.findall(text))}
    extended = _extended(found.get("filename*", ""))
    return extended or _plain(found.get("filename", "")) or None


def _plain(given: str) -> str:
    return re.sub(r"\\(.)", r"\1", given[1:-1]) if given.startswith('"') else given


def _extended(given: str) -> str | None:
    """RFC 8187, section 3.2: the character set, a language that may be empty, and the name in percents."""
    charset, _, rest = given.partition("'")
    encoding = _CHARSETS.get(charset.lower())
    if encoding is None:
        return None
    try:
        return unquote_to_bytes(rest.partition("'")[2]).decode(encoding)
    except UnicodeDecodeError:
        return None
