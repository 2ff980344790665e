"""What ends a request early."""

from __future__ import annotations

__all__ = ["NotFound"]


class NotFound(Exception):
    """There is no such page; the message is a sentence for whoever asked."""
