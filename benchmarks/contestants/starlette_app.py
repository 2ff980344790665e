"""Starlette: JSONResponse encodes with the standard library's json."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

__all__ = ["large", "small"]


async def hello(request):
    return JSONResponse({"message": "Hello, world"})


async def user(request):
    return JSONResponse({"id": request.path_params["key"]})


def small():
    return Starlette(routes=[Route("/hello", hello), Route("/users/{key:int}", user)])


def large():
    routes = []
    for number in range(1, 301):
        page, item = handlers(number)
        routes += [Route(f"/page{number}", page), Route(f"/item{number}/{{key:int}}", item)]
    return Starlette(routes=routes)


def handlers(number: int):
    async def page(request):
        return JSONResponse({"page": number})

    async def item(request):
        return JSONResponse({"item": number, "id": request.path_params["key"]})

    return page, item
