"""Programs that tests run, small enough to be read beside what is said of them."""

from __future__ import annotations

#: An application that says in its output what happens to it.
APPLICATION = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        # When the server has noticed it: a signal before that cuts a start-up off.
        asyncio.get_running_loop().call_later(0.2, print, "READY")
        await receive()
        print("SHUTDOWN HOOK", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"one"})
"""

#: One whose start-up fails, as openviper.core.lifespan reports it.
FAILING = """
async def app(scope, receive, send):
    await receive()
    print("STARTING", flush=True)
    await send({"type": "lifespan.startup.failed", "message": "Traceback: the disk is full"})
    raise RuntimeError("the disk is full")
"""
