"""BlackSheep: its json() response, with the standard library's json as encoder."""

from __future__ import annotations

from json import dumps

from blacksheep import Application, Router, json
from blacksheep.settings.json import json_settings

__all__ = ["large", "small"]


def encode(value) -> str:
    return dumps(value, ensure_ascii=False, separators=(",", ":"))


# Its default is the standard library's json too, behind an encoder class with more types.
json_settings.use(dumps=encode)


def small():
    app = Application(router=Router())

    @app.router.get("/hello")
    async def hello():
        return json({"message": "Hello, world"})

    @app.router.get("/users/{key}")
    async def user(key: int):
        return json({"id": key})

    return app


def large():
    app = Application(router=Router())
    for number in range(1, 301):
        page, item = handlers(number)
        app.router.add_get(f"/page{number}", page)
        app.router.add_get(f"/item{number}/{{key}}", item)
    return app


def handlers(number: int):
    async def page():
        return json({"page": number})

    async def item(key: int):
        return json({"item": number, "id": key})

    return page, item
