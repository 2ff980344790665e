"""CPU time of ASGI applications in this process, without a server; scopes as uvicorn gives them.

Objects that stand before the measurement are kept from the garbage collector, which stays on: what a request leaves
behind costs what it costs in a server.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
from time import thread_time_ns

__all__ = [
    "BROWSER",
    "CROSS_ORIGIN",
    "FEW",
    "POST",
    "Shape",
    "medians",
    "message",
    "new_scope",
    "run_batch",
    "sent",
    "trivial",
]

FEW = [(b"host", b"127.0.0.1:8000")]

#: A page that a browser goes to by a link of the same site.
BROWSER = [
    (b"host", b"127.0.0.1:8000"),
    (b"connection", b"keep-alive"),
    (b"sec-ch-ua", b'"Chromium";v="140", "Not=A?Brand";v="24"'),
    (b"sec-ch-ua-mobile", b"?0"),
    (b"sec-ch-ua-platform", b'"Linux"'),
    (b"upgrade-insecure-requests", b"1"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"),
    (b"accept", b"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
    (b"sec-fetch-site", b"same-origin"),
    (b"sec-fetch-mode", b"navigate"),
    (b"sec-fetch-user", b"?1"),
    (b"sec-fetch-dest", b"document"),
    (b"referer", b"http://127.0.0.1:8000/"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"accept-language", b"en-GB,en;q=0.9,de;q=0.8"),
    (b"cookie", b"sessionid=6f1c9d0a4e0b4a4f8a0e3f7d1c2b5a69; theme=dark"),
]

#: What a script of an allowed origin fetches.
CROSS_ORIGIN = [
    *(field for field in BROWSER if not field[0].startswith((b"sec-fetch", b"upgrade", b"referer", b"cookie"))),
    (b"origin", b"https://app.example.org"),
    (b"sec-fetch-site", b"cross-site"),
    (b"sec-fetch-mode", b"cors"),
    (b"sec-fetch-dest", b"empty"),
    (b"referer", b"https://app.example.org/"),
]

#: A form that a browser sends to the site that it is from.
POST = [
    *BROWSER,
    (b"origin", b"http://127.0.0.1:8000"),
    (b"content-type", b"application/x-www-form-urlencoded"),
    (b"content-length", b"0"),
]

BATCH = 200


class Shape:
    """What each request of a measurement looks like.

    Args:
        headers: As in a scope.
        path: Decoded.
        client: The address.
        method: ``GET``, ``POST``.
    """

    def __init__(self, headers, path="/hello", client="127.0.0.1", method="GET"):
        self.headers = headers
        self.path = path
        self.client = client
        self.method = method.encode()


def new_scope(shape):
    """A scope as a server makes it: nothing in it is an object that another request had, whose hash is known."""
    path = shape.path.encode()
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": (shape.client, 50_000),
        "scheme": "http",
        "root_path": "",
        "headers": [(name.lower(), bytes(bytearray(value))) for name, value in shape.headers],
        "state": {},
        "method": shape.method.decode(),
        "path": path.decode(),
        "raw_path": path,
        "query_string": b"",
    }


async def message():
    return {"type": "http.request", "body": b"", "more_body": False}


async def sent(message):
    pass


async def trivial(scope, receive, send):
    """The application that layers are put around."""
    headers = [(b"content-length", b"26"), (b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"message":"Hello, world"}'})


async def run_batch(app, scopes):
    """Nanoseconds of CPU for one request, the mean of ``scopes``."""
    gc.collect()
    gc.freeze()
    began = thread_time_ns()
    for scope in scopes:
        await app(scope, message, sent)
    return (thread_time_ns() - began) / len(scopes)


async def measured(cases, rounds):
    samples = {name: [] for name in cases}
    names = list(cases)
    for number in range(rounds + 5):
        # Every other round backwards: nobody always follows the same neighbour.
        for name in names if number % 2 else reversed(names):
            app, shape = cases[name]
            cost = await run_batch(app, [new_scope(shape) for _ in range(BATCH)])
            if number >= 5:
                samples[name].append(cost)
    return samples


def medians(cases, rounds):
    """Nanoseconds for each of ``cases`` (an application and a shape, by name): medians of ``rounds`` in turns."""
    samples = asyncio.run(measured(cases, rounds))
    return {name: statistics.median(values) for name, values in samples.items()}
