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

    @app.get("/users/{key}")
    async def user(key: int):
        return {"id": key}

    return app


def large():
    app = empty_app()
    for number in range(1, 301):
        page, item = handlers(number)
        app.get(f"/page{number}")(page)
        app.get(f"/item{number}/{{key}}")(item)
    return app


def handlers(number: int):
    async def page():
        return {"page": number}

    async def item(key: int):
        return {"item": number, "id": key}

    return page, item
