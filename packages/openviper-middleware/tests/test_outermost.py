"""Each class of the package as the outermost application of a real server."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import pytest

from openviper import middleware as package
from openviper.core.middleware import build_middleware_stack
from openviper.middleware.base import BaseMiddleware, PlainMiddleware
from openviper.middleware.cors import CORSMiddleware
from openviper.middleware.csrf import CSRFMiddleware
from openviper.middleware.error import ServerErrorMiddleware
from openviper.middleware.proxy import ProxyHeadersMiddleware
from openviper.middleware.ratelimit import RateLimitMiddleware
from openviper.middleware.requestid import RequestIdMiddleware
from openviper.middleware.security import SecurityMiddleware

#: Every class, with arguments with which it has something to do, and lets these requests pass.
CLASSES = [
    (BaseMiddleware, {}),
    (PlainMiddleware, {}),
    (RequestIdMiddleware, {}),
    (ProxyHeadersMiddleware, {"trusted_proxies": ["127.0.0.1"], "trust_host": True}),
    (SecurityMiddleware, {"allowed_hosts": ["testserver"]}),
    (CORSMiddleware, {"allowed_origins": ["http://testserver"]}),
    (ServerErrorMiddleware, {}),
    (CSRFMiddleware, {}),
    (RateLimitMiddleware, {"limits": ["1000/minute"]}),
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


def check(server):
    """Ask for a page, post a form, and open a websocket, as a page of the same site would."""
    lines = (b"Origin: http://testserver", b"X-Forwarded-For: 203.0.113.9")
    got = server.get(b"/", *lines)
    assert (got.status, got.body) == (200, b"got ")
    posted = server.request(b"POST", b"/", *lines, b"Content-Type: text/plain", body=b"hello")
    assert (posted.status, posted.body) == (200, b"got hello")
    assert server.handshake(b"/", *lines).status == 101


@pytest.mark.parametrize(("middleware", "options"), CLASSES, ids=[each.__name__ for each, _ in CLASSES])
def test_every_class_serves_alone(middleware, options, serve):
    """Servers take it for an ASGI 3 application."""
    check(serve(middleware(application, **options)))


def test_all_classes_serve_together(serve):
    """In the recommended order."""
    check(serve(build_middleware_stack(application, CLASSES)))


def test_every_class_is_in_the_table():
    """A class that is added to the package is tried under a server too."""
    names = [each.name for each in pkgutil.iter_modules(package.__path__) if not each.name.startswith("_")]
    modules = [import_module(f"{package.__name__}.{name}") for name in names]
    public = {vars(module)[name] for module in modules for name in module.__all__}
    classes = {each for each in public if isinstance(each, type) and issubclass(each, BaseMiddleware)}
    assert classes == {each for each, _ in CLASSES}
