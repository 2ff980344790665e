"""Litestar: a response class that encodes with the standard library's json in msgspec's place."""

from __future__ import annotations

import json
from typing import Any

from litestar import Litestar, Response, get
from litestar.exceptions import NotFoundException

__all__ = ["large", "small"]


class JSONResponse(Response[Any]):
    def render(self, content, media_type, enc_hook=None):
        return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def not_found(request, error):
    # Litestar's own handler for errors encodes with msgspec, whatever the response class.
    return JSONResponse({"detail": error.detail}, status_code=404)


def application(routes):
    return Litestar(
        route_handlers=routes,
        response_class=JSONResponse,
        exception_handlers={NotFoundException: not_found},
        openapi_config=None,
    )


def small():
    @get("/hello")
    async def hello() -> dict[str, Any]:
        return {"message": "Hello, world"}

    @get("/users/{key:int}")
    async def user(key: int) -> dict[str, Any]:
        return {"id": key}

    return application([hello, user])


def large():
    return application([handler for number in range(1, 301) for handler in handlers(number)])


def handlers(number: int):
    @get(f"/page{number}")
    async def page() -> dict[str, Any]:
        return {"page": number}

    @get(f"/item{number}/{{key:int}}")
    async def item(key: int) -> dict[str, Any]:
        return {"item": number, "id": key}

    return page, item
