"""What goes wrong here, by name."""

from __future__ import annotations

__all__ = ["AddressError", "NewsletterError", "StorageError"]


class NewsletterError(Exception):
    """The base of all of them."""


class AddressError(NewsletterError, ValueError):
    """What a visitor typed is no email address; the message is one sentence for that visitor."""


class StorageError(NewsletterError):
    """The database cannot be read, or written, at the moment; nothing of the operation was kept."""
