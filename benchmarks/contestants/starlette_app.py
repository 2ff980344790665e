"""Starlette: JSONResponse encodes with the standard library's json; ``stacked()``: with its own two layers."""

from __future__ import annotations

from options import HOSTS, ORIGIN
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route

__all__ = ["large", "small", "stacked"]


async def hello(request):
    return JSONResponse({"message": "Hello, world"})


async def user(request):
    return JSONResponse({"id": request.path_params["key"]})


def small(middleware=None):
    return Starlette(routes=[Route("/hello", hello), Route("/users/{key:int}", user)], middleware=middleware)


def stacked():
    trusted = Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    return small([trusted, Middleware(CORSMiddleware, allow_origins=[ORIGIN], allow_methods=["*"])])


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
