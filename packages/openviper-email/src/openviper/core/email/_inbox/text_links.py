"""Addresses of pages in a text, for links to them."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["text_runs"]

_URL = re.compile(r"""https?://(?=[\w\[])[^\s<>"'\x00-\x1f]{1,2000}""")
# They may be in an address, and at its end they are the sentence's.
_PUNCTUATION = ".,:;!?*`"
_CLOSING = {")": "(", "]": "[", "}": "{"}


def text_runs(text: str) -> list[tuple[str, bool]]:
    """Return ``text`` in pieces, each with whether it is the address of a page.

    What ends a sentence is no part of an address, nor a bracket that was not opened in it: ``(https://x.example/a).``
    """
    return [(piece, is_link) for piece, is_link in _pieces(text) if piece]


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    at = 0
    for found in _URL.finditer(text):
        end = found.start() + _length(found[0])
        yield text[at : found.start()], False
        yield text[found.start() : end], True
        at = end
    yield text[at:], False


def _length(url: str) -> int:
    """Return how many characters of ``url`` are the address."""
    unopened = {close: url.count(close) - url.count(opened) for close, opened in _CLOSING.items()}
    end = len(url)
    while (last := url[end - 1]) in _PUNCTUATION or unopened.get(last, 0) > 0:
        if last in unopened:
            unopened[last] -= 1
        end -= 1
    return end
