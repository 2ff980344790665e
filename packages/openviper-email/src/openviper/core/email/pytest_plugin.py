"""The fixture ``mailbox``, for tests of what sends mail."""

from __future__ import annotations

__all__: list[str] = []
