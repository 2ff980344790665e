"""FastAPI: JSONResponse named explicitly, else annotated handlers are encoded by pydantic and not by json."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.responses import JSONResponse

__all__ = ["large", "small"]


def empty_app():
    return FastAPI(default_response_class=JSONResponse, openapi_url=None)


def small():
    app = empty_app()

    @app.get("/hello")
    async def hello():
        return {"message": "Hello, world"}

    @app.get("/users/{id}")
    async def user(id: int):  # noqa: A002 - the parameter's name is the path's
        return {"id": id}

    return app


def large():
    app = empty_app()
    for number in range(1, 301):
        page, item = handlers(number)
        app.get(f"/page{number}")(page)
        app.get(f"/item{number}/{{id}}")(item)
    return app


def handlers(number: int):
    async def page():
        return {"page": number}

    async def item(id: int):  # noqa: A002 - the parameter's name is the path's
        return {"item": number, "id": id}

    return page, item
