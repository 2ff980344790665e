"""Each class of the package as the outermost application of a real server."""

from __future__ import annotations

import pytest

from openviper.core.middleware import PlainMiddleware
from openviper.middleware.base import BaseMiddleware

#: Every class, with the keyword arguments without which it would refuse the request below.
CLASSES = [
    (BaseMiddleware, {}),
    (PlainMiddleware, {}),
]


async def application(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 1000})
        return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"got " + body})


@pytest.mark.parametrize(("middleware", "options"), CLASSES, ids=[each.__name__ for each, _ in CLASSES])
def test_every_class_serves_alone(middleware, options, serve):
    """Servers take it for an ASGI 3 application: a GET, a POST with its body and a handshake are answered."""
    server = serve(middleware(application, **options))
    assert (server.get(b"/").status, server.get(b"/").body) == (200, b"got ")
    posted = server.request(b"POST", b"/", b"Content-Type: text/plain", body=b"hello")
    assert (posted.status, posted.body) == (200, b"got hello")
    assert server.handshake(b"/").status == 101
