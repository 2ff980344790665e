"""Names of files that somebody else chose, for our headers and for a reader's disk."""

from __future__ import annotations

import re
from urllib.parse import quote

from openviper.core.email._inbox.decoding import visible

__all__ = ["attachment_header", "safe_name"]

_SEPARATORS = re.compile(r"[/\\]")
# What no file system takes, or a shell, or a header's quoted string would take apart.
_UNSAFE = re.compile(r"""[<>:"|?*;%'`$\x00-\x1f\x7f]+""")
# In bytes, which is what most file systems have for a name, with room for "(1)".
_LONGEST = 200
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def safe_name(name: str, otherwise: str) -> str:
    r"""Return the last part of ``name`` as a plain file's name: ``../../x`` and ``C:\x`` are ``x``.

    Args:
        name: Any text.
        otherwise: Where nothing is left of it.
    """
    last = _SEPARATORS.split(name[:4096])[-1]
    plain = _UNSAFE.sub("_", re.sub(r"\\(?:x..|u....|U.{8}|[nrt])", "_", visible(last))).strip(" .")
    if not plain or _RESERVED.fullmatch(plain):
        plain = f"{otherwise}{'-' if plain else ''}{plain}"
    stem, dot, suffix = plain.rpartition(".")
    if dot and len(suffix) <= 20:
        return f"{_shortened(stem, _LONGEST - len(suffix.encode()) - 1)}.{suffix}"
    return _shortened(plain, _LONGEST)


def attachment_header(name: str) -> str:
    """Return the Content-Disposition that saves a file under ``name``, which is safe (RFC 6266, 4.3 and D)."""
    ascii_name = name.encode("ascii", "replace").decode("ascii").replace("?", "_")
    if ascii_name == name:
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"


def _shortened(text: str, most: int) -> str:
    return text.encode("utf-8", "replace")[:most].decode("utf-8", "ignore")
