"""Which handler answers, and what is said where none does."""

from __future__ import annotations

import json

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from openviper.app import OpenViper
from openviper.http import HTTPException, StreamingResponse
from openviper.routing import Router
from openviper.testing import test_client

HTML = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def shop():
    app, api = OpenViper(), Router()

    @app.get("/")
    async def home():
        return "home"

    @app.get("/items/{id:int}")
    async def item(id: int):
        return {"id": id}

    @app.post("/items/")
    async def create(request):
        return {"method": request.method}

    @app.get("/stream")
    async def stream():
        return StreamingResponse(iter([b"a", b"b"]), headers={"x-kept": "yes"})

    @api.get("/docs/{page:path}")
    def docs(request, page):
        return {"page": page, "params": request.path_params}

    app.include_router(api, "/api")
    return app


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/", 200, "home"),
        ("GET", "/items/5", 200, '{"id":5}'),
        ("GET", "/api/docs/a/b", 200, '{"page":"a/b","params":{"page":"a/b"}}'),
        ("POST", "/items/", 200, '{"method":"POST"}'),
        ("GET", "/items/x", 404, '{"detail":"Not Found"}'),
        ("GET", "/nowhere", 404, '{"detail":"Not Found"}'),
        ("DELETE", "/items/5", 405, '{"detail":"Method Not Allowed"}'),
        ("BREW", "/items/5", 405, '{"detail":"Method Not Allowed"}'),
        ("GET", "/items/" + "9" * 5_000, 404, '{"detail":"Not Found"}'),
        ("GET", "/" + "x" * 60_000, 404, '{"detail":"Not Found"}'),
        ("GET", "/%00", 404, '{"detail":"Not Found"}'),
        ("GET", "/%ff%fe", 404, '{"detail":"Not Found"}'),
        ("GET", "/items/%2e%2e%2fetc", 404, '{"detail":"Not Found"}'),
    ],
)
async def test_a_request_reaches_its_handler_or_is_told_why_not(method, path, status, body):
    """Odd paths are unknown paths, and nothing worse."""
    async with test_client(shop()) as client:
        response = await client.request(method, path)
    assert (response.status_code, response.text) == (status, body)


@pytest.mark.parametrize(("path", "allow"), [("/items/5", "GET, HEAD"), ("/items/", "POST"), ("/", "GET, HEAD")])
async def test_a_405_names_the_methods_that_are_allowed(path, allow):
    """RFC 9110, 15.5.6 asks for Allow."""
    async with test_client(shop()) as client:
        assert (await client.put(path)).headers["allow"] == allow


@pytest.mark.parametrize(("path", "length"), [("/", "4"), ("/items/5", "8"), ("/stream", None), ("/nowhere", "22")])
async def test_head_answers_like_get_without_the_body(path, length):
    """RFC 9110, 9.3.2: the same headers, no content."""
    async with test_client(shop()) as client:
        head, get = await client.head(path), await client.get(path)
    assert head.content == b""
    assert (head.status_code, dict(head.headers)) == (get.status_code, dict(get.headers))
    assert head.headers.get("content-length") == length


@pytest.mark.parametrize(
    ("method", "path", "location"),
    [
        ("GET", "/items/5/", "/items/5"),
        ("GET", "/items/5/?page=2&x=ü", "/items/5?page=2&x=%C3%BC"),
        ("POST", "/items", "/items/"),
        ("GET", "/api/docs", "/api/docs/"),
    ],
)
async def test_a_slash_too_many_or_too_few_is_redirected_with_the_method(method, path, location):
    """307 makes the client repeat what it sent, body included."""
    async with test_client(shop()) as client:
        response = await client.request(method, path)
    assert (response.status_code, response.headers["location"]) == (307, location)


@pytest.mark.parametrize("path", ["//evil.example/", "//evil.example", "/\\evil.example/", "///", "/nowhere/"])
async def test_a_redirect_never_leaves_the_host(path):
    """A path that begins with two slashes would be another host in Location, also where a route takes everything."""
    app = OpenViper()
    app.get("/{rest:path}/end")(lambda rest: "")
    app.get("/{a}/{b}/{c}")(lambda a, b, c: "")
    app.get("/{name}")(lambda name: "")
    sent = []

    async def send(message):
        sent.append(message)

    await app({"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}, None, send)
    location = dict(sent[0]["headers"]).get(b"location", b"/")
    assert not location.startswith((b"//", b"/\\"))


@pytest.mark.parametrize("path", ["/evil.example", "//evil.example"])
async def test_a_root_path_of_a_slash_makes_no_redirect_to_another_host(path):
    """Some put it there; it is no prefix."""
    app, sent = OpenViper(), []
    app.get("/{name}/")(lambda name: "")

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "root_path": "/", "query_string": b"", "headers": []}
    await app(scope, None, send)
    assert not dict(sent[0]["headers"]).get(b"location", b"/").startswith(b"//")


async def test_a_404_is_html_for_a_browser():
    """Accept decides."""
    async with test_client(shop()) as client:
        response = await client.get("/<script>", headers=HTML)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script>" not in response.text


@pytest.mark.parametrize("raised", [HTTPException(402, "Pay first", {"X-Price": "5"}), HTTPException(402)])
async def test_an_http_exception_becomes_its_status(raised):
    """Handlers refuse by raising."""
    app = OpenViper()

    @app.get("/")
    async def refuse():
        raise raised

    async with test_client(app) as client:
        response = await client.get("/")
    assert response.status_code == 402
    assert response.json() == {"detail": raised.detail}
    assert response.headers.get("x-price") == (raised.headers or {}).get("X-Price")


async def test_a_route_added_while_running_is_served():
    """The table is made anew after each registration."""
    app = shop()
    async with test_client(app) as client:
        assert (await client.get("/late")).status_code == 404
        app.get("/late")(lambda: "here")
        assert (await client.get("/late")).text == "here"


async def test_url_for_makes_absolute_urls():
    """``request.url_for`` knows names, the host and the mount; each application its own names."""
    inner, outer = OpenViper(), OpenViper()

    @inner.get("/items/{id:int}", name="item")
    async def item(request, id):
        return str(request.url_for("item", id=id))

    outer.get("/items/{id:int}", name="item")(item)

    async def other(request):
        return PlainTextResponse(str(request.url_for("other")))

    outer.mount("/inner", inner, name="inner")
    outer.mount("/starlette", Starlette(routes=[Route("/x", other)]))
    async with test_client(outer) as client:
        assert (await client.get("/items/5")).text == "http://testserver/items/5"
        assert (await client.get("/inner/items/5")).text == "http://testserver/inner/items/5"
        assert (await client.get("/starlette/x")).text == "http://testserver/starlette/x"
        assert outer.url_path_for("inner:item", id=5) == "/inner/items/5"


async def test_a_server_without_lifespan_is_served():
    """A bare scope and nothing else: what a test or a function service sends."""
    sent = []

    async def send(message):
        sent.append(message)

    await shop()({"type": "http", "method": "GET", "path": "/items/7", "headers": []}, None, send)
    assert sent[0]["status"] == 200
    assert json.loads(sent[1]["body"]) == {"id": 7}


async def test_an_unknown_scope_type_is_refused_by_name():
    """A later ASGI extension must not look like success."""
    with pytest.raises(ValueError, match="scope type 'webtransport' has no application"):
        await shop()({"type": "webtransport"}, None, None)
