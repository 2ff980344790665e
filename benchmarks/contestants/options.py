"""What all contestants with middleware are told, so that they do the same work."""

from __future__ import annotations

__all__ = ["HOSTS", "LIMIT", "ORIGIN", "SECOND_LIMIT"]

HOSTS = ["127.0.0.1", "localhost"]
ORIGIN = "https://app.example.org"
#: Counted for each request, and never reached.
LIMIT, SECOND_LIMIT = "1000000/minute", "50000000/hour"
