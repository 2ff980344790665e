"""What CSRFMiddleware does not check."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from openviper.conf import ImproperlyConfigured
from openviper.core.context import current_router
from openviper.middleware.csrf import CSRFMiddleware, csrf_exempt


async def reached(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def is_exempt(app, path="/", **more):
    """Tell whether a request that another site sent reaches the application."""
    sent = []

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"example.org"), (b"sec-fetch-site", b"cross-site")]
    await app({"type": "http", "method": "POST", "path": path, "headers": headers, **more}, None, send)
    return sent[0]["status"] == 200


@pytest.mark.parametrize(("path", "expected"), [("/pay", True), ("/hooks/a", True), ("/account", False)])
async def test_paths_are_exempt(path, expected):
    """Those of the argument, and no others."""
    assert await is_exempt(CSRFMiddleware(reached, exempt_paths=["/pay", "/hooks/*"]), path) is expected


async def test_a_websocket_is_exempt_by_path():
    """As a request is."""
    accepted = []

    async def socket(scope, receive, send):
        accepted.append(scope["path"])

    app = CSRFMiddleware(socket, exempt_paths=["/live"])
    headers = [(b"host", b"example.org"), (b"origin", b"https://other.example")]
    await app({"type": "websocket", "path": "/live", "headers": headers}, None, None)
    assert accepted == ["/live"]


@pytest.mark.parametrize("target", [None, "/pay", SimpleNamespace.__init__])
def test_what_cannot_be_marked_is_refused(target):
    """With the way to write it."""
    with pytest.raises(ImproperlyConfigured, match=r"csrf_exempt cannot mark .*; expected a function: @csrf_exempt"):
        csrf_exempt(target)


@csrf_exempt
async def marked(request): ...


async def plain(request): ...


class Router:
    """Routes every path to one handler."""

    def __init__(self, handler):
        self.handler = handler

    def resolve(self, scope):
        if isinstance(self.handler, Exception):
            raise self.handler
        return None if self.handler is None else SimpleNamespace(handler=self.handler)


class Answering:
    """Has another value under the mark's name."""

    csrf_exempt = "yes"


class Failing:
    """Fails when it is asked for the mark."""

    @property
    def csrf_exempt(self):
        raise RuntimeError("broken")


def test_the_mark_leaves_the_handler_as_it_is():
    """It is the same function, which carries the mark."""

    def handler(): ...

    assert csrf_exempt(handler) is handler
    assert handler.csrf_exempt is True


@pytest.mark.parametrize(
    ("name", "handler", "expected"),
    [
        ("marked", marked, True),
        ("not marked", plain, False),
        ("no route", None, False),
        ("a router that fails", RuntimeError("broken"), False),
        ("a handler with another attribute of the name", Answering(), False),
        ("a handler that fails", Failing(), False),
    ],
)
async def test_handlers_are_exempt_by_their_mark(name, handler, expected):
    """And by nothing else that a router or a handler may do."""
    router = Router(handler)
    token = current_router.set(router)
    try:
        assert await is_exempt(CSRFMiddleware(reached), router=router) is expected, name
    finally:
        current_router.reset(token)


async def test_a_router_further_out_exempts_nothing():
    """Inside another application that is mounted, our router's routes are not the ones that will be taken."""
    token = current_router.set(Router(marked))
    try:
        assert not await is_exempt(CSRFMiddleware(reached))
        assert not await is_exempt(CSRFMiddleware(reached), router=object())
    finally:
        current_router.reset(token)


async def test_the_router_is_asked_only_where_a_request_would_be_refused():
    """What passes costs no look-up."""
    seen = []

    class Counting:
        def resolve(self, scope):
            seen.append(scope["path"])

    router = Counting()
    token = current_router.set(router)
    try:
        app = CSRFMiddleware(reached, exempt_paths=["/pay"])
        assert await is_exempt(app, "/pay", router=router)
        assert seen == []
        assert not await is_exempt(app, "/other", router=router)
        assert seen == ["/other"]
    finally:
        current_router.reset(token)
