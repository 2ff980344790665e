"""Static files by their plain names in tests, for which nothing has to be collected."""

from __future__ import annotations

from contextvars import ContextVar

from openviper.core.types import ASGIApp, Receive, Scope, Send

__all__ = ["PlainNames", "are_plain"]

_ARE_PLAIN = ContextVar("_ARE_PLAIN", default=False)


def are_plain() -> bool:
    """Tell whether this is a call of :class:`PlainNames`."""
    return _ARE_PLAIN.get()


class PlainNames:
    """An application in which ``static_url`` gives plain names, with ``STATIC_HASHED`` too."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    def __repr__(self) -> str:
        return repr(self._app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = _ARE_PLAIN.set(True)
        try:
            await self._app(scope, receive, send)
        finally:
            _ARE_PLAIN.reset(token)
