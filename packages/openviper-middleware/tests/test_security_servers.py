"""``SecurityMiddleware`` behind uvicorn with h11 and with httptools, which refuse different things themselves."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from openviper.middleware.security import SecurityMiddleware

ALLOWED = ["example.org", ".example.net", "::1"]


async def accept(websocket):
    await websocket.accept()
    await websocket.close()


application = Starlette(routes=[Route("/", lambda _: PlainTextResponse("hello")), WebSocketRoute("/", accept)])


# Whoever refuses it: server or middleware.
HOSTS = [
    ((b"Host: example.org",), 200),
    ((b"Host: EXAMPLE.org:8000",), 200),
    ((b"Host: example.org.",), 200),
    ((b"Host:   example.org",), 200),
    ((b"Host: [::1]:8000",), 200),
    ((b"Host: a.example.net",), 200),
    ((b"Host: evil.com",), 400),
    ((b"Host:",), 400),
    ((b"Host: example.org", b"Host: example.org"), 400),
    ((b"Host: example.org", b"Host: evil.com"), 400),
    ((b"Host: evil.com", b"X: y", b"host: example.org"), 400),
    ((b"Host: example.org, example.org",), 400),
    ((b"Host: user@example.org",), 400),
    ((b"Host: user:password@example.org:80",), 400),
    ((b"Host: example.org:http",), 400),
    ((b"Host: example.org:99999",), 400),
    ((b"Host: [::1]evil",), 400),
    ((b"Host: ex\xe4mple.org",), 400),
    ((b"Host: example.org\xa0",), 400),
    ((b"Host: example.org\0",), 400),
    ((b"Host: " + b"a" * 4096,), 400),
    ((b"Host: /",), 400),
]


@pytest.mark.parametrize("redirect", [False, True])
def test_real_servers_pass_on_and_refuse_the_same(serve, redirect):
    """Behind h11 and httptools each row has its status for requests, redirects and handshakes."""
    app = SecurityMiddleware(application, allowed_hosts=ALLOWED, ssl_redirect=redirect)
    server = serve(app)
    passed, upgraded = (308, 308) if redirect else (200, 101)
    for lines, status in HOSTS:
        response = server.get(b"/", *lines)
        assert response.status == (passed if status == 200 else status), (lines, response)
        assert b"evil" not in response.body
        assert not [value for value in response.values(b"location") if b"evil" in value]
        handshake = server.handshake(b"/", *lines)
        assert handshake.status == (upgraded if status == 200 else status), (lines, handshake)


def test_real_servers_leave_it_to_us_to_refuse(serve):
    """A Host of 8 kB, and none in HTTP/1.0, are what servers let through."""
    server = serve(SecurityMiddleware(application, allowed_hosts=["*"]))
    assert server.get(b"/", b"Host: " + b"a" * 8192).status == 400
    response = server.ask(b"GET / HTTP/1.0\r\n\r\n")
    assert response.status == 400
    assert b"there is none" in response.body
    assert server.ask(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n").status == 400


@pytest.mark.parametrize(
    ("root_path", "target", "location"),
    [
        ("", b"/a%2Fb/%C3%A4?x=%26", b"https://example.org/a%2Fb/%C3%A4?x=%26"),
        ("/api", b"/a%2Fb?x", b"https://example.org/api/a%2Fb?x"),
        ("", b"//evil.org/", b"https://example.org//evil.org/"),
        ("", b"/%0d%0aSet-Cookie:x=y", b"https://example.org/%0d%0aSet-Cookie:x=y"),
    ],
)
def test_real_servers_redirect_to_the_same_address(serve, root_path, target, location):
    """The Location has path and query as they were sent, below the root path of the server."""
    app = SecurityMiddleware(application, allowed_hosts=ALLOWED, ssl_redirect=True)
    response = serve(app, root_path=root_path).get(target, b"Host: example.org")
    assert (response.status, response.values(b"location")) == (308, [location])


@pytest.mark.parametrize("target", [b"@evil.org/", b".evil.org/", b"http://evil.org/", b"*"])
def test_real_servers_redirect_nowhere_else(serve, target):
    """A target that is no path leads to no other host, however the server reads it."""
    server = serve(SecurityMiddleware(application, allowed_hosts=ALLOWED, ssl_redirect=True))
    response = server.get(target, b"Host: example.org")
    for location in response.values(b"location"):
        assert location.startswith(b"https://example.org/")
    assert response.status in (308, 400)


def test_real_servers_send_the_headers_on_every_answer(serve):
    """A page, a 404 and a refusal have them, each once."""
    server = serve(SecurityMiddleware(application, allowed_hosts=ALLOWED))
    own, other = (b"Host: example.org",), (b"Host: evil.com", b"Accept: text/html")
    for path, lines, status in ((b"/", own, 200), (b"/none", own, 404), (b"/", other, 400)):
        response = server.get(path, *lines)
        assert response.status == status
        for name in (b"content-security-policy", b"x-frame-options", b"x-content-type-options", b"permissions-policy"):
            assert len(response.values(name)) == 1, name
