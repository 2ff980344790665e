"""Which headers of CORS the answers of an application get."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from openviper.conf import override_settings
from openviper.core.middleware import BaseMiddleware, build_middleware_stack
from openviper.middleware import cors
from openviper.middleware.cors import CORSMiddleware

A, B = "https://a.example", "https://b.example"


def answering(status=200, headers=()):
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await send({"type": "http.response.body", "body": b"application"})

    return application


async def ask(app, *lines, method="GET"):
    """Send a request with these headers; return the status, and the headers that have to do with CORS."""
    sent = []

    async def send(message):
        sent.append(message)

    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in lines]
    scope = {"type": "http", "method": method, "path": "/", "headers": [(b"host", b"testserver"), *raw]}
    await app(scope, None, send)
    ours = [field for field in sent[0]["headers"] if field[0] == b"vary" or field[0].startswith(b"access-control-")]
    return sent[0]["status"], sorted(ours)


def from_origin(origin):
    return () if origin is None else (("Origin", origin),)


ALLOW_ORIGIN, VARY = b"access-control-allow-origin", (b"vary", b"Origin")
CREDENTIALS = (b"access-control-allow-credentials", b"true")


@pytest.mark.parametrize(
    ("allowed", "origin", "credentials", "expected"),
    [
        ([A], A, False, [(ALLOW_ORIGIN, b"https://a.example"), VARY]),
        ([A], A, True, [CREDENTIALS, (ALLOW_ORIGIN, b"https://a.example"), VARY]),
        ([A], B, False, [VARY]),
        ([A], B, True, [VARY]),
        ([A], None, False, [VARY]),
        ([A], None, True, [VARY]),
        ([A], "", True, [VARY]),
        ([A], "null", True, [VARY]),
        ([A], f"{A}, {A}", True, [VARY]),
        ([A], "x" * 8192, True, [VARY]),
        ([A, B], B, True, [CREDENTIALS, (ALLOW_ORIGIN, b"https://b.example"), VARY]),
        (["https://*.example"], A, False, [(ALLOW_ORIGIN, b"https://a.example"), VARY]),
        (["https://*.example"], A, True, [CREDENTIALS, (ALLOW_ORIGIN, b"https://a.example"), VARY]),
        (["https://*.example"], "https://evil.com", True, [VARY]),
        (["https://*.example"], "https://" + "a." * 4096 + "example", True, [VARY]),
        (["https://*.example"], None, True, [VARY]),
        (["null"], "null", False, [(ALLOW_ORIGIN, b"null"), VARY]),
        (["*"], A, False, [(ALLOW_ORIGIN, b"*")]),
        (["*"], "x" * 8192, False, [(ALLOW_ORIGIN, b"*")]),
        (["*"], None, False, [(ALLOW_ORIGIN, b"*")]),
        ([], A, False, []),
        ([], A, True, []),
        ([], None, True, []),
    ],
    ids=lambda value: ascii(value)[:40],
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
async def test_what_is_added(allowed, origin, credentials, expected, method):
    """An allowed origin is told so; Vary stands on every answer, unless the answer is the same for all."""
    app = CORSMiddleware(answering(), allowed_origins=allowed, allow_credentials=credentials)
    assert await ask(app, *from_origin(origin), method=method) == (200, expected)


@pytest.mark.parametrize("status", [204, 302, 304, 401, 403, 404, 429, 500, 503])
async def test_every_status_is_readable(status):
    """A script can see a refusal or a failure of the application, too."""
    app = CORSMiddleware(answering(status), allowed_origins=[A])
    assert await ask(app, ("Origin", A)) == (status, [(ALLOW_ORIGIN, b"https://a.example"), VARY])


async def test_exposed_headers_are_named_to_allowed_origins_alone():
    """Scripts may read the response headers that are listed; ``*`` says any."""
    app = CORSMiddleware(answering(), allowed_origins=[A], exposed_headers=["X-Total", "ETag"])
    _, ours = await ask(app, ("Origin", A))
    assert (b"access-control-expose-headers", b"X-Total, ETag") in ours
    assert await ask(app, ("Origin", B)) == await ask(app) == (200, [VARY])
    public = CORSMiddleware(answering(), allowed_origins=["*"], exposed_headers=["*"])
    expected = [(ALLOW_ORIGIN, b"*"), (b"access-control-expose-headers", b"*")]
    assert await ask(public) == await ask(public, ("Origin", B)) == (200, expected)


@pytest.mark.parametrize("allowed", [[A], ["https://*.example"]])
async def test_what_the_application_set_is_replaced(allowed):
    """An answer names one origin, one list of headers and one word on credentials: those of the configuration."""
    own = [
        (ALLOW_ORIGIN, b"*"),
        (b"access-control-allow-credentials", b"false"),
        (b"access-control-expose-headers", b"X-Own"),
        (b"vary", b"Accept"),
        (b"x-own", b"kept"),
    ]
    app = CORSMiddleware(
        answering(headers=own), allowed_origins=allowed, allow_credentials=True, exposed_headers=["X-Total"]
    )
    expected = [
        CREDENTIALS,
        (ALLOW_ORIGIN, b"https://a.example"),
        (b"access-control-expose-headers", b"X-Total"),
        (b"vary", b"Accept"),
        VARY,
    ]
    assert await ask(app, ("Origin", A)) == (200, expected)
    public = CORSMiddleware(answering(headers=[(ALLOW_ORIGIN, b"https://b.example")]), allowed_origins=["*"])
    assert await ask(public) == (200, [(ALLOW_ORIGIN, b"*")])


@pytest.mark.parametrize("allowed", [[A], ["https://*.example"], ["*"]])
async def test_what_the_application_allows_beyond_it_is_removed(allowed):
    """Without credentials in the configuration no route can let an allowed origin send them."""
    own = [(b"access-control-allow-credentials", b"true"), (b"access-control-expose-headers", b"X-Own")]
    status, headers = await ask(CORSMiddleware(answering(headers=own), allowed_origins=allowed), ("Origin", A))
    assert status == 200
    names = [name for name, _ in headers]
    assert names.count(ALLOW_ORIGIN) == 1
    assert not set(names) & {name for name, _ in own}


@pytest.mark.parametrize("allowed", [[A], []])
async def test_what_the_application_set_for_others_is_left(allowed):
    """A route that opens itself to everybody may: the configuration says nothing of other origins."""
    app = CORSMiddleware(answering(headers=[(ALLOW_ORIGIN, b"*")]), allowed_origins=allowed)
    assert (ALLOW_ORIGIN, b"*") in (await ask(app, ("Origin", B)))[1]


@pytest.mark.parametrize(
    ("lines", "reached"),
    [
        ([], True),
        ([("Origin", A)], True),
        ([("Access-Control-Request-Method", "PUT")], True),
        ([("Access-Control-Request-Headers", "x-token"), ("Origin", A)], True),
        ([("Origin", A), ("Access-Control-Request-Method", "PUT")], False),
        ([("Origin", B), ("Access-Control-Request-Method", "PUT")], False),
        ([("Origin", ""), ("Access-Control-Request-Method", "")], False),
    ],
)
@pytest.mark.parametrize("allowed", [[A], ["*"], []])
async def test_only_preflights_are_kept_from_the_application(lines, reached, allowed):
    """An OPTIONS is a preflight if it has Origin and Access-Control-Request-Method; any other is the application's."""
    app = CORSMiddleware(answering(218), allowed_origins=allowed)
    status, _ = await ask(app, *lines, method="OPTIONS")
    assert (status == 218) is reached
    status, _ = await ask(app, *lines, method="GET")
    assert status == 218


