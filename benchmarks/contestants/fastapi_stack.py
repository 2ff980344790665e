"""FastAPI with what its users take: ``secure``, slowapi, Starlette's CORSMiddleware.

Of slowapi the pure ASGI class, which costs less than the one derived from BaseHTTPMiddleware.
"""

from __future__ import annotations

from fastapi.middleware.cors import CORSMiddleware
from fastapi_app import small
from options import LIMIT, ORIGIN
from secure import Secure
from secure.middleware import SecureASGIMiddleware
from slowapi import Limiter
from slowapi.middleware import SlowAPIASGIMiddleware
from slowapi.util import get_remote_address

__all__ = ["stacked"]


def stacked():
    app = small()
    app.state.limiter = Limiter(key_func=get_remote_address, default_limits=[LIMIT], headers_enabled=True)
    app.add_middleware(SlowAPIASGIMiddleware)
    app.add_middleware(CORSMiddleware, allow_origins=[ORIGIN], allow_methods=["*"])
    app.add_middleware(SecureASGIMiddleware, secure=Secure.with_default_headers())
    return app
