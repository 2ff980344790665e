"""Passwords and tokens in what a server says: it may repeat what it did not like, or everything that it was sent."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["Mask"]

_SHOWN = b"***"
# Of a reply, its code and the mark behind it; they are read before anybody sees the rest.
_CODE = 4
# RFC 2034, 4: on each line of a reply.
_STATUS = re.compile(rb"\A[245]\.\d{1,3}\.\d{1,3}\s")


class Mask:
    """Puts ``***`` in the place of secrets, in bytes as they came: before anything is joined, cut or made printable."""

    def __init__(self, secrets: Iterable[str]) -> None:
        every = {each.encode() for each in secrets if each}
        # The longest first: one may be a part of another.
        self._secrets = sorted(every, key=len, reverse=True)
        self._bare = [each for each in map(_bare, self._secrets) if each]

    def line(self, line: bytes) -> bytes:
        """Return a line without secrets."""
        begins = _CODE if line[: _CODE - 1].isdigit() else 0
        code, text = line[:begins], line[begins:]
        for secret in self._secrets:
            text = text.replace(secret, _SHOWN)
        return code + text

    def lines(self, lines: tuple[bytes, ...]) -> tuple[bytes, ...]:
        """Return the lines of one reply; none of them, where a secret goes over the end of a line."""
        together = _bare(b"".join(_STATUS.sub(b"", line) for line in lines))
        return (_SHOWN,) if any(secret in together for secret in self._bare) else lines


def _bare(text: bytes) -> bytes:
    return b"".join(text.split())
