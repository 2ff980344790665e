"""OpenViper without a project: no settings module, DEBUG off, no middleware."""

from __future__ import annotations

from openviper.app import OpenViper

__all__ = ["large", "small"]


def small():
    app = OpenViper()

    @app.get("/hello")
    async def hello():
        return {"message": "Hello, world"}

    @app.get("/users/{id:int}")
    async def user(id: int):  # noqa: A002 - the parameter's name is the path's
        return {"id": id}

    return app


def large():
    app = OpenViper()
    for number in range(1, 301):
        page, item = handlers(number)
        app.get(f"/page{number}")(page)
        app.get(f"/item{number}/{{id:int}}")(item)
    return app


def handlers(number: int):
    async def page():
        return {"page": number}

    async def item(id: int):  # noqa: A002 - the parameter's name is the path's
        return {"item": number, "id": id}

    page.__name__ = f"page{number}"
    item.__name__ = f"item{number}"
    return page, item
