"""Nothing of one request is visible to another."""

from __future__ import annotations

import asyncio

from openviper.app import OpenViper
from openviper.core.context import (
    current_request,
    current_request_id,
    current_router,
    current_user,
    ignore_permissions_ctx,
    request_perms_cache,
)
from openviper.core.middleware import BaseMiddleware

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
