"""What is soaked: an application with all of the middleware on, and with what costs most in each."""

from __future__ import annotations

import logging

from options import HOSTS, LIMIT, ORIGIN
from starlette.websockets import WebSocketDisconnect

from openviper.app import OpenViper
from openviper.http import HTMLResponse
from openviper.middleware.ratelimit import rate_limit

__all__ = ["build"]

STACK = (
    "openviper.middleware.requestid.RequestIdMiddleware",
    ("openviper.middleware.proxy.ProxyHeadersMiddleware", {"trusted_proxies": ["127.0.0.1"]}),
    ("openviper.middleware.security.SecurityMiddleware", {"allowed_hosts": HOSTS, "preset": "strict"}),
    ("openviper.middleware.cors.CORSMiddleware", {"allowed_origins": [ORIGIN]}),
    "openviper.middleware.error.ServerErrorMiddleware",
    (
        "openviper.middleware.csrf.CSRFMiddleware",
        {"mode": "token", "secret_key": "not a secret: it signs what nobody else sees, 0123456789"},
    ),
    ("openviper.middleware.ratelimit.RateLimitMiddleware", {"limits": [LIMIT]}),
)


class Wanted(Exception):
    """What ``/fail`` raises."""


def build():
    # Its traceback is written as others are, but not into the log, where nothing must stand that is not wanted.
    logger = logging.getLogger("openviper.request")
    logger.addHandler(logging.FileHandler("/dev/null"))
    logger.propagate = False
    unwanted = logging.StreamHandler()
    unwanted.addFilter(lambda record: not (record.exc_info and isinstance(record.exc_info[1], Wanted)))
    logger.addHandler(unwanted)

    app = OpenViper(middleware=STACK)
    add_pages(app)
    add_echo(app)
    return app


def add_pages(app):
    @app.get("/hello")
    async def hello():
        return {"message": "Hello, world"}

    @app.get("/page")
    async def page(request):
        nonce, token = request.state.csp_nonce, request.state.csrf_token
        return HTMLResponse(f'<script nonce="{nonce}"></script><input name="{token.field_name}" value="{token}">')

    @app.post("/form")
    async def form(request):
        return {"length": len(await request.body())}

    @app.get("/scarce")
    @rate_limit("2/10s")
    async def scarce():
        return {"message": "you are one of the first"}

    @app.get("/fail")
    async def fail():
        raise Wanted


def add_echo(app):
    @app.websocket("/echo")
    async def echo(websocket):
        await websocket.accept()
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            return
