"""The floor, of somebody who keeps the encoder that ``json.dumps(value, separators=...)`` makes anew at each call."""

from __future__ import annotations

import json

from raw_asgi import large_by, small_by

__all__ = ["large", "small"]

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def small():
    return small_by(send_json)


def large():
    return large_by(send_json)


async def send_json(send, status, value):
    body = encode(value).encode()
    headers = [(b"content-length", b"%d" % len(body)), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
