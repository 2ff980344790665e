"""What is soaked: an application with all of the middleware on."""

from __future__ import annotations

from options import HOSTS, LIMIT, ORIGIN
from starlette.websockets import WebSocketDisconnect

from openviper.app import OpenViper

__all__ = ["build"]

STACK = (
    "openviper.middleware.requestid.RequestIdMiddleware",
    ("openviper.middleware.proxy.ProxyHeadersMiddleware", {"trusted_proxies": ["127.0.0.1"]}),
    ("openviper.middleware.security.SecurityMiddleware", {"allowed_hosts": HOSTS, "preset": "strict"}),
    ("openviper.middleware.cors.CORSMiddleware", {"allowed_origins": [ORIGIN]}),
    "openviper.middleware.error.ServerErrorMiddleware",
    "openviper.middleware.csrf.CSRFMiddleware",
    ("openviper.middleware.ratelimit.RateLimitMiddleware", {"limits": [LIMIT]}),
)


def build():
    app = OpenViper(middleware=STACK)

    @app.get("/hello")
    async def hello():
        return {"message": "Hello, world"}

    @app.post("/form")
    async def form(request):
        return {"length": len(await request.body())}

    @app.websocket("/echo")
    async def echo(websocket):
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            return

    return app
