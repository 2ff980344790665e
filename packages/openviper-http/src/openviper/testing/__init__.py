"""A client for tests that speaks to an application in the same process, and runs its lifespan."""

from __future__ import annotations

from ._client import Client, test_client
from ._websocket import WebSocketSession

__all__ = ["Client", "WebSocketSession", "test_client"]
