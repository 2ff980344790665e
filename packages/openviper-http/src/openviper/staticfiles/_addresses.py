"""Which static file an address in a style sheet means, and how the address of its hashed name is written."""

from __future__ import annotations

import posixpath
import re
from typing import NamedTuple
from urllib.parse import quote, unquote

__all__ = ["Address", "read_address"]

_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")
_PARTS = re.compile(r"([^?#]*)([\s\S]*)")
# What may stand in an address without quotes, beside letters and digits; "%" begins what is encoded already.
_SAFE = "/:@!$&*+,;=~%-._?#[]"
_SAFE_IN_NAME = "@!$&*+,;=~-._"


class Address(NamedTuple):
    """An address of a static file."""

    #: As it was written, up to and with the last slash.
    folder: str
    #: The file's name below ``STATIC_URL``; ``../`` at its beginning leads out of it.
    name: str
    #: ``?`` or ``#`` and what follows.
    rest: str

    def of(self, name: str) -> str:
        """Return the address of another file of the same folder, percent-encoded."""
        last = quote(name.rpartition("/")[2], safe=_SAFE_IN_NAME, errors="surrogateescape")
        return quote(self.folder, safe=_SAFE, errors="surrogateescape") + last + quote(self.rest, safe=_SAFE)


def read_address(address: str, sheet: str, static_url: str) -> Address | None:
    """Return what an address means; ``None``: no static file.

    Args:
        address: ``../img/logo.png?v=2``.
        sheet: The name of the style sheet that it stands in.
        static_url: An address that begins with it is one of a static file; any other absolute one is not.
    """
    found = _PARTS.match(address.strip())
    path, rest = found.groups() if found else ("", "")
    if not path:
        return None
    if path.startswith(static_url):
        name = unquote(path[len(static_url) :], errors="surrogateescape")
    elif path.startswith("/") or _SCHEME.match(path):
        return None
    else:
        name = posixpath.join(posixpath.dirname(sheet), unquote(path, errors="surrogateescape"))
    return Address(path[: path.rfind("/") + 1], posixpath.normpath(name), rest)
