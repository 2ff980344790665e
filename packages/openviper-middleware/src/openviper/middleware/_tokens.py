"""Tokens: what names of headers, cookies and methods are made of (RFC 9110, 5.6.2)."""

from __future__ import annotations

import re

__all__ = ["is_token"]

_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def is_token(value: bytes) -> bool:
    """Tell whether ``value`` can be a method, or the name of a header or cookie."""
    return _TOKEN.fullmatch(value) is not None
