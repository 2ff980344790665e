"""Logins of tests, as a server sees them."""

from __future__ import annotations

from base64 import b64encode

__all__ = ["ADA", "PASSWORD", "encoded"]

ADA = "ada@example.org"
PASSWORD = "correct horse"


def encoded(text: str) -> str:
    """Return text as AUTH has it."""
    return b64encode(text.encode()).decode()
