"""The floor: what the same answers cost with no framework at all."""

from __future__ import annotations

import json
import os

__all__ = ["large", "large_by", "small", "small_by", "with_headers"]

#: JSON, a list of names and values: what ``with_headers()`` sends beside the length and the type.
HEADERS = "BENCH_HEADERS"

PAGES = {f"/page{number}": number for number in range(1, 301)}
ITEMS = {f"/item{number}": number for number in range(1, 301)}


def small():
    """JSON hello, a path parameter, and 404 for the rest."""
    return small_by(send_json)


def with_headers():
    """``small()`` with the headers that another application sends."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in json.loads(os.environ[HEADERS])]

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await serve_lifespan(receive, send)
        else:
            await send_json(send, 200, {"message": "Hello, world"}, headers)

    return app


def large():
    """300 static and 300 parametrised routes."""
    return large_by(send_json)


def small_by(reply):
    """``small()`` whose answers are sent by ``reply(send, status, value)``."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await serve_lifespan(receive, send)
            return
        path = scope["path"]
        if path == "/hello":
            await reply(send, 200, {"message": "Hello, world"})
        elif path.startswith("/users/") and path[7:].isdecimal():
            await reply(send, 200, {"id": int(path[7:])})
        else:
            await reply(send, 404, {"detail": "Not Found"})

    return app


def large_by(reply):
    """``large()`` whose answers are sent by ``reply(send, status, value)``."""

    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            await serve_lifespan(receive, send)
            return
        path = scope["path"]
        head, _, tail = path.rpartition("/")
        if path in PAGES:
            await reply(send, 200, {"page": PAGES[path]})
        elif head in ITEMS and tail.isdecimal():
            await reply(send, 200, {"item": ITEMS[head], "id": int(tail)})
        else:
            await reply(send, 404, {"detail": "Not Found"})

    return app


async def send_json(send, status, value, more=()):
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def serve_lifespan(receive, send):
    for event in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{event}.complete"})
