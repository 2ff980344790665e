"""A client for tests that speaks to an application in the same process, and runs its lifespan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import WebSocketRefused

if TYPE_CHECKING:
    from ._client import Client, test_client
    from ._websocket import WebSocketSession

__all__ = ["Client", "WebSocketRefused", "WebSocketSession", "test_client"]

_MODULES = {"Client": "_client", "WebSocketSession": "_websocket", "test_client": "_client"}


def __getattr__(name: str) -> Any:
    # pytest imports this package for the plugin in it, in every project where openviper-http is installed: without
    # the extra, and at no cost.
    if name in _MODULES:
        from importlib import import_module  # noqa: PLC0415

        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