async def test_websockets_and_the_lifespan_pass_through():
    """There is no CORS for them: nothing is refused, and nothing added."""
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["type"])
        await send({"type": "websocket.accept"})

    async def send(message):
        assert message == {"type": "websocket.accept"}

    app = CORSMiddleware(application, allowed_origins=[A])
    for kind in ("websocket", "lifespan", "something-later"):
        await app({"type": kind, "path": "/", "headers": [(b"origin", B.encode())]}, None, send)
    assert seen == ["websocket", "lifespan", "something-later"]


async def test_it_reads_its_settings():
    """In ``settings.MIDDLEWARE`` it takes what the settings say, once, when it is built."""
    with override_settings(
        CORS_ALLOWED_ORIGINS=(A,),
        CORS_ALLOWED_ORIGIN_REGEXES=(r"https://pr-\d+\.a\.example",),
        CORS_EXPOSED_HEADERS=("X-Total",),
        CORS_ALLOW_CREDENTIALS=True,
    ):
        stack = build_middleware_stack(answering(), ["openviper.middleware.cors.CORSMiddleware"])
    for origin in (A, "https://pr-7.a.example"):
        expected = [CREDENTIALS, (ALLOW_ORIGIN, origin.encode()), (b"access-control-expose-headers", b"X-Total"), VARY]
        assert await ask(stack, ("Origin", origin)) == (200, expected)
    assert await ask(stack, ("Origin", B)) == (200, [VARY])


async def test_an_argument_overrules_its_setting():
    """A keyword argument counts, even an empty one, and the settings for the others."""
    with override_settings(CORS_ALLOWED_ORIGINS=(A,), CORS_EXPOSED_HEADERS=("X-Total",)):
        none = CORSMiddleware(answering(), allowed_origins=[])
        other = CORSMiddleware(answering(), allowed_origins=[B])
    assert await ask(none, ("Origin", A)) == (200, [])
    assert (b"access-control-expose-headers", b"X-Total") in (await ask(other, ("Origin", B)))[1]


async def test_layers_around_it_do_not_disturb_it():
    """Beside another policy and a layer that wraps ``send`` itself, the headers stand once; the outer policy wins."""

    class Wrapping(BaseMiddleware):
        async def __call__(self, scope, receive, send):
            async def wrapped(message):
                await send(message)

            await self.app(scope, receive, wrapped)

    outer = (CORSMiddleware, {"allowed_origins": [A], "allow_credentials": True})
    inner = (CORSMiddleware, {"allowed_origins": ["*"], "allow_credentials": False})
    expected = [CREDENTIALS, (ALLOW_ORIGIN, b"https://a.example"), VARY]
    for layers in ([outer, inner], [outer, Wrapping, inner], [Wrapping, outer, Wrapping, inner]):
        assert await ask(build_middleware_stack(answering(), layers), ("Origin", A)) == (200, expected)


def test_around_a_starlette_application():
    """Its 404, its HTTPException and its streaming answers carry the headers, without any settings."""

    async def fail(request):
        raise HTTPException(429, headers={"Retry-After": "1"})

    routes = [Route("/", lambda request: PlainTextResponse("home")), Route("/busy", fail)]
    client = TestClient(CORSMiddleware(Starlette(routes=routes), allowed_origins=[A]), headers={"Origin": A})
    for path, status in (("/", 200), ("/busy", 429), ("/missing", 404)):
        response = client.get(path)
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (status, A)
    assert client.options("/").status_code == 405
    asked = client.options("/", headers={"Access-Control-Request-Method": "GET"})
    assert (asked.status_code, asked.content) == (204, b"")


def test_public_names():
    """The class and its settings are what the module offers."""
    assert cors.__all__ == ["CORSMiddleware", "CORSSettings"]
