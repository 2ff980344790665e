"""Bodies: how large they may be, and what happens to those that are not what they say."""

from __future__ import annotations

import pytest
from starlette.requests import Request as StarletteRequest

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.core.context import current_request
from openviper.core.middleware import BaseMiddleware
from openviper.http import Request, _request
from openviper.testing import test_client

FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=x"}


def app_that_reads():
    app = OpenViper()

    @app.post("/body")
    async def body(request):
        return {"length": len(await request.body())}

    @app.post("/json")
    async def read_json(request):
        return {"value": await request.json()}

    @app.post("/form")
    async def form(request):
        async with request.form() as data:
            return {name: value if isinstance(value, str) else value.filename for name, value in data.items()}

    @app.post("/small", max_body_bytes=10)
    async def small(request):
        return {"length": len(await request.body())}

    @app.post("/never-reads")
    async def never_reads():
        return "fine"

    return app


async def pieces(*sizes):
    for size in sizes:
        yield b"x" * size


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/body", b"x" * 100, 200),
        ("/body", b"x" * 101, 413),
        ("/body", pieces(50, 50), 200),
        ("/body", pieces(50, 50, 1), 413),
        ("/small", b"x" * 10, 200),
        ("/small", b"x" * 11, 413),
        ("/never-reads", b"x" * 1_000, 200),
    ],
)
async def test_a_body_over_the_limit_is_413(path, content, status):
    """The limit counts bytes as they arrive, announced or not; a route may have its own."""
    with override_settings(MAX_BODY_BYTES=100):
        async with test_client(app_that_reads()) as client:
            response = await client.post(path, content=content)
    assert response.status_code == status
    assert (response.headers.get("connection") == "close") is (status == 413)


async def test_nothing_is_read_past_the_limit():
    """A client that never stops sending is not listened to for longer than needed."""
    taken = []

    async def endless():
        while True:
            taken.append(1)
            yield b"x" * 1_000

    async def receive(stream=endless()):  # noqa: B008
        return {"type": "http.request", "body": await anext(stream), "more_body": True}

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/small", "headers": []}
    await app_that_reads()(scope, receive, send)
    assert sent[0]["status"] == 413
    assert len(taken) == 1


@pytest.mark.parametrize(
    ("path", "content", "headers", "reason"),
    [
        ("/json", b"{", {}, "not valid JSON"),
        ("/json", b"", {}, "not valid JSON"),
        ("/json", b'"\xff"', {}, "not valid JSON"),
        ("/json", b"[" * 100_000, {}, "not valid JSON"),
        ("/json", b"[NaN]", {}, "NaN is no number in JSON"),
        ("/json", b"-Infinity", {}, "-Infinity is no number in JSON"),
        ("/json", b"1e999", {}, "1e999 is larger than a float can be"),
        ("/json", rb'{"a": "\ud800"}', {}, "not valid JSON"),
        ("/form", b"x", {"content-type": "multipart/form-data" + ";" * 100_000}, "Content-Type is longer than 1000"),
        ("/form", b"x", {"content-type": "multipart/form-data"}, "boundary"),
        ("/form", b"no boundary here", MULTIPART, ""),
        ("/form", b"--x\r\nbroken", MULTIPART, "its end is missing"),
        ("/form", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nhalf', MULTIPART, "its end is missing"),
        ("/form", b"", MULTIPART, "its end is missing"),
        ("/form", b"--x\r\nContent-Disposition: nonsense\r\n\r\nv\r\n--x--\r\n", MULTIPART, ""),
        ("/form", "&".join(f"f{n}=1" for n in range(2_000)).encode(), FORM, ""),
        ("/form", b"a=" + b"x" * 2_000_000, FORM, ""),
    ],
)
async def test_a_malformed_body_is_the_clients_fault(path, content, headers, reason):
    """What cannot be read is 400, with the reason, and the next request is served."""
    async with test_client(app_that_reads()) as client:
        response = await client.post(path, content=content, headers=headers)
        assert response.status_code == 400
        assert reason in response.json()["detail"]
        assert (await client.post("/body", content=b"x")).json() == {"length": 1}


async def test_a_form_is_read_urlencoded_and_multipart():
    """Both encodings that browsers send work."""
    async with test_client(app_that_reads()) as client:
        assert (await client.post("/form", data={"name": "Ada & ü"})).json() == {"name": "Ada & ü"}
        response = await client.post("/form", data={"name": "Ada"}, files={"photo": ("a.png", b"png")})
        assert response.json() == {"name": "Ada", "photo": "a.png"}


async def test_the_end_of_a_form_is_found_however_the_body_is_cut():
    """The closing delimiter may arrive in pieces, and something may follow it."""
    body = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nvalue\r\n--x--\r\nepilogue'

    async def bytes_one_by_one():
        for position in range(len(body)):
            yield body[position : position + 1]

    async with test_client(app_that_reads()) as client:
        response = await client.post("/form", content=bytes_one_by_one(), headers=MULTIPART)
    assert response.json() == {"a": "value"}


async def test_a_middleware_that_reads_the_body_is_held_to_the_limit_too():
    """What it has read, the handler reads again."""
    lengths = []

    class Reads(BaseMiddleware):
        async def __call__(self, scope, receive, send):
            if scope["type"] == "http":
                lengths.append(len(await current_request.get().body()))
            await self.app(scope, receive, send)

    app = OpenViper(middleware=[Reads])

    @app.post("/")
    async def body(request):
        return {"length": len(await request.body())}

    with override_settings(MAX_BODY_BYTES=100):
        async with test_client(app, raise_app_exceptions=False) as client:
            assert (await client.post("/", content=b"x" * 100)).json() == {"length": 100}
            assert (await client.post("/", content=b"x" * 101)).status_code == 413
    assert lengths == [100]


async def test_json_with_surrogate_pairs_is_read():
    """A whole pair is one character."""
    async with test_client(app_that_reads()) as client:
        response = await client.post("/json", content=rb'"\ud83d\ude00 \u00fc"')
    assert response.json() == {"value": "😀 ü"}


class Upper(BaseMiddleware):
    """Hand on another body than the client's."""

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = (await current_request.get().body()).upper()

        async def altered():
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, altered, send)


class Reads(BaseMiddleware):
    """Read the body and hand everything on as it was."""

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            await current_request.get().body()
        await self.app(scope, receive, send)


@pytest.mark.parametrize(("middleware", "seen"), [([Upper], "ABC"), ([Reads, Upper], "ABC"), ([Reads, Reads], "abc")])
async def test_a_handler_sees_the_body_that_the_middleware_hands_on(middleware, seen):
    """Altered where it was altered, repeated where it was read."""
    app = OpenViper(middleware=middleware)

    @app.post("/")
    async def echo(request):
        return (await request.body()).decode()

    async with test_client(app) as client:
        assert (await client.post("/", content=b"abc")).text == seen


@pytest.mark.parametrize("known", [True, False])
def test_a_request_has_all_that_starlettes_has(monkeypatch, known):
    """It is made by a shortcut, unless Starlette's own constructor does something else by now."""
    monkeypatch.setattr("openviper.http._request._STATE_IS_KNOWN", known)
    arguments = ({"type": "http", "headers": []}, print, repr)
    assert vars(Request(*arguments)) == vars(StarletteRequest(*arguments))


def test_the_shortcut_is_taken():
    """With the release of Starlette that this is tested with."""
    assert _request._STATE_IS_KNOWN
