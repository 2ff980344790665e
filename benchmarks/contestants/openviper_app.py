"""OpenViper without a project: no settings module, DEBUG off; ``stacked()``: with the four layers of its middleware.

The stack has one limit and no marked handler, for which the limiter has a short way; the others do not go it.
"""

from __future__ import annotations

from options import HOSTS, LIMIT, ORIGIN, SECOND_LIMIT

from openviper.app import OpenViper

__all__ = ["STACK", "large", "marked", "small", "stacked", "with_two_limits"]

STACK = (
    ("openviper.middleware.security.SecurityMiddleware", {"allowed_hosts": HOSTS, "preset": "strict"}),
    ("openviper.middleware.cors.CORSMiddleware", {"allowed_origins": [ORIGIN]}),
    ("openviper.middleware.csrf.CSRFMiddleware", {}),
    ("openviper.middleware.ratelimit.RateLimitMiddleware", {"limits": [LIMIT]}),
)


def small(middleware=None):
    app = OpenViper(middleware=middleware)

    @app.get("/hello")
    async def hello():
        return {"message": "Hello, world"}

    @app.get("/users/{key:int}")
    async def user(key: int):
        return {"id": key}

    return app


def stacked():
    return small(STACK)


def with_two_limits():
    limiter, _ = STACK[-1]
    return small([*STACK[:-1], (limiter, {"limits": [LIMIT, SECOND_LIMIT]})])


def marked():
    """``stacked()``, and its handler has a limit of its own, which marks this process for good."""
    # Only here: the plain application is measured without the package.
    from openviper.middleware.ratelimit import rate_limit  # noqa: PLC0415

    app = OpenViper(middleware=STACK)

    @app.get("/hello")
    @rate_limit(SECOND_LIMIT)
    async def hello():
        return {"message": "Hello, world"}

    return app


def large():
    app = OpenViper()
    for number in range(1, 301):
        page, item = handlers(number)
        app.get(f"/page{number}")(page)
        app.get(f"/item{number}/{{key:int}}")(item)
    return app


def handlers(number: int):
    async def page():
        return {"page": number}

    async def item(key: int):
        return {"item": number, "id": key}

    page.__name__ = f"page{number}"
    item.__name__ = f"item{number}"
    return page, item
