"""Passwords and tokens in what a server says: it may repeat what it did not like, or everything that it was sent."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator

__all__ = ["Mask"]

_SHOWN = b"***"
# Of a reply, its code and the mark behind it; they are read before anybody sees the rest.
_CODE = 4
# RFC 2034, 4: on each line of a reply.
_STATUS = re.compile(rb"\A[245]\.\d{1,3}\.\d{1,3}\s")
# Of base64: fewer characters are in many words by chance.
_SHORTEST_CORE = 5
_WORD = re.compile(rb"[A-Za-z0-9+/=_-]+")
_BLANKED = bytes(octet if 33 <= octet <= 126 else 32 for octet in range(256))
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class Mask:
    """Puts ``***`` in the place of secrets, in bytes as they came: before anything is joined, cut or made printable."""

    def __init__(self, secrets: Iterable[str]) -> None:
        texts = [each for each in secrets if each]
        every = {form.encode() for each in texts for form in (each, json.dumps(each)[1:-1])}
        # The longest first: one may be a part of another.
        self._secrets = sorted(every, key=len, reverse=True)
        self._cores = sorted({core for each in self._secrets for core in _cores(each)})
        self._visible = sorted({seen for each in texts if (seen := _identifying(each))}, key=len, reverse=True)
        self._bare = [each for each in map(_bare, (*self._secrets, *self._cores)) if each]

    def line(self, line: bytes) -> bytes:
        """Return a line without secrets."""
        begins = _CODE if line[: _CODE - 1].isdigit() else 0
        code, text = line[:begins], line[begins:]
        for secret in self._secrets:
            text = text.replace(secret, _SHOWN)
        if any(core in text for core in self._cores):
            text = _WORD.sub(self._word, text)
        return code + self._without_visible(text)

    def _without_visible(self, text: bytes) -> bytes:
        """Hide what would be a secret again when it is made printable, or read in another character set."""
        if not self._visible:
            return text
        seen = _visible(text)
        if not any(each in seen for each in self._visible):
            return text
        for each in self._visible:
            seen = seen.replace(each, _SHOWN)
        return seen

    def _word(self, found: re.Match[bytes]) -> bytes:
        # Nothing of it is shown: what stands around the core has bits of the secret.
        return _SHOWN if any(core in found[0] for core in self._cores) else found[0]

    def lines(self, lines: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Return the lines of one reply; none of them, where a secret goes over the end of a line."""
        joined = b"".join(_STATUS.sub(b"", line) for line in lines)
        together, seen = _bare(joined), _visible(joined).replace(b" ", b"")
        is_there = any(secret in together for secret in self._bare)
        return (_SHOWN,) if is_there or any(each.replace(b" ", b"") in seen for each in self._visible) else lines


def _cores(secret: bytes) -> Iterator[bytes]:
    """Yield what is in base64 of any text that has the secret in it, at each of three offsets (RFC 4648, 4 and 5)."""
    for offset in range(3):
        encoded = b64encode(bytes(offset) + secret)
        # The first of these has bits of what stands before it, and the last of what stands behind it.
        core = encoded[(0, 2, 3)[offset] : (offset + len(secret)) * 8 // 6]
        if len(core) >= _SHORTEST_CORE:
            yield core
            yield core.translate(_URL_SAFE)


def _identifying(secret: str) -> bytes:
    """Return a secret as :func:`_visible` has it; nothing, where that is itself, or too little to tell from chance."""
    seen = _visible(secret.encode())
    return seen if (b" " in seen if secret.isascii() else len(seen) >= _SHORTEST_CORE) else b""


def _visible(text: bytes) -> bytes:
    """Return the visible characters of ASCII, with one space for whatever stands between them."""
    return b" ".join(text.translate(_BLANKED).split())


def _bare(text: bytes) -> bytes:
    return b"".join(text.split())
