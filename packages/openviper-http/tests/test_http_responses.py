"""What handlers return, and redirects by name."""

from __future__ import annotations

import asyncio

import pytest

from openviper.app import OpenViper
from openviper.http import JSONResponse, RedirectResponse, Response, to_response
from openviper.testing import test_client


@pytest.mark.parametrize(
    ("value", "status", "content_type", "body"),
    [
        ({"a": 1}, 200, "application/json", b'{"a":1}'),
        ([1, 2], 200, "application/json", b"[1,2]"),
        ("<b>ü</b>", 200, "text/plain; charset=utf-8", "<b>ü</b>".encode()),
        ("", 200, "text/plain; charset=utf-8", b""),
        (None, 204, None, b""),
        (Response(b"x", 418), 418, None, b"x"),
        (JSONResponse({"a": 1}, 201), 201, "application/json", b'{"a":1}'),
    ],
)
async def test_a_returned_value_becomes_a_response(value, status, content_type, body):
    """Text is plain text, so that a visitor's input in it is never markup."""
    app = OpenViper()
    app.get("/")(lambda: value)
    async with test_client(app) as client:
        response = await client.get("/")
    assert (response.status_code, response.headers.get("content-type"), response.content) == (
        status,
        content_type,
        body,
    )


@pytest.mark.parametrize("value", [1, True, b"bytes", ("body", 404), object(), {1, 2}])
def test_any_other_value_is_refused(value):
    """Guessing what a tuple means would be wrong half of the time."""
    with pytest.raises(ValueError, match="expected a Response, dict, list, str or None"):
        to_response(value)


def test_a_forgotten_await_is_named():
    """A coroutine is not a value yet."""
    forgotten = asyncio.sleep(0)
    with pytest.raises(ValueError, match="returned coroutine: an await is missing"):
        to_response(forgotten)
    forgotten.close()


@pytest.mark.parametrize(
    ("to", "params", "location"),
    [
        ("user", {"id": 5}, "/users/5"),
        ("api:things", {}, "/api/things"),
        ("/users/5", {}, "/users/5"),
        ("./user", {}, "./user"),
        ("?page=2", {}, "?page=2"),
        ("https://example.org/x", {}, "https://example.org/x"),
    ],
)
async def test_a_redirect_goes_to_a_url_or_to_a_named_route(to, params, location):
    """What looks like a name is one; everything else is a URL."""
    app = OpenViper()
    app.get("/users/{id:int}", name="user")(lambda id: "")
    app.get("/api/things", name="api:things")(lambda: "")
    app.get("/go")(lambda: RedirectResponse(to, 303, **params))
    async with test_client(app) as client:
        response = await client.get("/go")
    assert (response.status_code, response.headers["location"]) == (303, location)


async def test_a_redirect_by_name_keeps_the_prefix_of_a_mount():
    """Inside a mounted application, the named route is below its mount."""
    inner, outer = OpenViper(), OpenViper()
    inner.get("/x", name="x")(lambda: "")
    inner.get("/go")(lambda: RedirectResponse("x"))
    outer.mount("/inner", inner)
    async with test_client(outer) as client:
        assert (await client.get("/inner/go")).headers["location"] == "/inner/x"


@pytest.mark.parametrize(
    ("to", "params", "error", "reason"),
    [
        ("usr", {}, LookupError, "there is no route named 'usr'; did you mean 'user'?"),
        ("user", {}, LookupError, "needs id"),
        ("/users", {"id": 5}, ValueError, "is no route name, so it takes no 'id'"),
    ],
)
async def test_a_redirect_that_leads_nowhere_is_an_error(to, params, error, reason):
    """A misspelt name is not sent to the client as a relative URL."""
    app = OpenViper()
    app.get("/users/{id:int}", name="user")(lambda id: "")
    seen = []

    @app.get("/go")
    async def go():
        with pytest.raises(error) as caught:
            RedirectResponse(to, **params)
        seen.append(str(caught.value))

    async with test_client(app) as client:
        await client.get("/go")
    assert reason in seen[0]


def test_a_name_outside_of_a_request_says_so():
    """There is no router to ask."""
    with pytest.raises(LookupError, match="only be resolved while a request is served"):
        RedirectResponse("user")
