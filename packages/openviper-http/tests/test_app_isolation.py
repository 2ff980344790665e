"""Nothing of one request is visible to another."""

from __future__ import annotations

import asyncio
import gc

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from openviper.app import OpenViper
from openviper.conf import override_settings
from openviper.core.context import (
    current_request,
    current_request_id,
    current_router,
    current_user,
    ignore_permissions_ctx,
    request_perms_cache,
)
from openviper.core.middleware import BaseMiddleware
from openviper.core.response_send import ResponseSend
from openviper.testing import test_client

VARIABLES = (
    current_user,
    current_request,
    current_router,
    current_request_id,
    ignore_permissions_ctx,
    request_perms_cache,
)
DEFAULTS = [None, None, None, None, False, None]


class User(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = current_user.set(current_request.get().headers["x-user"])
        try:
            await self.app(scope, receive, send)
        finally:
            current_user.reset(token)


SCOPE = {"type": "http", "method": "GET", "path": "/", "headers": []}


def values():
    return [variable.get() for variable in VARIABLES]


async def test_a_thousand_interleaved_requests_see_only_themselves():
    """Some fail, some are cancelled, all yield to each other at every step; each sees its own variables throughout."""
    app, mixed = OpenViper(middleware=[User]), []

    @app.get("/{number:int}")
    async def handler(request, number):
        for _ in range(3):
            await asyncio.sleep(0)
            if (current_user.get(), current_request.get(), current_router.get()) != (str(number), request, app):
                mixed.append(number)
        if request_perms_cache.get() is not None:
            mixed.append(number)
        request_perms_cache.set({str(number): True})
        if number % 7 == 0:
            raise RuntimeError(str(number))
        return {"number": number}

    async def visit(number):
        sent = []

        async def send(message):
            await asyncio.sleep(0)
            sent.append(message)

        headers = [(b"x-user", str(number).encode())]
        await app({"type": "http", "method": "GET", "path": f"/{number}", "headers": headers}, None, send)
        assert [variable.get() for variable in VARIABLES[:4]] == DEFAULTS[:4]
        return sent[0]["status"], sent[1]["body"]

    tasks = [asyncio.create_task(visit(number)) for number in range(1_000)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    for task in tasks[::10]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert mixed == []
    assert values() == DEFAULTS
    outcomes = ["cancelled" if isinstance(result, asyncio.CancelledError) else result[0] for result in results]
    assert outcomes == ["cancelled" if n % 10 == 0 else 500 if n % 7 == 0 else 200 for n in range(1_000)]
    bodies = {result[1] for result in results if not isinstance(result, asyncio.CancelledError) and result[0] == 200}
    assert len(bodies) == outcomes.count(200)


class Batch(BaseMiddleware):
    """Make three requests of one."""

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http" or scope["path"] != "/batch":
            await self.app(scope, receive, send)
            return

        async def one(number):
            async def body():
                await asyncio.sleep(0)
                return {"type": "http.request", "body": b"body-%d" % number, "more_body": False}

            headers = [(b"x-user", b"%d" % number)]
            await self.app({**scope, "path": f"/{number}", "headers": headers}, body, _ignore)

        await asyncio.gather(*map(one, range(3)))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def test_requests_that_a_middleware_makes_are_separate():
    """Each has its own path, headers and body, also concurrently."""
    app, seen = OpenViper(middleware=[Batch]), []

    @app.post("/{number:int}")
    async def handler(request, number):
        body = await request.body()
        await asyncio.sleep(0)
        assert current_request.get() is request
        seen.append((number, request.url.path, request.headers["x-user"], body))

    async with test_client(app) as client:
        await client.post("/batch", content=b"outer")
    assert sorted(seen) == [(n, f"/{n}", str(n), b"body-%d" % n) for n in range(3)]


async def test_what_a_handler_leaves_behind_is_not_seen_by_the_next():
    """Neither in the same task, nor in a task made inside of it, as servers that pipeline do."""
    app, seen = OpenViper(), []

    @app.get("/")
    async def handler(request):
        seen.append(values())
        current_user.set("root")
        ignore_permissions_ctx.set(True)
        current_request_id.set("mine")
        request_perms_cache.set({"all": True})
        return "x"

    async def next_in_this_task(message):
        if message["type"] == "http.response.body" and len(seen) < 3:
            await asyncio.create_task(app(dict(SCOPE), None, next_in_this_task))

    await app(dict(SCOPE), None, next_in_this_task)
    assert len(seen) == 3
    for user, _, router, request_id, ignored, cache in seen:
        assert (user, router, request_id, ignored, cache) == (None, app, None, False, None)
    assert values() == DEFAULTS


async def test_what_middleware_around_the_application_knows_is_kept():
    """It is in the scope: the user and the request's id."""
    app, seen = OpenViper(), []
    app.get("/")(lambda: seen.append((current_user.get(), current_request_id.get())))
    await app({**SCOPE, "user": "ada", "state": {"request_id": "abc"}}, None, _ignore)
    assert seen == [("ada", "abc")]


async def test_a_mounted_application_sees_the_user_of_the_request():
    """It serves the same request."""
    inner, outer, seen = OpenViper(), OpenViper(middleware=[User]), []
    inner.get("/x")(lambda: seen.append(current_user.get()))
    outer.mount("/inner", inner)
    async with test_client(outer) as client:
        await client.get("/inner/x", headers={"x-user": "ada"})
    assert seen == ["ada"]


COUNTS = """
from openviper.core.middleware import BaseMiddleware

class Counts(BaseMiddleware):
    async def __call__(self, scope, receive, send):
        if scope["type"] in ("http", "websocket"):
            state = scope.setdefault("state", {})
            state["stacks"] = state.get("stacks", 0) + 1
        await self.app(scope, receive, send)
"""


@pytest.mark.parametrize(
    ("outer", "inner", "times"),
    [(None, None, 1), ((), None, 1), (None, (), 1), (None, ["own"], 2), (["own"], None, 2), ((), (), 0)],
)
async def test_the_middleware_of_the_settings_serves_a_request_once(tmp_path, monkeypatch, outer, inner, times):
    """A mounted application is not behind it twice, nor without it where the one around it is not behind it."""
    (tmp_path / "counting_requests.py").write_text(COUNTS)
    monkeypatch.syspath_prepend(tmp_path)
    path = "counting_requests.Counts"
    stacks = [None if each is None else [path for _ in each] for each in (outer, inner)]
    site, mounted, seen = OpenViper(middleware=stacks[0]), OpenViper(middleware=stacks[1]), []
    mounted.get("/x")(lambda request: seen.append(request.scope.get("state", {}).get("stacks", 0)))

    @mounted.websocket("/live")
    async def live(websocket):
        seen.append(websocket.scope.get("state", {}).get("stacks", 0))
        await websocket.accept()

    site.mount("/inner", mounted)
    with override_settings(MIDDLEWARE=(path,)):
        async with test_client(site) as client:
            await client.get("/inner/x")
            async with client.websocket_connect("/inner/live"):
                pass
    assert seen == [times, times]


async def test_a_framework_in_between_changes_nothing(tmp_path, monkeypatch):
    """The request is the same one, and has been through the middleware of the settings."""
    (tmp_path / "counting_between.py").write_text(COUNTS)
    monkeypatch.syspath_prepend(tmp_path)
    site, inner, seen = OpenViper(), OpenViper(), []
    inner.get("/x")(lambda request: seen.append((current_user.get(), request.scope["state"]["stacks"])))
    site.mount("/between", User(Starlette(routes=[Mount("/inner", inner)])), lifespan=False)
    with override_settings(MIDDLEWARE=("counting_between.Counts",)):
        async with test_client(site) as client:
            await client.get("/between/inner/x", headers={"x-user": "ada"})
    assert seen == [("ada", 1)]


async def test_no_request_leaves_anything_for_the_garbage_collector():
    """What holds itself would be freed in bursts, and memory would not be flat."""
    site, mounted = OpenViper(middleware=[BaseMiddleware]), OpenViper(middleware=[BaseMiddleware])

    @mounted.get("/x")
    async def handler():
        return {"a": 1}

    site.mount("/inner", mounted)
    scope = {"type": "http", "method": "GET", "path": "/inner/x", "headers": []}
    await site(dict(scope), None, _ignore)
    gc.collect()
    gc.disable()
    try:
        before = sum(type(each) is ResponseSend for each in gc.get_objects())
        for _ in range(20):
            await site(dict(scope), None, _ignore)
        assert sum(type(each) is ResponseSend for each in gc.get_objects()) == before
    finally:
        gc.enable()


async def test_a_request_in_the_same_task_as_the_last_starts_clean():
    """The variables that the framework sets are reset also where requests share a task, as in a test."""
    app = OpenViper()
    seen = []

    @app.get("/")
    async def handler(request):
        seen.append((current_request.get() is request, request_perms_cache.get()))
        request_perms_cache.set({"read": True})
        raise RuntimeError

    for _ in range(2):
        await app({"type": "http", "method": "GET", "path": "/", "headers": []}, None, _ignore)
        assert values() == DEFAULTS
    assert seen == [(True, None), (True, None)]


async def _ignore(message):
    pass
