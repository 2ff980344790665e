"""CORS behind a real server, which hands on what its parser makes of the bytes."""

from __future__ import annotations

from openviper.middleware.cors import CORSMiddleware

A = "https://a.example"
ALLOW_ORIGIN = b"access-control-allow-origin"


async def application(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"application"})


ON_THE_WIRE = [
    ([b"Origin: https://a.example"], [b"https://a.example"]),
    ([b"ORIGIN:https://a.example"], [b"https://a.example"]),
    ([b"Origin: https://x.a.example"], [b"https://x.a.example"]),
    ([b"Origin: https://b.example"], []),
    ([b"Origin: https://a.example", b"Origin: https://a.example"], []),
    ([b"Origin: https://a.example", b"Origin: https://b.example"], []),
    ([b"Origin: https://b.example", b"Origin: https://x.a.example"], []),
    ([b"Origin: https://a.example, https://b.example"], []),
    ([b"Origin: https://a.example."], []),
    ([b"Origin: https://A.example"], []),
    ([b"Origin: https://a.example:443"], []),
    ([b"Origin: https://b\xc3\xbccher.a.example"], []),
    ([b"Origin: https://xn--bcher-kva.a.example"], [b"https://xn--bcher-kva.a.example"]),
    ([b"Origin: https://a.example/"], []),
    ([b"Origin: https://a.example/path"], []),
    ([b"Origin: https://x.a.example/path"], []),
    ([b"Origin: https://b.example/.a.example"], []),
    ([b"Origin: null"], []),
    ([b"Origin:"], []),
    ([b"Origin: https://" + b"x" * 8192 + b".a.example"], []),
    ([], []),
]


def test_origins_on_the_wire(serve):
    """A real server hands the same origins on, whichever parser it has, and two of them are none."""
    server = serve(CORSMiddleware(application, allowed_origins=[A, "https://*.a.example"]))
    for lines, expected in ON_THE_WIRE:
        response = server.get(b"/", *lines)
        assert (response.status, response.values(ALLOW_ORIGIN)) == (200, expected), lines
        assert response.values(b"vary") == [b"Origin"], lines


def test_preflights_on_the_wire(serve):
    """An allowed one has no content and no length, a refused one says why, and the connection stays usable."""
    server = serve(CORSMiddleware(application, allowed_origins=[A], allowed_methods=["PUT"]))
    method, origin = b"Access-Control-Request-Method: PUT", b"Origin: https://a.example"
    allowed = server.request(b"OPTIONS", b"/", origin, method, b"Access-Control-Request-Headers: content-type")
    assert (allowed.status, allowed.body) == (204, b"")
    assert allowed.values(b"content-length") == allowed.values(b"transfer-encoding") == []
    assert allowed.values(ALLOW_ORIGIN) == [b"https://a.example"]
    refused = [
        (b"origin", [b"Origin: https://b.example", method]),
        (b"origin", [origin, origin, method]),
        (b"method", [origin, method, method]),
        (b"headers", [origin, method, b"Access-Control-Request-Headers: x-evil"]),
        (b"headers", [origin, method, b"Access-Control-Request-Headers: " + b"x" * 16000]),
        (b"private network", [origin, method, b"Access-Control-Request-Private-Network: true"]),
    ]
    for check, lines in refused:
        response = server.request(b"OPTIONS", b"/", *lines)
        assert (response.status, response.values(ALLOW_ORIGIN)) == (400, [])
        assert response.body == b'{"detail":"CORS preflight refused; not allowed: %s."}' % check
    following = b"OPTIONS / HTTP/1.1\r\nHost: t\r\n%s\r\n%s\r\n\r\n" % (origin, method)
    both = server.ask(following + b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
    assert both.status == 204
    assert b"HTTP/1.1 200 OK" in both.body
