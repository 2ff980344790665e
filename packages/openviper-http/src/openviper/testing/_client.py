"""The HTTP side of the test client."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

try:
    import httpx2
except ImportError as error:
    raise ImportError("the test client needs httpx2: pip install 'openviper-http[testing]'") from error

from openviper.conf import settings
from openviper.core.lifespan import asgi_lifespan
from openviper.core.types import ASGIApp
from openviper.staticfiles._plain_names import PlainNames

from ._websocket import WebSocketSession, websocket_session

__all__ = ["Client", "test_client"]


class Client(httpx2.AsyncClient):
    """An ``httpx2.AsyncClient`` whose requests go straight to the application.

    Cookies are kept from one request to the next; redirects are not followed unless asked for.
    Static files have their plain names, also with ``STATIC_HASHED``: nothing has to be collected.
    """

    def __init__(self, app: ASGIApp, *, base_url: str, raise_app_exceptions: bool, **options: Any) -> None:
        self.app = app
        self._plain = PlainNames(app)
        transport = httpx2.ASGITransport(app=self._plain, raise_app_exceptions=raise_app_exceptions)
        super().__init__(transport=transport, base_url=base_url, **options)

    def websocket_connect(
        self, path: str, *, headers: dict[str, str] | None = None, subprotocols: tuple[str, ...] = ()
    ) -> AbstractAsyncContextManager[WebSocketSession]:
        """Open a websocket: ``async with client.websocket_connect("/chat") as session: …``.

        Raises:
            WebSocketRefused: The application did not accept it; the error has its status or close code.
        """
        request = self.build_request("GET", path, headers=headers)
        return websocket_session(self._plain, request, subprotocols)


@asynccontextmanager
async def test_client(
    app: ASGIApp,
    *,
    base_url: str | None = None,  # noqa: PT028 - no test, for all its name
    raise_app_exceptions: bool = True,  # noqa: PT028
    **options: Any,
) -> AsyncGenerator[Client]:
    """Start ``app``, yield a client for it, and shut it down.

    Args:
        app: Any ASGI application.
        base_url: In front of relative URLs; ``None``: ``http://`` and the first host of ``ALLOWED_HOSTS``
            (``.example.org``: ``example.org``), which the application does not refuse; ``http://testserver`` where
            there is none.
        raise_app_exceptions: Let what the application raises past its own error pages fail the test.
        options: For ``httpx2.AsyncClient``: ``headers``, ``cookies``, ``follow_redirects`` …

    Raises:
        LifespanError: The application did not start.
    """
    async with asgi_lifespan(PlainNames(app)):
        address = base_url or f"http://{_own_host()}"
        client = Client(app, base_url=address, raise_app_exceptions=raise_app_exceptions, **options)
        async with client:
            yield client


# pytest collects functions by this name; this one is no test.
test_client.__test__ = False  # type: ignore[attr-defined]


def _own_host() -> str:
    """Return a host that the settings allow."""
    for pattern in settings.ALLOWED_HOSTS:
        host = pattern.removeprefix(".")
        if host and "*" not in host:
            is_bare_ipv6 = host.count(":") > 1 and not host.startswith("[")
            return f"[{host}]" if is_bare_ipv6 else host
    return "testserver"
